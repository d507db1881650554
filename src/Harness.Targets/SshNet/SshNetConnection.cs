using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Harness.Processes;
using Harness.Targets.Transport;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace Harness.Targets.SshNet;

/// <summary>A login over SSH.NET, with a heartbeat, and the clients of its jump hosts.</summary>
internal sealed class SshNetConnection : IConnection
{
    /// <summary>The exit code if a signal ended the command.</summary>
    internal const int NoStatus = 255;

    /// <summary>sshd's MaxSessions is 10 by default. The heartbeat uses one more.</summary>
    internal const int MostSessions = 8;

    private const int CaptureLimit = 16 << 20;
    private const int StartTries = 6;
    private static readonly TimeSpan BetweenStarts = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan UsualDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(2);

    /// <summary>Between the end of a command without a status and the detection that the connection is lost.</summary>
    private static readonly TimeSpan NewsTime = TimeSpan.FromSeconds(1);

    private readonly SshClient _client;
    private readonly NetworkPath _way;
    private readonly string _where;
    private readonly SemaphoreSlim _slots = new(MostSessions);
    private readonly SemaphoreSlim _turn = new(1);
    private readonly ServerFaults _faults;
    private readonly CancellationTokenSource _over = new();
    private readonly TaskCompletionSource<TargetException> _lost = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private readonly ConcurrentDictionary<RemoteCommand, bool> _running = new();
    private readonly ConnectionHealth _vitals = new();
    private Heartbeat? _heartbeat;
    private int _disposed;

    private SshNetConnection(string target, string where, SshClient client, NetworkPath way)
    {
        Target = target;
        _where = where;
        _client = client;
        _way = way;
        _faults = ServerFaults.Of(client.ConnectionInfo.ServerVersion);
        ChannelLimit = _faults.ChannelLimit;
        _ = way.Lost.ContinueWith(lost => OnLost(lost.Result), TaskScheduler.Default);
        client.ErrorOccurred += (_, e) => OnLost(e.Exception);
    }

    public string Target { get; }

    public Task<TargetException> Lost => _lost.Task;

    /// <summary>The maximum number of bytes that one command may send; null for no limit.</summary>
    internal long? ChannelLimit { get; set; }

    /// <summary>The maximum backlog for a slow reader.</summary>
    internal long Backlog { get; set; } = SshNetChannel.Backlog;

    /// <summary>Takes over a client that has logged in, and its route.</summary>
    /// <exception cref="TargetException">The host allows no session for the heartbeat.</exception>
    public static async Task<SshNetConnection> TakeOverAsync(
        string target,
        string where,
        SshClient client,
        NetworkPath way,
        TimeSpan aliveInterval,
        CancellationToken cancel
    )
    {
        var connection = new SshNetConnection(target, where, client, way);
        try
        {
            connection._heartbeat = await Heartbeat
                .StartAsync(client, aliveInterval, connection._vitals, connection.OnLost, cancel)
                .ConfigureAwait(false);
            // From here on, the heartbeat detects a lost host; a full window may last as long as a case does.
            client.ConnectionInfo.Timeout = TimeSpan.FromHours(1);
            return connection;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            if (e is OperationCanceledException)
                throw;
            throw IsRefusal(e) ? connection.Refused(e) : connection.Loss(e);
        }
    }

