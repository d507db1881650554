using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Harness.Processes;

/// <summary>
/// All processes of a session that the harness created with setsid, whether or not its first process still runs.
/// </summary>
/// <param name="Leader">The first process; its pid is the session's id.</param>
public sealed partial record ProcessSession(ProcessIdentity Leader)
{
    private const int SigTerm = 15;
    private const int SigKill = 9;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(5);

    /// <summary>The live members.</summary>
    public IReadOnlyList<ProcessIdentity> Members()
    {
        // A session's id is not reused as a pid while the session has members. So a process with that pid that is not
        // our leader proves that our session is empty.
        if (ProcessIdentity.Of(Leader.Pid) is { } bearer && bearer != Leader)
            return [];
        return
        [
            .. ProcStat
                .All()
                .Where(s => (s.Session == Leader.Pid && s.StartTicks >= Leader.StartTicks) || IsLeader(s))
                .Where(s => !s.IsDead)
                .Select(s => new ProcessIdentity(s.Pid, s.StartTicks)),
        ];
    }

    /// <summary>
    /// The session of a process that was just started. It is killed when the harness ends, until it is removed from the
    /// list.
    /// </summary>
    internal static ProcessSession Begun(Process process)
    {
        // Until we wait for it, its /proc entry exists, at least as a zombie's.
        var ticks = ProcStat.Read(process.Id)?.StartTicks ?? 0;
        var session = new ProcessSession(new ProcessIdentity(process.Id, ticks));
        OpenSessions.Add(session);
        return session;
    }

    /// <summary>SIGTERM to every member.</summary>
    public void Terminate() => Signal(SigTerm);

    /// <summary>SIGKILL to every member, repeated until none is left.</summary>
    /// <returns>Whether all ended within 5 s (a process in uninterruptible sleep can take longer).</returns>
    public async Task<bool> KillAsync()
    {
        var giveUp = DateTime.UtcNow + TimeoutScale.Scale(TimeSpan.FromSeconds(5));
        while (Signal(SigKill) > 0)
        {
            if (DateTime.UtcNow > giveUp)
                return false;
            await Task.Delay(BetweenLooks).ConfigureAwait(false);
        }
        return true;
    }

    /// <summary>SIGTERM, a wait for the first process's end, then SIGKILL of the rest.</summary>
    internal async Task StopAsync(Task gone, TimeSpan grace)
    {
        if (!gone.IsCompleted)
        {
            Terminate();
            await Task.WhenAny(gone, Task.Delay(TimeoutScale.Scale(grace))).ConfigureAwait(false);
        }
        await KillAsync().ConfigureAwait(false);
    }

    internal void KillNow() => Signal(SigKill);

    // Directly after the start, setsid has not been called yet.
    private bool IsLeader(ProcStat stat) => stat.Pid == Leader.Pid && stat.StartTicks == Leader.StartTicks;

    private int Signal(int signal)
    {
        var members = Members();
        foreach (var member in members)
            _ = Kill(member.Pid, signal); // ESRCH: it has already exited.
        return members.Count;
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}
