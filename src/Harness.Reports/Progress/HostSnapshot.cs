using System.Globalization;
using Harness.Store;

namespace Harness.Reports.Progress;

/// <summary>How far a host was at one moment.</summary>
/// <param name="Rate">Cases executed per second; null before the first.</param>
/// <param name="Left">Time left at that rate; null where unknown or at the end.</param>
public sealed record HostSnapshot(
    string Target,
    string Phase,
    int Done,
    int Total,
    IReadOnlyDictionary<string, int> Verdicts,
    double? Rate,
    TimeSpan? Left,
    bool Ended)
{
    /// <summary>"running 120/320: 118 match, 2 skip, 48.1 cases/s, 4 s left".</summary>
    public string Text
    {
        get
        {
            var parts = Store.Verdicts.All.Where(Verdicts.ContainsKey).Select(v => Invariant($"{Verdicts[v]} {v}")).ToList();
            if (Rate is { } rate)
                parts.Add(Invariant($"{rate:0.0} cases/s"));
            if (Left is { } left)
                parts.Add(left.TotalSeconds < 90 ? Invariant($"{Math.Ceiling(left.TotalSeconds):0} s left") : Invariant($"{Math.Ceiling(left.TotalMinutes):0} min left"));
            string counts = parts.Count > 0 ? ": " + string.Join(", ", parts) : "";
            return Phase + (Total > 0 ? Invariant($" {Done}/{Total}") : "") + counts;
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
