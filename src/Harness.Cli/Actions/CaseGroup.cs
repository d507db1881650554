using Harness.Model;
using Harness.Reports;

namespace Harness.Cli.Actions;

/// <summary>
/// Many cases explained: those that are decided alike, by the same rules on the same hosts, are one group, of which one
/// case is explained.
/// </summary>
/// <param name="Cases">At least one.</param>
internal sealed record CaseGroup(IReadOnlyList<Case> Cases)
{
    /// <summary>How many groups are explained if no number is given.</summary>
    public const int UsualLimit = 3;

    /// <summary>How many cases of a group are named besides the explained one.</summary>
    private const int Named = 4;

    /// <summary>The largest first.</summary>
    public static IReadOnlyList<CaseGroup> Of(
        IEnumerable<Case> cases,
        IReadOnlyList<Policy> policies,
        Func<Case, IReadOnlyList<HostFacts>> hosts
    ) =>
        [
            .. cases
                .GroupBy(c => HostKinds.Signature(c, policies, hosts(c)))
                .Select(g => new CaseGroup([.. g]))
                .OrderByDescending(g => g.Cases.Count),
        ];

    /// <summary>What "24 cases" are called.</summary>
    public static string Count(int cases) => cases == 1 ? "1 case" : $"{cases} cases";

    public void WriteOthers(ReportWriter report)
    {
        if (Cases.Count == 1)
            return;
        report.Line();
        report.Line("by the same rules:", TextTone.Faint);
        foreach (var c in Cases.Skip(1).Take(Named))
            report.Line($"  {c.Id}  {c.Key}");
        if (Cases.Count > Named + 1)
            report.Line($"  and {Cases.Count - Named - 1} more");
    }
}
