using System.Text;

namespace Harness.Targets.Transport;

/// <summary>Splits a stream of bytes into lines, with a limit on their length.</summary>
/// <param name="from">Not disposed.</param>
/// <param name="limit">The maximum number of bytes in a line, without its LF.</param>
public sealed class LineReader(Stream from, int limit)
{
    private const int Shown = 80;

    private byte[] _buffer = new byte[16 << 10];
    private int _start; // of the next line
    private int _end; // of the bytes read
    private int _searched; // no LF before this
    private bool _ended;

    /// <summary>Bytes after the last LF, once the stream has ended.</summary>
    public string HalfLine { get; private set; } = "";

    /// <summary>The next complete line; null at the end of the stream.</summary>
    /// <exception cref="LineTooLongException">The limit is exceeded.</exception>
    public async Task<byte[]?> ReadBytesAsync(CancellationToken cancel = default)
    {
        while (!_ended)
        {
            var feed = _buffer.AsSpan(_searched, _end - _searched).IndexOf((byte)'\n');
            if ((feed < 0 ? _end : _searched + feed) - _start > limit)
                throw new LineTooLongException(limit, Encoding.UTF8.GetString(_buffer, _start, Math.Min(Shown, limit)));
            if (feed >= 0)
            {
                var line = _buffer.AsSpan(_start, _searched + feed - _start).ToArray();
                _searched = _start = _searched + feed + 1;
                return line;
            }
            _searched = _end;
            MakeRoom();
            var read = await from.ReadAsync(_buffer.AsMemory(_end), cancel).ConfigureAwait(false);
            _end += read;
            _ended = read == 0;
        }
        HalfLine = Encoding.UTF8.GetString(_buffer, _start, _end - _start);
        return null;
    }

    /// <summary>The next complete line as UTF-8; null at the end of the stream.</summary>
    /// <exception cref="LineTooLongException">The limit is exceeded.</exception>
    public async Task<string?> ReadAsync(CancellationToken cancel = default) =>
        await ReadBytesAsync(cancel).ConfigureAwait(false) is { } line ? Encoding.UTF8.GetString(line) : null;

    private void MakeRoom()
    {
        if (_end < _buffer.Length)
            return;
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _searched -= _start;
            _start = 0;
        }
        if (_end > _buffer.Length / 2)
            Array.Resize(ref _buffer, _buffer.Length * 2);
    }
}
