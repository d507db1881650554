using Harness.Model.Programs;

namespace Harness.Model.Validity;

/// <summary>What has become of a program's slot and memory, as far as it decides which steps can be made.</summary>
internal sealed class ProgramOrder(ProgramCase program)
{
    private readonly bool _guestMemory = program.Backing.Kind == VmaKind.GuestMemory;
    private Backing _backing = program.Backing;
    private readonly SlotOrder _first = new(program.Setting.Slot);
    private readonly SlotOrder _second = new(program.SecondSetting?.Slot ?? SlotFlags.None);
    private bool _mapping = true;
    private bool _writable = program.VmaWritable;
    private bool _accessible = true;
    private bool _replaced;
    private bool _file = true;
    private readonly HostOrder _host = new(program);

    /// <summary>What has become of one slot.</summary>
    private sealed class SlotOrder(SlotFlags flags)
    {
        public bool Logged { get; set; } = (flags & SlotFlags.LogDirtyPages) != 0;

        public bool There { get; set; } = true;

        /// <summary>Why the slot stays as it is from now on; null if it can be changed.</summary>
        public string? Settled { get; set; }
    }

    /// <summary>Makes the next step.</summary>
    /// <returns>Why it can't be made, or null.</returns>
    public string? Add(ProgramStep step) =>
        step is HostStep host ? OfHost(host)
        : step.MadeChange is not { Change: var change, Alias: var alias } ? null
        : change.OfDevice || change.Hotplugs || change.Kind == ChangeKind.SecondVm
            ? "a program has one VM, and its device stays as it is"
        : change.OfMapping ? OfMapping(change)
        : change.OfGuestMemory ? OfGuestMemory(change.Kind)
        : OfSlot(change.Kind, alias ? _second : _first);

    private string? OfHost(HostStep step) =>
        !_mapping || _replaced
            ? "the host's memory management is only asked about memory that is mapped, and was from the start"
            : _host.Add(step, _writable, _accessible);

    private string? OfMapping(LiveChange change)
    {
        if (_guestMemory || !_mapping)
            return "only memory that is mapped has a mapping to change";
        switch (change.Kind)
        {
            case ChangeKind.Unmap:
                _mapping = false;
                return null;
            case ChangeKind.MoveMapping when _backing.OfHugeTlb || _backing.Provider == Provider.Dax:
                return "hugetlbfs and DAX move memory only to where a huge page can be";
            case ChangeKind.MoveMapping:
                _mapping = false;
                _first.Settled = _second.Settled = "the slot of memory that was moved away stays as it is";
                return null;
            case ChangeKind.ProtectRead:
                _writable = false;
                return _accessible ? null : "memory that was made inaccessible stays so";
            case ChangeKind.ProtectNone:
                (_writable, _accessible) = (false, false);
                return _backing.Provider is Provider.ExporterFault or Provider.ExporterHuge && !program.Setting.Restored
                    ? "whether the process has a page that it may not access any more depends on earlier accesses"
                    : null;
            case ChangeKind.Store when _host.Truncated:
                return "a store beyond the end of the file would end the process";
            case ChangeKind.Store when _host.IsPoisoned:
                return "a store of the process to memory that has failed is its own SIGBUS";
            case ChangeKind.Store when _host.IsSplit:
                return "which table of a slot with blocks stays at a copy is not known: up to 6.9 the copy is mapped there";
            case ChangeKind.Store:
                return _writable ? null : "the process can't store to memory that it may only read";
            default:
                return Replace(change.To);
        }
    }

    private string? Replace(Backing? to)
    {
        if (_replaced || program.Setting.Extent != Extent.Page)
            return "memory is replaced once, behind a small slot";
        if (to is not { UnsupportedReason: null } || !(to.Driver || to.Kind == VmaKind.Anonymous))
            return "the replacement is memory of a process or of a driver";
        (_replaced, _writable, _accessible, _backing) = (true, true, true, to);
        return null;
    }

    private string? OfGuestMemory(ChangeKind kind)
    {
        if (!_guestMemory || !_file)
            return "only an open guest_memfd can be punched or closed";
        if (kind == ChangeKind.CloseGuestMemory)
            (_file, _first.Settled) = (false, "the slot of a closed guest_memfd stays as it is");
        return null;
    }

    private string? OfSlot(ChangeKind kind, SlotOrder slot)
    {
        if (slot.Settled is not null)
            return slot.Settled;
        if (!slot.There)
            return "a slot that is gone is not changed";
        if (kind == ChangeKind.MoveOnto)
            return "a program's slot is not moved onto another";
        if (
            kind switch
            {
                ChangeKind.LogOn or ChangeKind.LogOnOff => slot.Logged,
                ChangeKind.LogOff => !slot.Logged,
                _ => false,
            }
        )
            return "dirty logging is enabled if it is off, and disabled if it is on";
        if (_guestMemory && kind is ChangeKind.DeleteSlot or ChangeKind.MoveSlot or ChangeKind.RecreateSlot)
            return "a guest_memfd's slot is bound once in a program";
        slot.Logged = kind switch
        {
            ChangeKind.LogOn => true,
            ChangeKind.LogOff => false,
            _ => slot.Logged,
        };
        slot.There = kind is not (ChangeKind.DeleteSlot or ChangeKind.MoveSlot);
        // What follows would be requested for a slot that is not there, or has other flags.
        if (
            _backing.Kind == VmaKind.PfnMap
            && (_replaced || kind is ChangeKind.LogOn or ChangeKind.LogOnOff or ChangeKind.LogOff)
        )
            slot.Settled = "after a change of a slot over VM_PFNMAP memory, which may be refused, it stays as it is";
        return null;
    }
}
