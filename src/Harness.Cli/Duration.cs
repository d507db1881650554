using System.Globalization;

namespace Harness.Cli;

/// <summary>Parses durations: "90", "90s", "10m", "2h".</summary>
internal static class Duration
{
    /// <returns>Null if it is not a valid duration.</returns>
    public static TimeSpan? Parse(string text)
    {
        var (digits, seconds) = text switch
        {
            [.. var n, 's'] => (n, 1),
            [.. var n, 'm'] => (n, 60),
            [.. var n, 'h'] => (n, 3600),
            _ => (text, 1),
        };
        return
            int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= 100_000
            ? TimeSpan.FromSeconds((long)number * seconds)
            : null;
    }
}
