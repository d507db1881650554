using System.Diagnostics;
using Harness.Runs.Dispatch;
using Harness.Runs.KernelLogs;
using Harness.Store;
using Harness.Targets;
using Harness.Targets.Transport;

namespace Harness.Runs.Pools;

/// <summary>
/// Several machines of one kind as one host: the first that is free and passes its health check is used. One that is
/// lost during the run is replaced once, by another; the session checks that this is of the same kind.
/// </summary>
/// <param name="name">The target's name.</param>
/// <param name="machines">At least one, in the order of preference.</param>
/// <param name="check">Returns why cases can't be executed on a machine, or null.</param>
public sealed class PoolHost(
    string name,
    IReadOnlyList<PoolMachine> machines,
    Func<IProbeHost, Action<string>, CancellationToken, Task<string?>> check
) : IProbeHost
{
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    private IProbeHost? _host;
    private PoolMachine? _used;
    private bool _replaced;

    /// <summary>How long to wait for a machine if all are in use.</summary>
    public TimeSpan Wait { get; init; }

    public string Name => name;

    public string? Machine => _used?.Name;

    public IReadOnlyList<PoolMachineRecord> Pool =>
        [.. machines.Select(m => new PoolMachineRecord(m.Name, m.State, m.Reason))];

    public IReadOnlyList<string> PciDevices => _host?.PciDevices ?? [];

    /// <summary>A machine that can be replaced is not the end of the host.</summary>
    public string? Lost => CanReplace ? null : _host?.Lost;

    public KernelReport? Crash => CanReplace ? null : _host?.Crash;

    public IConnection? Connection => _host?.Connection;

    public string? Folder => _host?.Folder;

    public int? Workers => _host?.Workers;

    public IReadOnlyDictionary<string, string> Platform => _host?.Platform ?? new Dictionary<string, string>();

    private bool CanReplace => !_replaced && machines.Any(m => m.State is PoolStates.Unused or PoolStates.Busy);

    public async Task<IProbeLink> StartProbeAsync(Action<string> phase, CancellationToken cancel)
    {
        if (_host is { } host)
        {
            try
            {
                return host.Lost is { } lost
                    ? throw new HostUnavailableException(lost)
                    : await host.StartProbeAsync(phase, cancel).ConfigureAwait(false);
            }
            catch (HostUnavailableException e) when (CanReplace)
            {
                _replaced = true;
                _host = null;
                await DropAsync(host, _used!, PoolStates.Lost, e.Message, phase).ConfigureAwait(false);
            }
        }
        var clock = Stopwatch.StartNew();
        while (true)
        {
            foreach (var machine in machines.Where(m => m.State is PoolStates.Unused or PoolStates.Busy))
                if (await TryAsync(machine, phase, cancel).ConfigureAwait(false) is { } link)
                    return link;
            if (machines.All(m => m.State != PoolStates.Busy) || clock.Elapsed >= Wait)
                throw new HostUnavailableException(
                    $"no machine of '{name}' can be used: {string.Join("; ", machines.Select(m => $"{m.Name}: {m.Reason}"))}"
                );
            phase("waiting for a machine of the pool");
            await Task.Delay(BetweenTries, cancel).ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync() => _host?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task<IProbeLink?> TryAsync(PoolMachine machine, Action<string> phase, CancellationToken cancel)
    {
        void Say(string what) => phase($"{machine.Name}: {what}");
        var host = machine.Create();
        try
        {
            // Reserves it, so that the check doesn't disturb another user.
            await (await host.StartProbeAsync(Say, cancel).ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
            Say("health check");
            if (await check(host, Say, cancel).ConfigureAwait(false) is { } reason)
            {
                await DropAsync(host, machine, PoolStates.Unhealthy, reason, phase).ConfigureAwait(false);
                return null;
            }
            var link = await host.StartProbeAsync(Say, cancel).ConfigureAwait(false);
            (_host, _used, machine.State, machine.Reason) = (host, machine, PoolStates.Used, null);
            return link;
        }
        catch (HostUnavailableException e)
        {
            bool busy = e.InnerException is TargetException { Failure: TargetFailure.Busy };
            await DropAsync(host, machine, busy ? PoolStates.Busy : PoolStates.Unreachable, e.Message, phase)
                .ConfigureAwait(false);
            return null;
        }
        catch
        {
            await host.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task DropAsync(
        IProbeHost host,
        PoolMachine machine,
        string state,
        string reason,
        Action<string> phase
    )
    {
        if (machine.State != state)
            phase($"{machine.Name} is {state}: {reason}");
        (machine.State, machine.Reason) = (state, reason);
        await host.DisposeAsync().ConfigureAwait(false);
    }
}
