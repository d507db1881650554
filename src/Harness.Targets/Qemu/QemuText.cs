using System.Globalization;

namespace Harness.Targets.Qemu;

/// <summary>Parses QEMU's text output.</summary>
internal static class QemuText
{
    /// <summary>From "info usernet": the one line of TCP[HOST_FORWARD]; its 4th field is the port.</summary>
    /// <exception cref="FormatException">There is no such line.</exception>
    public static int ForwardedPort(string usernet)
    {
        foreach (var line in usernet.Split('\n'))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (
                fields is ["TCP[HOST_FORWARD]", _, _, var port, ..]
                && int.TryParse(port, CultureInfo.InvariantCulture, out var number)
                && number is > 0 and <= 65535
            )
                return number;
        }
        throw new FormatException($"QEMU names no forwarded port: {usernet.ReplaceLineEndings(" ").Trim()}");
    }
}
