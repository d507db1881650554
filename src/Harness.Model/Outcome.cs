namespace Harness.Model;

/// <summary>
/// The memory type of a stage-2 descriptor. Arm ARM D8.6; MT_S2_* in arch/arm64/include/asm/memory.h.
/// </summary>
public enum MemoryType : byte
{
    NormalWriteBack,
    NormalNonCacheable,
    DeviceNGnRE,
}

/// <summary>A stage-2 leaf. Every leaf is readable: KVM never maps without R.</summary>
/// <param name="Type">The memory type.</param>
/// <param name="Write">S2AP has W.</param>
/// <param name="Execute">EL1 may execute.</param>
/// <param name="Block">The leaf is a block, of level 2, not a page.</param>
public readonly record struct Leaf(MemoryType Type, bool Write, bool Execute, bool Block = false)
{
    /// <summary>"Normal-WB", "Normal-NC" or "Device-nGnRE".</summary>
    public string TypeWord =>
        Type switch
        {
            MemoryType.NormalWriteBack => "Normal-WB",
            MemoryType.NormalNonCacheable => "Normal-NC",
            _ => "Device-nGnRE",
        };

    /// <summary>What rules set that another leaf has otherwise: the type first.</summary>
    public LeafPart FirstDifference(Leaf other) =>
        Type != other.Type ? LeafPart.Type
        : Write != other.Write ? LeafPart.Write
        : Execute != other.Execute ? LeafPart.Execute
        : LeafPart.None;

    public override string ToString() =>
        $"{TypeWord} r{(Write ? 'w' : '-')}{(Execute ? 'x' : '-')}{(Block ? " block" : "")}";
}

public enum OutcomeKind : byte
{
    /// <summary>The access completed; the leaf maps the page.</summary>
    Mapped,

    /// <summary>KVM_RUN returned an error and the guest made no progress.</summary>
    RunFails,

    /// <summary>KVM_EXIT_MMIO: userspace has to emulate the access.</summary>
    MmioExit,

    /// <summary>The guest took a synchronous external instruction abort (EC 0x21, FSC 0x10).</summary>
    GuestInstructionAbort,

    /// <summary>The guest took a data abort.</summary>
    GuestDataAbort,

    /// <summary>The guest takes the same fault forever: KVM handles it, and nothing changes.</summary>
    Stalls,

    /// <summary>Something that no policy predicts; the text describes it.</summary>
    Unforeseen,

    /// <summary>For a change, not for an access: nothing maps the page after it.</summary>
    Unmapped,
}

/// <summary>What a prediction leaves open, because it depends on something outside the model.</summary>
[Flags]
public enum Unspecified : byte
{
    None = 0,

    /// <summary>The leaf may be writable or not.</summary>
    Writable = 1,

    /// <summary>The leaf may be a page or a block, depending on whether the host has a huge page there.</summary>
    Size = 2,

    /// <summary>
    /// The access may instead be an exclusive fault (FSC 0x35), which the architecture allows outside write-back
    /// memory; KVM_RUN then fails with EFAULT.
    /// </summary>
    ExclusiveFails = 4,

    /// <summary>As before, but the guest takes the fault as a data abort.</summary>
    ExclusiveAborts = 8,

    /// <summary>As before, but KVM maps the page again, and the guest takes the fault forever.</summary>
    ExclusiveStalls = 16,

    /// <summary>The leaf may be executable or not.</summary>
    Executable = 32,

    /// <summary>The load may return the memory behind the address, or other memory.</summary>
    Content = 64,

    /// <summary>
    /// Nothing may map the page: it is mapped only if its neighbour got a block, or the process had a page there.
    /// </summary>
    Absent = 128,
}

