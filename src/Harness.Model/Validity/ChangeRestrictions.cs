namespace Harness.Model.Validity;

/// <summary>
/// Why userspace can't make a change, or why it would have no visible effect. For cases with a change.
/// </summary>
internal static class ChangeRestrictions
{
    public static Restrictions<AttributeCase> All { get; } =
        new()
        {
            { c => c.Accesses.Count < 2, "a change shows at the access after it" },
            {
                c => c.Backing.Kind is VmaKind.Hole or VmaKind.Secret,
                "where nothing was mapped, a change takes nothing away"
            },
            {
                c => (c.Change!.Kind == ChangeKind.Replace) != (c.Change.To is not null),
                "only memory that is replaced has something in its place"
            },
            {
                c =>
                    c.Change!.To is { } to
                    && (to.UnsupportedReason is not null || !(to.Driver || to.Kind == VmaKind.Anonymous)),
                "the replacement is memory of a process or of a driver"
            },
            {
                c => c.Change!.OfMapping && c.Backing.Kind == VmaKind.GuestMemory,
                "a guest_memfd that is not mapped has no mapping to change"
            },
            {
                c => c.Change!.OfGuestMemory && c.Backing.Kind != VmaKind.GuestMemory,
                "only a guest_memfd can be punched or closed"
            },
            { c => c.Change!.OfDevice && !c.Backing.OfVfio, "only VFIO's devices have a command register and a reset" },
            {
                c =>
                    c.Change!.Hotplugs
                    && (
                        c.Backing.Provider != Provider.Hotplug
                        || (c.Change.Kind == ChangeKind.AddMemory) != (c.Backing.Memory == KernelMap.Unknown)
                    ),
                "only memory of its provider is hot-added, once, and removed"
            },
            {
                c =>
                    c.Change!.Kind == ChangeKind.SecondVm
                    && (
                        c is GuestCase
                        || c.Accesses.Span.Contains(Access.ReadNext)
                        || c.Mte
                        || c.Late
                        || c.Backing.Kind == VmaKind.GuestMemory
                    ),
                "the second VM is an ordinary one, with the same slot over the same mapping"
            },
            {
                c => c.Change!.Kind == ChangeKind.SecondVm && c.Backing.Sharing == Sharing.Private,
                "the second VM's access may copy a private page"
            },
            {
                c =>
                    c.Change!.Kind == ChangeKind.SecondVm
                    && (c.Beside is not null || c.Placement != Placement.Ordinary),
                "the second VM has one slot over one mapping"
            },
            {
                c => c.Change!.Kind == ChangeKind.Store && !c.VmaWritable,
                "the process can't store to memory that it may only read"
            },
            { c => c.Change!.OfMapping && c.Beside is not null, "a change is made to one VMA" },
            {
                c =>
                    c.Change!.Kind switch
                    {
                        ChangeKind.LogOn or ChangeKind.LogOnOff => Logs(c),
                        ChangeKind.LogOff => !Logs(c),
                        _ => false,
                    },
                "dirty logging is enabled if it is off, and disabled if it is on"
            },
        };

    private static bool Logs(AttributeCase c) => (c.Slot & SlotFlags.LogDirtyPages) != 0;
}
