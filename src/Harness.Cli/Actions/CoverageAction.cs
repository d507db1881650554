using System.Diagnostics;
using System.Globalization;
using Harness.Analysis.Coverage;
using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Reports;

namespace Harness.Cli.Actions;

internal static class CoverageAction
{
    /// <summary>How many policies are walked at the same time: each takes some 50 MB.</summary>
    private const int AtOnce = 2;

    /// <returns>0 if nothing is uncovered, 1 if a path, a rule or a mutant is.</returns>
    public static int Execute(
        IReadOnlyList<Policy> policies,
        string? filter,
        bool json,
        HarnessConsole console,
        CancellationToken cancel
    )
    {
        long start = Stopwatch.GetTimestamp();
        var asked = filter is null ? null : CasesAction.Select(filter).ToHashSet();
        int code = ExitCodes.Ok;
        var report = console.Report();
        int width = policies.Max(p => p.Name.Length);
        if (!json)
            report.Line(
                $"{"".PadRight(width)}  rules  paths taken  mutants  killed  equivalent  open  left",
                TextTone.Faint
            );
        var all = new List<PolicyCoverage>();
        // In order of completion, so that the table shows the progress.
        foreach (
            var found in policies
                .AsParallel()
                .AsOrdered()
                .WithDegreeOfParallelism(AtOnce)
                .WithMergeOptions(ParallelMergeOptions.NotBuffered)
                .WithCancellation(cancel)
                .Select(policy =>
                    PolicyCoverage.Of(policy, AllCases.AttributeCases, asked is null ? null : asked.Contains)
                )
        )
        {
            all.Add(found);
            if (!console.OutIsTerminal && console.ErrorIsTerminal)
                console.Error.Write(
                    $"\rharness: {all.Count} of {policies.Count} policies{(all.Count < policies.Count ? "" : "\n")}"
                );
            if (!found.IsComplete)
                code = ExitCodes.Mismatch;
            if (json)
                Json(found, console.Out);
            else
                report.Line(
                    $"{found.Policy.Name.PadRight(width)}  {found.Rules.Count, 5}  {$"{found.PathsReached} of {found.Paths}", 11}  {found.Mutants.Count, 7}"
                        + $"  {found.Count(MutantResult.Killed), 6}  {found.Count(MutantResult.Equivalent), 10}  {found.Count(MutantResult.Open), 4}  {found.Count(MutantResult.Left), 4}"
                );
        }
        if (!json)
            Reasons(all, report);
        foreach (var machine in MachineCoverageReport.Write(policies, asked, json ? null : report, console.Out))
            if (!machine.IsComplete)
                code = ExitCodes.Mismatch;
        if (!json)
        {
            report.Line();
            report.Line(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{all.Count} policies, {all[0].Asked:N0} of {all[0].Points:N0} points evaluated for each, in {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s; the quick set has {Cover.Keys.Count} cases"
                )
            );
        }
        return code;
    }

    /// <summary>Every key of the quick set.</summary>
    public static int WriteCover(HarnessConsole console, CancellationToken cancel)
    {
        foreach (var c in CoveringSet.For(Mainline.All, CaseSpace.Buildable, HostFacts.All))
            console.Out.Write(c.Key + "\n");
        cancel.ThrowIfCancellationRequested();
        return ExitCodes.Ok;
    }

    private static void Reasons(List<PolicyCoverage> all, ReportWriter report)
    {
        report.Line();
        report.Line(
            "killed: some case, on some host, is decided so that no run fits both. equivalent: the walk of the whole space found no difference."
        );
        report.Line("open: decided differently, but only in what a prediction leaves open. left: none of these.");
        foreach (var result in new[] { MutantResult.Equivalent, MutantResult.Open, MutantResult.Left })
        foreach (
            var reason in all.SelectMany(a => a.Mutants)
                .Where(m => m.Result == result)
                .GroupBy(m => m.Reason!)
                .OrderByDescending(g => g.Count())
        )
            report.Line(
                $"{reason.Count(), 6}  {result.ToString().ToLowerInvariant()}: {reason.Key}, as {reason.First().Mutant}"
                    + (reason.First() is { Case: { } c, Host: { } h } ? $" by {c.Key} with {h}" : "")
            );
        foreach (var coverage in all)
        foreach (var rule in coverage.Rules.Where(r => r.IsLeft))
            report.Line(
                $"{coverage.Policy.Name}: {rule.Rule.Name} {(rule.Holds ? "always holds" : "never holds")}",
                TextTone.Bad
            );
    }

    private static void Json(PolicyCoverage found, TextWriter output) =>
        JsonLine.Write(
            output,
            new
            {
                Type = "coverage",
                Policy = found.Policy.Name,
                found.Points,
                found.Asked,
                Rules = found.Rules.Count,
                RulesLeft = found.Rules.Where(r => r.IsLeft).Select(r => r.Rule.Name),
                found.Paths,
                found.PathsReached,
                Killed = found.Count(MutantResult.Killed),
                Others = found
                    .Mutants.Where(m => m.Result != MutantResult.Killed)
                    .Select(m => new
                    {
                        Mutant = m.Mutant.Says,
                        Result = m.Result.ToString().ToLowerInvariant(),
                        m.Reason,
                        Case = m.Case?.Key,
                        Host = m.Host?.Features,
                    }),
                Complete = found.IsComplete,
            }
        );
}
