using Harness.Model.Programs;

namespace Harness.Model.Dimensions;

/// <summary>The values of a case's parts, each with its word and with a phrase.</summary>
public static class CaseValues
{
    public static Words<VmaKind> Kinds { get; } =
        new()
        {
            { VmaKind.Anonymous, "anonymous" },
            { VmaKind.PfnMap, "pfnmap" },
            { VmaKind.MixedMap, "mixedmap" },
            { VmaKind.Secret, "secretmem" },
            { VmaKind.Hole, "hole" },
            { VmaKind.GuestMemory, "gmem", "guest_memfd" },
        };

    public static Words<KernelMap> Maps { get; } =
        new()
        {
            { KernelMap.Known, "known", "memory that the kernel maps itself" },
            { KernelMap.Unknown, "unknown", "memory outside the kernel's memory map" },
            { KernelMap.ZeroRefcount, "unheld", "a page with a refcount of zero" },
        };

    public static Words<VmaMemoryType> Types { get; } =
        new()
        {
            { VmaMemoryType.WriteBack, "wb", "write-back" },
            { VmaMemoryType.NonCacheable, "nc", "non-cacheable" },
            { VmaMemoryType.DeviceNGnRE, "ngnre", "Device-nGnRE" },
            { VmaMemoryType.DeviceNGnRnE, "ngnrne", "Device-nGnRnE" },
        };

    public static Words<Sharing> Sharings { get; } =
        new() { { Sharing.Shared, "shared", "MAP_SHARED" }, { Sharing.Private, "private", "MAP_PRIVATE" } };

    public static Words<GuestMemoryFlags> GuestMemories { get; } =
        new()
        {
            { GuestMemoryFlags.None, "none", "no flags" },
            { GuestMemoryFlags.Mmap, "mmap", "GUEST_MEMFD_FLAG_MMAP" },
            { GuestMemoryFlags.InitShared, "init-shared", "GUEST_MEMFD_FLAG_INIT_SHARED" },
            { GuestMemoryFlags.Mmap | GuestMemoryFlags.InitShared, "mmap+init-shared", "both flags" },
        };

    public static Words<LogProtection> Protections { get; } =
        new()
        {
            { LogProtection.AtRead, "at-read", "protected again by KVM_GET_DIRTY_LOG" },
            { LogProtection.Manual, "manual", "KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE" },
            {
                LogProtection.InitiallySet,
                "initially-set",
                "KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE and KVM_DIRTY_LOG_INITIALLY_SET"
            },
            { LogProtection.InitiallySetAlone, "initially-set-alone", "only KVM_DIRTY_LOG_INITIALLY_SET" },
        };

    public static Words<SplitChunk> Splits { get; } =
        new()
        {
            { SplitChunk.None, "at-store", "blocks are split by stores" },
            { SplitChunk.Block, "block", "the size of a block" },
            { SplitChunk.Page, "page", "the size of a page" },
            { SplitChunk.Unsupported, "unsupported", "half the size of a block" },
            { SplitChunk.Late, "late", "the size of a block, after the slot was registered" },
        };

    public static Words<DirtyRing> Rings { get; } =
        new()
        {
            { DirtyRing.None, "none", "no dirty rings" },
            { DirtyRing.Alone, "alone", "dirty rings, and no log" },
            { DirtyRing.WithBitmap, "bitmap", "dirty rings and a log" },
            { DirtyRing.BitmapAlone, "bitmap-alone", "a log for dirty rings, but no rings" },
            { DirtyRing.StronglyOrdered, "strong", "KVM_CAP_DIRTY_LOG_RING" },
            { DirtyRing.Small, "small", "a dirty ring of half a page" },
            { DirtyRing.Odd, "odd", "a dirty ring of three pages" },
            { DirtyRing.Large, "large", "a dirty ring of 2 MiB" },
            { DirtyRing.Twice, "twice", "dirty rings that are enabled twice" },
            { DirtyRing.Late, "late", "dirty rings that are enabled after the vCPU was created" },
        };

