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

    /// <summary>The command, for a process with the mark.</summary>
    public string On(string command) => $"{_assignment} {command}";

    /// <summary>Ends every process with the mark. That the host is lost is not reported.</summary>
    public async Task KillAsync(IConnection connection)
    {
        string script = $$"""
            for e in $(grep -lF {{_assignment}} /proc/[0-9]*/environ 2> /dev/null); do
                p=${e%/environ}; kill -9 "${p#/proc/}" 2> /dev/null
            done; true
            """;
        try
        {
            await connection.ExecAsync(script, input: null, KillTime).ConfigureAwait(false);
        }
        catch (TargetException)
        {
            // Nothing can be done there any more.
        }
    }
}
