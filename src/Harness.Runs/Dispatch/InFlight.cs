using Harness.Protocol;

namespace Harness.Runs.Dispatch;

/// <summary>The programs that a probe had when it was lost.</summary>
public static class InFlight
{
    /// <summary>
    /// Those that may have been running: a probe takes programs in order, and runs some side by side, or one alone.
    /// </summary>
    /// <param name="sent">The numbers of those sent and not answered.</param>
    /// <param name="programs">All programs.</param>
    /// <param name="most">How many the probe runs side by side at most.</param>
    public static IReadOnlyList<int> Running(IReadOnlyList<int> sent, IReadOnlyList<ProbeProgram> programs, int most)
    {
        var running = new List<int>();
        foreach (int i in sent.Order())
        {
            if (running.Count == most || (running.Count > 0 && (programs[i].Alone || programs[running[0]].Alone)))
                break;
            running.Add(i);
        }
        return running;
    }
}
