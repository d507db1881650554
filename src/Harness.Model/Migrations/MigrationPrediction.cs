using Harness.Model.Outcomes;
using Harness.Model.Registers;

namespace Harness.Model.Migrations;

/// <summary>The outcomes that two policies allow for a migration.</summary>
/// <param name="Migration">The migration.</param>
/// <param name="Source">The decision on the source.</param>
/// <param name="Destination">The decision on the destination, whether or not the migration gets that far.</param>
/// <param name="Ends">Where it may end; several if that depends on something outside the model.</param>
/// <param name="Rule">
/// What decides it: a rule of the source's policy, of the destination's, or of migration itself.
/// </param>
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

    /// <summary>What mapped the page under test when the guest was stopped; null if it never ran.</summary>
    public Outcome? Before => Source.Accesses.Count > 0 ? Source.Accesses[^1].Outcome : null;

    /// <summary>
    /// What maps it after the guest has loaded from it again; null if the migration does not get there.
    /// </summary>
    public Outcome? After =>
        Ends.Any(e => e.Stage >= MigrationStage.FirstAccess) && Destination.Accesses.Count > 0
            ? Destination.Accesses[0].Outcome
            : null;

    /// <summary>The prediction as one value; it has leaves only if the VM resumes.</summary>
    public MigrationOutcome Outcome =>
        Ends[0].Stage == MigrationStage.Resumed ? new(Ends, Before, After) : new(Ends, null, null);

    /// <summary>"registration EINVAL"; "resumed, Normal-WB rwx to Device-nGnRE rw-".</summary>
    public override string ToString() => Outcome.ToString();
}
