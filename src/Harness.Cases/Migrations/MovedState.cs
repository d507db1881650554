using Harness.Protocol;

namespace Harness.Cases.Migrations;

/// <summary>What travels: all that a VMM knows of a VM that it stopped.</summary>
/// <param name="Registers">In the order of KVM_GET_REG_LIST.</param>
/// <param name="Code">Pages of the guest's code and tables.</param>
/// <param name="Memory">Pages of the memory under test, one time after another: what came later counts.</param>
public sealed record MovedState(
    IReadOnlyList<SavedRegister> Registers,
    IReadOnlyList<SavedPage> Code,
    IReadOnlyList<IReadOnlyList<SavedPage>> Memory
)
{
    /// <summary>How much memory content there is, in bytes.</summary>
    public long Bytes => Memory.Prepend(Code).Sum(pages => pages.Sum(p => (long)p.Content.Length));

    /// <summary>Out of what the source's program returned.</summary>
    /// <exception cref="ProtocolException">It returned something else.</exception>
    public static MovedState Of(SourceProgram program, Observation source) =>
        new(
            source.Find(program.Registers)?.Registers
                ?? throw new ProtocolException("the observation holds no registers"),
            source.Find(program.Code)?.Pages ?? throw new ProtocolException("the observation holds no code"),
            [
                .. program.Memory.Select(s =>
                    (source.Find(s) as IPagesResult)?.Pages
                    ?? throw new ProtocolException("the observation holds no memory")
                ),
            ]
        );
}
