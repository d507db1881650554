using Harness.Cases;
using Harness.Model;
using Harness.Model.Aborts;
using Harness.Model.Caches;
using Harness.Model.Dimensions;
using Harness.Model.Nesting;
using Harness.Model.Ownership;
using Harness.Model.Programs;
using Harness.Model.Rings;
using Harness.Model.Slots;
using Harness.Model.Tags;

namespace Harness.Reproducers;

/// <summary>Describes a case in sentences, for readers who don't know the words of its key.</summary>
public static class CaseWords
{
    /// <summary>As below, with the sizes on a host with pages of 4 KiB.</summary>
    public static IReadOnlyList<string> Of(Case c) => Of(c, CaseSizes.Usual);

    /// <summary>The memory, the slot, what is done to it, and the guest, one sentence each.</summary>
    /// <param name="c">The case.</param>
    /// <param name="sizes">Of its memory.</param>
    public static IReadOnlyList<string> Of(Case c, CaseSizes sizes) =>
        c switch
        {
            LifecycleCase lifecycle => Of(lifecycle),
            ProgramCase program => Of(program, sizes),
            CapabilityCase capability =>
            [
                $"KVM_CHECK_EXTENSION is called for capability {capability.Number}, for /dev/kvm and for a VM.",
            ],
            SlotCallsCase calls => Of(calls),
            AbortCase aborts => Of(aborts),
            TagCase tags => Of(tags),
            RingCase ring => Of(ring),
            NestedCase nested => Of(nested),
            CacheCase caches => Of(caches, sizes),
            _ => Of((AttributeCase)c, sizes),
        };

    private static string[] Of(SlotCallsCase c) =>
        [
            $"A VM without a vCPU{(c.HasFile ? $", and a guest_memfd of {SlotCallsCase.FilePages} pages" : "")}. These calls are made, in this order:",
            .. c.Calls.Select(
                (call, i) => $"{i + 1}. {call}: {call.Says}{(call.Second ? ", by KVM_SET_USER_MEMORY_REGION2" : "")}."
            ),
        ];

    private static string[] Of(NestedCase c) =>
        [
            "A guest hypervisor has a stage 2 of its own, and these acts follow, each at the page that began last:",
            .. c.Acts.Select((act, i) => $"{i + 1}. {act.Name}: {act}."),
        ];

    private static string[] Of(AbortCase c) =>
        [
            "One guest makes these accesses, in this order, each to a page of its own that stage 2 doesn't map:",
            .. c.Acts.Select((act, i) => $"{i + 1}. {act.Name}: {act}."),
        ];

    private static string[] Of(RingCase c) =>
        [
            $"A slot of {RingCase.Pages} pages of anonymous memory, with KVM_MEM_LOG_DIRTY_PAGES, and a vCPU with a dirty ring of {RingCase.Entries} entries. This is done, in this order:",
            .. c.Acts.Select((act, i) => $"{i + 1}. {act.Name}: {act}."),
        ];

    private static string[] Of(TagCase c) =>
        [
            $"A VM with slots of {TagCase.Pages} pages. This is done, in this order; act n stores the tag n:",
            .. c.Acts.Select((act, i) => $"{i + 1}. {act.Name}: {act}."),
        ];

    private static string[] Of(CacheCase c, CaseSizes sizes) =>
        [
            Memory(c),
            Slot(c.Setting, sizes),
            $"The first word of the slot's {(c.Setting.Extent == Extent.Page ? "first" : "last")} page is tested. It is \"old\" ({CText.Hex(CacheCase.OldWord)}), and cleaned to memory, before the guest runs; the process stores \"new\" ({CText.Hex(CacheCase.NewWord)}), the guest \"guest\" ({CText.Hex(CacheCase.GuestWord)}). Each is an instruction, a branch to a place that shows which.",
            c.StageOne == Combination.MmuOff
                ? "The guest's MMU is off."
                : $"The guest's own tables map the page {CaseValues.StageOnes.PhraseOf(c.StageOne)}.",
            "This is done, in this order:",
            .. c
                .Acts.Span.ToArray()
                .Select((act, i) => $"{i + 1}. {CacheText.Acts.Of(act)}: {CacheText.Acts.PhraseOf(act)}."),
        ];

