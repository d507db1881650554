using Harness.Model.Outcomes;

namespace Harness.Model;

/// <summary>What the architecture lets a guest see of an operation.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="View">What both stages come to.</param>
/// <param name="Ends">Every end that is right.</param>
/// <param name="Source">Where the architecture says so.</param>
public sealed record GuestExpectation(GuestOperation Operation, GuestView View, GuestResult Ends, string Source)
{
    /// <summary>The byte of MAIR_EL1 for each type, and so what PAR_EL1.ATTR tells of it.</summary>
    private static readonly byte[] Attributes = [0x00, 0x04, 0x08, 0x0c, 0x44, 0xbb, 0xff];

    private const string Alignment =
        "Arm ARM, \"Alignment of data accesses\" and \"DC ZVA\"; pseudocode AArch64.S1HasAlignmentFault(), AArch64.S2HasAlignmentFault()";

    private const string Exclusives =
        "Arm ARM, \"Possible implementation restrictions on using atomic instructions\" and \"Load-Exclusive and Store-Exclusive instruction usage restrictions\"";

    /// <summary>What a guest may see that does the operation on a page it has touched before.</summary>
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
            // A fetch from Device memory that may be executed: refused, or as from Normal non-cacheable memory.
            GuestOperation.Execute => new(
                operation,
                view,
                view.StageOne <= EffectiveType.DeviceGRE
                    ? GuestResult.Works | GuestResult.FetchRefused
                    : GuestResult.Works,
                "Arm ARM, \"Device memory\": instruction fetches"
            ),
            // The page's own stage-1 type is none of the walk's, which has TCR_EL1's; Device by stage 2 never gets
            // here.
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

    /// <summary>PAR_EL1.ATTR of a translation through the guest's own tables, as MAIR_EL1 has it.</summary>
    public byte Attribute => Attributes[(int)View.StageOne];

    public override string ToString() => OutcomeText.Of(GuestPart.Of(this));

    /// <summary>PAR_EL1 may report what the CPU makes of the attribute: of the same kind, and no stronger.</summary>
    internal static bool AllowsAttribute(byte expected, byte seen) =>
        Array.IndexOf(Attributes, seen) is >= 0 and var type
        && Array.IndexOf(Attributes, expected) is var strongest
        && type <= strongest
        && IsDevice(type) == IsDevice(strongest);

    private static bool IsDevice(int type) => type <= (int)EffectiveType.DeviceGRE;

    /// <summary>
    /// Where stage 1 says Device, the fault is the guest's. Where FWB makes Normal memory of that, the text speaks of
    /// the type that results, but the pseudocode asks stage 1's before there is another: both are right. Where stage 2
    /// alone says Device, the pseudocode has a fault of stage 2, which goes to EL2; CPUs in the field give it to the
    /// guest.
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
    /// Elsewhere than on write-back memory an atomic may work, fault or do nothing. FSC 0x35 is taken to EL1 where
    /// stage 1's type is the reason, else to EL2; kernels differ in what they make of it there.
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
