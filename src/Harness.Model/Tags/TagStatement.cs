using Harness.Model.Programs;

namespace Harness.Model.Tags;

/// <summary>What decides acts about memory tags, and no other case.</summary>
public static class TagStatement
{
    private const string Guest = "arch/arm64/kvm/guest.c";
    private const string Copy = "kvm_vm_ioctl_mte_copy_tags";
    private const string Arm = "Arm ARM";

    public static Rule Enabled { get; } =
        Of(
            "tags-enabled",
            new Source("kvm_vm_ioctl_enable_cap", "arch/arm64/kvm/arm.c", "6.1", "KVM_CAP_ARM_MTE: r = 0"),
            "a VM without vCPUs may have tags, whatever mappings are behind its slots"
        );

    public static Rule VcpuFirst { get; } =
        Of(
            "tags-vcpu-first",
            new Source("kvm_vm_ioctl_enable_cap", "arch/arm64/kvm/arm.c", "6.1", "KVM_CAP_ARM_MTE: kvm->created_vcpus"),
            "a VM with a vCPU gets no tags any more"
        );

    public static Rule NotEnabled { get; } =
        Of(
            "tags-not-enabled",
            new Source(Copy, Guest, "6.1", "!kvm_has_mte(kvm): -EINVAL"),
            "the tags of a VM without KVM_CAP_ARM_MTE are not copied"
        );

    public static Rule Arguments { get; } =
        Of(
            "tags-arguments",
            new Source(
                Copy,
                Guest,
                "6.1",
                "reserved[0] || reserved[1]; flags & ~KVM_ARM_TAGS_FROM_GUEST; length & ~PAGE_MASK || guest_ipa & ~PAGE_MASK"
            ),
            "tags are copied of whole pages, with one flag, and reserved fields are zero"
        );

    public static Rule Length { get; } =
        Of(
            "tags-length",
            new Source(Copy, Guest, "6.3", "length > INT_MAX: -EINVAL"),
            "tags are copied of less than 2^31 bytes, which the return value can tell"
        );

    public static Rule Busy { get; } =
        Of(
            "tags-busy",
            new Source(Copy, Guest, "6.12", "write && atomic_read(&kvm->nr_memslots_dirty_logging): -EBUSY"),
            "no tags are copied to a VM of which any slot is logged, since the log would not show it"
        );

    public static Rule Unlogged { get; } =
        Of(
            "tags-unlogged",
            new Source(Copy, Guest, "6.1", "kvm_release_pfn_dirty(): of the page, not of the slot's log"),
            "tags that are copied to a logged slot are not in its log"
        );

    public static Rule NoMemory { get; } =
        Of(
            "tags-no-memory",
            new Source(Copy, Guest, "6.1", "gfn_to_pfn_prot(), is_error_noslot_pfn(pfn): -EFAULT"),
            "there are no tags where no slot is, and none are copied to a READONLY slot"
        );

    public static Rule NotOnline { get; } =
        Of(
            "tags-not-online",
            new Source(Copy, Guest, "6.1", "!pfn_to_online_page(pfn): -EFAULT"),
            "memory that the kernel doesn't know has no tags"
        );

    public static Rule NotCounted { get; } =
        Of(
            "tags-not-counted",
            new Source(
                Copy,
                Guest,
                "6.13",
                "!__gfn_to_page(kvm, gfn, write): -EFAULT; hva_to_pfn_remapped() has no page"
            ),
            "VM_PFNMAP memory has no tags, whatever it is"
        );

    public static Rule Read { get; } =
        Of(
            "tags-read",
            new Source(Copy, Guest, "6.1", "page_mte_tagged(page): mte_copy_tags_to_user()"),
            "the tags of a page that has some are copied from it"
        );

    public static Rule None { get; } =
        Of(
            "tags-none",
            new Source(Copy, Guest, "6.1", "!page_mte_tagged(page): clear_user()"),
            "the tags of a page that has none yet are zero"
        );

    public static Rule Written { get; } =
        Of(
            "tags-written",
            new Source(Copy, Guest, "6.1", "mte_copy_tags_from_user(), set_page_mte_tagged(page)"),
            "tags are copied to a page, which is there from then on"
        );

    public static Rule Buffer { get; } =
        Of(
            "tags-buffer",
            new Source(Copy, Guest, "6.1", "num_tags != MTE_GRANULES_PER_PAGE: -EFAULT"),
            "a page for which the buffer is too short is not counted"
        );

    public static Rule Stale { get; } =
        Of(
            "tags-stale",
            new Source(Copy, Guest, "6.1", "num_tags != MTE_GRANULES_PER_PAGE: the page stays as it is"),
            "what was copied to a page before the buffer ended stays there"
        );

    public static Rule Cleared { get; } =
        Of(
            "tags-cleared",
            new Source(Copy, Guest, "6.2", "num_tags != MTE_GRANULES_PER_PAGE: mte_clear_page_tags()"),
            "a page for which the buffer is too short loses its tags"
        );

    public static Rule Nothing { get; } =
        Of(
            "tags-nothing",
            new Source(Copy, Guest, "6.1", "while (length > 0)"),
            "nothing is copied of a length of 0, wherever that is"
        );

    public static Rule Partly { get; } =
        Of(
            "tags-partly",
            new Source(Copy, Guest, "6.1", "length != copy_tags->length: return copy_tags->length - length"),
            "a copy that fails after a page returns how far it came, not why"
        );

    public static Rule OfGuest { get; } =
        Of(
            "tags-of-guest",
            new Source("sanitise_mte_tags", "arch/arm64/kvm/mmu.c", "6.1", "only what has no tags yet is cleared"),
            "a guest finds the tags that were copied to its memory, and what it stores is copied from there"
        );

    public static Rule Hidden { get; } =
        Of(
            "tags-hidden",
            Source.Specification(Arm, "HCR_EL2.ATA", "0: loads of tags return zero, stores of tags do nothing"),
            "a guest without KVM_CAP_ARM_MTE has no tags"
        );

    public static Rule Dropped { get; } =
        Of(
            "tags-dropped",
            Source.Specification("madvise(2)", "MADV_DONTNEED", "private anonymous pages are given back"),
            "tags go with their page"
        );

    public static Rule Kept { get; } =
        Of(
            "tags-kept",
            Source.Specification("madvise(2)", "MADV_DONTNEED", "shared pages stay in the page cache"),
            "tags of shared memory stay with the page when a process gives it back"
        );

    public static Rule Log { get; } =
        Of(
            "tags-log",
            new Source("kvm_get_dirty_log_protect", "virt/kvm/kvm_main.c", "6.1", "the slot's dirty_bitmap"),
            "a guest's store of a tag is a store, which the log has"
        );

    public static Rule NoLog { get; } =
        Of(
            "tags-no-log",
            new Source("kvm_get_dirty_log_protect", "virt/kvm/kvm_main.c", "6.1", "!memslot->dirty_bitmap: -ENOENT"),
            "a slot that isn't logged has no log"
        );

    public static Rule VcpuMade { get; } =
        Of(
            "tags-vcpu",
            new Source("kvm_vm_ioctl_create_vcpu", "virt/kvm/kvm_main.c", "6.1", "a vCPU"),
            "a VM with tags has vCPUs like another"
        );

    private static Rule Of(string name, Source source, string says) => ProgramRules.Stated(name, source, says);
}
