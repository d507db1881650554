using Harness.Store;
using Harness.Store.Comparing;

namespace Harness.Reports.Comparing;

/// <summary>Collects changes in memory that does not grow with their number, unless all are requested.</summary>
internal sealed class ChangeGroups(int examples)
{
    private sealed record Key(ChangeKind Kind, ChangedSide Who, string? Rule, string? Reason, string? From, string? To);

    private readonly Dictionary<Key, (Dictionary<string, int> Targets, List<CaseChange> Examples)> _groups = [];

    public void Add(CaseChange change)
    {
        var key = new Key(
            change.Kind,
            change.Who,
            RuleOf(change),
            ReasonOf(change),
            change.Before?.Verdict,
            change.After?.Verdict
        );
        if (!_groups.TryGetValue(key, out var group))
            _groups[key] = group = ([], []);
        group.Targets[change.Target] = group.Targets.GetValueOrDefault(change.Target) + 1;
        if (group.Examples.Count < examples)
            group.Examples.Add(change);
    }

    public IReadOnlyList<ChangeGroup> Sorted() =>
        [
            .. _groups
                .Select(g => new ChangeGroup(
                    g.Key.Kind,
                    g.Key.Who,
                    g.Key.Rule,
                    g.Key.Reason,
                    g.Key.From,
                    g.Key.To,
                    g.Value.Targets,
                    g.Value.Examples
                ))
                .OrderBy(g => g.Kind)
                .ThenByDescending(g => g.Cases)
                .ThenBy(g => g.Rule, StringComparer.Ordinal)
                .ThenBy(g => g.To, StringComparer.Ordinal)
                .ThenBy(g => g.From, StringComparer.Ordinal)
                .ThenBy(g => g.Reason, StringComparer.Ordinal)
                .ThenBy(g => g.Who),
        ];

    /// <summary>The rule of the side that is bad or known; without a result, a rule is irrelevant.</summary>
    private static string? RuleOf(CaseChange change) =>
        change.Kind switch
        {
            ChangeKind.Regression
            or ChangeKind.GainedBad
            or ChangeKind.NewBad
            or ChangeKind.OtherwiseBad
            or ChangeKind.NowKnown
            or ChangeKind.Unverified => change.After!.Rule,
            ChangeKind.Fix => change.Before!.Rule,
            ChangeKind.Unstable => change.After!.Rule ?? change.Before!.Rule,
            _ => null,
        };

    private static string? ReasonOf(CaseChange change) =>
        change.Kind switch
        {
            ChangeKind.Lost => change.After!.Reason,
            ChangeKind.Gained or ChangeKind.GainedBad => change.Before!.Reason,
            ChangeKind.NowKnown => change.After!.Known,
            ChangeKind.New when change.After!.Class == VerdictClass.NoAnswer => change.After.Reason,
            ChangeKind.OtherwiseGood => change.After!.Reason ?? change.Before!.Reason,
            _ => null,
        };
}
