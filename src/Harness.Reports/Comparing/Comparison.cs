using Harness.Store;
using Harness.Store.Comparing;

namespace Harness.Reports.Comparing;

/// <summary>The changes between two runs, or between each host of a run and its comparable predecessor.</summary>
/// <param name="Hosts">In the order of the newer run; those that vanished last.</param>
/// <param name="Groups">Of all hosts together, the most urgent first, the largest first.</param>
public sealed record Comparison(IReadOnlyList<HostComparison> Hosts, IReadOnlyList<ChangeGroup> Groups)
{
    /// <summary>Safety properties that cases violate in one of the two, whatever their verdicts are.</summary>
    public IReadOnlyList<PropertyChange> Properties { get; init; } = [];

    /// <summary>How many examples a group has by default.</summary>
    public const int FewExamples = 3;

    /// <summary>Hosts that are in both.</summary>
    public IEnumerable<HostComparison> Pairs => Hosts.Where(h => h.Before is not null && h.After is not null);

    public bool AreComparable => Pairs.All(h => h.Unlike.Count == 0);

    /// <summary>Cases judged on both sides.</summary>
    public int Compared => Hosts.Sum(h => h.Compared);

    public int Count(ChangeKind kind) => Groups.Where(g => g.Kind == kind).Sum(g => g.Cases);

    /// <summary>Compares two runs of one store.</summary>
    /// <param name="examples">How many cases of each group are kept; <see cref="int.MaxValue"/> for every one.</param>
    /// <exception cref="StoreException">The store can't be read.</exception>
    public static Comparison Of(ResultStore store, RunSummary before, RunSummary after, int examples = FewExamples)
    {
        var old = before.Hosts.ToDictionary(h => h.Host.Target, h => new ComparedHost(before.Run, h));
        return Of(
            store,
            examples,
            [
                .. after.Hosts.Select(h =>
                    (old.GetValueOrDefault(h.Host.Target), (ComparedHost?)new ComparedHost(after.Run, h))
                ),
                .. old.Where(h => after.Hosts.All(a => a.Host.Target != h.Key))
                    .Select(h => ((ComparedHost?)h.Value, (ComparedHost?)null)),
            ]
        );
    }

    /// <summary>
    /// Compares each host of a run with the newest comparable one of an earlier run; hosts in the previous run of the
    /// same suite that this one lacks are vanished. A host without a comparable predecessor is new.
    /// </summary>
    /// <param name="examples">How many cases of each group are kept; <see cref="int.MaxValue"/> for every one.</param>
    /// <exception cref="StoreException">The store can't be read.</exception>
    public static Comparison WithPrevious(ResultStore store, RunSummary run, int examples = FewExamples) =>
        WithPrevious(store, run, PreviousHosts.Of(store, run.Run.Id), examples);

    /// <summary>The same, where the predecessors are known.</summary>
    internal static Comparison WithPrevious(
        ResultStore store,
        RunSummary run,
        IReadOnlyList<PreviousHost> hosts,
        int examples
    )
    {
        var previous = hosts.ToDictionary(p => p.Host);
        var runs = previous.Values.Select(p => p.PreviousRun).Distinct().ToDictionary(id => id, id => store.Run(id)!);
        ComparedHost? Before(HostSummary host) =>
            previous.TryGetValue(host.Id, out var p)
                ? new ComparedHost(runs[p.PreviousRun].Run, runs[p.PreviousRun].Hosts.Single(h => h.Id == p.Previous))
                : null;
        var vanished =
            run.Run.Suite is not null && PreviousHosts.RunBefore(store, run.Run.Id) is { } id
                ? runs.GetValueOrDefault(id) ?? store.Run(id)
                : null;
        return Of(
            store,
            examples,
            [
                .. run.Hosts.Select(h => (Before(h), (ComparedHost?)new ComparedHost(run.Run, h))),
                .. (vanished?.Hosts ?? [])
                    .Where(h => run.Hosts.All(n => n.Host.Target != h.Host.Target))
                    .Select(h => ((ComparedHost?)new ComparedHost(vanished!.Run, h), (ComparedHost?)null)),
            ]
        );
    }

    private static Comparison Of(
        ResultStore store,
        int examples,
        IReadOnlyList<(ComparedHost? Before, ComparedHost? After)> hosts
    )
    {
        var groups = new ChangeGroups(examples);
        var compared = new List<HostComparison>();
        var properties = new List<(string, BreachChange)>();
        foreach (var (before, after) in hosts)
        {
            var pair = new HostPair(before?.Host.Id, after?.Host.Id);
            string target = (after ?? before)!.Host.Host.Target;
            var transitions = pair.Transitions(store);
            properties.AddRange(pair.Breaches(store).Select(b => (target, b)));
            compared.Add(
                new HostComparison(
                    target,
                    before,
                    after,
                    before is null || after is null ? [] : HostDifferences.Between(store, before, after),
                    transitions
                )
            );
            if (transitions.Any(MayHaveChanged))
                pair.ForEachChange(store, transitions, c =>
                {
                    if (CaseChange.Of(target, c) is { } change)
                        groups.Add(change);
                });
        }
        return new Comparison(compared, groups.Sorted()) { Properties = PropertyChange.Of(properties) };
    }

    private static bool MayHaveChanged(Transition t) =>
        CaseChange.KindOf(t.Before, t.After) is not null
        || (t.After is not null && Verdicts.Of(t.After).Class == VerdictClass.Bad && t.Redecided > 0);
}
