using Harness.Model.Outcomes;

namespace Harness.Model;

/// <summary>The results of an operation that the architecture allows a guest to see.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="View">The combination of both stages.</param>
/// <param name="Ends">All allowed results.</param>
/// <param name="Source">The section of the architecture.</param>
public sealed record GuestExpectation(GuestOperation Operation, GuestView View, GuestResult Ends, string Source)
{
    /// <summary>The byte of MAIR_EL1 for each type, which is also the value of PAR_EL1.ATTR.</summary>
    private static readonly byte[] Attributes = [0x00, 0x04, 0x08, 0x0c, 0x44, 0xbb, 0xff];

    private const string Alignment =
        "Arm ARM, \"Alignment of data accesses\" and \"DC ZVA\"; pseudocode AArch64.S1HasAlignmentFault(), AArch64.S2HasAlignmentFault()";

    private const string Exclusives =
        "Arm ARM, \"Possible implementation restrictions on using atomic instructions\" and \"Load-Exclusive and Store-Exclusive instruction usage restrictions\"";

    /// <summary>The allowed results of the operation on a page that the guest has already accessed.</summary>
    public static GuestExpectation Of(GuestView view, GuestOperation operation) =>
        operation switch
        {
            GuestOperation.UnalignedLoad or GuestOperation.UnalignedStore or GuestOperation.ZeroBlock => new(
                operation,
                view,
                Aligned(view),
                Alignment
            ),
            GuestOperation.ExclusivePair or GuestOperation.AtomicAdd or GuestOperation.CompareAndSwap => new(
                operation,
                view,
                Exclusive(view, operation),
                Exclusives
            ),
            // An instruction fetch from executable Device memory: it faults, or reads as from Normal non-cacheable
            // memory.
            GuestOperation.Execute => new(
                operation,
                view,
                view.StageOne <= EffectiveType.DeviceGRE
                    ? GuestResult.Works | GuestResult.FetchRefused
                    : GuestResult.Works,
                "Arm ARM, \"Device memory\": instruction fetches"
            ),
            // The page's own stage-1 type does not apply to the walk, which uses TCR_EL1's; Device by stage 2 is
            // handled earlier.
            GuestOperation.Walk => new(
                operation,
                view,
                GuestResult.Works,
                "Arm ARM, TCR_EL1.IRGN0 and ORGN0, HCR_EL2.PTW"
            ),
            _ => new(operation, view, GuestResult.Works, "Arm ARM, AT S1E1R and PAR_EL1.ATTR: stage 1 alone"),
        };

    public bool Allows(GuestObservation seen) =>
        (Ends & seen.End) != 0 && (seen.Attribute is not { } attribute || AllowsAttribute(Attribute, attribute));

    /// <summary>PAR_EL1.ATTR of a translation through the guest's own tables, by MAIR_EL1.</summary>
    public byte Attribute => Attributes[(int)View.StageOne];

    public override string ToString() => OutcomeText.Of(GuestPart.Of(this));

    /// <summary>PAR_EL1 may report the attribute as the CPU implements it: of the same kind, and no stronger.</summary>
    internal static bool AllowsAttribute(byte expected, byte seen) =>
        Array.IndexOf(Attributes, seen) is >= 0 and var type
        && Array.IndexOf(Attributes, expected) is var strongest
        && type <= strongest
        && IsDevice(type) == IsDevice(strongest);

    private static bool IsDevice(int type) => type <= (int)EffectiveType.DeviceGRE;

    /// <summary>
    /// If stage 1 is Device, the guest takes the fault. If FWB makes that Normal memory, the text of the Arm ARM uses
    /// the resulting type, but the pseudocode checks the stage-1 type first: both are allowed. If only stage 2 is
    /// Device, the pseudocode takes a stage-2 fault to EL2; CPUs in the field take it to EL1.
    /// </summary>
    private static GuestResult Aligned(GuestView view) =>
        (IsDevice((int)view.StageOne), view.Device) switch
        {
            (true, true) => GuestResult.AlignmentFault,
            (true, false) => GuestResult.Works | GuestResult.AlignmentFault,
            (false, true) => GuestResult.AlignmentFault | GuestResult.RunFails,
            _ => GuestResult.Works,
        };

    /// <summary>
    /// On memory that is not write-back, an atomic may work, fault or do nothing. FSC 0x35 is taken to EL1 if the
    /// stage-1 type is the reason, else to EL2, where kernels handle it differently.
    /// </summary>
    private static GuestResult Exclusive(GuestView view, GuestOperation operation) =>
        view.ExclusivesSure
            ? GuestResult.Works
            : GuestResult.Works
                | GuestResult.ExclusiveFault
                | GuestResult.ExternalAbort
                | GuestResult.RunFails
                | (operation == GuestOperation.ExclusivePair ? GuestResult.NoEffect : GuestResult.None);
}
