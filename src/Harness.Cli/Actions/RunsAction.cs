using System.Globalization;
using Harness.Reports;
using Harness.Runs.Resuming;
using Harness.Store;

namespace Harness.Cli.Actions;

/// <summary>The list of runs in a database.</summary>
internal static class RunsAction
{
    public const int UsualLimit = 20;

    public static int Execute(
        string database,
        string? suite,
        string? state,
        int limit,
        bool json,
        HarnessConsole console
    )
    {
        var chosen = ResultStore
            .Open(database)
            .Runs(
                run =>
                    (suite is null || run.Run.Suite == suite) && (state is null || RunStanding.Of(run).State == state),
                limit
            );
        if (json)
            foreach (var run in chosen.Runs)
                RunJson.WriteLine(run, console.Out);
        else
            Write(chosen, database, console);
        return ExitCodes.Ok;
    }

    private static void Write(ChosenRuns chosen, string database, HarnessConsole console)
    {
        var report = console.Report();
        if (chosen.Runs.Count == 0)
        {
            report.Line($"{database}: no such run");
            return;
        }
        var rows = chosen.Runs.Select(Row).ToList();
        string[] heads = ["run", "state", "took", "hosts", "cases", "verdicts", "command"];
        int[] widths = [.. heads.Select((h, i) => Math.Max(h.Length, rows.Max(r => r.Cells[i].Length)))];
        string Padded(IReadOnlyList<string> cells, int from, int to) =>
            string.Join("  ", cells.Take(to).Select((c, i) => c.PadRight(widths[i])).Skip(from));
        report.Line($"{Padded(heads, 0, heads.Length - 1)}  {heads[^1]}", TextTone.Faint);
        foreach (var (cells, tone) in rows)
            report.Line(
                (Padded(cells, 0, 1) + "  ", TextTone.Plain),
                (Padded(cells, 1, 2), tone),
                ($"  {Padded(cells, 2, cells.Length - 1)}  {cells[^1]}", TextTone.Plain)
            );
        if (chosen.Fitting > chosen.Runs.Count)
            report.Line(
                $"the newest {chosen.Runs.Count} of {chosen.Fitting} runs (--limit {chosen.Fitting} shows all)",
                TextTone.Faint
            );
        foreach (var run in chosen.Runs.Where(r => RunStanding.Of(r) is { State: RunStanding.Died }))
            report.Line(
                (RunStanding.Died, TextTone.Bad),
                (
                    $": {Hint.Command($"run --resume {run.Run.Id}", database, console.Directory)}   # runs the rest",
                    TextTone.Plain
                )
            );
    }

    private static (string[] Cells, TextTone Tone) Row(RunSummary run)
    {
        var standing = RunStanding.Of(run);
        return (
            [
                run.Run.Id,
                standing.State,
                StoredRun.Words(StoredRun.Time(run, standing)),
                run.Hosts.Count.ToString(CultureInfo.InvariantCulture),
                run.Hosts.Sum(h => h.Planned).ToString(CultureInfo.InvariantCulture),
                VerdictCounts.NotAsPredicted(VerdictCounts.Of(run.Hosts)),
                Short($"{(run.Run.Shard is { } shard ? $"[{shard.Words}] " : "")}{run.Run.CommandLine}"),
            ],
            standing.State switch
            {
                States.Finished => TextTone.Good,
                RunStanding.Died or States.Failed => TextTone.Bad,
                _ => TextTone.Doubtful,
            }
        );
    }

    private static string Short(string command) => command.Length <= 100 ? command : $"{command[..97]}...";
}
