using Harness.Store;

namespace Harness.Reports.Html;

/// <summary>Results of one verdict with the same reason: the same thing met many times.</summary>
/// <param name="Rule">The rule contradicted, or null.</param>
/// <param name="Rows">By host and in the order planned.</param>
/// <param name="InFull">How many of them have a section of their own: the first ones.</param>
internal sealed record FindingGroup(string Verdict, string Culprit, string? Policy, string? Rule, string? Reason, IReadOnlyList<ResultRow> Rows, int InFull)
{
    /// <summary>Sections in all: a file of more is slow to open, and nobody reads them. The list has the rest, with less.</summary>
    public const int Sections = 300;

    /// <summary>Every group gets these before any gets more.</summary>
    private const int First = 8;

    public string Anchor { get; init; } = "";

    /// <summary>"case-ID-host": a result is one case on one host.</summary>
    public static string AnchorOf(ResultRow row) =>
        $"case-{row.CaseId}-{string.Concat(row.Target.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' ? c : '-'))}";

    /// <summary>Gravest first, then the largest.</summary>
    public static IReadOnlyList<FindingGroup> Of(IReadOnlyList<ResultRow> rows)
    {
        var groups = rows.GroupBy(r => (r.Verdict, r.Culprit, r.Policy, r.Rule, r.Reason))
            .Select(g => new FindingGroup(g.Key.Verdict, g.Key.Culprit, g.Key.Policy, g.Key.Rule, g.Key.Reason, [.. g], 0))
            .OrderBy(g => Severity.Told.ToList().IndexOf(g.Verdict)).ThenByDescending(g => g.Rows.Count)
            .ThenBy(g => g.Rule, StringComparer.Ordinal).ThenBy(g => g.Reason, StringComparer.Ordinal).ToList();
        int left = Sections;
        int[] sections = new int[groups.Count];
        foreach (int most in new[] { First, Sections })
            for (int i = 0; i < groups.Count; i++)
            {
                if (!Severity.NeedsAPerson.Contains(groups[i].Verdict))
                    continue;
                int more = Math.Min(left, Math.Min(most, groups[i].Rows.Count) - sections[i]);
                sections[i] += more;
                left -= more;
            }
        return [.. groups.Select((g, i) => g with { InFull = sections[i], Anchor = $"group-{i + 1}" })];
    }
}
