using System.Globalization;
using System.Text.RegularExpressions;

namespace Harness.Chaos;

/// <summary>A process on the host.</summary>
/// <param name="Pid">Its id.</param>
/// <param name="Parent">Its parent's.</param>
/// <param name="Command">Its command line.</param>
internal sealed partial record HostProcess(int Pid, int Parent, string Command)
{
    /// <summary>A line of ps(1): pid, ppid, args. Null for a kernel thread.</summary>
    public static HostProcess? Parse(string line) =>
        Line().Match(line) is { Success: true } m && !m.Groups[3].Value.StartsWith('[')
            ? new HostProcess(Number(m.Groups[1]), Number(m.Groups[2]), m.Groups[3].Value)
            : null;

    private static int Number(Group group) => int.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("^ *([0-9]+) +([0-9]+) (.+)$")]
    private static partial Regex Line();
}

/// <summary>The supervisors of probes, and their workers.</summary>
internal sealed partial record ProbeProcesses(IReadOnlyList<int> Supervisors, IReadOnlyList<int> Workers)
{
    public static ProbeProcesses Among(IReadOnlyList<HostProcess> all)
    {
        int[] supervisors = [.. all.Where(p => Supervisor().IsMatch(p.Command)).Select(p => p.Pid)];
        return new ProbeProcesses(supervisors, [.. all.Where(p => supervisors.Contains(p.Parent)).Select(p => p.Pid)]);
    }

    [GeneratedRegex("^[^ ]*/probe --hash ")]
    private static partial Regex Supervisor();
}
