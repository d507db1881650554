namespace Harness.Targets.Qemu;

/// <summary>One option of QEMU's command line, and why it is there.</summary>
/// <param name="Name">With its dash.</param>
/// <param name="Value">Null for an option without one.</param>
/// <param name="Reason">For whoever wants to change it.</param>
public sealed record QemuFlag(string Name, string? Value, string Reason);
