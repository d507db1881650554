using Harness.Runs;

namespace Harness.Cli.Actions;

/// <summary>Makes hosts of the configuration's targets. Opens nothing.</summary>
internal static class RunHosts
{
    /// <returns>The hosts in the order of the targets, and the hash of the probe's bundle.</returns>
    public static Task<(IReadOnlyList<RunHost> Hosts, string ProbeHash)> CreateAsync(
        IReadOnlyList<NamedTarget> targets, HarnessConsole console, CancellationToken cancel) =>
        throw new UsageException("'harness run' is not built yet");
}
