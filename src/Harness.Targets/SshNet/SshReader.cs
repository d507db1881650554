using System.Buffers.Binary;
using System.Text;

namespace Harness.Targets.SshNet;

/// <summary>Reads the data types of RFC 4251, section 5.</summary>
internal sealed class SshReader(ReadOnlyMemory<byte> bytes)
{
    private ReadOnlyMemory<byte> _left = bytes;

    public bool TryNumber(out uint number)
    {
        number = 0;
        if (_left.Length < 4)
            return false;
        number = BinaryPrimitives.ReadUInt32BigEndian(_left.Span);
        _left = _left[4..];
        return true;
    }

    public bool TryBytes(out ReadOnlyMemory<byte> value)
    {
        value = default;
        var before = _left;
        if (!TryNumber(out uint length) || length > _left.Length)
        {
            _left = before;
            return false;
        }
        value = _left[..(int)length];
        _left = _left[(int)length..];
        return true;
    }

    public bool TryText(out string text)
    {
        bool read = TryBytes(out var value);
        text = read ? Encoding.UTF8.GetString(value.Span) : "";
        return read;
    }
}
