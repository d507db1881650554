using Harness.Store;

namespace Harness.Reports.Html;

/// <summary>Results of one verdict with the same reason.</summary>
/// <param name="Rule">The rule contradicted, or the one that decided; or null.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Targets">Their hosts, in the order of the run.</param>
/// <param name="Rows">The first of them, by host and in the order planned.</param>
/// <param name="InFull">How many of those have their own section.</param>
internal sealed record FindingGroup(
    string Verdict,
    string Culprit,
    string? Policy,
    string? Rule,
    string? Reason,
    int Count,
    IReadOnlyList<string> Targets,
    IReadOnlyList<ResultRow> Rows,
    int InFull
)
{
    /// <summary>
    /// The maximum number of sections: a file with more opens slowly and is hard to read. The list has the rest,
    /// with less detail.
    /// </summary>
    public const int Sections = 300;

    /// <summary>The number of named cases without their own section.</summary>
    public const int Named = 40;

    /// <summary>The maximum number of groups that are shown; the list has the rest.</summary>
    public const int Most = 200;

    /// <summary>Every group gets these before any gets more.</summary>
    private const int First = 8;

    public string Anchor { get; init; } = "";

    /// <summary>"case-ID-host": a result is one case on one host.</summary>
    public static string AnchorOf(ResultRow row) =>
        $"case-{row.CaseId}-{string.Concat(row.Target.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' ? c : '-'))}";

    /// <summary>The most severe first, then the largest.</summary>
    /// <param name="rows">
    /// By host and in the order planned; enumerated once, and not kept: a lost host may have any number.
    /// </param>
    public static IReadOnlyList<FindingGroup> Of(IEnumerable<ResultRow> rows)
    {
        var gathered = new Gathering();
        foreach (var row in rows)
            gathered.Add(row);
        return gathered.Groups();
    }

    /// <summary>Collects results into groups.</summary>
    internal sealed class Gathering
    {
        private readonly Dictionary<
            (string, string, string?, string?, string?),
            (List<ResultRow> Rows, List<string> Targets, int Count)
        > _groups = [];

        public void Add(ResultRow row)
        {
            var key = (row.Verdict, row.Culprit, row.Policy, row.Rule, Reasoned(row.Reason));
            var group = _groups.GetValueOrDefault(key, ([], [], 0));
            if (group.Rows.Count < Sections + Named)
                group.Rows.Add(row);
            if (group.Targets.Count == 0 || group.Targets[^1] != row.Target && !group.Targets.Contains(row.Target))
                group.Targets.Add(row.Target);
            _groups[key] = (group.Rows, group.Targets, group.Count + 1);
        }

        /// <summary>The kernel's log contains processes and addresses: no two lines are the same.</summary>
        internal static string? Reasoned(string? reason) =>
            reason?.IndexOf("; the kernel logged:", StringComparison.Ordinal) is > 0 and var at ? reason[..at] : reason;

        public IReadOnlyList<FindingGroup> Groups()
        {
            var groups = _groups
                .Select(g => new FindingGroup(
                    g.Key.Item1,
                    g.Key.Item2,
                    g.Key.Item3,
                    g.Key.Item4,
                    g.Key.Item5,
                    g.Value.Count,
                    g.Value.Targets,
                    g.Value.Rows,
                    0
                ))
                .OrderBy(g => Severity.Grouped.ToList().IndexOf(g.Verdict))
                .ThenByDescending(g => g.Count)
                .ThenBy(g => g.Rule, StringComparer.Ordinal)
                .ThenBy(g => g.Reason, StringComparer.Ordinal)
                .ThenBy(g => g.Policy, StringComparer.Ordinal)
                .ToList();
            int left = Sections;
            int[] sections = new int[groups.Count];
            foreach (int most in new[] { First, Sections })
                for (int i = 0; i < Math.Min(groups.Count, Most); i++)
                {
                    if (!Severity.NeedsAPerson.Contains(groups[i].Verdict))
                        continue;
                    int more = Math.Min(left, Math.Min(most, groups[i].Count) - sections[i]);
                    sections[i] += more;
                    left -= more;
                }
            return [.. groups.Select((g, i) => g with { InFull = sections[i], Anchor = $"group-{i + 1}" })];
        }
    }
}