/// <summary>How one access ended, or may end.</summary>
/// <param name="Kind">How.</param>
/// <param name="Leaf">The leaf that maps the page then, for <see cref="OutcomeKind.Mapped"/>.</param>
/// <param name="Errno">What KVM_RUN returned, for <see cref="OutcomeKind.RunFails"/>.</param>
/// <param name="Text">A description, for <see cref="OutcomeKind.Unforeseen"/>.</param>
/// <param name="Unspecified">In a prediction of <see cref="OutcomeKind.Mapped"/>: what else is allowed.</param>
/// <param name="ReportsFault">
/// For <see cref="OutcomeKind.RunFails"/>: the exit is KVM_EXIT_MEMORY_FAULT, with the address of the fault.
/// </param>
/// <param name="Foreign">
/// For <see cref="OutcomeKind.Mapped"/>: the load returns not what is behind the address, but other memory of the host.
/// </param>
public readonly record struct Outcome(
    OutcomeKind Kind,
    Leaf Leaf = default,
    Errno Errno = Errno.None,
    string? Text = null,
    Unspecified Unspecified = Unspecified.None,
    bool ReportsFault = false,
    bool Foreign = false
)
{
    public static Outcome MmioExit { get; } = new(OutcomeKind.MmioExit);

    public static Outcome Unmapped { get; } = new(OutcomeKind.Unmapped);

    public static Outcome GuestInstructionAbort { get; } = new(OutcomeKind.GuestInstructionAbort);

    public static Outcome Stalls { get; } = new(OutcomeKind.Stalls);

    /// <summary>The guest cannot continue after this access.</summary>
    public bool IsLast => Kind is OutcomeKind.RunFails or OutcomeKind.Stalls;

    public static Outcome GuestDataAbort { get; } = new(OutcomeKind.GuestDataAbort);

    public static Outcome Mapped(Leaf leaf, Unspecified loose = Unspecified.None) =>
        new(OutcomeKind.Mapped, leaf, Unspecified: loose);

    public static Outcome RunFails(Errno errno) => new(OutcomeKind.RunFails, Errno: errno);

    /// <summary>
    /// KVM_RUN fails with KVM_EXIT_MEMORY_FAULT, which has the address of the page: see <see cref="MemoryFaultExit"/>.
    /// </summary>
    public static Outcome MemoryFault(Errno errno) => new(OutcomeKind.RunFails, Errno: errno, ReportsFault: true);

    public static Outcome Unforeseen(string text) => new(OutcomeKind.Unforeseen, Text: text);

    /// <summary>Whether a prediction allows the observed outcome.</summary>
    public bool Allows(Outcome seen) =>
        (Kind, seen.Kind) switch
        {
            (OutcomeKind.Mapped, OutcomeKind.Mapped) => Leaf == Tolerated(seen.Leaf) && AllowsContent(seen),
            (OutcomeKind.Mapped, OutcomeKind.RunFails) => Has(Unspecified.ExclusiveFails) && seen.Errno == Errno.EFAULT,
            (OutcomeKind.Mapped, OutcomeKind.GuestDataAbort) => Has(Unspecified.ExclusiveAborts),
            (OutcomeKind.Mapped, OutcomeKind.Stalls) => Has(Unspecified.ExclusiveStalls),
            (OutcomeKind.Mapped, OutcomeKind.Unmapped) => Has(Unspecified.Absent),
            (OutcomeKind.RunFails, OutcomeKind.RunFails) => Errno == seen.Errno && ReportsFault == seen.ReportsFault,
            _ => Kind == seen.Kind,
        };

    /// <summary>Whether a prediction allows the content that was read, whatever maps it.</summary>
    public bool AllowsContent(Outcome seen) => Foreign == seen.Foreign || Has(Unspecified.Content);

    /// <summary>Whether both predictions allow a common outcome: then a run may fail to distinguish them.</summary>
    public bool Overlaps(Outcome other) =>
        (Kind, other.Kind) switch
        {
            (OutcomeKind.Mapped, OutcomeKind.Mapped) => Leaf.Type == other.Leaf.Type
                && (AllowsContent(other) || other.Has(Unspecified.Content))
                && (
                    Leaf.Execute == other.Leaf.Execute
                    || Has(Unspecified.Executable)
                    || other.Has(Unspecified.Executable)
                )
                && (Leaf.Write == other.Leaf.Write || Has(Unspecified.Writable) || other.Has(Unspecified.Writable))
                && (Leaf.Block == other.Leaf.Block || Has(Unspecified.Size) || other.Has(Unspecified.Size)),
            (_, OutcomeKind.Mapped) => other.Allows(this),
            _ => Allows(other),
        };

    public override string ToString() =>
        Kind switch
        {
            OutcomeKind.Mapped => $"mapped {Leaf}{Alternatives}{(Foreign ? Elsewhere : "")}",
            OutcomeKind.RunFails => $"KVM_RUN fails with {Errno}{(ReportsFault ? ", KVM_EXIT_MEMORY_FAULT" : "")}",
            OutcomeKind.MmioExit => "KVM_EXIT_MMIO",
            OutcomeKind.GuestInstructionAbort => "external instruction abort in the guest",
            OutcomeKind.GuestDataAbort => "data abort in the guest",
            OutcomeKind.Stalls => "the guest faults for ever",
            OutcomeKind.Unmapped => "not mapped",
            _ => Text ?? "unforeseen",
        };

    /// <summary>Describes what was read.</summary>
    public const string Elsewhere = ", and reads memory that is not behind its address";

    private string Alternatives
    {
        get
        {
            if (Unspecified == Unspecified.None)
                return "";
            var words = new List<string>();
            if (Has(Unspecified.Writable))
                words.Add("writable or not");
            if (Has(Unspecified.Executable))
                words.Add("executable or not");
            if (Has(Unspecified.Size))
                words.Add("page or block");
            if (Has(Unspecified.Absent))
                words.Add("or not at all");
            if (Has(Unspecified.ExclusiveFails))
                words.Add("or KVM_RUN fails with EFAULT, where the CPU has no exclusives there");
            if (Has(Unspecified.ExclusiveAborts))
                words.Add("or a data abort in the guest, where the CPU has no exclusives there");
            if (Has(Unspecified.ExclusiveStalls))
                words.Add("or the guest faults for ever, where the CPU has no exclusives there");
            if (Has(Unspecified.Content))
                words.Add("reads what is behind its address, or other memory");
            return $" ({string.Join("; ", words)})";
        }
    }

    private bool Has(Unspecified loose) => (Unspecified & loose) != 0;

    private Leaf Tolerated(Leaf seen) =>
        new(
            seen.Type,
            Has(Unspecified.Writable) ? Leaf.Write : seen.Write,
            Has(Unspecified.Executable) ? Leaf.Execute : seen.Execute,
            Has(Unspecified.Size) ? Leaf.Block : seen.Block
        );
}