    private static string[] Of(ProgramCase c, CaseSizes sizes) =>
        [
            Memory(c),
            Slot(c.Setting, sizes),
            .. c.Second != SecondSlot.None
                ? [$"The VM has {CaseValues.Seconds.PhraseOf(c.Second)}, at other guest physical addresses."]
                : Array.Empty<string>(),
            .. c.Others != OtherSlots.None
                ? [$"It has {CaseValues.Others.PhraseOf(c.Others)}, below and above, which nothing uses."]
                : Array.Empty<string>(),
            .. c.Tracking.Manual
                ?
                [
                    $"In the VM, KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2 is enabled with {CaseValues.Protections.PhraseOf(c.Tracking.Protection)}.",
                ]
                : Array.Empty<string>(),
            .. c.Tracking.Ring != DirtyRing.None
                ? [$"The VM has {CaseValues.Rings.PhraseOf(c.Tracking.Ring)}."]
                : Array.Empty<string>(),
            .. c.Tracking.Split != SplitChunk.None
                ? [$"In the VM, KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE is {CaseValues.Splits.PhraseOf(c.Tracking.Split)}."]
                : Array.Empty<string>(),
            .. c.Setting.Restored
                ? ["The process stores a word to the first, the second and the last page before the guest runs."]
                : Array.Empty<string>(),
            $"The guest's MMU is off. This is done, in this order, and after each step the leaves of the three pages are read{(c.Second == SecondSlot.None ? "" : ", in each slot")}:",
            .. c.Steps.Span.ToArray().Select((step, i) => $"{i + 1}. {step}: {Step(step)}."),
        ];

    private static string Step(ProgramStep step) => step.Alias ? $"{Of(step)} (the second slot)" : Of(step);

    private static string Of(ProgramStep step) =>
        step switch
        {
            SlotAccess access =>
                $"{(access.Vcpu == 0 ? "the guest" : "its second vCPU")} {CaseValues.Accesses.PhraseOf(access.Access)} at {ProgramText.Pages.PhraseOf(access.Page)}",
            SlotChange change => Change(change.Change),
            HostStep act => ProgramText.Phrase(act),
            AtOnce { First: SlotChange change, Second: var repeated } =>
                $"{Step(change)}, while {Of(repeated with { Vcpu = 1 })} again and again",
            AtOnce both => $"{Of(both.First)}, and at the same time {Of(both.Second with { Vcpu = 1 })}",
            DirtyLogClear clear => $"KVM_CLEAR_DIRTY_LOG for {ProgramText.Clears.PhraseOf(clear.Range)}",
            DirtyRingRead => $"the new entries of the {(step.Vcpu == 0 ? "" : "second ")}vCPU's dirty ring are read",
            DirtyRingReset => "KVM_RESET_DIRTY_RINGS",
            _ => "KVM_GET_DIRTY_LOG",
        };

    private static IReadOnlyList<string> Of(AttributeCase c, CaseSizes sizes) =>
        [
            Memory(c),
            Slot(c, sizes),
            .. c.Late
                ?
                [
                    "The slot is registered over plain anonymous memory; the memory described above replaces it before the guest runs.",
                ]
                : Array.Empty<string>(),
            .. c.Restored ? ["The process stores to the page before the guest runs."] : Array.Empty<string>(),
            .. c.Change is { } change
                ?
                [
                    c.Running
                        ? $"The guest repeats the second access; meanwhile {Change(change)}."
                        : $"After the first access {Change(change)}.",
                ]
                : Array.Empty<string>(),
            Guest(c),
        ];

    /// <summary>The memory, the VM, and every operation that occurs, by its word.</summary>
    private static string[] Of(LifecycleCase c) =>
        [
            Memory(c),
            c.Vm == VmKind.Protected
                ? "The VM is a protected one, KVM_VM_TYPE_ARM_PROTECTED: pages that its guest accesses are taken from the host."
                : "The VM is an ordinary one.",
            $"This is done about one page, in this order: {string.Join(", ", c.Operations.Span.ToArray().Select(OperationText.Word))}.",
            .. c.Operations.Span.ToArray().Distinct().Select(a => $"{OperationText.Word(a)}: {OperationWords.Of(a)}."),
        ];

    private static string Memory(Case c)
    {
        string text = $"The memory is {Backing(c.Backing)}";
        if (c.Backing.Kind is not (VmaKind.Hole or VmaKind.GuestMemory))
            text += c.VmaWritable ? ", mapped readable and writable" : ", mapped read-only";
        if (c is AttributeCase { Beside: { } beside })
            text +=
                $"; {(beside.First ? "before" : "behind")} it, in the same slot, lies {Backing(beside.Backing)}"
                + (
                    beside.Backing.Kind == VmaKind.Hole ? ""
                    : beside.Writable ? ""
                    : ", mapped read-only"
                );
        return text + ".";
    }

