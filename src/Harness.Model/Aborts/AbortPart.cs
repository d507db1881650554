using Harness.Model.Outcomes;

namespace Harness.Model.Aborts;

/// <summary>An exception that the guest took.</summary>
/// <param name="Class">ESR_EL1.EC: 0x21 for a fetch, 0x25 for other accesses.</param>
/// <param name="Status">ESR_EL1.ISS.xFSC.</param>
/// <param name="Offset">FAR_EL1, from the address of the act, in bytes.</param>
public readonly record struct GuestFault(byte Class, byte Status, long Offset)
{
    // Arm ARM D24.2.40, ESR_EL1: an abort without a change of the exception level.
    public const byte FetchClass = 0x21;
    public const byte DataClass = 0x25;

    /// <summary>Synchronous external abort, not on a walk.</summary>
    public const byte External = 0x10;

    /// <summary>Synchronous external abort on a walk, level 0.</summary>
    public const byte ExternalOnWalk = 0x14;

    /// <summary>Address size fault, level 0.</summary>
    public const byte AddressSize = 0x00;

    public override string ToString() =>
        $"{(Class == FetchClass ? "instruction abort" : Class == DataClass ? "data abort" : $"exception of class 0x{Class:x2}")} in the guest, FSC 0x{Status:x2}{(Offset == 0 ? "" : $", {Offset} bytes from the address")}";
}

/// <summary>One act of a case about aborts: the first exit, and how the act ended.</summary>
/// <param name="Act">The act as named in keys.</param>
/// <param name="Errno">What KVM_RUN or KVM_ENABLE_CAP returned.</param>
/// <param name="Exit">KVM_EXIT_MMIO, with the offset of its address from that of the act.</param>
/// <param name="NoSyndrome">KVM_EXIT_ARM_NISV: the offset of its address from that of the act.</param>
/// <param name="Fault">The exception that the guest took; null if the instruction completed, or was skipped.</param>
/// <param name="Value">What a load left in its register.</param>
/// <param name="Left">What maps the page afterwards; null if that was not read, or is not predicted.</param>
/// <param name="Odd">Something that no policy predicts.</param>
public sealed record AbortPart(
    string Act,
    Errno Errno = Errno.None,
    MmioRequest? Exit = null,
    long? NoSyndrome = null,
    GuestFault? Fault = null,
    ulong? Value = null,
    Outcome? Left = null,
    string? Odd = null
) : OutcomePart
{
    public override string Of => Act;

    public override bool Allows(OutcomePart observed) =>
        observed is AbortPart seen
        && seen with { Left = Left } == this
        && (Left is not { } mine || seen.Left is not { } left || mine.Allows(left));

    /// <summary>"KVM_EXIT_MMIO, then reads 0xff [Normal-WB rw-]".</summary>
    public string Text
    {
        get
        {
            string? exit =
                Exit is { } mmio
                    ? $"KVM_EXIT_MMIO for {(mmio.Write ? $"a store of 0x{mmio.Data:x} in" : "a load of")} {mmio.Length} byte{(mmio.Length == 1 ? "" : "s")}{At((long)mmio.Address)}"
                : NoSyndrome is { } offset ? $"KVM_EXIT_ARM_NISV{At(offset)}"
                : null;
            string end = Odd
                ?? (
                    Errno != Errno.None ? Errno.ToString()
                    : Fault is { } fault ? fault.ToString()
                    : Value is { } value ? $"reads 0x{value:x}"
                    : "done"
                );
            string left = Left switch
            {
                null => "",
                { Kind: OutcomeKind.Mapped } mapped => $" [{mapped.ToString()["mapped ".Length..]}]",
                { } other => $" [{other}]",
            };
            return (exit is null ? end : $"{exit}, then {end}") + left;
        }
    }

    private static string At(long offset) => offset == 0 ? "" : $", {offset} bytes from the address";
}

/// <summary>What a policy allows for one act.</summary>
/// <param name="Part">What it does.</param>
/// <param name="Path">The rules that decide it, in order; the last decides how it ends.</param>
public sealed record AbortPrediction(AbortPart Part, IReadOnlyList<Rule> Path)
{
    public Rule By => Path[^1];
}
