using Harness.Model;
using Harness.Model.Outcomes;
using Harness.Store;

namespace Harness.Runs.Judging;

/// <summary>
/// What a guest observed of its operation, compared with the architecture's result for its own type and the observed
/// stage-2 type, whatever the policy predicts for the latter.
/// </summary>
/// <param name="Expectation">By the architecture.</param>
/// <param name="Sight">What the guest observed.</param>
/// <param name="LeafSeen">The stage-2 type was read on the host; else it is the policy's prediction.</param>
public sealed record GuestEvidence(GuestExpectation Expectation, GuestObservation Sight, bool LeafSeen)
{
    public bool Agrees => Expectation.Allows(Sight);

    /// <summary>Null if the guest has observed nothing of its operation, or no stage-2 type is known.</summary>
    public static GuestEvidence? Of(Case c, ObservedCase observed, Prediction prediction, bool fwb)
    {
        if (c is not GuestCase { Use: var use } || observed.Sight is not { } sight)
            return null;
        var seen = observed.Accesses.LastOrDefault(a => a.LeafFrom is not null);
        var predicted = prediction.Accesses.LastOrDefault(a => a.Outcome.Kind == OutcomeKind.Mapped);
        if (seen is null && predicted is null)
            return null;
        var view = new GuestView(use.StageOne, seen?.Outcome.Leaf ?? predicted!.Outcome.Leaf, fwb);
        return new GuestEvidence(GuestExpectation.Of(view, use.Operation), sight, seen is not null);
    }

    /// <summary>The prediction, with the allowed guest observations at its last access.</summary>
    public PartsOutcome Beside(Prediction prediction)
    {
        var parts = ((PartsOutcome)prediction.Outcome).Parts.ToList();
        int last = parts.FindLastIndex(p => p is AccessPart);
        parts[last] = (AccessPart)parts[last] with { Guest = GuestPart.Of(Expectation) };
        return new PartsOutcome(parts);
    }

    /// <summary>
    /// If the operation may go to EL2 with a fault that no policy describes, a failing KVM_RUN does not contradict the
    /// mapping.
    /// </summary>
    public ObservedCase Settle(ObservedCase observed) =>
        Sight.End == GuestResult.RunFails && Agrees
            ? observed with
            {
                Accesses =
                [
                    .. observed.Accesses.SkipLast(1),
                    observed.Accesses[^1] with
                    {
                        Outcome = Outcome.Mapped(default),
                        LeafFrom = null,
                    },
                ],
            }
            : observed;

    /// <summary>The verdict on a case with mappings as predicted.</summary>
    /// <param name="platform">The host's platform.</param>
    /// <param name="log">Appended to the reason.</param>
    public (VerdictKind Kind, Culprit Culprit, string Reason) Judge(Platform platform, string log)
    {
        var erratum = Erratum.All.FirstOrDefault(e => e.IsDue(platform, Expectation));
        if (erratum is not null && erratum.Shows.HasFlag(Sight.End))
            return (VerdictKind.Erratum, Culprit.Platform, $"{erratum}{log}");
        if (Agrees)
            return (
                VerdictKind.Match,
                Culprit.None,
                erratum is null
                    ? log.TrimStart(' ', ';')
                    : $"the erratum {erratum.Name} did not show: this platform follows the architecture here{log}"
            );
        if (
            Sight.End == GuestResult.Undefined
            && Expectation.Operation is GuestOperation.AtomicAdd or GuestOperation.CompareAndSwap
        )
            return (VerdictKind.Skip, Culprit.Platform, "needs FEAT_LSE");
        return LeafSeen
            ? (
                VerdictKind.Disagreement,
                Culprit.Model,
                $"guest and descriptor disagree: {Combined}, so {Expectation} ({Expectation.Source}), but the guest saw: {Sight}{log}"
            )
            : (
                VerdictKind.Mismatch,
                Culprit.Kernel,
                $"if the mapping is as predicted, {Combined}, so {Expectation} ({Expectation.Source}), but the guest saw: {Sight}{log}"
            );
    }

    private string Combined =>
        $"stage 1 {TypeText.Word(Expectation.View.StageOne)} and stage 2 {Expectation.View.Leaf.TypeWord} "
        + $"{(Expectation.View.Fwb ? "with" : "without")} FWB combine to {TypeText.Word(Expectation.View.Type)}";
}
