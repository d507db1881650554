using Harness.Analysis.Timelines;
using Harness.Runs;
using Harness.Store;

namespace Harness.Cli.Actions;

internal static class TimelineAction
{
    public static async Task<int> ExecuteAsync(
        TimelineRequest request,
        HarnessConsole console,
        CancellationToken cancel
    )
    {
        var c = CasesAction.Find(request.Case);
        int code = ExitCodes.Ok;
        if (request.Hosts is { } hosts)
        {
            // The run's report goes to stderr; stdout only has the table.
            code = await RunAction
                .ExecuteAsync(
                    new RunRequest(
                        hosts,
                        $"id={c.Id}",
                        null,
                        request.Database,
                        new RunOptions(false) { Jobs = request.Jobs },
                        request.CommandLine
                    ),
                    console with
                    {
                        Out = console.Error,
                        OutIsTerminal = console.ErrorIsTerminal,
                    },
                    cancel
                )
                .ConfigureAwait(false);
        }
        var timeline = Timeline.Of(c, Release.All);
        var seen = File.Exists(request.Database) ? CaseObservation.Newest(ResultStore.Open(request.Database), c) : [];
        if (request.Json)
            TimelineReport.Json(timeline, seen, console.Out);
        else
            TimelineReport.Text(timeline, seen, console.Report());
        return code;
    }
}
