using System.Globalization;
using Harness.Store;

namespace Harness.Reports.Progress;

/// <summary>The progress of a host at one moment.</summary>
/// <param name="Rate">Cases executed per second; null before the first.</param>
/// <param name="Left">Time left at that rate; null if unknown or at the end.</param>
public sealed record HostSnapshot(
    string Target,
    string Phase,
    int Done,
    int Total,
    IReadOnlyDictionary<string, int> Verdicts,
    double? Rate,
    TimeSpan? Left,
    bool Ended
)
{
    /// <summary>The phase of a host that has not started.</summary>
    public const string Waiting = "waiting";

    /// <summary>How many cases it has, or will have.</summary>
    public int Expected { get; init; } = Total;

    /// <summary>"running 120/320: 118 match, 2 skip, 48.1 cases/s, 4 s left".</summary>
    public string Text
    {
        get
        {
            var parts = Store
                .Verdicts.All.Where(Verdicts.ContainsKey)
                .Select(v => Invariant($"{Verdicts[v]} {v}"))
                .ToList();
            if (Rate is { } rate)
                parts.Add(Invariant($"{rate:0.0} cases/s"));
            if (Left is { } left)
                parts.Add($"{TimeText(left)} left");
            string counts = parts.Count > 0 ? ": " + string.Join(", ", parts) : "";
            return Phase + (Total > 0 ? Invariant($" {Done}/{Total}") : "") + counts;
        }
    }

    /// <summary>"4 s", "12 min".</summary>
    internal static string TimeText(TimeSpan time) =>
        time.TotalSeconds < 90
            ? Invariant($"{Math.Ceiling(time.TotalSeconds):0} s")
            : Invariant($"{Math.Ceiling(time.TotalMinutes):0} min");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
