using System.IO.Pipelines;
using Harness.Processes;
using Harness.Protocol;
using Harness.Targets.Transport;

namespace Harness.Targets.SshNet;

/// <summary>A line-based command at the other end of a connection.</summary>
internal sealed class SshNetChannel : ILineChannel
{
    /// <summary>
    /// The maximum backlog for a slow reader. SSH.NET accepts whatever the host sends, so there is no flow control:
    /// beyond this, the channel ends.
    /// </summary>
    internal const long Backlog = 64 << 20;

    private const int TailCapacity = 64 << 10;

    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
    private readonly TailBuffer _errors = new(TailCapacity);
    private readonly LineReader _reader;
    private readonly SemaphoreSlim _sending = new(1);
    private readonly long _backlog;
    private readonly Action _release;
    private RemoteCommand _command = null!;
    private long _received;
    private long _taken;
    private int _disposed;

    private SshNetChannel(long backlog, Action release)
    {
        _backlog = backlog;
        _release = release;
        _reader = new LineReader(_pipe.Reader.AsStream(), LineProtocol.LineLimit);
    }

    public Task<ChannelEnd> Ended { get; private set; } = null!;

    public string ErrorTail => _errors.ToString();

    public string HalfLine => _reader.HalfLine;

    /// <param name="start">Starts the command with receivers for its stdout and its stderr.</param>
    /// <param name="why">Determines from a command's end whether the connection is the reason.</param>
    /// <param name="release">Called once, when the channel is disposed.</param>
    /// <param name="backlog">The maximum number of bytes kept for the reader.</param>
    public static async Task<SshNetChannel> StartAsync(
        Func<OutputSink, OutputSink, Task<RemoteCommand>> start,
        Func<RemoteEnd, Task<TargetException?>> why,
        Action release,
        long backlog = Backlog
    )
    {
        var channel = new SshNetChannel(backlog, release);
        channel._command = await start(channel.Take, channel.TakeErrors).ConfigureAwait(false);
        channel.Ended = channel.EndAsync(why);
        return channel;
    }

    public async Task SendAsync(ReadOnlyMemory<byte> line, CancellationToken cancel)
    {
        if (line.Span.Contains((byte)'\n'))
            throw new ArgumentException("one line at a time", nameof(line));
        var bytes = new byte[line.Length + 1];
        line.CopyTo(bytes);
        bytes[^1] = (byte)'\n';
        await _sending.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            // Not cancellable in the middle: half a line would corrupt all that follow.
            await _command.WriteAsync(bytes).ConfigureAwait(false);
        }
        finally
        {
            _sending.Release();
        }
    }

    public Task CloseInputAsync() => _command.CloseInputAsync();

    public async Task<byte[]?> ReceiveAsync(CancellationToken cancel)
    {
        var line = await _reader.ReadBytesAsync(cancel).ConfigureAwait(false);
        Interlocked.Add(ref _taken, line?.Length + 1 ?? 0);
        return line;
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await _command.DisposeAsync().ConfigureAwait(false);
        await Ended.ConfigureAwait(false);
        _release();
    }

    private bool Take(ReadOnlySpan<byte> bytes)
    {
        _received += bytes.Length;
        if (_received - Interlocked.Read(ref _taken) > _backlog)
        {
            _pipe.Writer.Complete(new TooMuchOutputException(_backlog));
            return false;
        }
        bytes.CopyTo(_pipe.Writer.GetSpan(bytes.Length));
        _pipe.Writer.Advance(bytes.Length);
        // Completes at once: the pipe has no limit of its own.
        _ = _pipe.Writer.FlushAsync().AsTask();
        return true;
    }

    private bool TakeErrors(ReadOnlySpan<byte> bytes)
    {
        _errors.Write(bytes);
        return true;
    }

    private async Task<ChannelEnd> EndAsync(Func<RemoteEnd, Task<TargetException?>> why)
    {
        var end = await _command.Ended.ConfigureAwait(false);
        await _pipe.Writer.CompleteAsync().ConfigureAwait(false);
        var loss = Volatile.Read(ref _disposed) == 0 ? await why(end).ConfigureAwait(false) : null;
        return new ChannelEnd(end.ExitStatus ?? SshNetConnection.NoStatus, ErrorTail, loss) { Signal = end.Signal };
    }
}
