namespace Harness.Model.Policies;

/// <summary>Helpers for the effects of rules, and the files that policies refer to.</summary>
internal static class Effects
{
    public const string VfioCore = "drivers/vfio/pci/vfio_pci_core.c";
    public const string Hotplug = "mm/memory_hotplug.c";
    public const string Mmu = "arch/arm64/kvm/mmu.c";
    public const string Mmio = "arch/arm64/kvm/mmio.c";
    public const string Arm = "arch/arm64/kvm/arm.c";
    public const string Pgtable = "arch/arm64/kvm/hyp/pgtable.c";
    public const string Pkvm = "arch/arm64/kvm/pkvm.c";
    public const string MemProtect = "arch/arm64/kvm/hyp/nvhe/mem_protect.c";
    public const string KvmMain = "virt/kvm/kvm_main.c";
    public const string GuestMemfd = "virt/kvm/guest_memfd.c";

    public static Effect Refuse(Errno errno) => new Effect.Refuse(errno);

    public static Effect Fail(Errno errno) => new Effect.End(Outcome.RunFails(errno));

    public static Effect End(Outcome outcome) => new Effect.End(outcome);

    public static Effect Do(Change change) => new Effect.Continue(change);

    public static Effect Type(MemoryType type) => Do((ref s) => s.Draft = s.Draft with { Type = type });
}
