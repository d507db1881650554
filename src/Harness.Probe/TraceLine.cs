using System.Globalization;
using System.Text;
using Harness.Protocol;

namespace Harness.Probe;

/// <summary>
/// Lines of a trace_pipe without context-info: "name: (symbol+0x0/0x1e8) addr=0x40000000 prot=0xc", a return event's
/// with "(symbol+0x10/0x20 &lt;- symbol)", and "CPU:1 [LOST 12 EVENTS]".
/// </summary>
internal static class TraceLine
{
    public static string Ascii(byte[] line) => Encoding.ASCII.GetString(line);

    /// <summary>How many events the kernel reports as lost; null if it is not such a line.</summary>
    public static long? Lost(string line)
    {
        int start = line.IndexOf("[LOST ", StringComparison.Ordinal);
        if (start < 0 || !line.StartsWith("CPU:", StringComparison.Ordinal))
            return null;
        string rest = line.Substring(start + "[LOST ".Length);
        int space = rest.IndexOf(' ');
        return space > 0 && long.TryParse(rest.Substring(0, space), out long count) ? count : 1;
    }

    /// <summary>Null if the line is not an event.</summary>
    public static TraceEvent? Event(string line)
    {
        int colon = line.IndexOf(": (", StringComparison.Ordinal);
        int close = colon < 0 ? -1 : line.IndexOf(')', colon);
        if (close < 0)
            return null;
        var found = new TraceEvent(line.Substring(0, colon).Trim());
        foreach (string word in line.Substring(close + 1).Split(' '))
        {
            int equals = word.IndexOf('=');
            if (equals < 0)
                continue;
            if (With(found, word.Substring(0, equals), word.Substring(equals + 1)) is not { } more)
                return null;
            found = more;
        }
        return found;
    }

    /// <summary>Null if the argument is not one of those in the probe's events, or has no value.</summary>
    private static TraceEvent? With(TraceEvent found, string argument, string text)
    {
        if (argument == "ret")
            return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long ret)
                ? found with
                {
                    Ret = ret,
                }
                : null;
        if (
            !text.StartsWith("0x", StringComparison.Ordinal)
            || !ulong.TryParse(
                text.AsSpan(2),
                NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture,
                out ulong bits
            )
        )
            return null;
        return argument switch
        {
            "addr" => found with { Addr = bits },
            "size" => found with { Size = bits },
            "phys" => found with { Phys = bits },
            "prot" => found with { Prot = bits },
            _ => null,
        };
    }
}
