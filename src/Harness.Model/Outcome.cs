namespace Harness.Model;

/// <summary>The memory type that a stage-2 descriptor gives. Arm ARM D8.6; MT_S2_* in arch/arm64/include/asm/memory.h.</summary>
public enum MemoryType : byte
{
    NormalWriteBack,
    NormalNonCacheable,
    DeviceNGnRE,
}

/// <summary>What a stage-2 leaf says. Every leaf is readable: KVM never maps without R.</summary>
public readonly record struct Leaf(MemoryType Type, bool Write, bool Execute)
{
    public override string ToString()
    {
        string type = Type switch
        {
            MemoryType.NormalWriteBack => "Normal-WB",
            MemoryType.NormalNonCacheable => "Normal-NC",
            _ => "Device-nGnRE",
        };
        return $"{type} r{(Write ? 'w' : '-')}{(Execute ? 'x' : '-')}";
    }
}

public enum OutcomeKind : byte
{
    /// <summary>The access went through; the page is mapped as the leaf says.</summary>
    Mapped,

    /// <summary>KVM_RUN returned an error and the guest made no progress.</summary>
    RunFails,

    /// <summary>KVM_EXIT_MMIO: userspace is asked to emulate the access.</summary>
    MmioExit,

    /// <summary>The guest took a synchronous external instruction abort (EC 0x21, FSC 0x10).</summary>
    GuestInstructionAbort,

    /// <summary>The guest took a data abort.</summary>
    GuestDataAbort,

    /// <summary>Something that no policy predicts; the text says what.</summary>
    Unforeseen,
}

/// <summary>How one access ended, or may end.</summary>
/// <param name="Kind">How.</param>
/// <param name="Leaf">What maps the page then, for <see cref="OutcomeKind.Mapped"/>.</param>
/// <param name="Errno">What KVM_RUN returned, for <see cref="OutcomeKind.RunFails"/>.</param>
/// <param name="Text">What it was, for <see cref="OutcomeKind.Unforeseen"/>.</param>
/// <param name="WriteEither">In a prediction: the leaf may be writable or not, and both are right.</param>
public readonly record struct Outcome(
    OutcomeKind Kind, Leaf Leaf = default, Errno Errno = Errno.None, string? Text = null, bool WriteEither = false)
{
    public static Outcome Mapped(Leaf leaf, bool writeEither = false) => new(OutcomeKind.Mapped, leaf, WriteEither: writeEither);

    /// <summary>Whether a prediction allows what was seen.</summary>
    public bool Allows(Outcome seen) => Kind == seen.Kind && Kind switch
    {
        OutcomeKind.Mapped => Leaf == (WriteEither ? seen.Leaf with { Write = Leaf.Write } : seen.Leaf),
        OutcomeKind.RunFails => Errno == seen.Errno,
        _ => true,
    };

    public static Outcome RunFails(Errno errno) => new(OutcomeKind.RunFails, Errno: errno);

    public static Outcome MmioExit { get; } = new(OutcomeKind.MmioExit);

    public static Outcome GuestInstructionAbort { get; } = new(OutcomeKind.GuestInstructionAbort);

    public static Outcome Unforeseen(string text) => new(OutcomeKind.Unforeseen, Text: text);

    public override string ToString() => Kind switch
    {
        OutcomeKind.Mapped => $"mapped {Leaf}{(WriteEither ? " (writable or not)" : "")}",
        OutcomeKind.RunFails => $"KVM_RUN fails with {Errno}",
        OutcomeKind.MmioExit => "KVM_EXIT_MMIO",
        OutcomeKind.GuestInstructionAbort => "external instruction abort in the guest",
        OutcomeKind.GuestDataAbort => "data abort in the guest",
        _ => Text ?? "unforeseen",
    };
}
