using Harness.Cases;
using Harness.Model;
using Harness.Protocol;

namespace Harness.Reproducers;

/// <summary>What a reproducer is written from.</summary>
/// <param name="Compiled">The case, with what the probe executes for it; every step of it is one of the C
/// file's.</param>
/// <param name="Expected">What is allowed, for each kind of host; at least one, all of one policy.</param>
public sealed record ReproducerSource(CompiledCase Compiled, IReadOnlyList<Expectation> Expected)
{
    public Case Case => Compiled.Case;

    public ProbeProgram Program => Compiled.Program;

    /// <summary>
    /// The PCI memory that the program uses. It is the user's to name for the machine at hand, so the file has it as
    /// macros.
    /// </summary>
    public PciMemory? Pci { get; init; }

    /// <summary>The version of the harness that writes it, with its commit; null: the file doesn't say.</summary>
    public string? Harness { get; init; }
}
