namespace Harness.Protocol;

/// <summary>
/// Splits a stream of bytes into lines. Does no I/O: the caller reads the stream and passes the bytes.
/// </summary>
public sealed class LineBuffer
{
    private byte[] _bytes = new byte[16384];
    private int _start;
    private int _scanned;
    private int _end;

    /// <summary>The number of bytes after the last complete line: at the end of the stream, a truncated line.</summary>
    public int Pending => _end - _start;

    /// <exception cref="ProtocolException">
    /// The incomplete line is longer than <see cref="LineProtocol.LineLimit"/>.
    /// </exception>
    public void Append(byte[] bytes, int offset, int count)
    {
        if (_end + count > _bytes.Length)
            MakeRoom(count);
        Buffer.BlockCopy(bytes, offset, _bytes, _end, count);
        _end += count;
    }

    /// <summary>The next complete line, without its LF; null if there is none yet.</summary>
    /// <exception cref="ProtocolException">The line is longer than <see cref="LineProtocol.LineLimit"/>.</exception>
    public byte[]? Take()
    {
        int lf = Array.IndexOf(_bytes, (byte)'\n', _scanned, _end - _scanned);
        int length = (lf < 0 ? _end : lf) - _start;
        if (length > LineProtocol.LineLimit)
            throw new ProtocolException($"a line of more than {LineProtocol.LineLimit} bytes");
        if (lf < 0)
        {
            _scanned = _end;
            return null;
        }
        var line = new byte[length];
        Buffer.BlockCopy(_bytes, _start, line, 0, length);
        _start = _scanned = lf + 1;
        return line;
    }

    private void MakeRoom(int count)
    {
        int pending = Pending;
        var bytes = pending + count > _bytes.Length ? new byte[Math.Max(pending + count, _bytes.Length * 2)] : _bytes;
        Buffer.BlockCopy(_bytes, _start, bytes, 0, pending);
        _bytes = bytes;
        _scanned -= _start;
        _start = 0;
        _end = pending;
    }
}
