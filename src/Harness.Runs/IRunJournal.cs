using Harness.Model;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Runs.Known;
using Harness.Runs.Resuming;

namespace Harness.Runs;

/// <summary>Where a host's run is written down as it goes. Called from one thread at a time per host.</summary>
public interface IRunJournal
{
    void Phase(string what);

    /// <summary>The host answered: what it is, and what it is judged under.</summary>
    /// <param name="resumed">What it was before the run was interrupted, or null.</param>
    /// <returns>Null, or why it is not the host it was; then nothing of it is written down.</returns>
    string? Host(HostProfile profile, Fields facts, Policy policy, string probeHash, ResumedHost? resumed);

    /// <summary>A raw observation, as received: number 1 is the first attempt, 2 the one that confirms.</summary>
    void Attempt(Case c, int number, Observation observation);

    /// <summary>
    /// What became of the cases that known differences cover on the host; told when its cases have their verdicts.
    /// </summary>
    void Known(KnownOnHost known);

    /// <summary>The case's one terminal state.</summary>
    void Verdict(Case c, Verdict verdict, int attempts, long micros);
}
