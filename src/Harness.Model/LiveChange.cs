namespace Harness.Model;

/// <summary>What userspace can do to a slot that the guest has used, or to the memory behind it.</summary>
public enum ChangeKind : byte
{
    /// <summary>munmap(2) of the memory: its addresses have no VMA then.</summary>
    Unmap,

    /// <summary>mremap(2) to other addresses; the slot's have no VMA then.</summary>
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

    /// <summary>KVM_MEM_READONLY is asked to change.</summary>
    ToggleReadOnly,

    /// <summary>The slot is deleted.</summary>
    DeleteSlot,

    /// <summary>The slot is deleted, and set up again as it was.</summary>
    RecreateSlot,

    /// <summary>The slot is moved to other guest physical addresses; the guest goes on at the old ones.</summary>
    MoveSlot,

    /// <summary>fallocate(2) with FALLOC_FL_PUNCH_HOLE on the guest_memfd.</summary>
    PunchHole,

    /// <summary>The last descriptor of the guest_memfd is closed.</summary>
    CloseGuestMemory,
}

/// <summary>What userspace does behind the guest's back, between the first access and the second.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="To">For <see cref="ChangeKind.Replace"/>: what comes, writable.</param>
public sealed record LiveChange(ChangeKind Kind, Backing? To = null)
{
    /// <summary>It is made by KVM_SET_USER_MEMORY_REGION, which checks the slot and its memory again; deleting alone checks nothing.</summary>
    public bool AsksAgain => Kind is >= ChangeKind.LogOn and <= ChangeKind.MoveSlot and not ChangeKind.DeleteSlot;

    /// <summary>It is made to the process's mapping of the memory, not to the slot.</summary>
    public bool OfMapping => Kind <= ChangeKind.Store;

    /// <summary>It is made to the guest_memfd.</summary>
    public bool OfGuestMemory => Kind >= ChangeKind.PunchHole;

    /// <summary>The flags that the slot is asked to have then.</summary>
    public SlotFlags Flags(SlotFlags now) => Kind switch
    {
        ChangeKind.LogOn or ChangeKind.LogOnOff => now | SlotFlags.LogDirtyPages,
        ChangeKind.LogOff => now & ~SlotFlags.LogDirtyPages,
        ChangeKind.ToggleReadOnly => now ^ SlotFlags.ReadOnly,
        _ => now,
    };

    /// <summary>Why no machine can have such a change in such a case, or null where one can.</summary>
    public string? UnsupportedReason(Case c) =>
        c.Accesses.Count < 2 ? "what a change does shows at the access after it"
        : c.Backing.Kind is VmaKind.Hole or VmaKind.Secret ? "where nothing was mapped, a change takes nothing away"
        : (Kind == ChangeKind.Replace) != (To is not null) ? "only memory that is replaced has something in its place"
        : To is not null && (To.UnsupportedReason is not null || !(To.Driver || To.Kind == VmaKind.Anonymous)) ? "what comes is memory of a process or of a driver"
        : OfMapping && c.Backing.Kind == VmaKind.GuestMemory ? "a guest_memfd that nobody has mapped has no mapping to change"
        : OfGuestMemory && c.Backing.Kind != VmaKind.GuestMemory ? "only a guest_memfd can be punched or closed"
        : Kind == ChangeKind.Store && !c.VmaWritable ? "the process can't store to memory that it may only read"
        : OfMapping && c.Beside is not null ? "a change is made to one VMA"
        : Kind is (ChangeKind.LogOn or ChangeKind.LogOnOff) == ((c.Slot & SlotFlags.LogDirtyPages) == 0)
            || Kind is not (ChangeKind.LogOn or ChangeKind.LogOnOff or ChangeKind.LogOff) ? null
        : "dirty logging is switched on where it is off, and off where it is on";
}
