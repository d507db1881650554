using Harness.Model.Outcomes;
using Harness.Model.Ownership;

namespace Harness.Runs.Judging;

/// <summary>What one operation of a page's lifecycle did.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Outcome">How it ended; null where the host doesn't let the probe see that.</param>
public sealed record ObservedOperation(Operation Operation, OperationOutcome? Outcome)
{
    /// <summary>What stage 2 held after it, where that was read.</summary>
    public StageTwoDescriptor? Descriptor { get; init; }

    public bool Agrees(Step predicted) =>
        Operation == predicted.Operation && (Outcome is not { } seen || seen == predicted.Outcome);

    public bool SameAs(ObservedOperation other) =>
        Operation == other.Operation && (Outcome is null || other.Outcome is null || Outcome == other.Outcome);

    public OperationPart Part => new(Operation, Outcome);
}
