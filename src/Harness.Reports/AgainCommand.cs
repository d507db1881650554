using Harness.Store;

namespace Harness.Reports;

/// <summary>The command that asks one case of one host, or one migration of one pair, again.</summary>
internal static class AgainCommand
{
    private const string Own = "local/";

    /// <summary>A kernel of the user's own is known to the command line alone.</summary>
    public static string Of(RunSummary run, ResultRow row) =>
        run.Hosts.FirstOrDefault(h => h.Id == row.Host)?.Host is { Kind: HostKinds.Pair, Source: { } from, Destination: { } to } ? Of(row.CaseId, from, to)
        : IsOwn(row.Target) ? $"the command above, with --target {row.Target[Own.Length..]} --filter id={row.CaseId}"
        : $"scripts/harness run --target {row.Target} --filter id={row.CaseId}" + (run.Run.Policy is { } policy ? $" --policy {policy}" : "");

    /// <summary>The command that makes one migration between two targets again.</summary>
    public static string Of(string migration, string from, string to) =>
        IsOwn(from) || IsOwn(to) ? $"the command above, with {migration} alone" : $"scripts/harness migrate {migration} --from {from} --to {to}";

    private static bool IsOwn(string target) => target.StartsWith(Own, StringComparison.Ordinal);
}
