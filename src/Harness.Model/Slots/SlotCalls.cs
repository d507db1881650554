namespace Harness.Model.Slots;

/// <summary>The calls that cases consist of. Changing a name changes case ids.</summary>
public static class SlotCalls
{
    /// <summary>The numbers of slots are below this: KVM_USER_MEM_SLOTS, and KVM_CAP_NR_MEMSLOTS.</summary>
    public const uint Numbers = 32767;

    /// <summary>What the name of a call by KVM_SET_USER_MEMORY_REGION2 ends with.</summary>
    public const string BySecond = ".2";

    private const uint OtherSlot = 2;
    private const uint BoundSlot = 3;
    private const uint SecondBoundSlot = 4;
    private const int BoundAddress = 24;
    private const int SecondBoundAddress = 28;

    private static readonly SlotCall[] First =
    [
        new("create", "a slot of two pages is made, or is to be as it was made"),
        new("log-on", "the slot is to be logged") { Flags = SlotCall.LogDirtyPages },
        new("read-only", "the slot is to be read-only") { Flags = SlotCall.ReadOnly },
        new("read-only-log", "the slot is to be read-only and logged")
        {
            Flags = SlotCall.ReadOnly | SlotCall.LogDirtyPages,
        },
        new("grow", "the slot is to have a page more") { Pages = 3 },
        new("shrink", "the slot is to have a page less") { Pages = 1 },
        new("other-memory", "the slot is to have other memory of the process") { Memory = 4 },
        new("move", "the slot is to be elsewhere") { Address = 8 },
        new("move-by-page", "the slot is to be a page higher, over its own place") { Address = 1 },
        new("move-and-log", "the slot is to be elsewhere, and logged") { Address = 16, Flags = SlotCall.LogDirtyPages },
        new("move-and-grow", "the slot is to be elsewhere, with a page more") { Address = 8, Pages = 3 },
        new("delete", "the slot is deleted") { Pages = 0 },
        new("beside", "a second slot begins where the first ends")
        {
            Slot = OtherSlot,
            Address = 2,
            Memory = 2,
        },
        new("over-begin", "a second slot has the first one's first page")
        {
            Slot = OtherSlot,
            Address = -1,
            Memory = 2,
        },
        new("over-end", "a second slot has the first one's last page")
        {
            Slot = OtherSlot,
            Address = 1,
            Memory = 2,
        },
        new("within", "a second slot lies within the first")
        {
            Slot = OtherSlot,
            Address = 1,
            Pages = 1,
            Memory = 2,
        },
        new("around", "a second slot contains the first")
        {
            Slot = OtherSlot,
            Address = -1,
            Pages = 4,
            Memory = 2,
        },
        new("same-memory", "another slot has the first one's memory") { Slot = 5, Address = 12 },
        new("last-number", $"a slot has the highest number, {Numbers - 1}") { Slot = Numbers - 1, Address = 20 },
        new("number-beyond", $"a slot has the number {Numbers}") { Slot = Numbers, Address = 20 },
        new("second-space", "a slot is in address space 1, which arm64 doesn't have")
        {
            Slot = 1 << 16 | 1,
            Address = 20,
        },
        Odd("address-unaligned", "guest_phys_addr is half a page off", OddArgument.AddressUnaligned),
        Odd("address-wraps", "the guest physical addresses wrap around at 64 bits", OddArgument.AddressWraps),
        Odd("beyond-ipa", "the slot begins at the end of the VM's IPA space", OddArgument.AddressBeyondIpa),
        Odd("size-unaligned", "memory_size is half a page short", OddArgument.SizeUnaligned),
        Odd("size-wraps", "memory_size is a page less than 2^64", OddArgument.SizeWraps),
        Odd("size-largest", "the slot has 2^31 - 1 pages, which reach beyond the IPA space", OddArgument.SizeLargest),
        Odd("size-too-large", "the slot has 2^31 pages", OddArgument.SizeTooLarge),
        Odd("memory-unaligned", "userspace_addr is half a page off", OddArgument.MemoryUnaligned),
        Odd("memory-null", "userspace_addr is 0, where no process has memory", OddArgument.MemoryNull),
        Odd("memory-tagged", "userspace_addr has a tag in its top byte", OddArgument.MemoryTagged),
        Odd("memory-of-kernel", "userspace_addr is an address of the kernel", OddArgument.MemoryOfKernel),
        Odd("memory-beyond-task", "userspace_addr is 2^52, beyond every process", OddArgument.MemoryBeyondTask),
        .. Enumerable
            .Range(2, 30)
            .Select(bit => new SlotCall($"flag-{bit}", $"the flags have bit {bit}") { Flags = 1u << bit }),
        Bound("bind", "a slot is bound to the file's first two pages", 0),
    ];

    private static readonly SlotCall[] OnlySecond =
    [
        Bound("bind-rest", "a second slot is bound to the two pages after them", 2) with
        {
            Slot = SecondBoundSlot,
            Address = SecondBoundAddress,
        },
        Bound("bind-over", "a second slot is bound to a page of the first one and the page after it", 1) with
        {
            Slot = SecondBoundSlot,
            Address = SecondBoundAddress,
        },
        Bound("bind-end", "a second slot is bound to the file's last two pages", SlotCallsCase.FilePages - 2) with
        {
            Slot = SecondBoundSlot,
            Address = SecondBoundAddress,
        },
        Bound(
            "bind-past-end",
            "a second slot is bound to the file's last page and one that it doesn't have",
            SlotCallsCase.FilePages - 1
        ) with
        {
            Slot = SecondBoundSlot,
            Address = SecondBoundAddress,
        },
        Bound("bind-unaligned", "guest_memfd_offset is half a page off", 0) with
        {
            Odd = OddArgument.FileUnaligned,
        },
        Bound("bind-wraps", "guest_memfd_offset + memory_size wraps around at 64 bits", 0) with
        {
            Odd = OddArgument.FileWraps,
        },
        Bound("bind-log", "a bound slot is to be logged", 0) with
        {
            Flags = SlotCall.GuestMemfd | SlotCall.LogDirtyPages,
        },
        Bound("bind-read-only", "a bound slot is to be read-only", 0) with
        {
            Flags = SlotCall.GuestMemfd | SlotCall.ReadOnly,
        },
        Bound("bind-move", "the bound slot is to be elsewhere", 0) with
        {
            Address = 32,
        },
        new("bind-not", "the bound slot is to be one of ordinary memory") { Slot = BoundSlot, Address = BoundAddress },
        new("unbind", "the bound slot is deleted")
        {
            Slot = BoundSlot,
            Address = BoundAddress,
            Pages = 0,
        },
    ];

    public static IReadOnlyList<SlotCall> All { get; } =
    [.. First, .. First.Concat(OnlySecond).Select(c => c with { Name = c.Name + BySecond, Second = true })];

    private static readonly Dictionary<string, SlotCall> ByName = All.ToDictionary(c => c.Name);

    /// <summary>The call with this name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public static SlotCall Get(string name) => ByName[name];

    private static SlotCall Odd(string name, string says, OddArgument odd) => new(name, says) { Odd = odd };

    private static SlotCall Bound(string name, string says, int file) =>
        new(name, says)
        {
            Slot = BoundSlot,
            Flags = SlotCall.GuestMemfd,
            Address = BoundAddress,
            File = file,
        };
}
