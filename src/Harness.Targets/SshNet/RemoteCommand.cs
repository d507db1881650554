using Harness.Processes;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace Harness.Targets.SshNet;

/// <summary>Receives output; returns false to stop.</summary>
internal delegate bool OutputSink(ReadOnlySpan<byte> bytes);

/// <summary>How a command ended.</summary>
/// <param name="ExitStatus">Null if a signal or the connection ended it.</param>
/// <param name="Signal">"KILL"; null if no signal ended it.</param>
/// <param name="Fault">The error, if the command did not end by itself.</param>
internal sealed record RemoteEnd(int? ExitStatus, string? Signal, Exception? Fault);

/// <summary>
/// One command in a session of SSH.NET: its output is read from the start; its input is written by the caller.
/// </summary>
internal sealed class RemoteCommand : IAsyncDisposable
{
    /// <summary>The library itself waits a second for the other side's close.</summary>
    private static readonly TimeSpan CloseTime = TimeSpan.FromSeconds(2);

    private const int SliceSize = 32 << 10;

    /// <summary>Between the end of the streams and the end of the start of a fast command.</summary>
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The library sends no end of file if nothing was written. So one line is written first, and consumed by the
    /// shell; read(1) reads byte by byte, and leaves the rest.
    /// </summary>
    private const string SkipLine = "read -r harness_line\n";

    private const string NoInput = "exec </dev/null\n";

    private readonly SshCommand _command;
    private readonly Output _output;
    private readonly Task _pumps;
    private readonly Lock _lock = new();
    private Stream? _input;
    private long _received;
    private volatile Exception? _refusal;
    private readonly TaskCompletionSource _abandoned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _disposing;

    private RemoteCommand(SshClient client, string text, bool input, Output output)
    {
        _command = client.CreateCommand((input ? SkipLine : NoInput) + text);
        _output = output;
        // Before the start: if the server closes the channel instead of replying, the library keeps waiting, but its
        // streams end.
        _pumps = Task.WhenAll(
            Blocking.Run(() => Pump(_command.OutputStream, output.Out)),
            Blocking.Run(() => Pump(_command.ExtendedOutputStream, output.Errors))
        );
    }

    /// <summary>The receivers of output.</summary>
    /// <param name="Out">Stdout; called on one thread.</param>
    /// <param name="Errors">Stderr; called on one thread.</param>
    /// <param name="Limit">The maximum number of bytes of both; null for no limit.</param>
    /// <param name="Alive">Called whenever something arrives.</param>
    internal sealed record Output(OutputSink Out, OutputSink Errors, long? Limit, Action Alive);

    /// <summary>Completes once the command has ended and its output was delivered; never faults.</summary>
    public Task<RemoteEnd> Ended { get; private set; } = null!;

    /// <summary>Opens a channel and starts the command.</summary>
    /// <param name="client">Connected.</param>
    /// <param name="text">For the login's shell.</param>
    /// <param name="input">Whether something is written; else the command reads from /dev/null.</param>
    /// <param name="output">Receives its output.</param>
    /// <param name="cancel">Ends the wait; a channel that opens later is closed.</param>
    /// <exception cref="ChannelClosedException">The server closed the channel instead; nothing has run.</exception>
    /// <exception cref="SshConnectionException">The connection is lost.</exception>
    /// <exception cref="SshException">The server refused the channel.</exception>
    public static async Task<RemoteCommand> StartAsync(
        SshClient client,
        string text,
        bool input,
        Output output,
        CancellationToken cancel
    )
    {
        var command = new RemoteCommand(client, text, input, output);
        var starting = Blocking.Run(() => command.Start(input));
        try
        {
            var first = await Task.WhenAny(starting, command._pumps).WaitAsync(cancel).ConfigureAwait(false);
            if (first != starting)
                await Task.WhenAny(starting, Task.Delay(TimeoutScale.Scale(AnswerTime), cancel)).ConfigureAwait(false);
            if (!starting.IsCompleted)
                throw new ChannelClosedException();
            await starting.ConfigureAwait(false);
            return command;
        }
        catch
        {
            // A channel that opens later must be closed, or it counts against the server's limit.
            _ = starting.ContinueWith(late => (late.Exception, command.LazyDispose()), TaskScheduler.Default);
            throw;
        }
    }

