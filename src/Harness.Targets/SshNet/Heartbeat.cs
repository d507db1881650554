using Harness.Processes;
using Renci.SshNet;

namespace Harness.Targets.SshNet;

/// <summary>
/// Detects that a host no longer responds: SSH.NET's own keep-alive doesn't request a reply. One session runs cat(1),
/// gets a byte from time to time, and echoes it.
/// </summary>
internal sealed class Heartbeat : IAsyncDisposable
{
    /// <summary>After this many silent intervals in a row the host counts as lost.</summary>
    private const int MostSilent = 3;

    private static readonly byte[] Beat = "."u8.ToArray();

    private readonly RemoteCommand _echo;
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _beating;
    private readonly TimeSpan _interval;
    private readonly Action<Exception?> _lost;
    private readonly ConnectionHealth _vitals;

    private Heartbeat(RemoteCommand echo, TimeSpan interval, ConnectionHealth vitals, Action<Exception?> lost)
    {
        _echo = echo;
        _interval = interval;
        _vitals = vitals;
        _lost = lost;
        _beating = BeatAsync();
    }

    /// <param name="client">Connected.</param>
    /// <param name="interval">Between two bytes, before scaling by <see cref="TimeoutScale"/>.</param>
    /// <param name="vitals">Notified of everything that arrives.</param>
    /// <param name="lost">Called once: with the error, or with null if the host has fallen silent.</param>
    /// <param name="cancel">Ends the start.</param>
    public static async Task<Heartbeat> StartAsync(
        SshClient client,
        TimeSpan interval,
        ConnectionHealth vitals,
        Action<Exception?> lost,
        CancellationToken cancel
    )
    {
        var output = new RemoteCommand.Output(_ => true, _ => true, null, vitals.Sign);
        var echo = await RemoteCommand
            .StartAsync(client, "exec cat", input: true, output, cancel)
            .ConfigureAwait(false);
        return new Heartbeat(echo, interval, vitals, lost);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        await _beating.ConfigureAwait(false);
        await _echo.DisposeAsync().ConfigureAwait(false);
        _closing.Dispose();
    }

    private async Task BeatAsync()
    {
        var sent = Task.CompletedTask;
        // Counted, not timed: a harness that was itself stopped for a while has received nothing for a long time,
        // although the host is alive.
        int silent = 0;
        while (await TickAsync().ConfigureAwait(false))
        {
            silent = _vitals.Heard() ? 0 : silent + 1;
            if (silent >= MostSilent)
            {
                _lost(null);
                return;
            }
            // A blocked write is not repeated.
            if (sent.IsCompleted)
                sent = SendAsync();
        }
        if (!_closing.IsCancellationRequested)
            _lost((await _echo.Ended.ConfigureAwait(false)).Fault);
    }

    /// <returns>False after its end.</returns>
    private async Task<bool> TickAsync()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
        await Task.WhenAny(_echo.Ended, Task.Delay(TimeoutScale.Scale(_interval), stop.Token)).ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        return !_echo.Ended.IsCompleted && !_closing.IsCancellationRequested;
    }

    private async Task SendAsync()
    {
        try
        {
            await _echo.WriteAsync(Beat).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The end of the echo has the reason.
        }
    }
}

/// <summary>Whether anything was received from a host.</summary>
internal sealed class ConnectionHealth
{
    private int _heard = 1;

    /// <summary>Something arrived.</summary>
    public void Sign() => Volatile.Write(ref _heard, 1);

    /// <summary>Whether anything was received since the last call.</summary>
    public bool Heard() => Interlocked.Exchange(ref _heard, 0) != 0;
}
