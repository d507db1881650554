using System.Diagnostics;

namespace Harness.Probe;

internal static class Clock
{
    /// <summary>Microseconds on a monotonic clock.</summary>
    public static long Micros => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000);
}
