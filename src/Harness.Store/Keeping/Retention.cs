using System.Globalization;

namespace Harness.Store.Keeping;

/// <summary>Which runs to keep: the newest N, or those of the last N days.</summary>
public sealed record Retention
{
    private Retention(int? runs, int? days) => (Runs, Days) = (runs, days);

    /// <summary>Null if days are counted.</summary>
    public int? Runs { get; }

    /// <summary>Null if runs are counted.</summary>
    public int? Days { get; }

    /// <summary>"20runs" or "20", "30d"; null if it is neither, or nothing would be kept.</summary>
    public static Retention? Parse(string text)
    {
        bool days = text.EndsWith('d');
        string digits =
            days ? text[..^1]
            : text.EndsWith("runs", StringComparison.Ordinal) ? text[..^4]
            : text;
        return
            int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && number is > 0 and <= 100_000
            ? new Retention(days ? null : number, days ? number : null)
            : null;
    }
}
