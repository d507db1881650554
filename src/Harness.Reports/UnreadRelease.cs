using System.Globalization;
using Harness.Store;

namespace Harness.Reports;

/// <summary>
/// A host with a kernel release that has not been read: what it decides differently from the nearest release that has,
/// by rule, and how to find the change.
/// </summary>
/// <param name="Host">The host.</param>
/// <param name="Rules">The rules that were contradicted, the most often first, each with its results.</param>
public sealed record UnreadRelease(HostSummary Host, IReadOnlyList<(string Rule, IReadOnlyList<ResultRow> Rows)> Rules)
{
    private const string Paths = "arch/arm64/kvm arch/arm64/include/asm virt/kvm mm/gup.c";

    /// <summary>Null for a host with a known release.</summary>
    public static UnreadRelease? Of(HostSummary host, IEnumerable<ResultRow> rows) =>
        host.Host.ReleaseStanding != ReleaseStandings.Unverified
            ? null
            : new UnreadRelease(
                host,
                [
                    .. rows.Where(r => r.Verdict == Verdicts.Unverified)
                        .GroupBy(r => r.Rule ?? "no rule named")
                        .OrderByDescending(g => g.Count())
                        .ThenBy(g => g.Key, StringComparer.Ordinal)
                        .Select(g => (g.Key, (IReadOnlyList<ResultRow>)[.. g])),
                ]
            );

    /// <summary>Those of a run.</summary>
    /// <exception cref="StoreException">The store can't be read.</exception>
    public static IReadOnlyList<UnreadRelease> Of(ResultStore store, RunSummary run)
    {
        var all = new List<UnreadRelease>();
        foreach (var host in run.Hosts)
        {
            var rows = new List<ResultRow>();
            if (host.Host.ReleaseStanding == ReleaseStandings.Unverified)
                store.ForEachResult(host.Id, Verdicts.Unverified, rows.Add);
            if (Of(host, rows) is { } unread)
                all.Add(unread);
        }
        return all;
    }

    public string Release => Host.Host.UpstreamRelease ?? Host.Host.KernelRelease ?? "this kernel";

    public int Cases => Rules.Sum(r => r.Rows.Count);

    /// <summary>"6.12.118 decides differently from 6.12.117 in 3 cases", or that it does not.</summary>
    public string Sentence =>
        Cases == 0
            ? $"{Release} has not been read yet; in every case that was run it decides as {Nearest}"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{Release} decides differently from {Nearest} in {Cases} {(Cases == 1 ? "case" : "cases")}; it has not been read yet"
            );

    /// <summary>
    /// The command that finds the change in a kernel tree; null if the releases have no upstream tags.
    /// </summary>
    public string? Command =>
        Cases > 0 && Tag(Host.Host.NearestRelease) is { } from && Tag(Host.Host.UpstreamRelease) is { } to
            ? $"git log --oneline {from}..{to} -- {Paths}"
            : null;

    private string Nearest => Host.Host.NearestRelease ?? Host.Host.Policy ?? "the nearest policy";

    private static string? Tag(string? release) =>
        release is { Length: > 0 } && char.IsAsciiDigit(release[0]) ? $"v{release}" : null;
}