    private static string Backing(Backing b) =>
        b.Kind switch
        {
            VmaKind.Anonymous => (b.Sharing == Sharing.Shared ? "shared" : "private")
                + (b.Provider is Provider.Usual or Provider.Thp or Provider.NoThp ? " anonymous memory" : " memory")
                + ProviderTable.Of(b.Provider).Sentence,
            VmaKind.Secret => "memory of memfd_secret(2)",
            VmaKind.Hole => "none: there is no VMA at its addresses",
            VmaKind.GuestMemory => "a guest_memfd with "
                + b.GuestMemory switch
                {
                    GuestMemoryFlags.None => "no flags",
                    GuestMemoryFlags.Mmap => "GUEST_MEMFD_FLAG_MMAP",
                    GuestMemoryFlags.InitShared => "GUEST_MEMFD_FLAG_INIT_SHARED",
                    _ => "GUEST_MEMFD_FLAG_MMAP and GUEST_MEMFD_FLAG_INIT_SHARED",
                }
                + (b.Bound ? ", with a range to which another slot of the VM is already bound" : ""),
            _ => Driver(b),
        };

    private static string Driver(Backing b) =>
        $"a driver's {(b.Sharing == Sharing.Shared ? "MAP_SHARED" : "MAP_PRIVATE")} {(b.Kind == VmaKind.PfnMap ? "VM_PFNMAP" : "VM_MIXEDMAP")} mapping of "
        + b.Memory switch
        {
            KernelMap.Known => "pages of the kernel",
            KernelMap.Unknown => "physical memory that is not in the kernel's memory map",
            _ => "pages of the kernel with a count of zero",
        }
        + ", "
        + b.Type switch
        {
            VmaMemoryType.WriteBack => "Normal write-back",
            VmaMemoryType.NonCacheable => "Normal non-cacheable",
            VmaMemoryType.DeviceNGnRE => "Device-nGnRE",
            _ => "Device-nGnRnE",
        }
        + " by its page protection"
        + (b.AllowAnyUncached ? ", with VM_ALLOW_ANY_UNCACHED" : "")
        + ProviderTable.Of(b.Provider).Sentence;

    private static string Slot(AttributeCase c, CaseSizes sizes)
    {
        var flags = new List<string>();
        if ((c.Slot & SlotFlags.ReadOnly) != 0)
            flags.Add("KVM_MEM_READONLY");
        if ((c.Slot & SlotFlags.LogDirtyPages) != 0)
            flags.Add("KVM_MEM_LOG_DIRTY_PAGES");
        string block = CText.Bytes(sizes.Block);
        string size = CText.Bytes(sizes.SlotSize(c.Extent) * (c.Beside is null ? 1ul : 2ul));
        return $"A memslot of {size}{(flags.Count == 0 ? "" : $" with {string.Join(" and ", flags)}")} is registered over it"
            + c.Extent switch
            {
                Extent.OddSize => $", aligned so that a block of {block} could map its first {block}",
                Extent.OddStart =>
                    $", aligned so that a block of {block} could map its last {block}, and one over its first page would begin before it",
                Extent.LargeMisaligned or Extent.MisalignedEnd =>
                    $", guest physical and host addresses skewed so that no block of {block} could map any of it",
                Extent.Block => $", aligned so that a block of {block} could map it",
                Extent.Misaligned =>
                    $", guest physical and host addresses skewed so that no block of {block} could map it",
                _ => "",
            }
            + c.Placement switch
            {
                Placement.Ordinary => "",
                Placement.Adjoining => ", where another slot ends",
                Placement.AddressUnaligned => ", at a guest physical address that is not page-aligned",
                Placement.HostUnaligned => ", at a host address that is not page-aligned",
                Placement.SizeUnaligned => ", its size not a number of pages",
                Placement.Wrapping => ", around the end of 64 bits of guest physical addresses",
                Placement.Absent => ", with a size of zero, although there is no such slot to delete",
                Placement.Overlapping => ", overlapping another slot",
                Placement.AtIpaEnd => ", ending where the VM's IPA size does",
                Placement.PageBeyondIpa => ", its last page beyond the VM's IPA size",
                _ => ", beyond the VM's IPA size",
            }
            + (c.Mte ? ", in a VM with KVM_CAP_ARM_MTE." : ".");
    }

