using System.Text.RegularExpressions;
using Harness.Protocol;
using Harness.Store;

namespace Harness.Runs.KernelLogs;

/// <summary>The reports in the kernel logs of observations, as stored and as a verdict's reason has them.</summary>
internal static partial class KernelReportRecords
{
    /// <summary>Each title once, in the order in which they first appear.</summary>
    public static IReadOnlyList<KernelReportRecord> Of(IEnumerable<KernelReport> reports) =>
        [
            .. reports
                .GroupBy(r => r.Title)
                .Select(g => new KernelReportRecord(
                    g.Key,
                    Word(g.First().Kind.ToString()),
                    Word(g.First().Cause.ToString()),
                    g.Count()
                )),
        ];

    public static IReadOnlyList<KernelReport> In(Observation observation) =>
        observation.KernelLog.Count == 0 ? [] : KernelLogReader.Read(observation.KernelLog);

    /// <summary>"; the kernel reported: WARNING in f", or nothing.</summary>
    public static string Remark(IReadOnlyList<KernelReport> reports)
    {
        var titles = reports.Select(r => r.Title).Distinct().ToList();
        return titles.Count == 0 ? "" : $"; the kernel reported: {string.Join("; ", titles)}";
    }

    /// <summary>"BadAccess" is "bad-access".</summary>
    private static string Word(string name) => Inside().Replace(name, "-").ToLowerInvariant();

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])")]
    private static partial Regex Inside();
}
