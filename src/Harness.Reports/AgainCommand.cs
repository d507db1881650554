using Harness.Store;

namespace Harness.Reports;

/// <summary>The command that asks one case of one host again.</summary>
internal static class AgainCommand
{
    /// <summary>A kernel of the user's own is known to the command line alone.</summary>
    public static string Of(RunSummary run, ResultRow row) => row.Target.StartsWith("local/", StringComparison.Ordinal)
        ? $"the command above, with --target {row.Target["local/".Length..]} --filter id={row.CaseId}"
        : $"scripts/harness run --target {row.Target} --filter id={row.CaseId}" + (run.Run.Policy is { } policy ? $" --policy {policy}" : "");
}
