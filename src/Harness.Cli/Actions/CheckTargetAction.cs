using Harness.Cases;
using Harness.Cli.Actions.Checking;
using Harness.Model.Policies;
using Harness.Protocol;
using Harness.Runs;
using Harness.Runs.Dispatch;
using Harness.Runs.Facts;
using Harness.Runs.Readiness;
using Harness.Targets;
using Harness.Targets.Deployment;

namespace Harness.Cli.Actions;

internal static class CheckTargetAction
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    public static Task<int> ExecuteAsync(CheckRequest request, HarnessConsole console, CancellationToken cancel) =>
        ExecuteAsync(request, console, RunHosts.Create, cancel);

    /// <param name="request">What to check.</param>
    /// <param name="console">The output.</param>
    /// <param name="create">Creates the host.</param>
    /// <param name="cancel">Stops it.</param>
    internal static async Task<int> ExecuteAsync(
        CheckRequest request,
        HarnessConsole console,
        HostCreation create,
        CancellationToken cancel
    )
    {
        var suite = CasesAction.Select(request.Filter);
        var policy = PolicyNames.Find(request.Policy);
        string name = request.Target.Name;
        var use = HostUse.For($"harness targets check {name}", console);
        var hosts = create(ProbeFile.Embedded, [request.Target], use, null);
        await using var host = hosts[0].Host;
        Fields facts;
        try
        {
            await RunHosts.ConnectOnlyAsync(hosts, use, cancel).ConfigureAwait(false);
            await using var link = await host.StartProbeAsync(phase => console.Complain($"{name}: {phase}"), cancel)
                .ConfigureAwait(false);
            facts = await new Dispatcher(link, window: 1, Processes.TimeoutScale.Scale(Grace))
                .FactsAsync(host.PciDevices, cancel)
                .ConfigureAwait(false);
        }
        catch (TargetException e) when (e.Failure == TargetFailure.WrongMachine)
        {
            // Nothing was started there.
            console.Complain($"{e.Message}; no case can run on another processor");
            return ExitCodes.Mismatch;
        }
        catch (Exception e) when (e is HostUnavailableException or LinkLostException)
        {
            console.Complain(host.Lost ?? e.Message);
            return ExitCodes.Infrastructure;
        }

        HostProfile profile;
        try
        {
            profile = FactsReader.Read(facts);
        }
        catch (UnusableFactsException e)
        {
            console.Complain($"target '{name}': {e.Message}");
            if (request.Facts)
                FactsText.Print(console.Report(), facts, null);
            return ExitCodes.Infrastructure;
        }
        profile = profile with { Choice = ReleaseCatalog.Choose(profile.Release, profile.Build, policy) };
        var readiness = HostReadiness.Of(profile, suite, AllCases.Cases);
        var mends = new Mends(
            name,
            new HostCommand(request.Target.Target, facts.Integer("euid", otherwise: 0) == 0),
            facts,
            profile.Abilities.Sizes.Block
        );
        var lines = CheckLines.Of(readiness, facts, mends);
        var notes = HostNotes.Of(profile, facts);
        if (request.Json)
            JsonLine.Write(console.Out, CheckJson.Of(request, readiness, lines, notes, request.Facts ? facts : null));
        else
        {
            var report = console.Report();
            CheckText.Print(report, request, readiness, lines, notes);
            if (request.Facts)
                FactsText.Print(report, facts, profile);
        }
        return readiness.Standing == HostStanding.NotReady ? ExitCodes.Mismatch : ExitCodes.Ok;
    }
}
