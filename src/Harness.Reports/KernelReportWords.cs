using System.Globalization;
using Harness.Store;

namespace Harness.Reports;

/// <summary>A kernel's report in words.</summary>
internal static class KernelReportWords
{
    /// <summary>"not seen before", or "in 12 earlier runs, since 2026-11-03".</summary>
    public static string Seen(KernelReportCount report) =>
        report.FirstSeenUtc is { } first
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"in {report.EarlierRuns} earlier run{(report.EarlierRuns == 1 ? "" : "s")}, since {first.UtcDateTime:yyyy-MM-dd}"
            )
            : "not seen before";

    /// <summary>Null where it is the kernel's own trouble, as most are.</summary>
    public static string? Cause(string cause) =>
        cause switch
        {
            KernelReportCauses.Starvation => "something took too long: was the machine short of CPU time?",
            KernelReportCauses.Machine => "the machine, not the kernel",
            KernelReportCauses.Request => "it was requested",
            _ => null,
        };
}
