using Harness.Model;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Wire;

namespace Harness.Runs;

/// <summary>Where a host's run is written down as it goes. Called from one thread at a time per host.</summary>
public interface IRunJournal
{
    void Phase(string what);

    /// <summary>The host answered: what it is, and what it is judged under.</summary>
    void Host(HostProfile profile, Fields facts, Policy policy, string probeHash);

    /// <summary>A raw observation, as received: number 1 is the first attempt, 2 the one that confirms.</summary>
    void Attempt(Case c, int number, Observation observation);

    /// <summary>The case's one terminal state.</summary>
    void Verdict(Case c, Verdict verdict, int attempts, long micros);
}
