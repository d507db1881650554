using System.Globalization;

namespace Harness.Processes;

/// <summary>The fields of /proc/PID/stat that are used here (proc(5)).</summary>
internal readonly record struct ProcStat(
    int Pid,
    char State,
    int Parent,
    int Session,
    long StartTicks,
    long ResidentPages
)
{
    /// <summary>Exited, whether or not its parent has reaped it.</summary>
    public bool IsDead => State is 'Z' or 'X' or 'x';

    public static ProcStat? Read(int pid)
    {
        try
        {
            return Parse(File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // No such process, or gone between open and read (ESRCH).
        }
    }

    public static IEnumerable<ProcStat> All()
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
            if (
                int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var pid)
                && Read(pid) is { } stat
            )
                yield return stat;
    }

    internal static ProcStat Parse(string line)
    {
        // The command name, in parentheses, may itself contain spaces and parentheses: the last one ends it.
        var close = line.LastIndexOf(')');
        var fields = line[(close + 2)..].Split(' ');
        return new(
            int.Parse(line.AsSpan(0, line.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture),
            fields[0][0],
            int.Parse(fields[1], CultureInfo.InvariantCulture),
            int.Parse(fields[3], CultureInfo.InvariantCulture),
            long.Parse(fields[19], CultureInfo.InvariantCulture),
            long.Parse(fields[21], CultureInfo.InvariantCulture)
        );
    }
}
