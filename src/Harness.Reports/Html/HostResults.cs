using Harness.Store;

namespace Harness.Reports.Html;

/// <summary>A host of the run and the results of its cases, as numbers; see <see cref="ReportModel"/>.</summary>
internal sealed record HostResults(HostSummary Host, IReadOnlyList<CodedResult> Results);

/// <summary>A result as numbers in the report's tables.</summary>
/// <param name="Case">In <see cref="ReportModel.Cases"/>.</param>
/// <param name="Verdict">In <see cref="Verdicts.All"/>.</param>
/// <param name="Outcome">In <see cref="ReportModel.Outcomes"/>.</param>
/// <param name="Rule">In <see cref="ReportModel.RuleNames"/>.</param>
/// <param name="Reason">In <see cref="ReportModel.Reasons"/>; none for a mismatch, where the rule is enough.</param>
/// <param name="Evidence">In <see cref="ReportModel.Levels"/>.</param>
internal readonly record struct CodedResult(int Case, byte Verdict, int Outcome, int Rule, int Reason, byte Evidence);
