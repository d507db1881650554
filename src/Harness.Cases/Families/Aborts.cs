using Harness.Model.Aborts;

namespace Harness.Cases.Families;

/// <summary>What KVM makes of an access that no memory serves, and of userspace's answer to its exit.</summary>
internal static class Aborts
{
    /// <summary>Each in the quick set: the emulator decides nothing of them.</summary>
    private static readonly string[] Quick =
    [
        // A load's value, by width, sign and the register's width: mmio_sign_ext asserts the second half.
        "ldrb.none.high,ldrh.none.high,ldr.none.high,ldr-x.none.high,ldr.none,ldrb.none.low,ldr-x.none.low",
        "ldrsb.none.high,ldrsb.none.low,ldrsb-x.none.high,ldrsb-x.none.low,ldrsh.none.high,ldrsh.none.low,ldrsh-x.none.high,ldrsh-x.none.low,ldrsw.none.high,ldrsw.none.low",
        // What a VMM can ask for instead of a failure.
        "ldp.none,stp.none,stp.ro,nisv-to-user,ldp.none.abort,stp.none.skip,ldp.none.skip,stp.ro.abort,stp.ro.skip,ldr.none.low",
        "ldr.none.abort,str.none.abort,str.ro.abort,ldr.none.high,str.none,str.ro,ldrsb.none.abort",
        // Beyond the VM's IPA size, and beyond the host's limit.
        "ldr.beyond-vm,str.beyond-vm,exec.beyond-vm,ldp.beyond-vm,ldr.none.low",
        "ldr.beyond-limit,str.beyond-limit,ldp.beyond-limit,ldr.none.low",
        // Across the end of a page, and of a slot.
        "ldr-across.plain,str-across.plain,ldr-across.none.high,str-across.none,ldr-across.ro,str-across.ro,ldr-across.log,str-across.log",
        // Stage-1 tables, and their access flags.
        "ldr-by-table.none,ldr-by-table.plain,ldr-by-table.ro,ldr-by-table.log",
    ];

    private static readonly string[] Others =
    [
        "prfm.none,prfm-store.none,prfm.plain,prfm-store.plain,prfm.ro,prfm-store.ro,prfm.log,prfm-store.log,prfm.beyond-vm",
        "prfm.device,prfm-store.device,ldr.device,str.device,exec.device,exec.none,exec.ro,exec.plain",
        "ldr-by-flag.plain,ldr-by-flag.ro,ldr-by-flag.log,ldr-by-flag.none",
        // An emulator does nothing at cache maintenance.
        "dc-civac.none,dc-cvac.none,dc-ivac.none",
        "dc-civac.plain,dc-cvac.plain,dc-ivac.plain,dc-civac.log,dc-cvac.log,dc-ivac.log",
        "dc-civac.ro,dc-cvac.ro,dc-ivac.ro",
        "dc-civac.ro-mapped,dc-cvac.ro-mapped,dc-ivac.ro-mapped",
        "dc-civac.device,dc-cvac.device,dc-ivac.device",
        "nisv-to-user,dc-civac.ro.skip,dc-ivac.ro-mapped.abort,dc-civac.none",
    ];

    /// <summary>The keys of those in the quick set.</summary>
    public static IEnumerable<string> QuickKeys => Quick.Select(n => new AbortCase(n).Key);

    public static CaseFamily Family { get; } =
        new(
            "abort",
            "accesses that no memory serves: what exits, what userspace returns, and what the guest sees of it",
            () => Quick.Concat(Others).Select(n => new AbortCase(n))
        );
}