    public async Task<CommandResult> ExecAsync(
        string command,
        ProcessInput? input,
        TimeSpan? deadline,
        CancellationToken cancel
    )
    {
        await _slots.WaitAsync(cancel).ConfigureAwait(false);
        bool turn = false;
        try
        {
            // It may end at any moment: no other may start until it has.
            turn = await TurnAsync(cancel).ConfigureAwait(false);
            var limit = TimeoutScale.Scale(deadline ?? UsualDeadline);
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel, _over.Token);
            timer.CancelAfter(limit);
            var errors = new TailBuffer(CaptureLimit);
            try
            {
                return await ExecAsync(command, input ?? ProcessInput.Nothing, errors, timer.Token)
                    .ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                if (_over.IsCancellationRequested)
                    throw await ReasonAsync(null).ConfigureAwait(false);
                throw new TargetException(
                    TargetFailure.Timeout,
                    Target,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"a command was not done within {limit.TotalSeconds:0.###} s: {Shortened(command)}"
                    ),
                    errors.ToString()
                );
            }
        }
        finally
        {
            if (turn)
                _turn.Release();
            _slots.Release();
        }
    }

    public async Task<ILineChannel> StartAsync(string command, CancellationToken cancel)
    {
        await _slots.WaitAsync(cancel).ConfigureAwait(false);
        bool turn = false;
        try
        {
            turn = await TurnAsync(cancel).ConfigureAwait(false);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, _over.Token);
            return await SshNetChannel
                .StartAsync(
                    (output, errors) => StartAsync(command, true, output, errors, either.Token),
                    WhyAsync,
                    () => _slots.Release(),
                    Backlog
                )
                .ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _slots.Release();
            if (e is OperationCanceledException && !cancel.IsCancellationRequested)
                throw await ReasonAsync(null).ConfigureAwait(false);
            throw;
        }
        finally
        {
            if (turn)
                _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await _over.CancelAsync().ConfigureAwait(false);
        if (_heartbeat is not null)
            await _heartbeat.DisposeAsync().ConfigureAwait(false);
        await CloseAsync().ConfigureAwait(false);
    }

    private async Task<bool> TurnAsync(CancellationToken cancel)
    {
        if (!_faults.OneAtATime)
            return false;
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        return true;
    }

    private async Task CloseAsync()
    {
        // The library notifies its commands of a connection that the other side closes, but not of one that we close.
        await Task.WhenAll(_running.Keys.Select(c => c.DisposeAsync().AsTask())).ConfigureAwait(false);
        await Blocking.DisposeAsync(_client, CloseTime).ConfigureAwait(false);
        foreach (var part in _way.Parts.Reverse())
            await Blocking.DisposeAsync(part, CloseTime).ConfigureAwait(false);
    }

    private async Task<CommandResult> ExecAsync(
        string command,
        ProcessInput input,
        TailBuffer errors,
        CancellationToken cancel
    )
    {
        var clock = Stopwatch.StartNew();
        var output = new MemoryStream();
        await using var remote = await StartAsync(
                command,
                input is not ProcessInput.Bytes { Content.Length: 0 },
                bytes =>
                {
                    // The rest is read and dropped, so that excessive output costs no memory.
                    output.Write(bytes[..(int)Math.Min(bytes.Length, CaptureLimit - output.Length)]);
                    return true;
                },
                bytes =>
                {
                    errors.Write(bytes);
                    return true;
                },
                cancel
            )
            .ConfigureAwait(false);
        using var feeding = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var feeder = FeedAsync(remote, input, feeding.Token);
        RemoteEnd end;
        try
        {
            // The caller's own stream may fail, for example by a full disk.
            if (await Task.WhenAny(remote.Ended, feeder).WaitAsync(cancel).ConfigureAwait(false) == feeder)
                await feeder.ConfigureAwait(false);
            end = await remote.Ended.WaitAsync(cancel).ConfigureAwait(false);
        }
        finally
        {
            await feeding.CancelAsync().ConfigureAwait(false);
        }
        if (await WhyAsync(end).ConfigureAwait(false) is { } loss)
            throw loss;
        return new CommandResult(end.ExitStatus ?? NoStatus, Text(output), errors.ToString(), clock.Elapsed)
        {
            Signal = end.Signal,
        };
    }

    private async Task<RemoteCommand> StartAsync(
        string command,
        bool input,
        OutputSink output,
        OutputSink errors,
        CancellationToken cancel
    )
    {
        if (_lost.Task.IsCompleted || Volatile.Read(ref _disposed) != 0)
            throw await ReasonAsync(null).ConfigureAwait(false);
        try
        {
            var sinks = new RemoteCommand.Output(output, errors, ChannelLimit, _vitals.Sign);
            var started = await StartAsync(
                    () => RemoteCommand.StartAsync(_client, command, input, sinks, cancel),
                    cancel
                )
                .ConfigureAwait(false);
            _running[started] = true;
            _ = started.Ended.ContinueWith(_ => _running.TryRemove(started, out bool _), TaskScheduler.Default);
            return started;
        }
        catch (ChannelClosedException e)
        {
            throw new TargetException(
                TargetFailure.SessionRefused,
                Target,
                $"{_where} closes sessions before they begin",
                inner: e
            );
        }
        catch (Exception e) when (e is not (OperationCanceledException or OutOfMemoryException or TargetException))
        {
            throw IsRefusal(e) ? Refused(e) : await ReasonAsync(e).ConfigureAwait(false);
        }
    }

    /// <summary>Retries if nothing has run yet and the reason may be temporary.</summary>
    private static async Task<RemoteCommand> StartAsync(Func<Task<RemoteCommand>> start, CancellationToken cancel)
    {
        for (int left = StartTries; ; left--)
        {
            try
            {
                return await start().ConfigureAwait(false);
            }
            // See ServerFaults; and sshd counts a session that has ended until it has handled all input.
            catch (Exception e) when (left > 1 && (e is ChannelClosedException || IsRefusal(e)))
            {
                await Task.Delay(BetweenStarts, cancel).ConfigureAwait(false);
            }
        }
    }

    private static async Task FeedAsync(RemoteCommand to, ProcessInput input, CancellationToken cancel)
    {
        var stream = input switch
        {
            ProcessInput.Bytes bytes => new MemoryStream(bytes.Content.ToArray(), writable: false),
            ProcessInput.Copy copy => copy.Source,
            _ => throw new ArgumentException($"unknown input {input.GetType().Name}", nameof(input)),
        };
        var buffer = new byte[64 << 10];
        try
        {
            int read;
            while ((read = await stream.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0)
                if (!await TryWriteAsync(to, buffer.AsMemory(0, read)).ConfigureAwait(false))
                    return;
            await to.CloseInputAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The command has ended, or the wait was cancelled.
        }
    }

    /// <returns>False if the command has ended. Its exit status shows whether it should have read more.</returns>
    private static async Task<bool> TryWriteAsync(RemoteCommand to, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await to.WriteAsync(bytes).ConfigureAwait(false);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Why a command ended that did not end itself; null if it did.</summary>
    private async Task<TargetException?> WhyAsync(RemoteEnd end)
    {
        switch (end.Fault)
        {
            case OutputLimitException e:
                return new TargetException(
                    TargetFailure.SessionLost,
                    Target,
                    $"one command sent {e.Message}, which would stall there: install a dropbear of after August 2025, or OpenSSH's sshd",
                    inner: e
                );
            case OutputUnwantedException:
                return null; // The reader of the channel gets the error.
            case { } fault:
                return await ReasonAsync(fault).ConfigureAwait(false);
        }
        if (end.ExitStatus is not null || end.Signal is not null)
            return null;
        // A server that is being killed may close a channel first.
        await Task.WhenAny(_lost.Task, Task.Delay(TimeoutScale.Scale(NewsTime))).ConfigureAwait(false);
        return _lost.Task.IsCompleted || Volatile.Read(ref _disposed) != 0
            ? await ReasonAsync(null).ConfigureAwait(false)
            : new TargetException(
                TargetFailure.SessionLost,
                Target,
                $"{_where} closed a command without an exit status"
            );
    }

    /// <summary>The reason that all callers get, whoever detected it first.</summary>
    private async Task<TargetException> ReasonAsync(Exception? found)
    {
        if (Volatile.Read(ref _disposed) != 0 && !_lost.Task.IsCompleted)
            return new TargetException(TargetFailure.SessionLost, Target, "the connection was closed by the harness");
        if (!_lost.Task.IsCompleted)
            OnLost(found);
        return await _lost.Task.ConfigureAwait(false);
    }

    /// <param name="reason">Null if the host has fallen silent.</param>
    private void OnLost(Exception? reason)
    {
        if (Volatile.Read(ref _disposed) != 0 || !_lost.TrySetResult(Loss(reason)))
            return;
        // Never on the thread that raises the event: the library waits for it.
        _ = Task.Run(async () =>
        {
            try
            {
                await _over.CancelAsync().ConfigureAwait(false);
            }
            catch (ObjectDisposedException)
            {
                // Disposed concurrently.
            }
            await CloseAsync().ConfigureAwait(false);
        });
    }

    private TargetException Loss(Exception? reason) =>
        new(
            TargetFailure.SessionLost,
            Target,
            $"the ssh connection to {_where} was lost: {(reason is null ? "the host does not answer any more" : Plain.Text(reason.Message))}",
            inner: reason
        );

    /// <summary>
    /// For a refused channel, the library throws the base type; the derived types concern the connection.
    /// </summary>
    private static bool IsRefusal(Exception e) =>
        e is SshException and not (SshConnectionException or SshOperationTimeoutException);

    private TargetException Refused(Exception e) =>
        new(
            TargetFailure.SessionRefused,
            Target,
            $"{_where} refused a session: raise MaxSessions in its sshd_config above {MostSessions}",
            inner: e
        );

    private static string Text(MemoryStream bytes) => Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);

    private static string Shortened(string command)
    {
        const int most = 60;
        var line = command.ReplaceLineEndings(" ");
        return line.Length <= most ? line : line[..most] + "...";
    }
}
