namespace Harness.Model;

/// <summary>What userspace can do to a slot that the guest has used, or to the memory behind it.</summary>
public enum ChangeKind : byte
{
    /// <summary>munmap(2) of the memory: its addresses have no VMA afterwards.</summary>
    Unmap,

    /// <summary>mremap(2) to other addresses; the slot's addresses have no VMA afterwards.</summary>
    MoveMapping,

    /// <summary>mprotect(2) with PROT_READ.</summary>
    ProtectRead,

    /// <summary>mprotect(2) with PROT_NONE.</summary>
    ProtectNone,

    /// <summary>mmap(2) with MAP_FIXED puts another backing in the memory's place.</summary>
    Replace,

    /// <summary>The process stores to the page.</summary>
    Store,

    /// <summary>KVM_MEM_LOG_DIRTY_PAGES is set on the slot.</summary>
    LogOn,

    /// <summary>KVM_MEM_LOG_DIRTY_PAGES is cleared.</summary>
    LogOff,

    /// <summary>KVM_MEM_LOG_DIRTY_PAGES is set, and cleared again.</summary>
    LogOnOff,

    /// <summary>KVM_SET_USER_MEMORY_REGION toggles KVM_MEM_READONLY.</summary>
    ToggleReadOnly,

    /// <summary>The slot is deleted.</summary>
    DeleteSlot,

    /// <summary>The slot is deleted and created again as it was.</summary>
    RecreateSlot,

    /// <summary>The slot is moved to other guest physical addresses; the guest still accesses the old ones.</summary>
    MoveSlot,

    /// <summary>The slot is moved to addresses of which the last page lies above the VM's IPA size.</summary>
    MoveBeyondIpa,

    /// <summary>The slot is moved to the addresses of another slot.</summary>
    MoveOnto,

    /// <summary>fallocate(2) with FALLOC_FL_PUNCH_HOLE on the guest_memfd.</summary>
    PunchHole,

    /// <summary>The last descriptor of the guest_memfd is closed.</summary>
    CloseGuestMemory,

    /// <summary>PCI_COMMAND_MEMORY of the VFIO device is cleared through its config region.</summary>
    DisableMemory,

    /// <summary>It is cleared, and set again.</summary>
    ToggleMemory,

    /// <summary>VFIO_DEVICE_RESET.</summary>
    ResetDevice,

    /// <summary>The VFIO device's driver is asked through sysfs to release it, and waits for its users.</summary>
    UnbindDevice,

    /// <summary>Another VM of the process gets the same memory, and its guest makes the same first access.</summary>
    SecondVm,

    /// <summary>The memory is added to the kernel's: add_memory_driver_managed(). It stays offline.</summary>
    AddMemory,

    /// <summary>Its driver unmaps it, and it is removed from the kernel's: remove_memory().</summary>
    RemoveMemory,
}

/// <summary>What userspace does between the first access and the second.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="To">For <see cref="ChangeKind.Replace"/>: the new memory, writable.</param>
public sealed record LiveChange(ChangeKind Kind, Backing? To = null)
{
    /// <summary>
    /// It is made by KVM_SET_USER_MEMORY_REGION, which checks the slot and its memory again; deleting alone checks
    /// nothing.
    /// </summary>
    public bool AsksAgain => Kind is >= ChangeKind.LogOn and <= ChangeKind.MoveOnto and not ChangeKind.DeleteSlot;

    /// <summary>KVM_MR_MOVE: the slot gets another guest physical address.</summary>
    public bool Moves => Kind is ChangeKind.MoveSlot or ChangeKind.MoveBeyondIpa or ChangeKind.MoveOnto;

    /// <summary>It is made to the slot.</summary>
    public bool OfSlot => AsksAgain || Kind == ChangeKind.DeleteSlot;

    /// <summary>It is made to the process's mapping of the memory, not to the slot.</summary>
    public bool OfMapping => Kind <= ChangeKind.Store;

    /// <summary>It is made to the guest_memfd.</summary>
    public bool OfGuestMemory => Kind is ChangeKind.PunchHole or ChangeKind.CloseGuestMemory;

    /// <summary>It is made to the VFIO device.</summary>
    public bool OfDevice => Kind is >= ChangeKind.DisableMemory and <= ChangeKind.UnbindDevice;

    /// <summary>It changes whether the memory is the kernel's.</summary>
    public bool Hotplugs => Kind is ChangeKind.AddMemory or ChangeKind.RemoveMemory;

    /// <summary>VFIO unmaps the device's BARs from all processes.</summary>
    public bool UnmapsBars => Kind is ChangeKind.DisableMemory or ChangeKind.ToggleMemory or ChangeKind.ResetDevice;

    /// <summary>
    /// It is made by several calls, between which the page is mapped otherwise than before and after, or it is about
    /// another VM.
    /// </summary>
    public bool HasStages =>
        Kind is ChangeKind.LogOnOff or ChangeKind.RecreateSlot or ChangeKind.ToggleMemory or ChangeKind.SecondVm;

    /// <summary>The slot's flags that the change requests.</summary>
    public SlotFlags Flags(SlotFlags now) =>
        Kind switch
        {
            ChangeKind.LogOn or ChangeKind.LogOnOff => now | SlotFlags.LogDirtyPages,
            ChangeKind.LogOff => now & ~SlotFlags.LogDirtyPages,
            ChangeKind.ToggleReadOnly => now ^ SlotFlags.ReadOnly,
            _ => now,
        };
}
