using Harness.Runs;
using Harness.Runs.Dispatch;
using Harness.Runs.Scheduling;

namespace Harness.Cli.Actions;

/// <summary>
/// The hosts of a run, of which some start while the run is still being checked. Disposing it disposes all of them, for
/// a run that turns out to be invalid; a run disposes its hosts itself, and disposing them twice does nothing.
/// </summary>
internal sealed class EarlyStart(IReadOnlyList<RunHost> hosts) : IAsyncDisposable
{
    public IReadOnlyList<RunHost> Hosts { get; private set; } = hosts;

    /// <summary>Starts the QEMU hosts that the queue will admit at once.</summary>
    public void Begin(HostQueue queue)
    {
        int most = queue.AtOnce(Hosts.Select(h => h.Need));
        Hosts = [.. Hosts.Select((host, i) => i < most && host.Need.Jobs > 0 ? Begun(host) : host)];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in Hosts)
            await host.Host.DisposeAsync().ConfigureAwait(false);
    }

    private static RunHost Begun(RunHost host)
    {
        var early = new EarlyHost(host.Host);
        early.Begin();
        return host with { Host = early };
    }
}
