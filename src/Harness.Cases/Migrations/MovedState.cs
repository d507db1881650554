using Harness.Protocol;

namespace Harness.Cases.Migrations;

/// <summary>The state that is sent: all that a VMM knows about a VM that it stopped.</summary>
/// <param name="Registers">In the order of KVM_GET_REG_LIST.</param>
/// <param name="Code">Pages of the guest's code and tables.</param>
/// <param name="Memory">Pages of the memory under test, copied several times: the last copy counts.</param>
public sealed record MovedState(
    IReadOnlyList<SavedRegister> Registers,
    IReadOnlyList<SavedPage> Code,
    IReadOnlyList<IReadOnlyList<SavedPage>> Memory
)
{
    /// <summary>The tags of the memory under test; null if it has none.</summary>
    public byte[]? Tags { get; init; }

    /// <summary>The size of the memory content, in bytes.</summary>
    public long Bytes => Memory.Prepend(Code).Sum(pages => pages.Sum(p => (long)p.Content.Length));

    /// <summary>Extracts the state from the result of the source's program.</summary>
    /// <exception cref="ProtocolException">A result is missing or of another kind.</exception>
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
        )
        {
            Tags = program.Tags is { } tags
                ? source.Find(tags)?.Tags ?? throw new ProtocolException("the observation holds no tags")
                : null,
        };
}
