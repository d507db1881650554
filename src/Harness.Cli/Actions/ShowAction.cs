using Harness.Reports;
using Harness.Runs.Resuming;
using Harness.Store;

namespace Harness.Cli.Actions;

/// <summary>One stored run in short.</summary>
internal static class ShowAction
{
    public const int UsualLimit = 10;

    /// <param name="limit">How many results of what failed; null for the usual number, and in JSON for all.</param>
    public static int Execute(string id, string database, int? limit, bool json, HarnessConsole console)
    {
        var store = ResultStore.Open(database);
        var run = StoredRuns.Find(store, id);
        var failed = VerdictCounts
            .Of(run.Hosts)
            .Where(c => c.Verdict.ExitCode is not (null or RunExit.Ok) && c.Verdict.Word != Verdicts.Planned)
            .ToList();
        var rows = failed
            .OrderBy(c => RunExit.Precedence.ToList().IndexOf(c.Verdict.ExitCode!.Value))
            .SelectMany(c => store.Results(run.Run.Id, c.Verdict.Word));
        if (json)
        {
            RunJson.WriteLine(run, limit is { } most ? rows.Take(most) : rows, console.Out);
            return ExitCodes.Ok;
        }
        var report = console.Report();
        Head(run, report);
        Hosts(run, report);
        int shown = limit ?? UsualLimit;
        Failed(rows.Take(shown), failed.Sum(c => c.Cases), shown, report);
        Next(run, database, console, report);
        return ExitCodes.Ok;
    }

    private static void Head(RunSummary run, ReportWriter report)
    {
        var standing = RunStanding.Of(run);
        report.Line(
            ("run ", TextTone.Plain),
            (run.Run.Id, TextTone.Strong),
            ($"  {standing.State}", standing.State == RunStanding.Died ? TextTone.Bad : TextTone.Plain),
            (standing.Reason is { } why ? $": {why}" : "", TextTone.Plain)
        );
        Field("command", run.Run.CommandLine);
        Field(
            "harness",
            $"{run.Run.HarnessVersion}, model {ShortHash.Of(run.Run.ModelHash)}, probe {ShortHash.Of(run.Run.ProbeHash)}"
        );
        Field("suite", run.Run.Suite);
        Field("night", run.Run.Shard?.Night);
        Field("shards", run.Run.Shard?.Words);
        Field("policy", run.Run.Policy);
        Field("started", StoredRun.Stamp(run.Run.StartedUtc));
        Field("took", StoredRun.Words(StoredRun.Time(run, standing)));
        Field("verdicts", VerdictCounts.Joined(VerdictCounts.Of(run.Hosts)));
        Field(
            "exit code",
            StoredRun.ExitCode(run, standing)?.ToString(System.Globalization.CultureInfo.InvariantCulture)
        );

        void Field(string name, string? value) => WriteField(report, name, value);
    }

    private static void Hosts(RunSummary run, ReportWriter report)
    {
        report.Line();
        int width = run.Hosts.Select(h => h.Host.Target.Length).DefaultIfEmpty().Max();
        foreach (var host in run.Hosts)
        {
            string what = string.Join(", ", new[] { host.Host.KernelRelease, host.Host.Policy }.OfType<string>());
            report.Line(
                ($"{host.Host.Target.PadRight(width)}  ", TextTone.Strong),
                ($"{host.State, -11}", TextTone.Plain),
                (
                    string.Join(
                        ": ",
                        new[] { what, VerdictCounts.Joined(VerdictCounts.Of([host])) }.Where(t => t.Length > 0)
                    ) + (host.Reason is { } why ? $" ({why})" : ""),
                    TextTone.Plain
                )
            );
            foreach (var machine in host.Pool)
                report.Line($"  {new string(' ', width)}{PoolWords.Of(machine)}", TextTone.Faint);
        }
    }

    private static void Failed(IEnumerable<ResultRow> rows, int all, int shown, ReportWriter report)
    {
        if (all == 0)
            return;
        report.Line();
        foreach (var row in rows)
        {
            report.Line((row.Verdict, TextTone.Bad), ($" {row.CaseId} on {row.Target}: {row.Title}", TextTone.Plain));
            Detail("rule", row.Rule);
            Detail("predicted", row.Predicted);
            Detail("observed", row.Observed);
            Detail("reason", row.Reason);
        }
        if (all > shown)
            report.Line($"and {all - shown} more (--limit {all} shows all)", TextTone.Faint);

        void Detail(string name, string? value) => WriteField(report, name, value?.Split('\n')[0]);
    }

    private static void WriteField(ReportWriter report, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
            report.Line(($"  {name, -10}", TextTone.Faint), (value, TextTone.Plain));
    }

    private static void Next(RunSummary run, string database, HarnessConsole console, ReportWriter report)
    {
        report.Line();
        if (StoredRun.IsOpen(run, RunStanding.Of(run)))
            Write($"run --resume {run.Run.Id}", "runs the rest");
        Write($"report {run.Run.Id}", "everything about it");

        void Write(string arguments, string what) =>
            report.Line($"{Hint.Command(arguments, database, console.Directory)}   # {what}", TextTone.Faint);
    }
}
