using Harness.Model.Programs;

namespace Harness.Model.Nesting;

/// <summary>What decides acts of a guest hypervisor and its guest, and no other case.</summary>
public static class NestedStatement
{
    private const string Mmu = "arch/arm64/kvm/mmu.c";
    private const string Nested = "arch/arm64/kvm/nested.c";
    private const string SysRegs = "arch/arm64/kvm/sys_regs.c";
    private const string Arm = "Arm ARM";
    private const string Since = "7.2";

    public static Rule Slot { get; } =
        Of(
            "nested-slot",
            new Source("kvm_handle_guest_abort", Mmu, Since, "the slots are those of the guest hypervisor's addresses"),
            "a slot is registered as in any other VM"
        );

    public static Rule Serves { get; } =
        Of(
            "nested-shadow-serves",
            Source.Specification(Arm, "stage 2 translation", "an access that the shadow permits takes no fault"),
            "what the shadow permits, needs neither KVM nor the guest hypervisor"
        );

    public static Rule Stale { get; } =
        Of(
            "nested-stale",
            Source.Specification(
                Arm,
                "TLB maintenance",
                "a shadow is a TLB: until the guest hypervisor invalidates, old and new descriptor may both be used"
            ),
            "after a change of its descriptor, and before it invalidates, a guest hypervisor must expect both"
        );

    public static Rule Walk { get; } =
        Of(
            "nested-walk",
            new Source(
                "walk_nested_s2_pgd",
                Nested,
                Since,
                "!(desc & 1): compute_fsc(level, ESR_ELx_FSC_FAULT); kvm_inject_s2_fault()"
            ),
            "where the guest hypervisor's stage 2 has no leaf, it gets a translation fault with the level of its descriptor"
        );

    public static Rule Flag { get; } =
        Of(
            "nested-access-flag",
            new Source("walk_nested_s2_pgd", Nested, Since, "!(desc & AF): compute_fsc(level, ESR_ELx_FSC_ACCESS)"),
            "a leaf of the guest hypervisor without the access flag is an access flag fault there"
        );

    public static Rule Permission { get; } =
        Of(
            "nested-permission",
            new Source(
                "kvm_s2_handle_perm_fault",
                Nested,
                Since,
                "forward_fault: esr_s2_fault(vcpu, trans->level, ESR_ELx_FSC_PERM)"
            ),
            "a permission fault in the shadow is the guest hypervisor's, if its descriptor doesn't permit the access"
        );

    public static Rule NotForwarded { get; } =
        Of(
            "nested-unmapped-not-forwarded",
            new Source(
                "kvm_s2_handle_perm_fault",
                Nested,
                Since,
                "!kvm_vcpu_trap_is_permission_fault(vcpu): return 0, so that kvm_is_error_hva(hva) || (write_fault && !writable) comes first"
            ),
            "where the shadow has no leaf, an access without a slot, and a store to a READONLY slot, exits to userspace, and a fetch that can't be served is an abort in the nested guest, although the guest hypervisor doesn't permit it"
        );

    public static Rule Maps { get; } =
        Of(
            "nested-maps",
            new Source(
                "user_mem_abort",
                Mmu,
                Since,
                "nested: adjust_nested_fault_perms(); 7.1 and later: kvm_s2_fault_compute_prot()"
            ),
            "a leaf of the shadow reads and writes what both permit: the guest hypervisor's descriptor, and the host as for any VM"
        );

    public static Rule Executes { get; } =
        Of(
            "nested-executes",
            new Source(
                "user_mem_abort",
                Mmu,
                Since,
                "exec_fault, or cpus_have_final_cap(ARM64_HAS_CACHE_DIC) and kvm_s2_trans_executable(); 6.19 and later: adjust_nested_exec_perms()"
            ),
            "a leaf of the shadow executes if the guest hypervisor's descriptor does, and the host's leaf would"
        );

    public static Rule Size { get; } =
        Of(
            "nested-size",
            new Source(
                "user_mem_abort",
                Mmu,
                Since,
                "max_map_size = min(kvm_s2_trans_size(nested), max_map_size); 7.1 and later: kvm_s2_resolve_vma_size()"
            ),
            "a shadow has a block where both have one"
        );

    public static Rule Type { get; } =
        Of(
            "nested-type",
            new Source("user_mem_abort", Mmu, Since, "struct kvm_s2_trans has no MemAttr"),
            "the memory type of a shadow is the host's; that of the guest hypervisor's descriptor is not used"
        );

    public static Rule Relaxes { get; } =
        Of(
            "nested-relaxes",
            new Source(
                "user_mem_abort",
                Mmu,
                Since,
                "kvm_pgtable_stage2_relax_perms(); 7.1 and later: kvm_s2_fault_map()"
            ),
            "a permission fault that the guest hypervisor's descriptor permits, adds permissions to the shadow's leaf"
        );

    public static Rule Wraps { get; } =
        Of(
            "nested-input-wraps",
            new Source(
                "walk_nested_s2_pgd",
                Nested,
                Since,
                "index = ipa & GENMASK_ULL(addr_top, addr_bottom): bits of the address from 64 - VTCR_EL2.T0SZ on are ignored"
            ),
            "an address beyond the guest hypervisor's stage 2 is translated without its upper bits, instead of a fault, and the shadow has it under its whole address"
        );

    public static Rule Invalidates { get; } =
        Of(
            "nested-tlbi",
            new Source(
                "handle_ipas2e1is",
                SysRegs,
                Since,
                "s2_mmu_unmap_ipa(): compute_tlb_inval_range(), kvm_stage2_unmap_range()"
            ),
            "TLBI IPAS2E1 unmaps the address in the shadow, and as much around it as the guest hypervisor's leaf had"
        );

    public static Rule InvalidatesAll { get; } =
        Of(
            "nested-tlbi-all",
            new Source("handle_vmalls12e1is", SysRegs, Since, "s2_mmu_unmap_range(): 0 to BIT(kvm_get_pa_bits())"),
            "TLBI VMALLS12E1 unmaps everything in the shadows of the VMID"
        );

    public static Rule Unmaps { get; } =
        Of(
            "nested-host-unmaps",
            new Source(
                "kvm_nested_s2_unmap",
                Nested,
                Since,
                "kvm_unmap_gfn_range(), kvm_arch_flush_shadow_memslot(): all of each shadow, whatever the range"
            ),
            "whatever the host unmaps, and a slot that is deleted, unmaps everything in every shadow of the VM"
        );

    public static Rule Changes { get; } =
        Of(
            "nested-change",
            Source.Specification(Arm, "stage 2 translation", "a store to a descriptor"),
            "a store of the guest hypervisor to its descriptor changes nothing in the shadow"
        );

    /// <summary>Those of every release.</summary>
    public static IReadOnlyList<Rule> All { get; } =
    [
        Slot,
        Serves,
        Stale,
        Walk,
        Flag,
        Permission,
        Maps,
        Executes,
        Size,
        Relaxes,
        Invalidates,
        InvalidatesAll,
        Unmaps,
        Changes,
    ];

    private static Rule Of(string name, Source source, string says) => ProgramRules.Stated(name, source, says);
}
