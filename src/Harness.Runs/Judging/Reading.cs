using Harness.Model;
using Harness.Store;

namespace Harness.Runs.Judging;

/// <summary>
/// What the host did, decoded for one possibility of its facts, with the prediction for that possibility.
/// </summary>
internal sealed record Reading(HostFacts Host, Prediction Prediction, ObservedCase Observed, GuestEvidence? Guest)
{
    public bool Agrees { get; } = Observed.Agrees(Prediction);

    public (VerdictKind Kind, Culprit Culprit, string Reason)? GuestVerdict(Platform platform, string log) =>
        Guest?.Judge(platform, log);
}
