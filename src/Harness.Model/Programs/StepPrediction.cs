using Harness.Model.Outcomes;

namespace Harness.Model.Programs;

/// <summary>What a policy allows for a step of a program.</summary>
/// <param name="Step">The step.</param>
/// <param name="Access">How the access ends; null for other steps.</param>
/// <param name="Errno">What the change, KVM_GET_DIRTY_LOG or KVM_CLEAR_DIRTY_LOG returns.</param>
/// <param name="Word">The word that a load returns, null if that is open; or how many entries are reset.</param>
/// <param name="Left">What maps each page after it, in the order of <see cref="SlotPage"/>.</param>
/// <param name="Dirty">The dirty pages; null for other steps than reads of the log or the ring.</param>
/// <param name="Beside">Pages that the program has no name for are dirty, too.</param>
/// <param name="Path">The rules on the path, in order.</param>
public sealed record StepPrediction(
    ProgramStep Step,
    Outcome? Access,
    Errno Errno,
    ushort? Word,
    IReadOnlyList<Outcome> Left,
    IReadOnlyList<SlotPage>? Dirty,
    bool Beside,
    IReadOnlyList<Rule> Path
)
{
    /// <summary>The other word that the load may return, of two accesses at the same time; else null.</summary>
    public ushort? OrWord { get; init; }

    /// <summary>How the second vCPU's access ends, of two steps at the same time; else null.</summary>
    public Outcome? Other { get; init; }

    /// <summary>The word that the second vCPU's load returns; null if that is open.</summary>
    public ushort? OtherWord { get; init; }

    /// <summary>The other word that it may return, or null.</summary>
    public ushort? OrOtherWord { get; init; }

    /// <summary>The guest is not run again after it.</summary>
    public bool IsLast => Access is { Kind: OutcomeKind.Stalls } || Other is { Kind: OutcomeKind.Stalls };

    /// <summary>As one value: the leaf of an access is that of its page after it.</summary>
    public ProgramPart Part =>
        new(Step.ToString(), WithoutLeaf(Access), Errno, Word, [.. Left.Select(l => (Outcome?)l)], Dirty, Beside)
        {
            OrWord = OrWord,
            Other = WithoutLeaf(Other),
            OtherWord = OtherWord,
            OrOtherWord = OrOtherWord,
        };

    private static Outcome? WithoutLeaf(Outcome? access) =>
        access is { Kind: OutcomeKind.Mapped } mapped
            ? Outcome.Mapped(default) with
            {
                Foreign = mapped.Foreign,
            }
            : access;
}
