using System.Globalization;

namespace Harness.Processes;

/// <summary>
/// Identifies a process even if its pid is reused: a pid together with the start time is unique until the machine
/// reboots.
/// </summary>
/// <param name="Pid">Process id.</param>
/// <param name="StartTicks">Field 22 of /proc/PID/stat: clock ticks since boot (proc(5)).</param>
public sealed record ProcessIdentity(int Pid, long StartTicks)
{
    /// <summary>The running process of that id; null if there is none, or only a zombie.</summary>
    public static ProcessIdentity? Of(int pid) =>
        ProcStat.Read(pid) is { IsDead: false } stat ? new(pid, stat.StartTicks) : null;

    /// <summary>Whether this process still runs.</summary>
    public bool IsAlive => Of(Pid) == this;

    /// <summary>Its arguments; empty if it has exited or is a kernel thread.</summary>
    public IReadOnlyList<string> CommandLine()
    {
        try
        {
            var text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{Pid}/cmdline"));
            return IsAlive ? text.Split('\0', StringSplitOptions.RemoveEmptyEntries) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // It exited meanwhile.
        }
    }
}
