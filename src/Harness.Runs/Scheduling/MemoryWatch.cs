using Harness.Processes;

namespace Harness.Runs.Scheduling;

/// <summary>Samples the memory of the harness and its children until it is disposed, and records the maximum.</summary>
public sealed class MemoryWatch : IAsyncDisposable
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    private MemoryWatch() => _loop = Task.Run(LookAsync);

    /// <summary>The maximum of all children together in any sample, in bytes.</summary>
    public long PeakChildren { get; private set; }

    /// <summary>The maximum of all together, including this process.</summary>
    public long Peak { get; private set; }

    public static MemoryWatch Start() => new();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task LookAsync()
    {
        do
        {
            var now = ResidentMemory.Now();
            PeakChildren = Math.Max(PeakChildren, now.Children);
            Peak = Math.Max(Peak, now.Own + now.Children);
            await Task.Delay(Between, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        } while (!_stop.IsCancellationRequested);
    }
}
