using Harness.Store;

namespace Harness.Reports;

/// <summary>The command that repeats one case of one host, or one migration of one pair.</summary>
public static class RerunCommand
{
    private const string Own = "local/";

    /// <summary>
    /// How to start the harness: in its repository, unless the command line reports that it is installed.
    /// </summary>
    public static string Program { get; set; } = "scripts/harness";

    /// <summary>A kernel of the user is only known by the command line.</summary>
    public static string Of(RunSummary run, ResultRow row) =>
        run.Hosts.FirstOrDefault(h => h.Id == row.Host)?.Host
            is { Kind: HostKinds.Pair, Source: { } from, Destination: { } to }
            ? Of(run, row.CaseId, from, to)
        : row.Target.StartsWith(Own, StringComparison.Ordinal)
            ? $"the command above, with --target {row.Target[Own.Length..]} --filter id={row.CaseId}"
        : $"{Program} run --target {row.Target} --filter id={row.CaseId}" + Policy(run);

    /// <summary>The command that repeats one migration between two targets.</summary>
    public static string Of(RunSummary run, string migration, string from, string to) =>
        $"{Program} migrate {migration} --from {from} --to {to}" + Policy(run);

    private static string Policy(RunSummary run) => run.Run.Policy is { } policy ? $" --policy {policy}" : "";
}
