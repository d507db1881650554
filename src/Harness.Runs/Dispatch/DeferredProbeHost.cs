using Harness.Runs.KernelLogs;
using Harness.Targets.Transport;

namespace Harness.Runs.Dispatch;

/// <summary>A host that is created when the run reaches it: its image may still have to be built.</summary>
/// <param name="name">The target's name.</param>
/// <param name="make">Creates the host; throws <see cref="HostUnavailableException"/>.</param>
public sealed class DeferredProbeHost(string name, Func<Action<string>, CancellationToken, Task<IProbeHost>> make)
    : IProbeHost
{
    private IProbeHost? _host;

    public string Name => name;

    public IReadOnlyList<string> PciDevices => _host?.PciDevices ?? [];

    public string? Lost => _host?.Lost;

    public KernelReport? Crash => _host?.Crash;

    public IConnection? Connection => _host?.Connection;

    public string? Folder => _host?.Folder;

    public int? Workers => _host?.Workers;

    public IReadOnlyDictionary<string, string> Platform => _host?.Platform ?? new Dictionary<string, string>();

    public async Task PrepareAsync(Action<string> phase, CancellationToken cancel)
    {
        _host ??= await make(phase, cancel).ConfigureAwait(false);
        await _host.PrepareAsync(phase, cancel).ConfigureAwait(false);
    }

    public async Task<IProbeLink> StartProbeAsync(Action<string> phase, CancellationToken cancel)
    {
        await PrepareAsync(phase, cancel).ConfigureAwait(false);
        return await _host!.StartProbeAsync(phase, cancel).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
            await _host.DisposeAsync().ConfigureAwait(false);
    }
}
