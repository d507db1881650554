using System.Text;

namespace Harness.Protocol;

/// <summary>
/// A strict reader (RFC 8259) of one JSON text in UTF-8, of integers only: the same code on both sides, and cheap
/// to start where a JIT is slow. Refuses duplicate names, fractions, integers beyond 64 bits, lone surrogates,
/// ill-formed UTF-8, deep nesting and anything behind the value, each as a FormatException with the byte's position.
/// </summary>
internal sealed class JsonReader
{
    private readonly byte[] _text;
    private readonly int _end;
    private readonly StringBuilder _string = new();
    private int _at;
    private int _depth;

    public JsonReader(byte[] text, int start, int count)
    {
        _text = text;
        _at = start;
        _end = start + count;
    }

    /// <summary>The whole text is one value and nothing else.</summary>
    public object? ReadAll()
    {
        var value = ReadValue();
        ExpectEnd();
        return value;
    }

    public void ExpectEnd()
    {
        SkipSpace();
        if (_at < _end)
            throw Bad("nothing may follow the value");
    }

    public object? ReadValue()
    {
        switch (Peek())
        {
            case '{': return ReadObject();
            case '[': return ReadArray();
            case '"': return ReadString();
            case 't': Word("true"); return true;
            case 'f': Word("false"); return false;
            case 'n': Word("null"); return null;
            default: return ReadInteger();
        }
    }

    /// <summary>
    /// Reads "{" or the "," or "}" after a member. True: <paramref name="name"/> is that of the next member, whose
    /// value is next. Leaves duplicates to the caller.
    /// </summary>
    public bool NextMember(bool first, out string name)
    {
        name = "";
        int c = Peek();
        if (first)
        {
            Expect('{');
            Enter();
            if (Peek() == '}')
                return Leave();
        }
        else if (c == '}')
        {
            return Leave();
        }
        else
        {
            Expect(',');
        }
        if (Peek() != '"')
            throw Bad("expected a member's name");
        name = ReadString();
        SkipSpace();
        Expect(':');
        return true;
    }

    /// <summary>
    /// Goes over a value without looking at more than its brackets and quotes: for who only passes it on, to one that
    /// reads it.
    /// </summary>
    public void SkipValue()
    {
        SkipSpace();
        var text = _text;
        int open = 0;
        do
        {
            // Digits and commas, mostly.
            int at = _at;
            while (open > 0 && at < _end && text[at] < 'A' && text[at] != '"')
                at++;
            _at = at;
            if (at >= _end)
                throw Bad("the text ends early");
            _at++;
            switch (text[at])
            {
                case (byte)'{' or (byte)'[': open++; break;
                case (byte)'}' or (byte)']': open--; break;
                case (byte)'"': SkipString(); break;
                default:
                    if (open == 0)
                        SkipWord();
                    break;
            }
        }
        while (open > 0);
        if (open < 0)
            throw BadAt(_at - 1, "expected a value");
    }

    private void SkipString()
    {
        var text = _text;
        int at = _at;
        while (at < _end && text[at] != '"')
            at += text[at] == '\\' ? 2 : 1;
        if (at >= _end)
            throw BadAt(_end, "the text ends early");
        _at = at + 1;
    }

    private void SkipWord()
    {
        while (_at < _end && _text[_at] != ',' && _text[_at] != '}' && _text[_at] != ']')
            _at++;
    }

    private Fields ReadObject()
    {
        var items = new KeyValuePair<string, object?>[4];
        int count = 0;
        for (bool first = true; ; first = false)
        {
            SkipSpace();
            int start = _at;
            if (!NextMember(first, out string name))
                break;
            for (int i = 0; i < count; i++)
                if (items[i].Key == name)
                    throw BadAt(start, $"'{name}' is given twice");
            if (count == LineProtocol.MemberLimit)
                throw BadAt(start, $"an object has more than {LineProtocol.MemberLimit} members");
            if (count == items.Length)
                Array.Resize(ref items, count * 2);
            items[count++] = new(name, ReadValue());
        }
        Array.Resize(ref items, count);
        return Fields.Adopt(items);
    }

    private List<object?> ReadArray()
    {
        var items = new List<object?>();
        Expect('[');
        Enter();
        if (Peek() == ']')
        {
            Leave();
            return items;
        }
        while (true)
        {
            items.Add(ReadValue());
            if (_at < _end && _text[_at] == ',')
            {
                _at++;
                continue;
            }
            if (Peek() == ']')
            {
                Leave();
                return items;
            }
            Expect(',');
        }
    }

    private object ReadInteger()
    {
        // Locals, because programs are mostly words of guest code.
        var text = _text;
        int start = _at;
        int at = start;
        bool negative = text[at] == '-';
        if (negative)
            at++;
        int digits = at;
        ulong value = 0;
        for (; at < _end; at++)
        {
            uint digit = (uint)text[at] - '0';
            if (digit > 9)
                break;
            if (value >= ulong.MaxValue / 10 && (value > ulong.MaxValue / 10 || digit > ulong.MaxValue % 10))
                throw BadAt(start, "an integer beyond 64 bits");
            value = value * 10 + digit;
        }
        _at = at;
        if (at == digits)
            throw BadAt(start, "expected a value");
        if (text[digits] == '0' && at > digits + 1)
            throw BadAt(start, "an integer with a leading zero");
        if (at < _end && (text[at] is (byte)'.' or (byte)'e' or (byte)'E'))
            throw Bad("only integers are carried");
        if (negative && value > 1UL << 63)
            throw BadAt(start, "an integer beyond 64 bits");
        if (value > long.MaxValue && !negative)
            return value;
        return negative ? unchecked(-(long)value) : (long)value;
    }

