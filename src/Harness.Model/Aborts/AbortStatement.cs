using Harness.Model.Programs;

namespace Harness.Model.Aborts;

/// <summary>What decides acts about aborts, and no other case.</summary>
public static class AbortStatement
{
    private const string Mmu = "arch/arm64/kvm/mmu.c";
    private const string Mmio = "arch/arm64/kvm/mmio.c";
    private const string Inject = "arch/arm64/kvm/inject_fault.c";
    private const string Guest = "arch/arm64/kvm/guest.c";
    private const string Arm = "Arm ARM";

    public static Rule BeyondLimit { get; } =
        ProgramRules.Stated(
            "abort-beyond-limit",
            new Source(
                "kvm_handle_guest_abort",
                Mmu,
                "6.1",
                "fault_ipa >= BIT_ULL(get_kvm_ipa_limit()): kvm_inject_size_fault(), which sets FSC to 0; beyond the CPU's own range stage 1 reports the same"
            ),
            "an address beyond the host's limit is an address size fault of level 0, as beyond the CPU's range"
        );

    public static Rule BeyondVm { get; } =
        ProgramRules.Stated(
            "abort-beyond-vm",
            new Source(
                "kvm_handle_guest_abort",
                Mmu,
                "6.1",
                "fault_ipa >= BIT_ULL(ia_bits): kvm_inject_pabt(), kvm_inject_dabt()"
            ),
            "an address beyond the VM's IPA size is an external abort, whatever the access"
        );

    public static Rule NoVmSize { get; } =
        ProgramRules.Stated(
            "abort-no-vm-size",
            new Source(
                "kvm_init_stage2_mmu",
                Mmu,
                "6.2",
                "is_protected_kvm_enabled(): phys_shift = kvm_ipa_limit; later in kvm_init_ipa_range()"
            ),
            "in protected mode every VM has the host's largest IPA size, whatever its type says"
        );

    public static Rule WalkNoSlot { get; } =
        ProgramRules.Stated(
            "abort-walk-no-slot",
            new Source(
                "kvm_handle_guest_abort",
                Mmu,
                "6.1",
                "kvm_is_error_hva(hva), kvm_vcpu_abt_iss1tw(): kvm_inject_dabt(); inject_abt64(): ESR_ELx_FSC_EXTABT"
            ),
            "a stage-1 table outside all slots, or of which a READONLY slot would have to be written, is an external abort that doesn't tell that it was of a walk"
        );

    public static Rule WalkNoSlotLevel { get; } =
        ProgramRules.Stated(
            "abort-walk-level",
            new Source(
                "inject_abt64",
                Inject,
                "6.17",
                "kvm_vcpu_abt_iss1tw(): __kvm_find_s1_desc_level(), ESR_ELx_FSC_SEA_TTW(level)"
            ),
            "a stage-1 table outside all slots, or of which a READONLY slot would have to be written, is an external abort on a walk, with the level of the walk"
        );

    public static Rule Maintenance { get; } =
        ProgramRules.Stated(
            "abort-maintenance-no-slot",
            new Source(
                "kvm_handle_guest_abort",
                Mmu,
                "6.1",
                "kvm_is_error_hva(hva) && kvm_vcpu_dabt_is_cm(vcpu): kvm_incr_pc()"
            ),
            "cache maintenance by an address outside all slots is skipped"
        );

    public static Rule MaintenanceReads { get; } =
        ProgramRules.Stated(
            "abort-maintenance-reads",
            Source.Specification(Arm, "DC CIVAC, DC CVAC", "they need permission to read"),
            "DC CVAC and DC CIVAC of a page that is mapped read-only take no fault"
        );

    public static Rule MaintenanceStores { get; } =
        ProgramRules.Stated(
            "abort-maintenance-stores",
            Source.Specification(
                Arm,
                "ISS encoding for a data abort",
                "WnR is 1 for a fault on cache maintenance: kvm_is_write_fault()"
            ),
            "a fault on cache maintenance is served as one on a store"
        );

    public static Rule Prefetch { get; } =
        ProgramRules.Stated(
            "abort-prefetch",
            Source.Specification(Arm, "PRFM (immediate)", "it does not cause a synchronous exception"),
            "a prefetch of what is not mapped does nothing, so KVM maps nothing"
        );

    public static Rule Completes { get; } =
        ProgramRules.Stated(
            "mmio-completes",
            new Source(
                "kvm_handle_mmio_return",
                Mmio,
                "6.1",
                "kvm_mmio_read_buf(run->mmio.data, len), !kvm_vcpu_dabt_issf(): data & 0xffffffff; vcpu_set_reg(), kvm_incr_pc()"
            ),
            "as many bytes as the load has are taken from kvm_run, and fill its register with zeroes above them"
        );

    public static Rule SignLost { get; } =
        ProgramRules.Stated(
            "mmio-sign-lost",
            new Source(
                "kvm_handle_mmio_return",
                Mmio,
                "6.1",
                "kvm_vcpu_dabt_issext(): the sign is extended, and then vcpu_data_host_to_guest() masks data to the load's bytes"
            ),
            "a load that extends the sign leaves zeroes above its bytes when userspace completes it"
        );

    public static Rule SignKept { get; } =
        ProgramRules.Stated(
            "mmio-sign-kept",
            new Source(
                "kvm_handle_mmio_return",
                Mmio,
                "7.2",
                "vcpu_data_host_to_guest() first, then kvm_vcpu_dabt_issext(), kvm_vcpu_dabt_issf()"
            ),
            "a load that extends the sign does so when userspace completes it, to the width of its register"
        );

    public static Rule StoreCompletes { get; } =
        ProgramRules.Stated(
            "mmio-store-completes",
            new Source("kvm_handle_mmio_return", Mmio, "6.1", "kvm_vcpu_dabt_iswrite(): kvm_incr_pc()"),
            "a store that userspace has seen is not executed again"
        );

    public static Rule Injected { get; } =
        ProgramRules.Stated(
            "abort-injected",
            new Source(
                "__kvm_arm_vcpu_set_events",
                Guest,
                "6.1",
                "ext_dabt_pending: kvm_inject_dabt(vcpu, kvm_vcpu_get_hfar(vcpu)); kvm_handle_mmio_return(): an exception is pending"
            ),
            "an access that userspace aborts is an external abort at its address, and doesn't complete"
        );

    public static Rule Nisv { get; } =
        ProgramRules.Stated(
            "nisv-to-user",
            new Source(
                "io_mem_abort",
                Mmio,
                "6.1",
                "!kvm_vcpu_dabt_isvalid(), KVM_ARCH_FLAG_RETURN_NISV_IO_ABORT_TO_USER: KVM_EXIT_ARM_NISV"
            ),
            "an access without a valid syndrome exits to userspace where that has asked for it"
        );

    public static Rule NisvEnabled { get; } =
        ProgramRules.Stated(
            "nisv-enabled",
            new Source("kvm_vm_ioctl_enable_cap", "arch/arm64/kvm/arm.c", "6.1", "KVM_CAP_ARM_NISV_TO_USER: r = 0"),
            "every VM may ask for accesses without a valid syndrome, at any time"
        );
}
