using Harness.Runs.KernelLogs;
using Harness.Targets.Transport;

namespace Harness.Runs.Dispatch;

/// <summary>
/// A host that is started while the run is still being planned, so that its machine boots meanwhile. If the plan turns
/// out to be invalid, disposing it stops the machine.
/// </summary>
/// <param name="host">The host; disposed with this.</param>
public sealed class EarlyHost(IProbeHost host) : IProbeHost
{
    private readonly CancellationTokenSource _stop = new();
    private Task<IProbeLink>? _begun;
    private Action<string>? _listener;
    private string? _lastPhase;
    private int _disposed;

    public string Name => host.Name;

    public IReadOnlyList<string> PciDevices => host.PciDevices;

    public string? Lost => host.Lost;

    public KernelReport? Crash => host.Crash;

    public IConnection? Connection => host.Connection;

    public string? Folder => host.Folder;

    public int? Workers => host.Workers;

    public IReadOnlyDictionary<string, string> Platform => host.Platform;

    public bool HasBegun => _begun is not null;

    /// <summary>Starts the host and its probe. Failures are reported by <see cref="StartProbeAsync"/>.</summary>
    public void Begin() =>
        _begun = Task.Run(async () =>
        {
            await host.PrepareAsync(OnPhase, _stop.Token).ConfigureAwait(false);
            return await host.StartProbeAsync(OnPhase, _stop.Token).ConfigureAwait(false);
        });

    /// <summary>Nothing is left to do for a host that has begun.</summary>
    public Task PrepareAsync(Action<string> phase, CancellationToken cancel) =>
        _begun is null ? host.PrepareAsync(phase, cancel) : Task.CompletedTask;

    public async Task<IProbeLink> StartProbeAsync(Action<string> phase, CancellationToken cancel)
    {
        if (_begun is not { } begun)
            return await host.StartProbeAsync(phase, cancel).ConfigureAwait(false);
        _listener = phase;
        if (_lastPhase is { } last)
            phase(last);
        await using (cancel.Register(_stop.Cancel).ConfigureAwait(false))
        {
            try
            {
                return await begun.ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                throw new OperationCanceledException(cancel);
            }
            finally
            {
                // Its link has an owner now; a probe that is lost is started again by the host itself.
                _begun = null;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_begun is { } begun)
        {
            // Nothing waited for it, so that its error, if any, is of no interest.
            await ((Task)begun).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (begun.IsCompletedSuccessfully)
                await begun.Result.DisposeAsync().ConfigureAwait(false);
        }
        await host.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private void OnPhase(string phase)
    {
        _lastPhase = phase;
        _listener?.Invoke(phase);
    }
}
