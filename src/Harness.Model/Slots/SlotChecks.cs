namespace Harness.Model.Slots;

/// <summary>
/// The checks of KVM_SET_USER_MEMORY_REGION in the kernel's order, one list for each version. kvm_set_memory_region()
/// has them; up to 6.12 its inner part is __kvm_set_memory_region().
/// </summary>
public sealed class SlotChecks
{
    private const string KvmMain = "virt/kvm/kvm_main.c";
    private const string Accept = "accept";

    private const uint OldFlags = SlotCall.LogDirtyPages | SlotCall.ReadOnly;

    private readonly SlotCheck[] _checks;

    private SlotChecks(params SlotCheck[] checks) => _checks = checks;

    public IReadOnlyList<SlotCheck> All => _checks;

    /// <summary>Linux 6.1.</summary>
    public static SlotChecks V6_1 { get; } =
        new(
            Refusing(
                "slot-no-second-call",
                new Source("kvm_vm_ioctl", KvmMain, "6.1", "falls through to kvm_arch_vm_ioctl(): -EINVAL"),
                "there is no KVM_SET_USER_MEMORY_REGION2",
                (call, _) => call.Second
            ),
            Refusing(
                "slot-number",
                new Source(
                    "kvm_vm_ioctl_set_memory_region",
                    KvmMain,
                    "6.1",
                    "(u16)mem->slot >= KVM_USER_MEM_SLOTS, which is SHRT_MAX"
                ),
                $"the numbers of slots are below {SlotCalls.Numbers}",
                (call, _) => call.Number >= SlotCalls.Numbers
            ),
            Flags("6.1", OldFlags, "LOG_DIRTY_PAGES and READONLY are the flags of a slot"),
            new("slot-unaligned", IsUnaligned),
            Refusing(
                "slot-memory-of-process",
                new Source(
                    "kvm_set_memory_region",
                    KvmMain,
                    "6.1",
                    "userspace_addr != untagged_addr(userspace_addr) || !access_ok(userspace_addr, memory_size)"
                ),
                "a slot's memory is where a process's can be, and its address has no tag",
                (call, _) =>
                    call.Odd
                        is OddArgument.MemoryTagged
                            or OddArgument.MemoryOfKernel
                            or OddArgument.MemoryBeyondTask
                            or OddArgument.SizeWraps
            ),
            Refusing(
                "slot-address-space",
                new Source("kvm_set_memory_region", KvmMain, "6.1", "as_id >= KVM_ADDRESS_SPACE_NUM"),
                "there is one address space",
                (call, _) => call.AddressSpace > 0
            ),
            new("slot-wraps", (call, _) => call.Odd == OddArgument.AddressWraps),
            Refusing(
                "slot-pages",
                new Source(
                    "kvm_set_memory_region",
                    KvmMain,
                    "6.1",
                    "(memory_size >> PAGE_SHIFT) > KVM_MEM_MAX_NR_PAGES, which is 2^31 - 1"
                ),
                "a slot has fewer than 2^31 pages",
                (call, _) => call.Odd == OddArgument.SizeTooLarge
            ),
            new("slot-absent", (call, slots) => call.Pages == 0 && slots.Old(call) is null),
            new(Accept, (call, _) => call.Pages == 0),
            Refusing(
                "slot-memory-for-good",
                new Source(
                    "kvm_set_memory_region",
                    KvmMain,
                    "6.1",
                    "userspace_addr != old->userspace_addr || npages != old->npages"
                ),
                "a slot's memory and size can't be changed",
                (call, slots) => slots.Old(call) is { } old && !HasSameMemory(call, old)
            ),
            new("slot-readonly-for-good", (call, slots) =>
                slots.Old(call) is { } old
                && ((call.Flags ^ old.Flags) & (SlotCall.ReadOnly | SlotCall.GuestMemfd)) != 0
            ),
            new(Accept, (call, slots) => slots.Old(call) is { } old && ChangesNothing(call, old)),
            new("slot-overlaps", (call, slots) => slots.Overlaps(call)),
            new("slot-beyond-ipa", (call, _) => call.Odd is OddArgument.AddressBeyondIpa or OddArgument.SizeLargest),
            new(Accept, (_, _) => true)
        );

