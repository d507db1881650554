using System.Text.RegularExpressions;

namespace Harness.Runs.Peers;

/// <summary>A program of the kernel's selftests, as it is run beside the cases.</summary>
/// <param name="Name">Unique; a program with other arguments has another name: "dirty_log_test:ring".</param>
/// <param name="Paths">Where releases have it below tools/testing/selftests/kvm; the first that exists.</param>
/// <param name="Arguments">As a shell takes them: such that it ends in minutes on an emulated host.</param>
/// <param name="UsualSeconds">How long it takes there.</param>
/// <param name="LimitSeconds">It is killed then.</param>
/// <param name="Why">What it asserts that concerns this model, in a sentence.</param>
public sealed record PeerProgram(
    string Name,
    IReadOnlyList<string> Paths,
    string Arguments,
    int UsualSeconds,
    int LimitSeconds,
    string Why
)
{
    /// <summary>A filter for the cases that assert the same; null if there are none.</summary>
    public string? Same { get; init; }

    /// <summary>What it asserts and no case does, or why no case asserts it; null if cases assert all of it.</summary>
    public string? Lacks { get; init; }

    /// <summary>How many hugetlb pages of the usual size the pool has in addition while it runs.</summary>
    public int HugePages { get; init; }

    /// <summary>Where it is known to end otherwise than the cases.</summary>
    public IReadOnlyList<PeerDifference> Differences { get; init; } = [];
}

/// <summary>A host as far as differences depend on it.</summary>
/// <param name="Release">Of its kernel: "6.12.117+deb13-arm64"; empty if it did not respond.</param>
/// <param name="IsEmulated">QEMU executes its instructions.</param>
public sealed record PeerHost(string Release, bool IsEmulated);

/// <summary>A reviewed reason why a program ends otherwise than the cases that assert the same.</summary>
/// <param name="Outcome">One of <see cref="Store.PeerStates"/>.</param>
/// <param name="Explanation">Why, in a sentence or two.</param>
public sealed record PeerDifference(string Outcome, string Explanation)
{
    /// <summary>A regular expression for its reason; null for any.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// A regular expression that each title that the kernel reported meanwhile fits; null: it reported nothing.
    /// </summary>
    public string? Reports { get; init; }

    /// <summary>Only where QEMU executes the host's instructions.</summary>
    public bool Emulated { get; init; }

    /// <summary>The first release, as "6.14"; null from the beginning on.</summary>
    public string? From { get; init; }

    /// <summary>The first release that is no more affected; null if there is none yet.</summary>
    public string? Before { get; init; }

    /// <param name="ending">How the program ended.</param>
    /// <param name="host">Where.</param>
    public bool Covers(PeerEnding ending, PeerHost host) =>
        ending.Outcome == Outcome
        && (host.IsEmulated || !Emulated)
        && (Reason is null || Regex.IsMatch(ending.Reason ?? "", Reason, RegexOptions.CultureInvariant))
        && (
            Reports is null
                ? ending.KernelReports.Count == 0
                : ending.KernelReports.Count > 0
                    && ending.KernelReports.All(t => Regex.IsMatch(t, Reports, RegexOptions.CultureInvariant))
        )
        && IsIn(host.Release);

    private bool IsIn(string release) =>
        From is null && Before is null
        || PeerSeries.Of(release) is { } own
            && (From is null || own >= Version.Parse(From))
            && (Before is null || own < Version.Parse(Before));
}
