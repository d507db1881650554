using Harness.Targets.Transport;

namespace Harness.Targets.Deployment;

/// <summary>
/// Marks the processes of one probe on a host, by a variable of their environment: so they can be ended when they no
/// longer respond. A server of ssh only closes their streams.
/// </summary>
internal sealed class ProbeMark
{
    private static readonly TimeSpan KillTime = TimeSpan.FromSeconds(10);

    private readonly string _assignment = $"HARNESS_PROBE={Guid.NewGuid():N}";

    /// <summary>The command that starts a probe with the mark.</summary>
    public string On(DeployedProbe probe) =>
        probe.Sudo
            // sudo clears the environment.
            ? $"exec {Sudo.Command} env {_assignment} {probe.Words}"
            : $"{_assignment} exec {probe.Words}";

    /// <summary>Ends every process with the mark. That the host is lost is not reported.</summary>
    /// <param name="connection">To the host.</param>
    /// <param name="probe">The probe that has the mark.</param>
    public async Task KillAsync(IConnection connection, DeployedProbe probe)
    {
        // BusyBox's grep looks no further than the first variable: there, candidates are found by the names of the
        // probe's processes (a worker is started from /proc/self/exe, and then named as WorkerName says). To look at
        // each process of a large host would take seconds.
        string script = $$"""
            for f in $(grep -lF {{_assignment}} /proc/[0-9]*/environ; grep -lxE '.*probe|exe|stage2-[0-9]*' /proc/[0-9]*/comm); do
                d=${f%/*}; tr '\0' '\n' < $d/environ | grep -qxF {{_assignment}} && kill -9 "${d#/proc/}"
            done 2> /dev/null; true
            """;
        try
        {
            await connection
                .ExecAsync(probe.Sudo ? Sudo.Of(script) : script, input: null, KillTime)
                .ConfigureAwait(false);
        }
        catch (TargetException)
        {
            // Nothing can be done there any more.
        }
    }
}
