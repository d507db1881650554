using System.Text;
using Harness.Protocol;

namespace Harness.Probe;

/// <summary>
/// Lines of a trace_pipe without context-info: "name: (symbol+0x0/0x1e8) addr=0x40000000 prot=0xc", a return event's with
/// "(symbol+0x10/0x20 &lt;- symbol)", and "CPU:1 [LOST 12 EVENTS]".
/// </summary>
internal static class TraceLine
{
    public static string Ascii(byte[] line) => Encoding.ASCII.GetString(line);

    /// <summary>How many events the kernel says it lost; null where it is not such a line.</summary>
    public static long? Lost(string line)
    {
        int start = line.IndexOf("[LOST ", StringComparison.Ordinal);
        if (start < 0 || !line.StartsWith("CPU:", StringComparison.Ordinal))
            return null;
        string rest = line.Substring(start + "[LOST ".Length);
        int space = rest.IndexOf(' ');
        return space > 0 && long.TryParse(rest.Substring(0, space), out long count) ? count : 1;
    }

    /// <summary>{"name", and each argument}; null where the line is not an event's.</summary>
    public static Fields? Event(string line)
    {
        int colon = line.IndexOf(": (", StringComparison.Ordinal);
        int close = colon < 0 ? -1 : line.IndexOf(')', colon);
        if (close < 0)
            return null;
        var fields = new List<(string, object?)> { ("name", line.Substring(0, colon).Trim()) };
        foreach (string word in line.Substring(close + 1).Split(' '))
        {
            int equals = word.IndexOf('=');
            if (equals < 0)
                continue;
            if (!TryValue(word.Substring(equals + 1), out object? value))
                return null;
            fields.Add((word.Substring(0, equals), value));
        }
        return Fields.Of([.. fields]);
    }

    private static bool TryValue(string text, out object? value)
    {
        value = null;
        if (!text.StartsWith("0x", StringComparison.Ordinal))
        {
            if (!long.TryParse(text, out long number))
                return false;
            value = number;
            return true;
        }
        ulong bits = 0;
        if (text.Length is < 3 or > 18)
            return false;
        for (int i = 2; i < text.Length; i++)
        {
            char c = text[i];
            int digit = c is >= '0' and <= '9' ? c - '0' : c is >= 'a' and <= 'f' ? c - 'a' + 10 : -1;
            if (digit < 0)
                return false;
            bits = bits << 4 | (uint)digit;
        }
        value = bits;
        return true;
    }
}
