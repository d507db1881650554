using System.Text;

namespace Harness.Processes;

/// <summary>The last bytes of a stream; safe to read while another thread writes.</summary>
/// <param name="capacity">Bytes kept.</param>
public sealed class TailBuffer(int capacity)
{
    private readonly Lock _lock = new();
    private byte[] _ring = [];
    private long _total;

    /// <summary>The total number of bytes written.</summary>
    public long Total
    {
        get
        {
            lock (_lock)
                return _total;
        }
    }

    /// <summary>Whether bytes were dropped.</summary>
    public bool Truncated => Total > capacity;

    /// <summary>Appends, dropping the oldest bytes beyond the capacity.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            if (bytes.Length > capacity)
            {
                _total += bytes.Length - capacity;
                bytes = bytes[^capacity..];
            }
            Grow(bytes.Length);
            var at = (int)(_total % capacity);
            var first = Math.Min(bytes.Length, capacity - at);
            bytes[..first].CopyTo(_ring.AsSpan(at));
            bytes[first..].CopyTo(_ring);
            _total += bytes.Length;
        }
    }

    /// <summary>A copy of the content, oldest first.</summary>
    public byte[] ToArray()
    {
        lock (_lock)
        {
            var kept = (int)Math.Min(_total, capacity);
            var copy = new byte[kept];
            var at = (int)((_total - kept) % capacity);
            var first = Math.Min(kept, capacity - at);
            _ring.AsSpan(at, first).CopyTo(copy);
            _ring.AsSpan(0, kept - first).CopyTo(copy.AsSpan(first));
            return copy;
        }
    }

    /// <summary>The content as UTF-8; without its first line if that is incomplete.</summary>
    public override string ToString()
    {
        var text = Encoding.UTF8.GetString(ToArray());
        var cut = Truncated ? text.IndexOf('\n', StringComparison.Ordinal) : -1;
        return text[(cut + 1)..];
    }

    private void Grow(int more)
    {
        // Before the ring wraps, positions equal offsets, so that growing is copying.
        if (_ring.Length < capacity && _total + more > _ring.Length)
            Array.Resize(ref _ring, (int)Math.Min(capacity, Math.Max(4096, (_total + more) * 2)));
    }
}
