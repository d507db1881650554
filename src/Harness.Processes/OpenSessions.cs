using System.Collections.Concurrent;

namespace Harness.Processes;

/// <summary>
/// The sessions not yet ended. When the harness itself ends early (an unhandled exception, a call of exit) they are
/// killed; that is impossible after kill -9, so long-lived machines have pid files.
/// </summary>
internal static class OpenSessions
{
    private static readonly ConcurrentDictionary<ProcessSession, bool> Sessions = new();

    static OpenSessions()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => KillAll();
        AppDomain.CurrentDomain.UnhandledException += (_, _) => KillAll();
    }

    public static void Add(ProcessSession session) => Sessions[session] = true;

    public static void Remove(ProcessSession session) => Sessions.TryRemove(session, out _);

    /// <summary>The ids of the live sessions.</summary>
    public static IReadOnlySet<int> Numbers() => Sessions.Keys.Select(s => s.Leader.Pid).ToHashSet();

    private static void KillAll()
    {
        foreach (var session in Sessions.Keys)
            session.KillNow();
    }
}
