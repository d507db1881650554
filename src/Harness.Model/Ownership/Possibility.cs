namespace Harness.Model.Ownership;

/// <summary>What can be done at all, whatever a kernel answers: an act on what isn't there is no act.</summary>
internal static class Possibility
{
    public static bool Has(in Moment m) => IsThere(in m) && m.Act switch
    {
        Act.Create => !m.Page.Vm && !m.Page.Destroyed,
        Act.MapShared or Act.MapPrivate => OpenFile(in m) && (!m.Page.Mapped || m.Setting.Twofold),
        Act.Bind => !m.Page.Slot && !m.Page.FileClosed,
        Act.BindWindow => m.GuestMemory && m.Page is { Slot: false, SecondSlot: false, Mapped: true },
        Act.BindAgain => m.Page is { Slot: true, Window: false, SecondSlot: false, FileClosed: false },
        Act.BindInOther => m.Page is { Slot: true, OtherSlot: false, FileClosed: false },
        Act.BindOver => m.Page is { Slot: true, OverSlot: false },
        Act.Unbind => m.Page.Slot,
        Act.MakeUnknownFlag or Act.MakeUnaligned => m.GuestMemory,
        Act.BindNothing or Act.BindFile or Act.BindBeyond or Act.BindUnaligned => OpenFile(in m) && !m.Page.Slot,
        // A slot of an ordinary VM that is logged or read-only is another slot: what the guest may do to it is no matter of who owns it.
        Act.BindLogged or Act.BindReadOnly => (m.GuestMemory || m.Protected) && !m.Page.FileClosed,
        Act.OtherLoad => m.Page is { OtherSlot: true, OtherEnded: false },
        // What the process may not touch otherwise it can still let the kernel try.
        Act.Load or Act.Store or Act.Copy or Act.Peek => m.Page.Mapped,
        // A load or store that no slot answers is userspace's to emulate, whoever has which page.
        >= Act.GuestLoad and <= Act.GuestUnshare => m.Page is { GuestEnded: false, Slot: true },
        Act.GuestLdp => m.Page is { GuestEnded: false, Slot: false, OverSlot: false },
        Act.GuestLoadPrivate or Act.GuestStorePrivate or Act.GuestLoadShared or Act.GuestStoreShared =>
            !m.Page.GuestEnded && (m.Page.Slot || m.Page.OverSlot),
        >= Act.Punch and <= Act.CloseFile => OpenFile(in m),
        _ => !m.ByGuest || !m.Page.GuestEnded,
    };

    private static bool OpenFile(in Moment m) => m.GuestMemory && !m.Page.FileClosed;

    /// <summary>Before there is a VM only one can be made; after it is gone, the memory is still there.</summary>
    private static bool IsThere(in Moment m) =>
        m.Act == Act.Create || (m.Page.Destroyed ? m.HostTouches || m.KernelTouches || m.Act is Act.CloseFile or Act.Punch : m.Page.Vm);
}
