namespace Harness.Processes;

/// <summary>
/// Memory that is in RAM at one moment, in bytes (RSS of proc(5); shared pages count for each process).
/// </summary>
/// <param name="Own">This process's.</param>
/// <param name="Children">That of every process in the live sessions that this one started: mainly QEMU.</param>
public sealed record ResidentMemory(long Own, long Children)
{
    /// <summary>Reads /proc.</summary>
    public static ResidentMemory Now()
    {
        var sessions = OpenSessions.Numbers();
        long pages = ProcStat.All().Where(s => sessions.Contains(s.Session) && !s.IsDead).Sum(s => s.ResidentPages);
        return new ResidentMemory(Environment.WorkingSet, pages * Environment.SystemPageSize);
    }
}
