using Harness.Cases;
using Harness.Model;
using Harness.Protocol;

namespace Harness.Reproducers;

/// <summary>The input of a reproducer.</summary>
/// <param name="Compiled">The case, with its program for the probe; each of its steps is a step of the C file.</param>
/// <param name="Expected">What is allowed, for each kind of host; at least one, all of one policy.</param>
public sealed record ReproducerSource(CompiledCase Compiled, IReadOnlyList<Expectation> Expected)
{
    public Case Case => Compiled.Case;

    public ProbeProgram Program => Compiled.Program;

    /// <summary>The sizes of the case's memory in the program.</summary>
    public CaseSizes Sizes { get; init; } = CaseSizes.Usual;

    /// <summary>
    /// The PCI memory that the program uses. The user names it for the machine at hand, so the file has it as macros.
    /// </summary>
    public PciMemory? Pci { get; init; }

    /// <summary>The version of the harness that writes it, with its commit; null: it is omitted.</summary>
    public string? Harness { get; init; }
}
