namespace Harness.Store;

/// <summary>
/// The result of a migration, in addition to its verdict. Words are those of the model; what was not reached is null.
/// </summary>
/// <param name="Stage">The stage where it ended: "registration", "resumed".</param>
/// <param name="Errno">The errno by which it ended: "EINVAL".</param>
/// <param name="SourceLeaf">What mapped the page under test before the migration: "Normal-WB rwx".</param>
/// <param name="DestinationLeaf">What maps it after it.</param>
/// <param name="Violation">The property that the observed end violates: "no-silent-weakening"; null if none.</param>
/// <param name="ViolationRule">The rule of the destination's policy that causes it.</param>
/// <param name="Refused">How many registers the destination refused.</param>
/// <param name="RefusedRegisters">Which, each with its errno: "MIDR_EL1 EINVAL, CTR_EL0 EINVAL"; null if none.</param>
/// <param name="Bytes">Of memory content that was sent, without zero pages, and counting repeated pages again.</param>
/// <param name="SourceMicros">Time on the source, in microseconds.</param>
/// <param name="TransferMicros">
/// Between the source's reply and the destination's request, and on the connections.
/// </param>
/// <param name="DestinationMicros">Time on the destination.</param>
public sealed record MigrationRecord(
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
