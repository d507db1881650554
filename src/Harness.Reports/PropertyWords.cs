using System.Globalization;
using Harness.Reports.Comparing;
using Harness.Store;

namespace Harness.Reports;

/// <summary>Safety properties that were violated, in words.</summary>
internal static class PropertyWords
{
    /// <summary>"; 2 safety properties broken (12 cases)", or nothing.</summary>
    public static string Total(BrokenProperties broken) =>
        broken.Cases == 0
            ? ""
            : Invariant(
                $"; {Plural(broken.Properties.Count, "safety property", "safety properties")} broken ({Plural(broken.Cases, "case", "cases")})"
            );

    /// <summary>"11 match; as its sources say": how many match, and whether the policy says so.</summary>
    public static string Standing(RunSummary run, BrokenProperty property)
    {
        string by = run.Run.Policy is { } policy ? $"as {policy} predicts" : "as its sources say";
        return (
                property.Matches == property.Cases ? ""
                : property.Matches == 0 ? "none matches, "
                : Invariant($"{property.Matches} match, ")
            )
            + (
                property.Predicted == property.Cases ? by
                : property.Predicted == 0 ? $"not {by}"
                : Invariant($"{property.Predicted} {by}")
            );
    }

    /// <summary>"as predicted", "3 not predicted": whether the policies say so.</summary>
    public static string Predicted(PropertyChange change) =>
        change.Predicted == change.Cases ? "as predicted"
        : change.Predicted == 0 ? "not predicted"
        : Invariant($"{change.Cases - change.Predicted} not predicted");

    /// <summary>The command that explains the example, or repeats the migration; null if no policy is known.</summary>
    public static string? Explain(RunSummary run, BrokenProperty property) =>
        property.Pair is var (from, to) ? RerunCommand.Of(run, property.CaseId, from, to)
        : property.Policy is null ? null
        : $"{RerunCommand.Program} explain {property.CaseId} --policy {property.Policy}";

    private static string Plural(int count, string one, string many) =>
        Invariant($"{count} {(count == 1 ? one : many)}");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
