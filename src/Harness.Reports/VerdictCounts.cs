using System.Globalization;
using Harness.Store;

namespace Harness.Reports;

/// <summary>Counts of verdicts, in words.</summary>
public static class VerdictCounts
{
    /// <summary>The number of cases with each verdict, in the order of the table.</summary>
    public static IReadOnlyList<(VerdictMeaning Verdict, int Cases)> Of(IEnumerable<HostSummary> hosts)
    {
        var counts = hosts.SelectMany(h => h.Verdicts).ToLookup(v => v.Key, v => v.Value);
        return [.. Verdicts.Table.Select(v => (v, counts[v.Word].Sum())).Where(c => c.Item2 > 0)];
    }

    /// <summary>"2 mismatch, 1 hang; 3 planned": what is not as predicted; or that everything is.</summary>
    public static string NotAsPredicted(IReadOnlyList<(VerdictMeaning Verdict, int Cases)> counts) =>
        counts.Count == 0 ? "nothing judged"
        : Joined(counts.Where(c => c.Verdict.ExitCode is not (null or RunExit.Ok))) is { Length: > 0 } some ? some
        : counts.Any(c => c.Verdict.ExitCode == RunExit.Ok) ? "as predicted"
        : Joined(counts);

    public static string Joined(IEnumerable<(VerdictMeaning Verdict, int Cases)> counts) =>
        string.Join(
            ", ",
            counts.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Cases} {c.Verdict.Word}"))
        );
}
