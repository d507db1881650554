using Harness.Model.Aborts;
using Harness.Model.Outcomes;

namespace Harness.Model.Nesting;

/// <summary>
/// What a shadow stage 2 has of a page. Other than in a VM's own stage 2, a leaf may lack the permission to read.
/// </summary>
/// <param name="Mapped">There is a leaf.</param>
public readonly record struct ShadowLeaf(
    bool Mapped,
    MemoryType Type = MemoryType.NormalWriteBack,
    bool Read = false,
    bool Write = false,
    bool Execute = false,
    bool Block = false
)
{
    public static ShadowLeaf Absent => default;

    /// <summary>Whether the CPU allows an access by it.</summary>
    public bool Permits(Access access) =>
        Mapped
        && access switch
        {
            Access.Read => Read,
            Access.Write => Write,
            _ => Execute,
        };

    /// <summary>"Normal-WB r-x block".</summary>
    public override string ToString() =>
        Mapped
            ? $"{new Leaf(Type, Write, Execute).TypeWord} {(Read ? 'r' : '-')}{(Write ? 'w' : '-')}{(Execute ? 'x' : '-')}{(Block ? " block" : "")}"
            : "not mapped";
}

/// <summary>An exception that the guest hypervisor took for its guest's access.</summary>
/// <param name="Class">ESR_EL2.EC: 0x20 for a fetch, 0x24 for other accesses.</param>
/// <param name="Status">ESR_EL2.ISS.xFSC.</param>
/// <param name="Offset">HPFAR_EL2 as an address, from that of the page, in bytes.</param>
public readonly record struct HypervisorFault(byte Class, byte Status, long Offset)
{
    // Arm ARM D24.2.40, ESR_EL2: an abort of a lower exception level.
    public const byte FetchClass = 0x20;
    public const byte DataClass = 0x24;

    // Arm ARM, ISS encoding: the level is in the lower two bits.
    public const byte Translation = 0x04;
    public const byte AccessFlag = 0x08;
    public const byte Permission = 0x0c;

    public override string ToString() =>
        $"{(Class == FetchClass ? "instruction abort" : Class == DataClass ? "data abort" : $"exception of class 0x{Class:x2}")} to the guest hypervisor, FSC 0x{Status:x2}{(Offset == 0 ? "" : $", {Offset} bytes from the page")}";
}

/// <summary>One act of a case about nested virtualization: how it ended.</summary>
/// <param name="Act">The act as named in keys.</param>
/// <param name="Errno">What KVM_RUN or the host's call returned.</param>
/// <param name="Exit">KVM_EXIT_MMIO, with the offset of its address from that of the page's memory.</param>
/// <param name="Hypervisor">The exception that the guest hypervisor took.</param>
/// <param name="Fault">The exception that the nested guest took.</param>
/// <param name="Value">What a load returned.</param>
/// <param name="Shadow">What the shadow has of the page afterwards; null if it is not read, or not predicted.</param>
/// <param name="Odd">Something that no policy predicts.</param>
public sealed record NestedPart(
    string Act,
    Errno Errno = Errno.None,
    MmioRequest? Exit = null,
    HypervisorFault? Hypervisor = null,
    GuestFault? Fault = null,
    ulong? Value = null,
    ShadowLeaf? Shadow = null,
    string? Odd = null
) : OutcomePart
{
    /// <summary>In a prediction: what is allowed, too.</summary>
    public NestedPart? Or { get; init; }

    public override string Of => Act;

    public override bool Allows(OutcomePart observed) =>
        observed is NestedPart seen
        && (
            (
                seen with { Shadow = Shadow } == this with { Or = null }
                && (Shadow is not { } mine || seen.Shadow is not { } left || mine == left)
            )
            || Or?.Allows(observed) == true
        );

    /// <summary>"KVM_EXIT_MMIO for a load of 4 bytes, then reads 0x0 [shadow: not mapped]".</summary>
    public string Text
    {
        get
        {
            string? exit = Exit is { } mmio
                ? $"KVM_EXIT_MMIO for {(mmio.Write ? $"a store of 0x{mmio.Data:x} in" : "a load of")} {mmio.Length} bytes{((long)mmio.Address is 0 ? "" : $", {(long)mmio.Address} bytes from the page")}"
                : null;
            string end = Odd
                ?? (
                    Errno != Errno.None ? Errno.ToString()
                    : Hypervisor is { } hypervisor ? hypervisor.ToString()
                    : Fault is { } fault
                        ? fault.ToString().Replace("in the guest", "in the nested guest", StringComparison.Ordinal)
                    : Value is { } value ? $"reads 0x{value:x}"
                    : "done"
                );
            string shadow = Shadow is { } leaf ? $" [shadow: {leaf}]" : "";
            return (exit is null ? end : $"{exit}, then {end}") + shadow + (Or is { } or ? $", or {or.Text}" : "");
        }
    }
}

/// <summary>What a policy allows for one act.</summary>
/// <param name="Part">What it does.</param>
/// <param name="Path">The rules that decide it, in order; the last decides how it ends.</param>
public sealed record NestedPrediction(NestedPart Part, IReadOnlyList<Rule> Path)
{
    public Rule By => Path[^1];
}
