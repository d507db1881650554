using Harness.Protocol;

namespace Harness.Cases.Migrations;

/// <summary>What travels: all that a VMM knows of a VM that it stopped.</summary>
/// <param name="Registers">In the order of KVM_GET_REG_LIST.</param>
/// <param name="Code">Pages of the guest's code and tables.</param>
/// <param name="Memory">Pages of the memory under test, one time after another: what came later counts.</param>
public sealed record MovedState(IReadOnlyList<SavedRegister> Registers, IReadOnlyList<SavedPage> Code, IReadOnlyList<IReadOnlyList<SavedPage>> Memory)
{
    /// <summary>How much memory content there is, in bytes.</summary>
    public long Bytes => Memory.Prepend(Code).Sum(pages => pages.Sum(p => (long)p.Content.Length));

    /// <summary>Out of what the source's program returned.</summary>
    /// <exception cref="ProtocolException">It returned something else.</exception>
    public static MovedState Of(Observation source)
    {
        var code = source.Steps.OfType<SavePagesResult>().LastOrDefault()?.Pages ?? throw new ProtocolException("the observation holds no save-pages");
        return new MovedState(
            source.Steps.OfType<SaveRegistersResult>().LastOrDefault()?.Registers ?? throw new ProtocolException("the observation holds no save-registers"),
            code,
            [.. source.Steps.OfType<IPagesResult>().SkipLast(1).Select(s => s.Pages ?? throw new ProtocolException("the observation holds no pages"))]);
    }
}
