namespace Harness.Processes;

/// <summary>
/// Memory that is in RAM at one moment, in bytes (RSS of proc(5); pages that processes share count for each).
/// </summary>
/// <param name="Own">This process's.</param>
/// <param name="Children">That of every process in the sessions that this one started and that still live: its QEMUs
/// above all.</param>
public sealed record ResidentMemory(long Own, long Children)
{
    /// <summary>Asks /proc.</summary>
    public static ResidentMemory Now()
    {
        var sessions = OpenSessions.Numbers();
        long pages = ProcStat.All().Where(s => sessions.Contains(s.Session) && !s.IsDead).Sum(s => s.ResidentPages);
        return new ResidentMemory(Environment.WorkingSet, pages * Environment.SystemPageSize);
    }
}
