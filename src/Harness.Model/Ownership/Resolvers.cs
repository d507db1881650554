namespace Harness.Model.Ownership;

/// <summary>How accesses find their page, system by system.</summary>
public static class Resolvers
{
    private const string ProcessPage = "a page of the process's own";

    /// <summary>Mainline on arm64, of every version: by the file's flag, by the hypervisor's state, or by nothing.</summary>
    public static Resolution Arm64(in Moment m)
    {
        string[] slots = Either(in m);
        if (m.Protected)
            return m.Page.Guest switch
            {
                Grip.Owned => new Resolution(true, KnownBy.HypervisorState, slots, $"{ProcessPage}, which the guest took from it"),
                Grip.Lent => new Resolution(false, KnownBy.HypervisorState, slots, $"{ProcessPage}, which the guest lends it"),
                Grip.Poisoned => new Resolution(true, KnownBy.HypervisorState, slots, "none: the page was taken by force"),
                _ => new Resolution(null, KnownBy.HypervisorState, slots,
                    $"{ProcessBacking(in m)}, which {(Givable(in m) ? "the access takes from it" : "no protected guest gets")}"),
            };
        return m.GuestMemory
            ? new Resolution(!m.InitShared, KnownBy.FileFlag, slots,
                m.Page.Window ? "a page of the guest_memfd, looked for by the process's mapping of it"
                    : $"a page of the guest_memfd, which the process {(m.InitShared ? "may have, too" : "never has")}")
            : new Resolution(false, KnownBy.Nothing, slots,
                $"{ProcessBacking(in m)}{(m.Backing.Kind == VmaKind.Secret ? ", which no guest gets" : "")}");
    }

    /// <summary>TDX: shared and private addresses are apart; the attribute says which of the two may be used.</summary>
    public static Resolution AddressBit(in Moment m) => ByAttribute(in m, KnownBy.AddressBit);

    /// <summary>SEV: one address, the C-bit, and the attribute, which must say the same.</summary>
    public static Resolution TableBit(in Moment m) => ByAttribute(in m, KnownBy.TableBit);

    /// <summary>Version 5 with TDX: the bit picks the slot, too.</summary>
    public static Resolution SlotByAddressBit(in Moment m)
    {
        string[] slots = m.SaysPrivate ? [.. Private(in m)] : [.. Shared(in m)];
        return new Resolution(m.SaysPrivate, KnownBy.AddressBit, slots, slots.Length == 0 ? "none" : File(m.SaysPrivate));
    }

    /// <summary>Version 5 with SEV: both slots lie at the address, and a look into the private file is to tell which is meant.</summary>
    public static Resolution SlotByPresence(in Moment m)
    {
        string[] slots = [.. Private(in m), .. Shared(in m)];
        bool file = m.Page is { Slot: true, Allocated: true };
        return new Resolution(m.SaysPrivate, KnownBy.TableBit, slots,
            slots.Length == 0 ? "none" : file ? $"{File(true)}, since it has one" : m.Page.OverSlot ? $"{ProcessPage}, since the private file has none" : "none yet");
    }

    /// <summary>A realm: the upper half of its addresses is unprotected.</summary>
    public static Resolution Realm(in Moment m) => new(m.SaysPrivate, KnownBy.AddressBit, Either(in m),
        m.SaysPrivate ? "a granule of the realm's" : ProcessPage);

    /// <summary>Gunyah: as the mails have it, a page of a guest_memfd that was donated.</summary>
    public static Resolution Donated(in Moment m) => new(m.Page.Guest == Grip.Owned ? true : null, KnownBy.HypervisorState, Either(in m),
        "a page of Gunyah's guest_memfd");

    private static Resolution ByAttribute(in Moment m, KnownBy by) => new(m.SaysPrivate, by, Either(in m),
        m.SaysPrivate != m.Page.Private ? "none, until the attribute agrees" : File(m.SaysPrivate));

    private static string[] Either(in Moment m) => m.Page.Slot ? ["the memslot at that address"] : [];

    private static string[] Private(in Moment m) => m.Page.Slot ? ["the private memslot"] : [];

    private static string[] Shared(in Moment m) => m.Page.OverSlot ? ["the shared memslot"] : [];

    private static string File(bool @private) => @private ? "a page of the private file" : ProcessPage;

    /// <summary>It can be pinned for writing: only such a page is a protected guest's.</summary>
    private static bool Givable(in Moment m) => m is { Backing.Kind: VmaKind.Anonymous, Setting.Writable: true };

    private static string ProcessBacking(in Moment m) => m.Backing.Kind switch
    {
        VmaKind.Hole => "nothing that the process has",
        VmaKind.Secret => "a page of memfd_secret",
        VmaKind.GuestMemory => "a page of the guest_memfd",
        VmaKind.PfnMap or VmaKind.MixedMap => "a driver's page",
        _ => ProcessPage,
    };
}
