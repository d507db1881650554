using System.Globalization;
using Harness.Reports.Comparing;
using Harness.Reports.Migrations;
using Harness.Store;
using Harness.Store.Comparing;

namespace Harness.Reports.Notices;

/// <summary>What a notice tells of.</summary>
/// <param name="RunBefore">The run of the same suite before, comparable or not; null: this is the first. Nothing in it
/// is counted.</param>
/// <param name="Unread">Its hosts whose release nobody has read, and that decide otherwise than the nearest
/// one.</param>
internal sealed record NightlySummary(
    string Database,
    RunSummary Run,
    Comparison Comparison,
    RunSummary? RunBefore,
    IReadOnlyList<UnreadRelease> Unread
)
{
    /// <exception cref="StoreException">The store can't be read.</exception>
    public static NightlySummary Of(ResultStore store, RunSummary run) =>
        new(
            store.Path,
            run,
            Comparison.WithPrevious(store, run),
            PreviousHosts.RunBefore(store, run.Run.Id) is { } before ? store.RunWithoutCounts(before) : null,
            [.. UnreadRelease.Of(store, run).Where(u => u.Cases > 0)]
        );

    /// <summary>The id of the run before.</summary>
    public string? Before => RunBefore?.Run.Id;

    /// <summary>The runs that its hosts are compared with, that of most hosts first, and of how many.</summary>
    public IReadOnlyList<(string Run, int Hosts)> ComparedWith { get; } =
    [
        .. Comparison
            .Pairs.GroupBy(h => h.Before!.Run.Id)
            .Select(g => (Run: g.Key, Hosts: g.Count()))
            .OrderByDescending(e => e.Hosts)
            .ThenByDescending(e => e.Run, StringComparer.Ordinal),
    ];

    /// <summary>The hosts that never told what they are, or died on the way.</summary>
    public IReadOnlyList<HostSummary> Gone { get; } = [.. Run.Hosts.Where(h => h.State == States.Failed)];

    /// <summary>Those that the run before could have: that they are gone is news.</summary>
    public IReadOnlyList<HostSummary> Lost { get; } =
    [
        .. Run.Hosts.Where(h =>
            h.State == States.Failed
            && !(RunBefore?.Hosts.Any(b => b.Host.Target == h.Host.Target && b.State == States.Failed) ?? false)
        ),
    ];

    /// <summary>"host", or "pair" where VMs were moved between hosts and nothing else was asked.</summary>
    public string Noun { get; } = PairTarget.Noun(Run.Hosts);

    public int Planned { get; } = Run.Hosts.Sum(h => h.Planned);

    /// <summary>As the policies say, with the errata of platforms.</summary>
    public int AsPredicted => Count(Verdicts.Match) + Count(Verdicts.Erratum);

    public int Bad => Verdicts.Of(VerdictClass.Bad).Sum(Count);

    /// <summary>Cases whose answer was lost on hosts that could be had.</summary>
    public int LostCases =>
        Comparison
            .Groups.Where(g => g.Kind == ChangeKind.Lost)
            .Sum(g => g.Targets.Where(t => Gone.All(h => h.Host.Target != t.Key)).Sum(t => t.Value));

    /// <summary>Entries of known-differences.json that no longer apply, where they do not.</summary>
    public IReadOnlyList<(string Name, int Asked, IReadOnlyList<string> Targets)> Stale { get; } =
    [
        .. Run
            .Hosts.SelectMany(h => h.Known.Where(k => k.IsStale).Select(k => (h.Host.Target, Entry: k)))
            .GroupBy(k => k.Entry.Name)
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => (g.Key, g.Sum(k => k.Entry.Asked), (IReadOnlyList<string>)[.. g.Select(k => k.Target)])),
    ];

    public int Count(string verdict) => Run.Hosts.Sum(h => h.Verdicts.GetValueOrDefault(verdict));

    /// <summary>"7.2/max/vhe", "7.2/max/vhe and 3 more".</summary>
    public static string On(IEnumerable<string> targets)
    {
        var all = targets.Distinct().Order(StringComparer.Ordinal).ToList();
        return all.Count switch
        {
            1 => all[0],
            2 => $"{all[0]}, {all[1]}",
            _ => $"{all[0]} and {Number(all.Count - 1)} more",
        };
    }

    public static string Number(int number) => number.ToString("N0", CultureInfo.InvariantCulture);

    public static string Plural(int number, string noun) => $"{Number(number)} {noun}{(number == 1 ? "" : "s")}";
}
