using Harness.Analysis.Coverage;
using Harness.Cases;
using Harness.Model;
using Harness.Model.Ownership;
using Harness.Reports;

namespace Harness.Cli.Actions;

/// <summary>The coverage of lifecycle cases: a line for each ownership machine, and below what is uncovered.</summary>
internal static class MachineCoverageReport
{
    /// <param name="policies">The policies with the machines.</param>
    /// <param name="asked">The selected cases; all if null.</param>
    /// <param name="report">The output for a table; null for JSON.</param>
    /// <param name="output">The output for JSON.</param>
    public static IReadOnlyList<MachineCoverage> Write(
        IReadOnlyList<Policy> policies,
        IReadOnlySet<Case>? asked,
        ReportWriter? report,
        TextWriter output
    )
    {
        Machine[] machines = [.. policies.Select(p => p.Ownership).Distinct()];
        MachineCoverage[] all =
        [
            .. machines.Select(m =>
                MachineCoverage.Of(m, AllCases.LifecycleCases, asked is null ? null : asked.Contains)
            ),
        ];
        if (report is null)
        {
            foreach (var found in all)
                Json(found, policies, output);
            return all;
        }
        int width = machines.Max(m => m.Name.Length);
        report.Line();
        report.Line($"{"".PadRight(width)}  transitions taken  mutants  killed  equivalent  left", TextTone.Faint);
        foreach (var found in all)
            report.Line(
                $"{found.Machine.Name.PadRight(width)}  {$"{found.Transitions.Count(t => t.Taken > 0)} of {found.Transitions.Count}", 17}  {found.Mutants.Count, 7}"
                    + $"  {found.Count(MutantResult.Killed), 6}  {found.Count(MutantResult.Equivalent), 10}  {found.Count(MutantResult.Left), 4}"
            );
        report.Line();
        report.Line(
            $"page ownership: {all[0].Asked} lifecycles (cases on kinds of host); equivalence was proved over every reachable state."
        );
        foreach (
            var untaken in all.SelectMany(a => a.Transitions.Where(t => t.Taken == 0).Select(t => (a.Machine, Of: t)))
                .GroupBy(t => (t.Of.Transition.Name, t.Of.Reason))
        )
            report.Line(
                $"taken by none, of {string.Join(", ", untaken.Select(u => u.Machine.Name))}: {untaken.Key.Name}: {untaken.Key.Reason ?? "a case is missing"}",
                untaken.Key.Reason is null ? TextTone.Bad : TextTone.Plain
            );
        foreach (var result in new[] { MutantResult.Equivalent, MutantResult.Left })
        foreach (
            var same in all.SelectMany(a => a.Mutants.Select(m => (a.Machine, Of: m)))
                .Where(m => m.Of.Result == result)
                .GroupBy(m => (m.Of.Mutant.Says, m.Of.Reason))
        )
            report.Line(
                $"{result.ToString().ToLowerInvariant()}, of {Names(same.Select(m => m.Machine), machines)}: {same.Key.Says}: {same.Key.Reason}",
                result == MutantResult.Left ? TextTone.Bad : TextTone.Plain
            );
        return all;
    }

    private static string Names(IEnumerable<Machine> some, Machine[] machines) =>
        some.ToList() is var list && list.Count == machines.Length && list.Count > 1
            ? "all"
            : string.Join(", ", list.Select(m => m.Name));

    private static void Json(MachineCoverage found, IReadOnlyList<Policy> policies, TextWriter output) =>
        JsonLine.Write(
            output,
            new
            {
                Type = "ownership-coverage",
                Machine = found.Machine.Name,
                Policies = policies.Where(p => p.Ownership == found.Machine).Select(p => p.Name),
                found.Asked,
                found.Moments,
                Transitions = found.Transitions.Select(t => new
                {
                    t.Transition.Name,
                    t.Taken,
                    CaseId = t.Case?.Id,
                    Host = t.Host?.ToString(),
                    t.Reason,
                }),
                Killed = found.Count(MutantResult.Killed),
                Others = found
                    .Mutants.Where(m => m.Result != MutantResult.Killed)
                    .Select(m => new
                    {
                        Mutant = m.Mutant.Says,
                        Result = m.Result.ToString().ToLowerInvariant(),
                        m.Reason,
                    }),
                Complete = found.IsComplete,
            }
        );
}