    private static string Change(LiveChange change) =>
        change.Kind switch
        {
            ChangeKind.Unmap => "the process unmaps the memory",
            ChangeKind.MoveMapping => "the process moves the memory to other addresses with mremap(2)",
            ChangeKind.ProtectRead => "the process takes its own write permission away with mprotect(2)",
            ChangeKind.ProtectNone => "the process removes all of its own permissions with mprotect(2)",
            ChangeKind.Replace => $"the process maps {Backing(change.To!)} in its place",
            ChangeKind.Store => "the process stores to the page",
            ChangeKind.LogOn => "dirty logging is switched on",
            ChangeKind.LogOff => "dirty logging is switched off",
            ChangeKind.LogOnOff => "dirty logging is switched on and off again",
            ChangeKind.ToggleReadOnly => "KVM_SET_USER_MEMORY_REGION toggles the slot's KVM_MEM_READONLY",
            ChangeKind.DeleteSlot => "the slot is deleted",
            ChangeKind.RecreateSlot => "the slot is deleted and set up again",
            ChangeKind.MoveSlot => "the slot is moved to other guest physical addresses",
            ChangeKind.MoveBeyondIpa =>
                "the slot is moved to addresses of which the last page lies beyond the VM's IPA size",
            ChangeKind.MoveOnto => "the slot is moved onto the addresses of another slot",
            ChangeKind.PunchHole => "a hole is punched into the guest_memfd",
            ChangeKind.DisableMemory =>
                "the memory of the PCI device is disabled in its command register, through VFIO",
            ChangeKind.ToggleMemory =>
                "the memory of the PCI device is disabled in its command register, through VFIO, and enabled again",
            ChangeKind.ResetDevice => "the PCI device is reset by VFIO_DEVICE_RESET",
            ChangeKind.UnbindDevice => "the driver is to release the PCI device, which is in use",
            ChangeKind.SecondVm => "a second VM with the same memory behind a slot makes the same first access",
            ChangeKind.AddMemory => "the memory is added to the kernel's, so that it is in its memory map",
            ChangeKind.RemoveMemory => "the memory is unmapped by its driver, and removed from the kernel's",
            _ => "the guest_memfd is closed",
        };

    private static string Guest(AttributeCase c)
    {
        if (c is GuestCase { Use: var use })
            return $"The guest, with its MMU on and the page as {TypeText.Word(use.StageOne)} in its own tables, "
                + use.Operation switch
                {
                    GuestOperation.UnalignedLoad => "makes an aligned load from the page, then an unaligned one.",
                    GuestOperation.UnalignedStore => "makes an aligned store to the page, then an unaligned one.",
                    GuestOperation.ZeroBlock => "zeroes a block of the page with DC ZVA.",
                    GuestOperation.ExclusivePair => "makes a store to the page by LDXR and STXR.",
                    GuestOperation.AtomicAdd => "adds to a word of the page with LDADD (FEAT_LSE).",
                    GuestOperation.CompareAndSwap => "compares and swaps a word of the page with CAS (FEAT_LSE).",
                    GuestOperation.Execute => "loads from the page and then executes it: it holds zeroes, UDF #0.",
                    GuestOperation.Walk => "uses the page as one of its own translation tables.",
                    _ => "loads from the page and translates its address with AT S1E1R.",
                };
        string[] words =
        [
            .. c
                .Accesses.Span.ToArray()
                .Select(a =>
                    a switch
                    {
                        Access.Read => "loads from the page",
                        Access.Write => "stores to the page",
                        Access.Execute =>
                            "executes the page (it holds zeroes, UDF #0: an undefined instruction is success)",
                        Access.Exclusive => "makes a load-exclusive, LDXR, of the page",
                        Access.LoadPostIndexed => "loads from the page with a post-indexed LDR",
                        Access.StorePostIndexed => "stores to the page with a post-indexed STR",
                        Access.LoadPreIndexed => "loads from the page with a pre-indexed LDR",
                        Access.StorePreIndexed => "stores to the page with a pre-indexed STR",
                        Access.LoadPair => "loads two registers from the page with LDP",
                        Access.StorePair => "stores two registers to the page with STP",
                        Access.LoadVector => "loads a SIMD register from the page",
                        Access.LoadByte => "loads a byte from the page with LDRB",
                        Access.LoadSignedHalf => "loads 16 bits from the page with LDRSH",
                        Access.LoadDouble => "loads 64 bits from the page",
                        Access.StoreByte => "stores a byte to the page with STRB",
                        Access.StoreHalf => "stores 16 bits to the page with STRH",
                        Access.StoreDouble => "stores 64 bits to the page",
                        Access.ReadNext => "loads the word that the process stored into the page after it",
                        _ => "stores a SIMD register to the page",
                    }
                ),
        ];
        for (int i = words.Length - 1; i > 0; i--)
            if (c.Accesses[i] == c.Accesses[i - 1])
                words[i] = "once more";
        return $"The guest, with its MMU off, {string.Join(", then ", words)}.";
    }
}
