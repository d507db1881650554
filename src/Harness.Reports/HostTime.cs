using System.Globalization;
using Harness.Store;

namespace Harness.Reports;

/// <summary>A host's duration, and its cases per second.</summary>
internal static class HostTime
{
    /// <returns>"12.3 s, 45.6 cases/s"; null if it did not begin or end.</returns>
    public static string? Of(HostSummary host)
    {
        if (host.FinishedUtc is not { } end || host.StartedUtc is not { } start)
            return null;
        int executed =
            host.Planned
            - host.Verdicts.GetValueOrDefault(Verdicts.Skip)
            - host.Verdicts.GetValueOrDefault(Verdicts.Planned);
        double seconds = (end - start).TotalSeconds;
        return string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s")
            + (
                executed > 0 && seconds > 0
                    ? string.Create(CultureInfo.InvariantCulture, $", {executed / seconds:0.0} cases/s")
                    : ""
            );
    }
}
