using System.Diagnostics;
using System.Globalization;
using System.Text;
using Harness.Processes;
using Harness.Targets.Transport;

namespace Harness.Targets.Locks;

/// <summary>
/// Exclusive use of a host. It is a flock(2) of /dev/kvm, held by a process on the host that ends when its input ends,
/// or when it receives nothing from us for a minute: a harness that died, or a machine that disappeared, leaves no lock
/// behind. The holder is named in that process's command line.
/// </summary>
public sealed class HostLock : IAsyncDisposable
{
    /// <summary>What is locked.</summary>
    public const string Device = "/dev/kvm";

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);
    private static readonly byte[] Beat = "."u8.ToArray();

    private readonly ILineChannel _channel;
    private readonly CancellationTokenSource _closing = new();
    private int _disposed;
    private readonly TaskCompletionSource<TargetException> _lost = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private readonly Task _beating;

    private HostLock(string target, ILineChannel channel)
    {
        _channel = channel;
        _beating = BeatAsync(target);
    }

    /// <summary>Completes when the lock is lost while we hold it; never if it is disposed before.</summary>
    public Task<TargetException> Lost => _lost.Task;

    /// <summary>Takes the lock, or waits for it.</summary>
    /// <param name="connection">To the host.</param>
    /// <param name="me">What others see as the holder.</param>
    /// <param name="wait">How long to wait for another holder.</param>
    /// <param name="progress">Gets the name of the holder.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <param name="file">What is locked there.</param>
    /// <returns>Null if the host can't lock: it has no flock(1), or the login can't open the device.</returns>
    /// <exception cref="TargetException">
    /// <see cref="TargetFailure.Busy"/>: with the holder. Or the connection was lost.
    /// </exception>
    public static async Task<HostLock?> TakeAsync(
        IConnection connection,
        LockHolder me,
        TimeSpan wait,
        IProgress<TargetProgress>? progress,
        CancellationToken cancel,
        string file = Device
    )
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var channel = await connection.StartAsync(Script(me, file), cancel).ConfigureAwait(false);
            string answer;
            try
            {
                answer = await AnswerAsync(connection.Target, channel, cancel).ConfigureAwait(false);
            }
            catch
            {
                await channel.DisposeAsync().ConfigureAwait(false);
                throw;
            }
            if (answer == "held")
                return new HostLock(connection.Target, channel);
            await channel.DisposeAsync().ConfigureAwait(false);
            if (answer.StartsWith("none ", StringComparison.Ordinal))
            {
                progress?.Report(new(TargetStep.NotLocked, $"not locked: {answer[5..]}"));
                return null;
            }
            string holder =
                answer.StartsWith("busy ", StringComparison.Ordinal) && answer.Length > 5
                    ? answer[5..]
                    : "a process of another user";
            var left = wait - clock.Elapsed;
            if (left <= TimeSpan.Zero)
                throw new TargetException(
                    TargetFailure.Busy,
                    connection.Target,
                    $"it is in use by {holder} (--wait waits for it)"
                );
            progress?.Report(new(TargetStep.InUse, $"in use by {holder}; waiting up to {Shown(wait)}"));
            await Task.Delay(left < BetweenTries ? left : BetweenTries, cancel).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await _closing.CancelAsync().ConfigureAwait(false);
        await _beating.ConfigureAwait(false);
        await _channel.DisposeAsync().ConfigureAwait(false);
        _closing.Dispose();
    }

    /// <summary>
    /// flock(1) runs a shell that prints "held" and reads. If it can't, the holder is the argument after the mark on
    /// the command line of some process; in our own shell's command line the mark is inside a longer argument.
    /// </summary>
    private static string Script(LockHolder me, string file)
    {
        string mark = ShellQuote.Word($"stage2-harness-lock:{file}");
        int silence = Math.Max(1, (int)TimeoutScale.Scale(Silence).TotalSeconds);
        string hold = string.Create(
            CultureInfo.InvariantCulture,
            $"echo held; while l=$(timeout {silence} head -n 1) && [ -n \"$l\" ]; do :; done"
        );
        return $$"""
            f={{ShellQuote.Word(file)}}; m={{mark}}
            [ -r "$f" ] || { echo "none $f can't be opened"; exit 0; }
            for p in flock timeout head; do command -v $p > /dev/null || { echo "none there is no $p on the host"; exit 0; }; done
            flock -n "$f" sh -c {{ShellQuote.Word(hold)}} "$m" {{ShellQuote.Word(me.Text)}} && exit 0
            for c in $(grep -lF -e "$m" /proc/[0-9]*/cmdline 2> /dev/null); do
                h=$(tr '\000' '\n' < "$c" 2> /dev/null | grep -x -A 1 -F -e "$m" | tail -n 1) && [ -n "$h" ] && break
            done
            echo "busy $h"
            """;
    }

    private static async Task<string> AnswerAsync(string target, ILineChannel channel, CancellationToken cancel)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timer.CancelAfter(TimeoutScale.Scale(Answer));
        try
        {
            if (await channel.ReceiveAsync(timer.Token).ConfigureAwait(false) is { } line)
                return Encoding.UTF8.GetString(line);
            var end = await channel.Ended.ConfigureAwait(false);
            throw end.Loss
                ?? new TargetException(
                    TargetFailure.Unknown,
                    target,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"its lock can't be taken: the command ended with {end.ExitCode}"
                    ),
                    end.ErrorTail
                );
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new TargetException(
                TargetFailure.Timeout,
                target,
                "its lock can't be taken: no answer in time",
                channel.ErrorTail
            );
        }
    }

    private async Task BeatAsync(string target)
    {
        try
        {
            while (!_channel.Ended.IsCompleted)
            {
                await _channel.SendAsync(Beat, CancellationToken.None).ConfigureAwait(false);
                using var stop = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
                await Task.WhenAny(_channel.Ended, Task.Delay(TimeoutScale.Scale(Silence) / 4, stop.Token))
                    .ConfigureAwait(false);
                if (_closing.IsCancellationRequested)
                    return;
                await stop.CancelAsync().ConfigureAwait(false);
            }
        }
        catch (IOException)
        {
            // The end of the channel has the reason.
        }
        var end = await _channel.Ended.ConfigureAwait(false);
        if (!_closing.IsCancellationRequested)
            _lost.TrySetResult(
                end.Loss
                    ?? new TargetException(
                        TargetFailure.SessionLost,
                        target,
                        "its lock was lost: the process that held it is gone",
                        end.ErrorTail
                    )
            );
    }

    private static string Shown(TimeSpan time) =>
        time.TotalSeconds < 120
            ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s")
            : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} min");
}