    public static Words<SecondSlot> Seconds { get; } =
        new()
        {
            { SecondSlot.None, "none", "one slot" },
            { SecondSlot.Alias, "alias", "a second slot over the same memory" },
            { SecondSlot.ReadOnlyAlias, "alias-ro", "a second slot over the same memory, which is read-only" },
            { SecondSlot.LoggedAlias, "alias-log", "a second slot over the same memory, which logs dirty pages" },
        };

    public static Words<OtherSlots> Others { get; } =
        new()
        {
            { OtherSlots.None, "none", "no others" },
            { OtherSlots.Hundreds, "hundreds", $"{ProgramCase.Hundreds} more slots over its first page" },
        };

    public static Words<Provider> Providers { get; } = OfProviders();

    public static Words<Access> Accesses { get; } =
        new()
        {
            { Access.Read, "read", "reads" },
            { Access.Write, "write", "writes" },
            { Access.Execute, "exec", "executes" },
            { Access.Exclusive, "ldxr", "loads exclusively" },
            { Access.LoadPostIndexed, "ldr-post", "loads by a post-indexed LDR" },
            { Access.StorePostIndexed, "str-post", "stores by a post-indexed STR" },
            { Access.LoadPreIndexed, "ldr-pre", "loads by a pre-indexed LDR" },
            { Access.StorePreIndexed, "str-pre", "stores by a pre-indexed STR" },
            { Access.LoadPair, "ldp", "loads two registers by LDP" },
            { Access.StorePair, "stp", "stores two registers by STP" },
            { Access.LoadVector, "ldr-q", "loads a SIMD register" },
            { Access.StoreVector, "str-q", "stores a SIMD register" },
            { Access.ReadNext, "read-next", "reads the next page" },
            { Access.LoadByte, "ldrb", "loads a byte" },
            { Access.LoadSignedHalf, "ldrsh", "loads 16 bits and extends their sign" },
            { Access.LoadDouble, "ldr-x", "loads 64 bits" },
            { Access.StoreByte, "strb", "stores a byte" },
            { Access.StoreHalf, "strh", "stores 16 bits" },
            { Access.StoreDouble, "str-x", "stores 64 bits" },
        };

    public static Words<SlotFlags> Slots { get; } =
        new()
        {
            { SlotFlags.None, "none", "a memslot" },
            { SlotFlags.LogDirtyPages, "log", "a memslot that logs dirty pages" },
            { SlotFlags.ReadOnly, "ro", "a read-only memslot" },
            { SlotFlags.LogDirtyPages | SlotFlags.ReadOnly, "ro+log", "a read-only memslot that logs dirty pages" },
        };

    public static Words<Extent> Extents { get; } =
        new()
        {
            { Extent.Page, "page", "a few pages: 64 KiB, or 256 KiB where a page has 64 KiB" },
            { Extent.Block, "block", "a block (2, 32 or 512 MiB with pages of 4, 16 or 64 KiB) and aligned to it" },
            { Extent.Misaligned, "skewed", "as large, or just smaller, its addresses skewed against each other" },
            { Extent.OddSize, "odd", "a block and a half of a mapping of two" },
            { Extent.LargeMisaligned, "skewed-large", "two blocks, its addresses skewed against each other" },
            { Extent.OddStart, "odd-start", "a block and a half that begins half a block into a mapping of two" },
            { Extent.MisalignedEnd, "skewed-end", "as skewed-large, and ends with a block of host addresses" },
        };

