using System.Globalization;
using Harness.Model.Outcomes;

namespace Harness.Model.Rings;

/// <summary>One act of a case about a full ring: how it ended.</summary>
/// <param name="Act">The act as named in keys.</param>
/// <param name="Errno">What KVM_RUN, or the call, returned.</param>
/// <param name="Next">The page that the guest stores to next, after a run.</param>
/// <param name="Full">The run ended with KVM_EXIT_DIRTY_RING_FULL, not with the guest's report.</param>
/// <param name="Read">The pages of the entries that were read, in order: "0-191", "3,7-9".</param>
/// <param name="Reset">How many entries KVM_RESET_DIRTY_RINGS says it has reset.</param>
/// <param name="Odd">Something that no policy predicts.</param>
public sealed record RingPart(
    string Act,
    Errno Errno = Errno.None,
    int? Next = null,
    bool Full = false,
    string? Read = null,
    int? Reset = null,
    string? Odd = null
) : OutcomePart
{
    public override string Of => Act;

    public override bool Allows(OutcomePart observed) => observed is RingPart seen && seen == this;

    /// <summary>"KVM_EXIT_DIRTY_RING_FULL at page 191"; "entries 0-191"; "192 reset".</summary>
    public string Text =>
        Odd
        ?? (
            Errno != Errno.None ? Errno.ToString()
            : Full ? $"KVM_EXIT_DIRTY_RING_FULL at page {Next}"
            : Next is { } next ? $"done up to page {next}"
            : Read is { } read
                ? read.Length == 0 ? "no entries"
                    : $"entries {read}"
            : Reset is { } reset ? $"{reset} reset"
            : "done"
        );

    /// <summary>The pages of <see cref="Read"/>.</summary>
    public IEnumerable<int> Pages =>
        (Read ?? "")
            .Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(range => range.Split('-').Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToArray())
            .SelectMany(ends => Enumerable.Range(ends[0], ends[^1] - ends[0] + 1));

    /// <summary>Pages as in <see cref="Read"/>.</summary>
    public static string Ranges(IReadOnlyList<int> pages)
    {
        var ranges = new List<string>();
        for (int i = 0; i < pages.Count; )
        {
            int end = i + 1;
            while (end < pages.Count && pages[end] == pages[end - 1] + 1)
                end++;
            ranges.Add(end == i + 1 ? $"{pages[i]}" : $"{pages[i]}-{pages[end - 1]}");
            i = end;
        }
        return string.Join(',', ranges);
    }
}

/// <summary>What a policy allows for one act.</summary>
/// <param name="Part">What it does.</param>
/// <param name="Path">The rules that decide it, in order; the last decides how it ends.</param>
public sealed record RingPrediction(RingPart Part, IReadOnlyList<Rule> Path)
{
    public Rule By => Path[^1];
}
