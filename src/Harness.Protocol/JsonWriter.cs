using System.Text;

namespace Harness.Protocol;

/// <summary>
/// Writes the values <see cref="Fields"/> carries as JSON on one line: control characters are escaped, integers are
/// written as they are (up to 64 bits; a reader that keeps numbers as doubles would round them).
/// </summary>
internal sealed class JsonWriter
{
    private const string Hex = "0123456789abcdef";
    private readonly StringBuilder _out = new(2048);
    private readonly char[] _digits = new char[20]; // of ulong.MaxValue
    private bool _afterValue;

    public override string ToString() => _out.ToString();

    public byte[] ToLine()
    {
        _out.Append('\n');
        return Encoding.UTF8.GetBytes(_out.ToString());
    }

    public JsonWriter Open(char bracket)
    {
        Separate();
        _out.Append(bracket);
        _afterValue = false;
        return this;
    }

    public JsonWriter Close(char bracket)
    {
        _out.Append(bracket);
        _afterValue = true;
        return this;
    }

    public JsonWriter Name(string name)
    {
        Separate();
        Quote(name);
        _out.Append(':');
        _afterValue = false;
        return this;
    }

    public JsonWriter Value(string? text)
    {
        Separate();
        if (text is null)
            _out.Append("null");
        else
            Quote(text);
        _afterValue = true;
        return this;
    }

    public JsonWriter Value(long value)
    {
        Separate();
        if (value < 0 && value != long.MinValue)
        {
            _out.Append('-');
            Digits((ulong)-value);
        }
        else if (value == long.MinValue)
            _out.Append("-9223372036854775808");
        else
            Digits((ulong)value);
        _afterValue = true;
        return this;
    }

    public JsonWriter Value(Fields fields)
    {
        Open('{');
        for (int i = 0; i < fields.Count; i++)
        {
            var item = fields[i];
            Name(item.Key).Any(item.Value);
        }
        return Close('}');
    }

    public JsonWriter Any(object? value)
    {
        switch (value)
        {
            case null: return Value((string?)null);
            case string s: return Value(s);
            case long l: return Value(l);
            case Fields f: return Value(f);
            case bool b:
                Separate();
                _out.Append(b ? "true" : "false");
                break;
            case ulong u:
                Separate();
                Digits(u);
                break;
            case IReadOnlyList<object?> list:
                Open('[');
                for (int i = 0; i < list.Count; i++)
                    Any(list[i]);
                return Close(']');
            default:
                throw new ArgumentException($"the wire does not carry a {value.GetType().Name}");
        }
        _afterValue = true;
        return this;
    }

    private void Separate()
    {
        if (_afterValue)
            _out.Append(',');
    }

    // Not ToString(): that goes through the culture's number format, which is slow to start.
    private void Digits(ulong value)
    {
        int start = _digits.Length;
        do
        {
            _digits[--start] = (char)('0' + value % 10);
            value /= 10;
        }
        while (value > 0);
        _out.Append(_digits, start, _digits.Length - start);
    }

    private void Quote(string text)
    {
        _out.Append('"');
        int plain = 0;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c >= ' ' && c != '"' && c != '\\' && c < 0x7f)
                continue;
            bool pair = char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            if (pair)
            {
                i++;
                continue;
            }
            if (c > 0x9f && !char.IsSurrogate(c))
                continue;
            _out.Append(text, plain, i - plain);
            plain = i + 1;
            Escape(c);
        }
        _out.Append(text, plain, text.Length - plain).Append('"');
    }

    private void Escape(char c)
    {
        switch (c)
        {
            case '"' or '\\': _out.Append('\\').Append(c); break;
            case '\n': _out.Append("\\n"); break;
            case '\r': _out.Append("\\r"); break;
            case '\t': _out.Append("\\t"); break;
            case >= '\ud800': _out.Append('\ufffd'); break;
            default: _out.Append("\\u00").Append(Hex[c >> 4]).Append(Hex[c & 15]); break;
        }
    }
}
