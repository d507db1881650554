namespace Harness.Store;

/// <summary>
/// What became of a migration, beside its verdict. Words are those of the model; null is what was not come to.
/// </summary>
/// <param name="Predicted">Where it was to end, with the errno: "registration EINVAL"; several are separated by " or
/// ".</param>
/// <param name="Stage">The stage where it ended: "registration", "resumed".</param>
/// <param name="Errno">The errno by which it ended: "EINVAL".</param>
/// <param name="SourceLeaf">What mapped the page under test before the move: "Normal-WB rwx".</param>
/// <param name="DestinationLeaf">What maps it after it.</param>
/// <param name="Violation">The property that the observed end breaks: "no-silent-weakening"; null where none.</param>
/// <param name="ViolationRule">The rule of the destination's policy that makes it so.</param>
/// <param name="Refused">How many registers the destination refused.</param>
/// <param name="RefusedRegisters">Which, each with its errno: "MIDR_EL1 EINVAL, CTR_EL0 EINVAL"; null where
/// none.</param>
/// <param name="Bytes">Of memory content that travelled, zero pages left out and what was sent again counted
/// again.</param>
/// <param name="SourceMicros">Time on the source, in microseconds.</param>
/// <param name="TransferMicros">Between the source's answer and the destination's request, and on the wires.</param>
/// <param name="DestinationMicros">Time on the destination.</param>
public sealed record MigrationRecord(
    string? Predicted = null,
    string? Stage = null,
    string? Errno = null,
    string? SourceLeaf = null,
    string? DestinationLeaf = null,
    string? Violation = null,
    string? ViolationRule = null,
    int? Refused = null,
    string? RefusedRegisters = null,
    long Bytes = 0,
    long SourceMicros = 0,
    long TransferMicros = 0,
    long DestinationMicros = 0
);
