using Harness.Store;

namespace Harness.Reports.Migrations;

/// <summary>Migrations that violate one property by one rule of one kernel generation.</summary>
/// <param name="Property">"no-silent-weakening".</param>
/// <param name="Rule">The destination's rule; null if there is none.</param>
/// <param name="Policy">The destination's; null if it is unknown.</param>
/// <param name="Source">The source of that rule: kernel function, file and version; null if it is not stored.</param>
/// <param name="Says">The violation as judged, as text; null if there is none.</param>
/// <param name="Cells">The migrations, in the order of the run.</param>
/// <param name="Pairs">A short description of the pairs.</param>
internal sealed record ViolationGroup(
    string Property,
    string? Rule,
    string? Policy,
    string? Source,
    string? Says,
    IReadOnlyList<MigrationCell> Cells,
    string Pairs
)
{
    public int PairCount => Cells.Select(c => (c.Row.Source, c.Row.Destination)).Distinct().Count();

    /// <summary>The ids of the migrations.</summary>
    public IReadOnlyList<string> Migrations => [.. Cells.Select(c => c.Row.CaseId).Distinct()];

    /// <summary>How many of them no policy predicted.</summary>
    public int Unpredicted => Cells.Count(c => c.Differs);

    /// <summary>The largest first.</summary>
    /// <param name="rows">Of the run.</param>
    /// <param name="hosts">Its pairs.</param>
    /// <param name="rules">From the run's model.</param>
    public static IReadOnlyList<ViolationGroup> Of(
        IReadOnlyList<MigrationRow> rows,
        IReadOnlyList<HostSummary> hosts,
        IReadOnlyList<PolicyRule> rules
    )
    {
        var policies = hosts.ToDictionary(h => h.Id, h => h.Host.Sides?.Destination.Policy);
        var sources = rules.ToDictionary(r => (r.Policy, r.Rule.Name), r => r.Rule.Source);
        var words = new PairWords(PairTarget.Of(hosts));
        (string, string)[] all = [.. rows.Select(r => (r.Source, r.Destination)).Distinct()];
        return
        [
            .. rows.Select(r => new MigrationCell(r))
                .Where(c => c.Violation is not null)
                .GroupBy(c =>
                    (Property: c.Violation!, Rule: c.ViolationRule, Policy: policies.GetValueOrDefault(c.Row.Host))
                )
                .Select(g => new ViolationGroup(
                    g.Key.Property,
                    g.Key.Rule,
                    g.Key.Policy,
                    g.Key is { Rule: { } rule, Policy: { } policy } ? sources.GetValueOrDefault((policy, rule)) : null,
                    g.Select(c => SaysOf(c.Row.Reason, g.Key.Property)).FirstOrDefault(s => s is not null),
                    [.. g],
                    words.Of([.. g.Select(c => (c.Row.Source, c.Row.Destination)).Distinct()], all)
                ))
                .OrderByDescending(g => g.Cells.Count),
        ];
    }

    /// <summary>What must hold, from "breaks no-silent-weakening: A VM that ...".</summary>
    private static string? SaysOf(string? reason, string property) =>
        reason is not null && reason.StartsWith($"breaks {property}: ", StringComparison.Ordinal)
            ? reason[$"breaks {property}: ".Length..]
            : null;
}
