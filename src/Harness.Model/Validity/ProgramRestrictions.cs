using Harness.Model.Programs;

namespace Harness.Model.Validity;

/// <summary>Programs that no machine can run, or that would depend on more than the model knows.</summary>
public static class ProgramRestrictions
{
    public static Restrictions<ProgramCase> All { get; } =
        new()
        {
            { c => c.Steps.Count == 0, "a program has steps" },
            { c => c.Setting, AttributeRestrictions.All },
            {
                c => c.Setting.Late || c.Setting.Beside is not null || c.Setting.Placement != Placement.Ordinary,
                "the slot of a program is an ordinary one over its memory"
            },
            { c => c.Setting.Mte, "programs are for VMs without tags" },
            {
                c => c.Backing.Kind is VmaKind.Hole or VmaKind.Secret,
                "memory that is never mapped has no pages in stage 2"
            },
            { c => c.Backing.Scattered, "the pages behind a block of scattered memory are not known" },
            {
                c => c.Setting.Extent > Extent.Misaligned && c.Backing.Kind == VmaKind.GuestMemory,
                "a guest_memfd has no mapping that is larger than the slot"
            },
            {
                c =>
                    c.Setting.Extent != Extent.Page
                    && c.Backing is { Kind: VmaKind.Anonymous, Provider: Provider.Usual },
                "whether plain memory has huge pages depends on the host"
            },
            {
                c => c.Backing is { Kind: VmaKind.MixedMap, Provider: Provider.ExporterHuge },
                "harms the host, except at the block's first page: follow_huge_pmd() takes its reference to that page, and KVM gives back one to its own"
            },
            {
                c =>
                    c.Setting.Extent == Extent.LargeMisaligned
                    && c.Backing is { Driver: true, Memory: not KernelMap.Unknown },
                "the exporter can't allocate more contiguous kernel pages than the page allocator provides"
            },
            {
                c => c.Setting.Extent == Extent.Page && c.Backing.Provider == Provider.HugeTlb,
                "the mapping of a small slot is a huge page, which the process changes as a whole"
            },
            {
                c =>
                    c.Steps.Span.ToArray()
                        .OfType<SlotAccess>()
                        .Any(a => a.Access is Access.Exclusive or Access.ReadNext),
                "what an exclusive does is the CPU's choice, and the next page has a name"
            },
            { c => InOrder(c) is not null, c => InOrder(c)! },
        };

    /// <summary>The first step that can't be made in the state before it; null if all can.</summary>
    private static string? InOrder(ProgramCase c)
    {
        var (logged, slot, mapping, writable, inaccessible, replaced, moved, file) = (
            (c.Setting.Slot & SlotFlags.LogDirtyPages) != 0,
            true,
            true,
            c.VmaWritable,
            false,
            false,
            false,
            true
        );
        bool memory = c.Backing.Kind == VmaKind.GuestMemory;
        foreach (var step in c.Steps.Span)
        {
            if (step is not SlotChange { Change: var change })
                continue;
            if (change.OfMapping && (memory || !mapping))
                return "only memory that is mapped has a mapping to change";
            if (change.OfGuestMemory && (!memory || !file))
                return "only an open guest_memfd can be punched or closed";
            if (!change.OfMapping && !change.OfGuestMemory && moved)
                return "the slot of memory that was moved away stays as it is";
            if (!change.OfMapping && !change.OfGuestMemory && !slot)
                return "a slot that is gone is not changed";
            switch (change.Kind)
            {
                case ChangeKind.Unmap:
                    mapping = false;
                    break;
                case ChangeKind.MoveMapping:
                    (mapping, moved) = (false, true);
                    break;
                case ChangeKind.ProtectRead when inaccessible:
                    return "memory that was made inaccessible stays so";
                case ChangeKind.ProtectRead:
                    writable = false;
                    break;
                case ChangeKind.ProtectNone:
                    (writable, inaccessible) = (false, true);
                    break;
                case ChangeKind.Store when !writable:
                    return "the process can't store to memory that it may only read";
                case ChangeKind.Replace when replaced || c.Setting.Extent != Extent.Page:
                    return "memory is replaced once, behind a small slot";
                case ChangeKind.Replace
                    when change.To is not { UnsupportedReason: null } to
                        || !(to.Driver || to.Kind == VmaKind.Anonymous):
                    return "the replacement is memory of a process or of a driver";
                case ChangeKind.Replace:
                    (replaced, writable, inaccessible) = (true, true, false);
                    break;
                case ChangeKind.LogOn or ChangeKind.LogOnOff when logged:
                case ChangeKind.LogOff when !logged:
                    return "dirty logging is enabled if it is off, and disabled if it is on";
                case ChangeKind.LogOn:
                    logged = true;
                    break;
                case ChangeKind.LogOff:
                    logged = false;
                    break;
                case ChangeKind.MoveOnto:
                    return "a program has one slot";
                case ChangeKind.DeleteSlot or ChangeKind.MoveSlot or ChangeKind.RecreateSlot when memory:
                    return "a guest_memfd's slot is bound once in a program";
                case ChangeKind.DeleteSlot or ChangeKind.MoveSlot:
                    slot = false;
                    break;
                case ChangeKind.CloseGuestMemory:
                    file = false;
                    break;
            }
        }
        return null;
    }
}
