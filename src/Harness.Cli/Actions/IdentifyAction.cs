using Harness.Analysis.Identifications;
using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Runs;
using Harness.Runs.Facts;
using Harness.Store;

namespace Harness.Cli.Actions;

internal static class IdentifyAction
{
    /// <summary>
    /// Each two policies are distinguished by this many cases, if there are that many: a single one could be an error
    /// of ours.
    /// </summary>
    private const int Times = 3;

    /// <summary>The cases that can distinguish policies on a host.</summary>
    private static IReadOnlyList<Case> Space { get; } = [.. CaseSpace.Buildable, .. AllCases.LifecycleCases];

    /// <summary>Runs cases on the target, and stores the results like any run.</summary>
    public static async Task<int> AskAsync(IdentifyRequest request, HarnessConsole console, CancellationToken cancel)
    {
        var cases = SeparatingSet.For(PolicyCatalog.All, Space, Times);
        var (store, end) = await DirectRun
            .ExecuteAsync(
                request.Database,
                [(request.Target, cases)],
                HostUse.For(request.CommandLine, console),
                null,
                (store, watcher) => new Run(store, watcher) { Unknown = PolicyCatalog.Newest },
                console,
                cancel
            )
            .ConfigureAwait(false);
        if (end.Interrupted)
            throw new OperationCanceledException(cancel);
        return Report(store, store.Run(end.Run)!.Hosts, request.Json, console);
    }

    /// <summary>Uses the observations of a stored run.</summary>
    public static int Stored(string id, string? target, string database, bool json, HarnessConsole console)
    {
        var store = ResultStore.Open(database);
        var run = StoredRuns.Find(store, id);
        return Report(store, StoredRuns.Hosts(run, target), json, console);
    }

    private static int Report(ResultStore store, IReadOnlyList<HostSummary> hosts, bool json, HarnessConsole console)
    {
        int code = ExitCodes.Ok;
        foreach (var summary in hosts)
        {
            StoredHost host;
            try
            {
                host = StoredHost.Read(store, summary);
            }
            catch (UnusableFactsException e)
            {
                console.Complain($"target '{summary.Host.Target}': {e.Message}");
                code = ExitCodes.Infrastructure;
                continue;
            }
            if (host.Seen.Count == 0)
            {
                console.Complain($"target '{host.Target}': no case has a verdict, so it can't be identified");
                code = ExitCodes.Infrastructure;
                continue;
            }
            var found = Identify.Of(
                PolicyCatalog.All,
                host.Profile.Host,
                [
                    .. host.Seen.Select(s => new Seen(
                        s.Case,
                        s.Did.Agrees,
                        s.Did.Registration != Errno.None,
                        s.Did.ToString()
                    )
                    {
                        First = s.Did.Difference,
                        Deviation = s.Did.Deviation,
                        Operations = [.. s.Did.Operations.Select(a => a.ToString())],
                    }),
                ],
                new Answers(host.Profile.VmCapabilities, host.Profile.SystemCapabilities),
                Space
            );
            if (json)
                IdentifyReport.Json(host, found, console.Out);
            else
                IdentifyReport.Text(host, found, console.Report());
            if (found.Remaining.Count == 0 && code == ExitCodes.Ok)
                code = ExitCodes.Mismatch;
        }
        return code;
    }
}
