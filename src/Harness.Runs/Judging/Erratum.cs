using Harness.Model;

namespace Harness.Runs.Judging;

/// <summary>A deviation of a platform from the architecture, as guests observe it.</summary>
/// <param name="Name">Its name in reports and stores.</param>
/// <param name="On">The platforms that have it.</param>
/// <param name="At">The affected operations.</param>
/// <param name="Shows">What a guest observes instead.</param>
/// <param name="Architecture">What the architecture requires, with its source.</param>
/// <param name="Does">What the platform does.</param>
/// <param name="Proof">How that is known.</param>
public sealed record Erratum(
    string Name,
    Func<Platform, bool> On,
    Func<GuestExpectation, bool> At,
    GuestResult Shows,
    string Architecture,
    string Does,
    string Proof
)
{
    public static IReadOnlyList<Erratum> All { get; } =
    [
        new(
            "tcg-dc-zva-device",
            p => p.Tcg,
            e => e is { Operation: GuestOperation.ZeroBlock, View.Device: true },
            GuestResult.Works,
            "DC ZVA of Device memory is an alignment fault (Arm ARM, \"DC ZVA\"; pseudocode AArch64.S1HasAlignmentFault(), AArch64.S2HasAlignmentFault())",
            "QEMU's TCG zeroes the block",
            "QEMU 10.0.2, kernels 6.12 and 7.2, max and cortex-a76: the family \"guest\", op=dc-zva; HELPER(dc_zva) in target/arm/tcg/helper-a64.c doesn't check alignment"
        ),
        new(
            "tcg-stage-1-device-alignment",
            p => p.Tcg,
            e =>
                e
                    is {
                        Operation: GuestOperation.UnalignedLoad or GuestOperation.UnalignedStore,
                        View: { StageOne: <= EffectiveType.DeviceGRE, Leaf.Type: not MemoryType.DeviceNGnRE }
                    },
            GuestResult.Works,
            "an unaligned access to Device memory is an alignment fault, also where stage 1 alone makes it Device (Arm ARM, \"Alignment of data accesses\"; pseudocode AArch64.S1HasAlignmentFault())",
            "QEMU's TCG checks only the stage-2 type once the page is in its TLB",
            "QEMU 10.0.2, kernel 7.2: the family \"guest\", op=unaligned-load and op=unaligned-store, on max over Normal-NC and on cortex-a76 over Normal-WB, too; get_phys_addr_twostage() in target/arm/ptw.c clears TLB_CHECK_ALIGNED between the stages"
        ),
        new(
            "tcg-one-cpu-alignment",
            p => p.Tcg && p.Cpus == 1,
            e => e is { Operation: GuestOperation.UnalignedLoad or GuestOperation.UnalignedStore, View.Device: true },
            GuestResult.Works,
            "an unaligned access to Device memory is an alignment fault (Arm ARM, \"Alignment of data accesses\")",
            "QEMU's TCG with one CPU checks no alignment by memory type",
            "QEMU 10.0.2 with -smp 1"
        ),
    ];

    /// <summary>Whether the guest should observe it there, instead of the architecture's result.</summary>
    public bool IsDue(Platform platform, GuestExpectation expectation) =>
        On(platform) && At(expectation) && (expectation.Ends & Shows) == 0;

    /// <summary>The reason of a verdict, which is the same for all its cases.</summary>
    public override string ToString() => $"{Name}: {Architecture}; {Does}";
}