    /// <summary>Linux 6.8: there is KVM_SET_USER_MEMORY_REGION2.</summary>
    public static SlotChecks V6_8 { get; } =
        V6_1.Replace(
            "slot-no-second-call",
            Refusing(
                "slot-flags-of-second-call",
                new Source(
                    "kvm_vm_ioctl",
                    KvmMain,
                    "6.8",
                    "KVM_SET_USER_MEMORY_REGION: mem.flags & ~KVM_SET_USER_MEMORY_REGION_V1_FLAGS"
                ),
                "KVM_SET_USER_MEMORY_REGION has no other flags than LOG_DIRTY_PAGES and READONLY",
                (call, _) => !call.Second && (call.Flags & ~OldFlags) != 0
            )
        );

    /// <summary>Linux 6.18: a slot can be bound to a guest_memfd.</summary>
    public static SlotChecks V6_18 { get; } =
        V6_8.Replace(
                "slot-flags",
                new SlotCheck("gmem-slot-flags", (call, _) =>
                    (call.Flags & SlotCall.GuestMemfd) != 0 && (call.Flags & OldFlags) != 0
                ),
                Flags(
                    "6.18",
                    OldFlags | SlotCall.GuestMemfd,
                    "LOG_DIRTY_PAGES, READONLY and GUEST_MEMFD are the flags of a slot"
                )
            )
            .Replace(
                "slot-address-space",
                Refusing(
                    "gmem-offset",
                    new Source(
                        "kvm_set_memory_region",
                        KvmMain,
                        "6.18",
                        "guest_memfd_offset & (PAGE_SIZE - 1) || guest_memfd_offset + memory_size < guest_memfd_offset"
                    ),
                    "a slot is bound to whole pages of a guest_memfd, in ascending order",
                    (call, _) => call.Odd is OddArgument.FileUnaligned or OddArgument.FileWraps
                ),
                V6_8.Check("slot-address-space")
            )
            .Replace(
                "slot-memory-for-good",
                new SlotCheck("gmem-slot-for-good", (call, slots) =>
                    (call.Flags & SlotCall.GuestMemfd) != 0 && slots.Old(call) is not null
                ),
                V6_8.Check("slot-memory-for-good")
            )
            .Replace(
                "slot-beyond-ipa",
                Refusing(
                    "gmem-end",
                    new Source(
                        "kvm_gmem_bind",
                        "virt/kvm/guest_memfd.c",
                        "6.18",
                        "offset + size > i_size_read(inode); 7.3: kvm_gmem_prepare_memory_region()"
                    ),
                    "a slot is not bound to more than the guest_memfd has",
                    (call, _) => call.File + call.Pages > SlotCallsCase.FilePages
                ),
                new SlotCheck("gmem-bound", (call, slots) => slots.IsBound(call)),
                V6_8.Check("slot-beyond-ipa")
            );

    /// <summary>The check that decides what a call returns.</summary>
    public SlotCheck Deciding(SlotCall call, SlotTable slots) => _checks.First(c => c.When(call, slots));

    /// <exception cref="ArgumentException">There is no check of that name.</exception>
    public SlotChecks Replace(string name, params SlotCheck[] by)
    {
        int i = Array.FindIndex(_checks, c => c.Name == name);
        return i >= 0
            ? new([.. _checks[..i], .. by, .. _checks[(i + 1)..]])
            : throw new ArgumentException($"there is no check '{name}'", nameof(name));
    }

    private SlotCheck Check(string name) => Array.Find(_checks, c => c.Name == name)!;

    private static bool IsUnaligned(SlotCall call, SlotTable slots) =>
        call.Odd is OddArgument.AddressUnaligned or OddArgument.SizeUnaligned or OddArgument.MemoryUnaligned;

    private static bool ChangesNothing(SlotCall call, SlotCall old) =>
        (call.Address, call.Flags) == (old.Address, old.Flags);

    private static bool HasSameMemory(SlotCall call, SlotCall old) =>
        (call.Pages, call.Memory) == (old.Pages, old.Memory)
        && call.Odd != OddArgument.SizeLargest
        && (call.Odd == OddArgument.MemoryNull) == (old.Odd == OddArgument.MemoryNull);

    private static SlotCheck Flags(string since, uint known, string says) =>
        Refusing(
            "slot-flags",
            new Source("check_memory_region_flags", KvmMain, since, "mem->flags & ~valid_flags"),
            says,
            (call, _) => (call.Flags & ~known) != 0
        );

    private static SlotCheck Refusing(string name, Source source, string says, SlotGuard when) =>
        new(name, when, new SlotStatement(name, source, says, Errno.EINVAL));
}
