using Harness.Model;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Runs.KernelLogs;
using Harness.Runs.Known;
using Harness.Runs.Resuming;

namespace Harness.Runs;

/// <summary>Records a host's run as it progresses. Called from one thread at a time per host.</summary>
public interface IRunJournal
{
    void Phase(string what);

    /// <summary>The host responded: its profile, and the policy that it is judged by.</summary>
    /// <param name="resumed">What it was before the run was interrupted, or null.</param>
    /// <returns>Null, or why it is not the same host; then nothing of it is recorded.</returns>
    string? Host(HostProfile profile, Fields facts, Policy policy, string probeHash, ResumedHost? resumed);

    /// <summary>A raw observation, as received: number 1 is the first attempt, 2 the confirmation.</summary>
    /// <param name="reports">Those of the kernel in it that are of this case.</param>
    void Attempt(Case c, int number, Observation observation, IReadOnlyList<KernelReport> reports);

    /// <summary>The results of known differences on the host; called after its cases have their verdicts.</summary>
    void Known(KnownOnHost known);

    /// <summary>The case's one terminal state.</summary>
    void Verdict(Case c, Verdict verdict, int attempts, long micros);
}