    private string ReadString()
    {
        int start = ++_at;
        // Most strings are plain ASCII: look for the end first.
        var text = _text;
        int i = start;
        while (i < _end && text[i] != '"' && text[i] != '\\' && text[i] >= 0x20 && text[i] < 0x80)
            i++;
        if (i < _end && text[i] == '"')
        {
            _at = i + 1;
            return Encoding.ASCII.GetString(text, start, i - start);
        }

        _string.Length = 0;
        while (true)
        {
            if (_at >= _end)
                throw BadAt(start - 1, "a string without its end");
            int c = _text[_at];
            if (c == '"')
            {
                _at++;
                return _string.ToString();
            }
            if (c < 0x20)
                throw Bad("a control character in a string");
            if (c == '\\')
                ReadEscape();
            else if (c < 0x80)
                _string.Append((char)_text[_at++]);
            else
                ReadMultibyte();
        }
    }

    private void ReadEscape()
    {
        int start = _at++;
        int c = _at < _end ? _text[_at++] : -1;
        switch (c)
        {
            case '"' or '\\' or '/': _string.Append((char)c); break;
            case 'b': _string.Append('\b'); break;
            case 'f': _string.Append('\f'); break;
            case 'n': _string.Append('\n'); break;
            case 'r': _string.Append('\r'); break;
            case 't': _string.Append('\t'); break;
            case 'u':
                char unit = HexUnit(start);
                _string.Append(unit);
                if (char.IsLowSurrogate(unit))
                    throw BadAt(start, "a lone surrogate");
                if (!char.IsHighSurrogate(unit))
                    break;
                if (_at + 1 >= _end || _text[_at] != '\\' || _text[_at + 1] != 'u')
                    throw BadAt(start, "a lone surrogate");
                _at += 2;
                char low = HexUnit(start);
                if (!char.IsLowSurrogate(low))
                    throw BadAt(start, "a lone surrogate");
                _string.Append(low);
                break;
            default: throw BadAt(start, "an unknown escape");
        }
    }

    private char HexUnit(int escape)
    {
        int value = 0;
        for (int i = 0; i < 4; i++, _at++)
        {
            int c = _at < _end ? _text[_at] : 0;
            int digit = c switch
            {
                >= '0' and <= '9' => c - '0',
                >= 'a' and <= 'f' => c - 'a' + 10,
                >= 'A' and <= 'F' => c - 'A' + 10,
                _ => throw BadAt(escape, "an escape without four hexadecimal digits"),
            };
            value = value << 4 | digit;
        }
        return (char)value;
    }

    // The well-formed sequences of the Unicode standard, table 3-7.
    private void ReadMultibyte()
    {
        int start = _at;
        int c = _text[_at++];
        int length = c switch { >= 0xc2 and <= 0xdf => 1, >= 0xe0 and <= 0xef => 2, >= 0xf0 and <= 0xf4 => 3, _ => 0 };
        if (length == 0)
            throw BadAt(start, "ill-formed UTF-8");
        int point = c & (0x3f >> length);
        for (int i = 0; i < length; i++)
        {
            if (_at >= _end || (_text[_at] & 0xc0) != 0x80)
                throw BadAt(start, "ill-formed UTF-8");
            point = point << 6 | _text[_at++] & 0x3f;
        }
        bool wellFormed = length switch
        {
            1 => true,
            2 => point >= 0x800 && point is < 0xd800 or > 0xdfff,
            _ => point is >= 0x10000 and <= 0x10ffff,
        };
        if (!wellFormed)
            throw BadAt(start, "ill-formed UTF-8");
        if (point < 0x10000)
        {
            _string.Append((char)point);
            return;
        }
        _string.Append((char)(0xd800 + (point - 0x10000 >> 10)));
        _string.Append((char)(0xdc00 + (point - 0x10000 & 0x3ff)));
    }

    private void Word(string word)
    {
        int start = _at;
        foreach (char c in word)
            if (_at >= _end || _text[_at++] != c)
                throw BadAt(start, "expected a value");
    }

    private int Peek()
    {
        SkipSpace();
        return _at < _end ? _text[_at] : throw Bad("the text ends early");
    }

    private void Expect(char c)
    {
        if (_at >= _end)
            throw Bad("the text ends early");
        if (_text[_at] != c)
            throw Bad($"expected '{c}'");
        _at++;
    }

    private void Enter()
    {
        if (++_depth > LineProtocol.DepthLimit)
            throw Bad($"nested deeper than {LineProtocol.DepthLimit}");
    }

    // Over the closing bracket just peeked at. False, so that NextMember can return it.
    private bool Leave()
    {
        _depth--;
        _at++;
        return false;
    }

    private void SkipSpace()
    {
        while (_at < _end && (_text[_at] is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r'))
            _at++;
    }

    private FormatException Bad(string what) => BadAt(_at, what);

    private static FormatException BadAt(int position, string what) => new($"JSON, byte {position}: {what}");
}
