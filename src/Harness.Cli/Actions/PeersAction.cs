using Harness.Images;
using Harness.Processes;
using Harness.Reports;
using Harness.Runs;
using Harness.Runs.Peers;
using Harness.Runs.Scheduling;
using Harness.Store;

namespace Harness.Cli.Actions;

/// <summary>harness peers.</summary>
/// <param name="Targets">At least one, each once.</param>
/// <param name="Programs">At least one.</param>
/// <param name="Refresh">Look for a newer source.</param>
/// <param name="Database">An absolute path.</param>
/// <param name="CommandLine">As typed, for the record.</param>
/// <param name="Wait">How long to wait for a lab host that another user has.</param>
public sealed record PeersRequest(
    IReadOnlyList<NamedTarget> Targets,
    IReadOnlyList<PeerProgram> Programs,
    bool Refresh,
    string Database,
    RunOptions How,
    string CommandLine,
    TimeSpan Wait
);

/// <summary>Runs programs of the kernel's selftests beside the cases that assert the same.</summary>
internal static class PeersAction
{
    public static async Task<int> ExecuteAsync(PeersRequest request, HarnessConsole console, CancellationToken cancel)
    {
        var peers = new PeerRun(request.Programs, Builder(request.Refresh));
        var cases = PeerRun.CasesOf(request.Programs);
        var known = request.How.Known();
        var (store, end) = await DirectRun
            .ExecuteAsync(
                request.Database,
                [.. request.Targets.Select(t => (t, cases))],
                HostUse.For(request.CommandLine, console, request.Wait, request.How),
                null,
                (store, watcher) =>
                    new Run(store, peers.Watch(watcher))
                    {
                        Queue = HostScheduler.OfThisMachine().Queue(request.How.Jobs),
                        KnownDifferences = known,
                        Peers = peers,
                    },
                console,
                cancel
            )
            .ConfigureAwait(false);
        if (end.Interrupted)
            throw new OperationCanceledException(cancel);
        var run = store.Run(end.Run)!;
        var rows = store.Peers(run.Run.Id);
        if (request.How.Json)
            PeersReport.Json(run, rows, console.Out);
        else
            PeersReport.Text(run, rows, request.Database, console);
        return Code(run, rows);
    }

    public static int List(IReadOnlyList<PeerProgram> programs, bool json, HarnessConsole console)
    {
        if (json)
            PeersReport.Json(programs, console.Out);
        else
            PeersReport.Text(programs, console.Report());
        return ExitCodes.Ok;
    }

    /// <summary>A skip of a program is an answer: it says what the host lacks.</summary>
    internal static int Code(RunSummary run, IReadOnlyList<PeerRow> rows)
    {
        var codes = rows.Select(r =>
                r.Record switch
                {
                    { Relation: PeerRelations.Differs } => ExitCodes.Mismatch,
                    null or { Outcome: PeerStates.Timeout or PeerStates.Lost, Relation: PeerRelations.NotCompared } =>
                        ExitCodes.Infrastructure,
                    _ => ExitCodes.Ok,
                }
            )
            .ToHashSet();
        // Programs alone, without a case that asserts the same, are a run as well.
        if (run.Hosts.Any(h => h.Planned > 0) || run.State != States.Finished)
            codes.Add(RunExit.Of(run));
        return RunExit.Precedence.First(codes.Contains);
    }

    private static PeerBuilder Builder(bool refresh)
    {
        // Hosts of one kernel use what was built for the first.
        var builder = new SelftestsBuilder(Images.Store(), new ProcessRunner());
        return async (series, phase, cancel) =>
        {
            try
            {
                var built = await builder.EnsureAsync(series, refresh, new Steps(phase), cancel).ConfigureAwait(false);
                return new PeerBuild(built.Source, built.Folder);
            }
            catch (Exception e)
                when (e is ImageException or ProgramNotFoundException or IOException or UnauthorizedAccessException)
            {
                throw new PeerBuildException($"the selftests can't be compiled: {e.Message}", e);
            }
        };
    }

    private sealed class Steps(Action<string> phase) : IProgress<ImageProgress>
    {
        public void Report(ImageProgress value) => phase(value.Step);
    }
}
