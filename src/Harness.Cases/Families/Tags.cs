using Harness.Model.Tags;

namespace Harness.Cases.Families;

/// <summary>Memory tags of a guest, and KVM_ARM_MTE_COPY_TAGS.</summary>
internal static class Tags
{
    /// <summary>Each in the quick set.</summary>
    private static readonly string[] Quick =
    [
        // Every argument, with tags and without.
        "slot.plain,from.plain,to.plain,enable,from.plain.reserved,from.plain.flags,from.plain.address-unaligned,from.plain.length-unaligned,to.plain.reserved,to.plain.flags,to.plain.address-unaligned,to.plain.length-unaligned,from.plain.nothing,to.plain.nothing",
        // Enabled before and after slots and vCPUs.
        "slot.plain,enable,enable,from.plain,vcpu,enable,from.plain,slot.ro,from.ro,to.ro,from.ro",
        "slot.plain,vcpu,enable,from.plain,to.plain",
        // How far a copy comes.
        "enable,slot.plain,to.plain.all,from.plain.all,to.plain.past-end,from.plain.past-end,from.plain.long,from.plain.all-short,from.plain.short,from.plain.no-buffer,to.plain.no-buffer,from.plain",
        "enable,slot.plain,to.plain.all,to.plain.short,from.plain.all,to.plain.all-short,from.plain.all,to.plain.last,from.plain.last,to.plain.long,from.plain",
        "enable,from.plain,to.plain,slot.plain,from.plain,from.plain.last",
        // What the guest finds, and what is found of it.
        "enable,slot.plain,vcpu,from.plain,ldg.plain,stg.plain,from.plain,to.plain,ldg.plain,to.plain.last,ldg.plain.last,stg.plain.last,from.plain.all",
        "enable,slot.plain,vcpu,to.plain.short,ldg.plain,from.plain,stg.plain,to.plain.short,from.plain,ldg.plain,dontneed.plain,from.plain,ldg.plain",
        "slot.plain,vcpu,stg.plain,ldg.plain,from.plain",
        // While slots are logged.
        "enable,slot.plain,vcpu,log-on.plain,to.plain,dirty-log.plain,stg.plain.last,ldg.plain,dirty-log.plain,from.plain.all,log-off.plain,to.plain,ldg.plain,dirty-log.plain",
        "enable,slot.plain,slot.ro,log-on.ro,to.plain,from.plain,to.plain.nothing,to.plain.flags,log-off.ro,to.plain,from.plain",
        // Memory that is shared.
        "enable,slot.shared,to.shared,from.shared,dontneed.shared,from.shared",
    ];

    private static readonly string[] Others =
    [
        "slot.shared,enable,to.shared,from.shared,dontneed.shared,from.shared.all",
        "enable,slot.ro,vcpu,ldg.ro,stg.ro,from.ro,to.ro",
        "enable,vcpu,slot.plain,stg.plain,stg.plain.last,from.plain.all,dontneed.plain,from.plain.all,to.plain,ldg.plain",
        "enable,vcpu,ldg.plain,stg.plain,slot.plain,ldg.plain",
        // Memory of drivers, which is registered before the VM has tags.
        "slot.driver,enable,from.driver,to.driver,from.driver.past-end,from.driver.nothing",
        "slot.driver-known,enable,from.driver-known.all,to.driver-known,from.driver-known.all,to.driver-known.short",
        "slot.driver,slot.driver-known,enable,vcpu,ldg.driver,stg.driver-known",
        "enable,slot.driver,slot.driver-known,from.driver,from.driver-known",
    ];

    /// <summary>The keys of those in the quick set.</summary>
    public static IEnumerable<string> QuickKeys => Quick.Select(n => new TagCase(n).Key);

    public static CaseFamily Family { get; } =
        new("tags", "memory tags of a guest: when a VM may have them, and what KVM_ARM_MTE_COPY_TAGS copies", () =>
            Quick.Concat(Others).Select(n => new TagCase(n))
        );
}
