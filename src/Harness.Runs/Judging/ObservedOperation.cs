using Harness.Model.Outcomes;
using Harness.Model.Ownership;

namespace Harness.Runs.Judging;

/// <summary>What one operation of a lifecycle did.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Outcome">How it ended; null if the probe can't observe that on the host.</param>
public sealed record ObservedOperation(Operation Operation, OperationOutcome? Outcome)
{
    /// <summary>The stage-2 descriptor after it, if it was read.</summary>
    public StageTwoDescriptor? Descriptor { get; init; }

    public bool Agrees(Step predicted) =>
        Operation == predicted.Operation && (Outcome is not { } seen || seen == predicted.Outcome);

    public bool SameAs(ObservedOperation other) =>
        Operation == other.Operation && (Outcome is null || other.Outcome is null || Outcome == other.Outcome);

    public OperationPart Part => new(Operation, Outcome);
}
