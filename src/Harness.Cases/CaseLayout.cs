using Harness.Model;
using Harness.Model.Dimensions;

namespace Harness.Cases;

/// <summary>
/// The layout of a case's VM: guest physical addresses, and sizes that are the same on
/// every host, in bytes. <see cref="CaseSizes"/> has the others.
/// </summary>
public static class CaseLayout
{
    /// <summary>
    /// The page under test is the first of its slot, and its address is aligned to a block of any page size.
    /// </summary>
    public const ulong TestAddress = 0x4000_0000;

    public const int TestSlot = 1;

    /// <summary>The guest's code and vectors: ordinary memory in its own slot.</summary>
    public const ulong CodeAddress = 0x0010_0000;

    public const ulong CodeSize = 64 << 10;

    public const int CodeSlot = 0;

    /// <summary>
    /// A word of each vCPU, in a cache line of its own behind the guest's code: what it has stored there shows the
    /// other that it is ready.
    /// </summary>
    public static ulong MeetingAddress(int vcpu) => CodeAddress + CodeSize - (4 << 10) + 256ul * (ulong)vcpu;

    /// <summary>The address of a guest_memfd's first binding, for <see cref="Backing.Bound"/>.</summary>
    public const ulong FirstBoundAddress = 0x8000_0000;

    public const int FirstBoundSlot = 2;

    /// <summary>Another slot, of the same size as the tested one, for <see cref="Placement"/>.</summary>
    public const int OtherSlot = 2;

    /// <summary>
    /// The address that the tested slot is moved to; no other slot or report is there. It fits in 32 bits, the smallest
    /// IPA size of a VM.
    /// </summary>
    public const ulong MovedAddress = 0xa000_0000;

    /// <summary>The second slot of a program: its number, and its address, which is aligned to a block.</summary>
    public const int AliasSlot = 3;

    public const ulong AliasAddress = 0x8000_0000;

    /// <summary>The address that it is moved to, beside that of the first one.</summary>
    public const ulong MovedAliasAddress = 0xc000_0000;

    /// <summary>The number of the first slot of <see cref="Model.Programs.OtherSlots.Hundreds"/>.</summary>
    public const int HundredsSlot = 100;

    /// <summary>The address of those behind all other slots, moved ones as well.</summary>
    public const ulong HundredsAddress = 0xf000_0000;

    /// <summary>Less than a page of 4, 16 or 64 KiB.</summary>
    public const ulong Unaligned = 2 << 10;

    /// <summary>No slot here: a store exits as KVM_EXIT_MMIO, and its data is the guest's report.</summary>
    public const ulong ReportAddress = 0x0900_0000;

    /// <summary>What a guest's store writes into the page under test.</summary>
    public const uint StoredValue = 0x5a5a_a5a5;

    /// <summary>
    /// The word that the process stores into the page after the one under test, for <see cref="Access.ReadNext"/>.
    /// </summary>
    public const uint NextWord = 0x6e65_7874;

    /// <summary>The timeout of one KVM_RUN, in milliseconds.</summary>
    public const int RunTimeoutMs = 2000;

    /// <summary>The timeout of the whole program on the target, in milliseconds.</summary>
    public const int DeadlineMs = 6000;

    /// <summary>As <see cref="DeadlineMs"/>, for a lifecycle case: dozens of operations, and two VMs.</summary>
    public const int LifecycleDeadlineMs = 12000;

    /// <summary>
    /// As <see cref="DeadlineMs"/>, for one side of a migration: up to 2 MiB of memory and hundreds of registers.
    /// </summary>
    public const int MigrationDeadlineMs = 20000;

    /// <summary>The extent of a case's slot; lifecycle cases have a small one.</summary>
    public static Extent ExtentOf(Case c) => CaseDimensions.SlotOf(c)?.Extent ?? Extent.Page;
}
