namespace Harness.Targets.Qemu;

/// <summary>One option of QEMU's command line, and its reason.</summary>
/// <param name="Name">With its dash.</param>
/// <param name="Value">Null for an option without one.</param>
/// <param name="Reason">For maintainers.</param>
public sealed record QemuFlag(string Name, string? Value, string Reason);
