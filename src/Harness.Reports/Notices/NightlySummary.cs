using System.Globalization;
using Harness.Reports.Comparing;
using Harness.Reports.Migrations;
using Harness.Store;
using Harness.Store.Comparing;

namespace Harness.Reports.Notices;

/// <summary>The content of a notice.</summary>
/// <param name="RunBefore">
/// The previous run of the same suite, comparable or not; null: this is the first. Nothing in it is counted.
/// </param>
/// <param name="Unread">
/// Its hosts with a release that has not been read, and that decide differently from the nearest one.
/// </param>
internal sealed record NightlySummary(
    string Database,
    RunSummary Run,
    Comparison Comparison,
    RunSummary? RunBefore,
    IReadOnlyList<UnreadRelease> Unread
)
{
    /// <summary>The safety properties that results violate, whatever their verdicts are.</summary>
    public required BrokenProperties Broken { get; init; }

    /// <summary>Those that cases violate and did not before.</summary>
    public IReadOnlyList<PropertyChange> Newly { get; } = [.. Comparison.Properties.Where(p => p.IsNew)];

    /// <exception cref="StoreException">The store can't be read.</exception>
    public static NightlySummary Of(ResultStore store, RunSummary run) =>
        new(
            store.Path,
            run,
            Comparison.WithPrevious(store, run),
            PreviousHosts.RunBefore(store, run.Run.Id) is { } before ? store.RunWithoutCounts(before) : null,
            [.. UnreadRelease.Of(store, run).Where(u => u.Cases > 0)]
        )
        {
            Broken = store.BrokenProperties(run.Run.Id),
        };

    /// <summary>The id of the previous run.</summary>
    public string? Before => RunBefore?.Run.Id;

    /// <summary>The runs that its hosts are compared with, and for how many hosts, the most first.</summary>
    public IReadOnlyList<(string Run, int Hosts)> ComparedWith { get; } =
    [
        .. Comparison
            .Pairs.GroupBy(h => h.Before!.Run.Id)
            .Select(g => (Run: g.Key, Hosts: g.Count()))
            .OrderByDescending(e => e.Hosts)
            .ThenByDescending(e => e.Run, StringComparer.Ordinal),
    ];

    /// <summary>The hosts that never responded, or died during the run.</summary>
    public IReadOnlyList<HostSummary> Gone { get; } = [.. Run.Hosts.Where(h => h.State == States.Failed)];

    /// <summary>Hosts that were available in the previous run: their loss is news.</summary>
    public IReadOnlyList<HostSummary> Lost { get; } =
    [
        .. Run.Hosts.Where(h =>
            h.State == States.Failed
            && !(RunBefore?.Hosts.Any(b => b.Host.Target == h.Host.Target && b.State == States.Failed) ?? false)
        ),
    ];

    /// <summary>"host", or "pair" if the run only has migrations.</summary>
    public string Noun { get; } = PairTarget.Noun(Run.Hosts);

    public int Planned { get; } = Run.Hosts.Sum(h => h.Planned);

    /// <summary>As predicted, including the errata of platforms.</summary>
    public int AsPredicted => Count(Verdicts.Match) + Count(Verdicts.Erratum);

    public int Bad => Verdicts.Of(VerdictClass.Bad).Sum(Count);

    /// <summary>Cases without a result on hosts that were available.</summary>
    public int LostCases =>
        Comparison
            .Groups.Where(g => g.Kind == ChangeKind.Lost)
            .Sum(g => g.Targets.Where(t => Gone.All(h => h.Host.Target != t.Key)).Sum(t => t.Value));

    /// <summary>Entries of known-differences.json that no longer occur, and where.</summary>
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