    public static Words<Placement> Placements { get; } =
        new()
        {
            { Placement.Ordinary, "ordinary", "at separate guest physical addresses" },
            { Placement.Adjoining, "adjoining", "where another slot ends" },
            { Placement.AddressUnaligned, "gpa-unaligned", "half a page off in guest physical memory" },
            { Placement.HostUnaligned, "hva-unaligned", "half a page off in the process" },
            { Placement.SizeUnaligned, "size-unaligned", "half a page short" },
            { Placement.Wrapping, "wrapping", "around the end of 64 bits" },
            { Placement.Absent, "absent", "with a size of zero" },
            { Placement.Overlapping, "overlapping", "over a page of another slot" },
            { Placement.BeyondIpa, "beyond-ipa", "beyond the VM's IPA size" },
            { Placement.AtIpaEnd, "at-ipa-end", "at the end of the VM's IPA size" },
            { Placement.PageBeyondIpa, "page-beyond-ipa", "with its last page beyond the VM's IPA size" },
        };

    /// <summary>
    /// The key of a replacement also contains the new backing: <see cref="CaseText.Word(LiveChange)"/>.
    /// </summary>
    public static Words<ChangeKind> Changes { get; } =
        new()
        {
            { ChangeKind.Unmap, "munmap" },
            { ChangeKind.MoveMapping, "mremap" },
            { ChangeKind.ProtectRead, "mprotect-read" },
            { ChangeKind.ProtectNone, "mprotect-none" },
            { ChangeKind.Replace, "map" },
            { ChangeKind.Store, "store" },
            { ChangeKind.LogOn, "log-on" },
            { ChangeKind.LogOff, "log-off" },
            { ChangeKind.LogOnOff, "log-on-off" },
            { ChangeKind.ToggleReadOnly, "readonly" },
            { ChangeKind.DeleteSlot, "delete" },
            { ChangeKind.RecreateSlot, "recreate" },
            { ChangeKind.MoveSlot, "move" },
            { ChangeKind.MoveBeyondIpa, "move-beyond-ipa" },
            { ChangeKind.MoveOnto, "move-onto" },
            { ChangeKind.PunchHole, "punch" },
            { ChangeKind.CloseGuestMemory, "close" },
            { ChangeKind.DisableMemory, "pci-memory-off" },
            { ChangeKind.ToggleMemory, "pci-memory-off-on" },
            { ChangeKind.ResetDevice, "pci-reset" },
            { ChangeKind.UnbindDevice, "pci-unbind" },
            { ChangeKind.SecondVm, "second-vm" },
            { ChangeKind.AddMemory, "memory-add" },
            { ChangeKind.RemoveMemory, "memory-remove" },
        };

    public static Words<EffectiveType> StageOnes { get; } =
        new()
        {
            { EffectiveType.DeviceNGnRnE, "ngnrne", "Device-nGnRnE" },
            { EffectiveType.DeviceNGnRE, "ngnre", "Device-nGnRE" },
            { EffectiveType.DeviceNGRE, "ngre", "Device-nGRE" },
            { EffectiveType.DeviceGRE, "gre", "Device-GRE" },
            { EffectiveType.NormalNonCacheable, "nc", "non-cacheable" },
            { EffectiveType.NormalWriteThrough, "wt", "write-through" },
            { EffectiveType.NormalWriteBack, "wb", "write-back" },
        };

    public static Words<GuestOperation> Operations { get; } =
        new()
        {
            { GuestOperation.UnalignedLoad, "unaligned-load" },
            { GuestOperation.UnalignedStore, "unaligned-store" },
            { GuestOperation.ZeroBlock, "dc-zva" },
            { GuestOperation.ExclusivePair, "ldxr-stxr" },
            { GuestOperation.AtomicAdd, "ldadd" },
            { GuestOperation.CompareAndSwap, "cas" },
            { GuestOperation.Execute, "exec" },
            { GuestOperation.Translate, "at" },
            { GuestOperation.Walk, "walk" },
        };

    private static Words<Provider> OfProviders()
    {
        var words = new Words<Provider>();
        foreach (var row in ProviderTable.All)
            words.Add(row.Provider, row.Word, row.Phrase);
        return words;
    }
}
