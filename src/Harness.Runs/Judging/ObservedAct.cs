using Harness.Model.Outcomes;
using Harness.Model.Ownership;

namespace Harness.Runs.Judging;

/// <summary>What one act of a page's life did.</summary>
/// <param name="Act">The act.</param>
/// <param name="Outcome">How it ended; null where the host doesn't let the probe see that.</param>
public sealed record ObservedAct(Act Act, ActOutcome? Outcome)
{
    /// <summary>What stage 2 held after it, where that was read.</summary>
    public StageTwoDescriptor? Descriptor { get; init; }

    public bool Agrees(Step predicted) => Act == predicted.Act && (Outcome is not { } seen || seen == predicted.Outcome);

    public bool SameAs(ObservedAct other) => Act == other.Act && (Outcome is null || other.Outcome is null || Outcome == other.Outcome);

    public OperationPart Part => new(Act, Outcome);
}
