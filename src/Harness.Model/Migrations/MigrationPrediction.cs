using Harness.Model.Outcomes;
using Harness.Model.Registers;

namespace Harness.Model.Migrations;

/// <summary>What two policies allow a migration to come to.</summary>
/// <param name="Migration">The migration.</param>
/// <param name="Source">What the source decides.</param>
/// <param name="Destination">What the destination decides about the VM, whether or not it gets so far.</param>
/// <param name="Ends">Where it may end; several where that hangs on what the model leaves open.</param>
/// <param name="Rule">What decides it: of the source's policy, of the destination's, or neither's.</param>
public sealed record MigrationPrediction(
    Migration Migration,
    Prediction Source,
    Prediction Destination,
    IReadOnlyList<MigrationEnd> Ends,
    Statement Rule
)
{
    /// <summary>
    /// The registers that the destination refuses or may refuse, in the order in which they are restored.
    /// </summary>
    public IReadOnlyList<RefusedRegister> Refused { get; init; } = [];

    /// <summary>What mapped the page under test when the guest was stopped; null where it never ran.</summary>
    public Outcome? Before => Source.Accesses.Count > 0 ? Source.Accesses[^1].Outcome : null;

    /// <summary>What maps it when the guest has loaded from it again; null where it does not come to that.</summary>
    public Outcome? After =>
        Ends.Any(e => e.Stage >= MigrationStage.FirstAccess) && Destination.Accesses.Count > 0
            ? Destination.Accesses[0].Outcome
            : null;

    /// <summary>The prediction as one value: the leaves only where the VM resumes.</summary>
    public MigrationOutcome Outcome =>
        Ends[0].Stage == MigrationStage.Resumed ? new(Ends, Before, After) : new(Ends, null, null);

    /// <summary>"registration EINVAL"; "resumed, Normal-WB rwx to Device-nGnRE rw-".</summary>
    public override string ToString() => Outcome.ToString();
}
