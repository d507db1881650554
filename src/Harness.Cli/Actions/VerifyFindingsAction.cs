using Harness.Findings;
using Harness.Model;
using Harness.Reports;
using Harness.Runs;
using Harness.Runs.Scheduling;
using Harness.Store;

namespace Harness.Cli.Actions;

/// <summary>A target with the findings that are verified on it.</summary>
public sealed record FindingTarget(NamedTarget Target, IReadOnlyList<Finding> Findings);

/// <summary>harness findings verify.</summary>
/// <param name="Findings">At least one.</param>
/// <param name="Targets">At least one, each once.</param>
/// <param name="Database">An absolute path.</param>
/// <param name="CommandLine">As typed, for the record.</param>
/// <param name="Wait">How long to wait for a lab host that another user has.</param>
public sealed record VerifyFindingsRequest(
    IReadOnlyList<Finding> Findings,
    IReadOnlyList<FindingTarget> Targets,
    string Database,
    RunOptions How,
    string CommandLine,
    TimeSpan Wait
);

/// <summary>Runs the cases of findings, and compares what was observed with what they state.</summary>
internal static class VerifyFindingsAction
{
    public static async Task<int> ExecuteAsync(
        VerifyFindingsRequest request,
        HarnessConsole console,
        CancellationToken cancel
    )
    {
        var known = request.How.Known();
        var (store, end) = await DirectRun
            .ExecuteAsync(
                request.Database,
                [.. request.Targets.Select(t => (t.Target, (IReadOnlyList<Case>)CasesOf(t.Findings)))],
                HostUse.For(request.CommandLine, console, request.Wait, request.How),
                null,
                (store, watcher) =>
                    new Run(store, watcher)
                    {
                        Queue = HostScheduler.OfThisMachine().Queue(request.How.Jobs),
                        KnownDifferences = known,
                    },
                console,
                cancel
            )
            .ConfigureAwait(false);
        if (end.Interrupted)
            throw new OperationCanceledException(cancel);
        var run = store.Run(end.Run)!;
        List<FindingResult> results =
        [
            .. request.Targets.SelectMany(t =>
                StoredFindings.Of(store, run, t.Findings).Where(r => r.Target == t.Target.Name)
            ),
            .. request.Findings.Where(f => f.Cases.Count == 0).Select(FindingJudge.ByHand),
        ];
        Print(request, results, run.Run.Id, console);
        return Code(results);
    }

    internal static int Code(IReadOnlyList<FindingResult> results) =>
        results.Any(r => r.Standing is FindingStanding.NotShown or FindingStanding.Unexpected) ? ExitCodes.Mismatch
        : results.Any(r => r.Standing == FindingStanding.NotRun)
        || !results.Any(r => r.Standing is FindingStanding.Shown or FindingStanding.Fixed)
            ? ExitCodes.Infrastructure
        : ExitCodes.Ok;

    private static void Print(
        VerifyFindingsRequest request,
        List<FindingResult> results,
        string run,
        HarnessConsole console
    )
    {
        if (request.How.Json)
        {
            foreach (var r in results)
                JsonLine.Write(
                    console.Out,
                    new
                    {
                        Type = "finding-result",
                        Run = run,
                        Finding = r.Finding.Name,
                        r.Target,
                        r.Release,
                        Standing = r.Word,
                        r.Reason,
                        Seen = r.Seen.Select(s => new { s.Case, Observed = s.Seen }),
                    }
                );
            return;
        }
        var report = console.Report();
        foreach (var finding in request.Findings)
        {
            report.Line((finding.Name, TextTone.Strong), ($"  {finding.Title}", TextTone.Plain));
            foreach (var r in results.Where(r => r.Finding == finding))
            {
                report.Line(
                    (r.Target.Length == 0 ? "  " : $"  {r.Target}  {r.Release ?? "unknown release"}  ", TextTone.Plain),
                    (r.Word, TextTone.Strong),
                    (r.Reason.Length > 0 ? $": {r.Reason}" : "", TextTone.Plain)
                );
                foreach (var (id, seen) in r.Seen)
                    report.Line($"      {id}  {seen}", TextTone.Faint);
            }
        }
        report.Line();
        report.Line(
            string.Join(
                ", ",
                results.GroupBy(r => r.Word).OrderBy(g => g.First().Standing).Select(g => $"{g.Count()} {g.Key}")
            )
        );
        report.Line($"the run: {Hint.Command($"report {run}", request.Database, console.Directory)}", TextTone.Faint);
    }

    /// <summary>The cases of findings, each once.</summary>
    private static List<Case> CasesOf(IReadOnlyList<Finding> findings) =>
        [.. findings.SelectMany(f => f.Cases).Select(c => c.Case).DistinctBy(c => c.Id)];
}
