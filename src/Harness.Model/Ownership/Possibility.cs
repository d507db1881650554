namespace Harness.Model.Ownership;

/// <summary>
/// Which operations are possible at all, regardless of the kernel: an operation on something that doesn't exist is not
/// possible.
/// </summary>
internal static class Possibility
{
    public static bool Has(in TransitionContext m) =>
        IsThere(in m)
        && m.Operation switch
        {
            Operation.Create => !m.Page.Vm && !m.Page.Destroyed,
            Operation.MapShared or Operation.MapPrivate => OpenFile(in m) && (!m.Page.Mapped || m.Scenario.Twofold),
            Operation.Bind => !m.Page.Slot && !m.Page.FileClosed,
            Operation.BindWindow => m.GuestMemory && m.Page is { Slot: false, SecondSlot: false, Mapped: true },
            Operation.BindAgain => m.Page is { Slot: true, Window: false, SecondSlot: false, FileClosed: false },
            Operation.BindInOther => m.Page is { Slot: true, OtherSlot: false, FileClosed: false },
            Operation.BindOver => m.Page is { Slot: true, OverSlot: false },
            Operation.Unbind => m.Page.Slot,
            Operation.MakeUnknownFlag or Operation.MakeUnaligned => m.GuestMemory,
            Operation.BindNothing or Operation.BindFile or Operation.BindBeyond or Operation.BindUnaligned => OpenFile(
                in m
            ) && !m.Page.Slot,
            // A logged or read-only slot of an ordinary VM is a different slot: what the guest may do to it doesn't
            // depend on page ownership.
            Operation.BindLogged or Operation.BindReadOnly => (m.GuestMemory || m.Protected) && !m.Page.FileClosed,
            Operation.OtherLoad => m.Page is { OtherSlot: true, OtherEnded: false },
            // The process can have the kernel access the page even where it can't access it itself.
            Operation.Load or Operation.Store or Operation.Copy or Operation.Peek => m.Page.Mapped,
            // Userspace emulates a load or store without a slot, whoever owns the page.
            >= Operation.GuestLoad and <= Operation.GuestUnshare => m.Page is { GuestEnded: false, Slot: true },
            Operation.GuestLdp => m.Page is { GuestEnded: false, Slot: false, OverSlot: false },
            Operation.GuestLoadPrivate
            or Operation.GuestStorePrivate
            or Operation.GuestLoadShared
            or Operation.GuestStoreShared => !m.Page.GuestEnded && (m.Page.Slot || m.Page.OverSlot),
            >= Operation.Punch and <= Operation.CloseFile => OpenFile(in m),
            _ => !m.ByGuest || !m.Page.GuestEnded,
        };

    private static bool OpenFile(in TransitionContext m) => m.GuestMemory && !m.Page.FileClosed;

    /// <summary>
    /// Without a VM, the only operation is to create one; after the VM is destroyed, the memory still exists.
    /// </summary>
    private static bool IsThere(in TransitionContext m) =>
        m.Operation == Operation.Create
        || (
            m.Page.Destroyed
                ? m.HostTouches || m.KernelTouches || m.Operation is Operation.CloseFile or Operation.Punch
                : m.Page.Vm
        );
}