    /// <summary>Writes all of it, in order; one writer at a time.</summary>
    /// <exception cref="IOException">The command ended before it read all.</exception>
    public async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_input is null)
            throw new InvalidOperationException("the command was started without input");
        ThrowIfEnded();
        // If a command ends without reading, the writer blocks in its wait for a window; we don't wait for it.
        var writing = Blocking.Run(() => Write(_input, bytes));
        await Task.WhenAny(writing, Ended).ConfigureAwait(false);
        // The library silently drops writes to a closed channel.
        ThrowIfEnded();
        try
        {
            await writing.ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new IOException("the connection accepts no more input", e);
        }
    }

    /// <summary>Closes the command's stdin.</summary>
    public async Task CloseInputAsync()
    {
        if (_input is null || Ended.IsCompleted)
            return;
        var closing = Blocking.Run(() =>
        {
            try
            {
                _input.Dispose();
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // It has ended, or the connection has; the end has the reason.
            }
        });
        await Task.WhenAny(closing, Ended).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => new(LazyDispose());

    private void Start(bool input)
    {
        // Synchronous until the channel is open and the server has replied.
        var done = _command.ExecuteAsync();
        if (input)
            _input = done.IsCompleted ? Stream.Null : OpenInput(_command) ?? Stream.Null;
        Ended = EndAsync(done);
    }

    private static Stream? OpenInput(SshCommand command)
    {
        try
        {
            var stream = command.CreateInputStream();
            stream.Write("\n"u8);
            return stream;
        }
        catch (InvalidOperationException)
        {
            return null; // It has ended meanwhile.
        }
    }

    private void Write(Stream to, ReadOnlyMemory<byte> bytes)
    {
        // In slices: within one call, the library continues to send to a channel that has been closed meanwhile.
        for (; bytes.Length > 0 && !Ended.IsCompleted; bytes = bytes[Math.Min(SliceSize, bytes.Length)..])
            to.Write(bytes.Span[..Math.Min(SliceSize, bytes.Length)]);
    }

    private Task LazyDispose()
    {
        lock (_lock)
            return _disposing ??= CloseAsync();
    }

    private async Task CloseAsync()
    {
        await Blocking.DisposeAsync(_command, CloseTime).ConfigureAwait(false);
        // After its streams are disposed, the pumps end at once, except if the peer stopped responding while we write.
        await Task.WhenAny(_pumps, Task.Delay(AnswerTime)).ConfigureAwait(false);
        _abandoned.TrySetResult();
    }

    private void ThrowIfEnded()
    {
        if (Ended.IsCompleted)
            throw new IOException("the command has ended");
    }

    private void Pump(Stream from, OutputSink to)
    {
        var buffer = new byte[32 << 10];
        int read;
        while ((read = from.Read(buffer, 0, buffer.Length)) > 0)
        {
            _output.Alive();
            if (_refusal is not null)
                continue;
            if (Interlocked.Add(ref _received, read) > _output.Limit)
                Refuse(new OutputLimitException(_output.Limit.Value));
            else if (!to(buffer.AsSpan(0, read)))
                Refuse(new OutputUnwantedException());
        }
    }

    private void Refuse(Exception reason)
    {
        _refusal = reason;
        _ = LazyDispose();
    }

    private async Task<RemoteEnd> EndAsync(Task done)
    {
        // Both streams end with the channel. If the library is stuck, we don't wait for it.
        await Task.WhenAny(Task.WhenAll(done.ContinueWith(_ => { }, TaskScheduler.Default), _pumps), _abandoned.Task)
            .ConfigureAwait(false);
        var fault = done.IsCompleted
            ? done.Exception?.InnerException ?? (done.IsCanceled ? new OperationCanceledException() : null)
            : new ObjectDisposedException(nameof(RemoteCommand));
        return new RemoteEnd(_command.ExitStatus, _command.ExitSignal, _refusal ?? fault);
    }
}

/// <summary>The channel would stall: see <see cref="ServerFaults.StallingLimit"/>.</summary>
internal sealed class OutputLimitException(long limit)
    : Exception($"more than {limit} bytes over one channel of dropbear");

/// <summary>The receiver accepts no more.</summary>
internal sealed class OutputUnwantedException() : Exception("more output than anybody wanted");

/// <summary>The server closed a channel before it started the command.</summary>
internal sealed class ChannelClosedException() : Exception("the channel was closed before the command began");
