using Harness.Processes;
using Harness.Protocol;
using Harness.Targets.Transport;

namespace Harness.Targets.Ssh;

/// <summary>A line-based command at the other end of an ssh session.</summary>
internal sealed class SshChannel : ILineChannel
{
    private readonly ChildProcess _client;
    private readonly Func<string, Task<TargetException?>> _why;
    private readonly Action _release;
    private readonly LineReader _reader;
    private readonly SemaphoreSlim _sending = new(1);
    private int _disposed;

    /// <param name="client">The ssh client of the session.</param>
    /// <param name="why">
    /// Determines from the client's stderr whether the connection is the reason for exit status 255.
    /// </param>
    /// <param name="release">Called once, when the session is over.</param>
    public SshChannel(ChildProcess client, Func<string, Task<TargetException?>> why, Action release)
    {
        _client = client;
        _why = why;
        _release = release;
        _reader = new LineReader(client.Output, LineProtocol.LineLimit);
        Ended = EndAsync();
    }

    public Task<ChannelEnd> Ended { get; }

    public string ErrorTail => _client.ErrorTail.ToString();

    public string HalfLine => _reader.HalfLine;

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
            await _client.Input.WriteAsync(bytes, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _sending.Release();
        }
    }

    public async Task CloseInputAsync() => await _client.Input.DisposeAsync().ConfigureAwait(false);

    public async Task<byte[]?> ReceiveAsync(CancellationToken cancel)
    {
        try
        {
            return await _reader.ReadBytesAsync(cancel).ConfigureAwait(false);
        }
        catch (Exception e)
            when (e is ObjectDisposedException or IOException
                && e is not LineTooLongException
                && Volatile.Read(ref _disposed) != 0
            )
        {
            return null; // Disposed during a read: there is no more.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await _client.DisposeAsync().ConfigureAwait(false);
        await Ended.ConfigureAwait(false);
        _release();
    }

    private async Task<ChannelEnd> EndAsync()
    {
        var exit = await _client.Exited.ConfigureAwait(false);
        var stopped = Volatile.Read(ref _disposed) != 0;
        var loss = exit.ExitCode == 255 && !stopped ? await _why(ErrorTail).ConfigureAwait(false) : null;
        return new ChannelEnd(exit.ExitCode, ErrorTail, loss);
    }
}
