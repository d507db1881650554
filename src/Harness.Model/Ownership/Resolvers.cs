namespace Harness.Model.Ownership;

/// <summary>How each system resolves an access to its page.</summary>
public static class Resolvers
{
    private const string ProcessPage = "a page of the process's own";

    /// <summary>
    /// Mainline on arm64, all versions: by the file's flag, by the hypervisor's state, or not at all.
    /// </summary>
    public static Resolution Arm64(in TransitionContext m)
    {
        string[] slots = Either(in m);
        if (m.Protected)
            return m.Page.Guest switch
            {
                PageAccess.Owned => new Resolution(
                    true,
                    ObservableAs.HypervisorState,
                    slots,
                    $"{ProcessPage}, which the guest took from it"
                ),
                PageAccess.Lent => new Resolution(
                    false,
                    ObservableAs.HypervisorState,
                    slots,
                    $"{ProcessPage}, which the guest lends it"
                ),
                PageAccess.Poisoned => new Resolution(
                    true,
                    ObservableAs.HypervisorState,
                    slots,
                    "none: the page was forcibly reclaimed"
                ),
                _ => new Resolution(
                    null,
                    ObservableAs.HypervisorState,
                    slots,
                    $"{ProcessBacking(in m)}, which {(Givable(in m) ? "the access takes from it" : "no protected guest gets")}"
                ),
            };
        return m.GuestMemory
            ? new Resolution(
                !m.InitShared,
                ObservableAs.FileFlag,
                slots,
                m.Page.Window
                    ? "a page of the guest_memfd, looked for by the process's mapping of it"
                    : $"a page of the guest_memfd, which the process {(m.InitShared ? "may have, too" : "never has")}"
            )
            : new Resolution(
                false,
                ObservableAs.Nothing,
                slots,
                $"{ProcessBacking(in m)}{(m.Backing.Kind == VmaKind.Secret ? ", which no guest gets" : "")}"
            );
    }

    /// <summary>
    /// TDX: shared and private addresses are separate; the attribute decides which of the two may be used.
    /// </summary>
    public static Resolution AddressBit(in TransitionContext m) => ByAttribute(in m, ObservableAs.AddressBit);

    /// <summary>SEV: one address, the C-bit, and the attribute, which must agree.</summary>
    public static Resolution TableBit(in TransitionContext m) => ByAttribute(in m, ObservableAs.TableBit);

    /// <summary>Version 5 with TDX: the bit selects the slot, too.</summary>
    public static Resolution SlotByAddressBit(in TransitionContext m)
    {
        string[] slots = m.SaysPrivate ? [.. Private(in m)] : [.. Shared(in m)];
        return new Resolution(
            m.SaysPrivate,
            ObservableAs.AddressBit,
            slots,
            slots.Length == 0 ? "none" : File(m.SaysPrivate)
        );
    }

    /// <summary>
    /// Version 5 with SEV: both slots are at the address, and a lookup in the private file decides which is used.
    /// </summary>
    public static Resolution SlotByPresence(in TransitionContext m)
    {
        string[] slots = [.. Private(in m), .. Shared(in m)];
        bool file = m.Page is { Slot: true, Allocated: true };
        return new Resolution(
            m.SaysPrivate,
            ObservableAs.TableBit,
            slots,
            slots.Length == 0 ? "none"
                : file ? $"{File(true)}, since it has one"
                : m.Page.OverSlot ? $"{ProcessPage}, since the private file has none"
                : "none yet"
        );
    }

    /// <summary>A realm: the upper half of its addresses is unprotected.</summary>
    public static Resolution Realm(in TransitionContext m) =>
        new(
            m.SaysPrivate,
            ObservableAs.AddressBit,
            Either(in m),
            m.SaysPrivate ? "a granule of the realm's" : ProcessPage
        );

    /// <summary>Gunyah: by the mails, a donated page of a guest_memfd.</summary>
    public static Resolution Donated(in TransitionContext m) =>
        new(
            m.Page.Guest == PageAccess.Owned ? true : null,
            ObservableAs.HypervisorState,
            Either(in m),
            "a page of Gunyah's guest_memfd"
        );

    private static Resolution ByAttribute(in TransitionContext m, ObservableAs by) =>
        new(
            m.SaysPrivate,
            by,
            Either(in m),
            m.SaysPrivate != m.Page.Private ? "none, until the attribute agrees" : File(m.SaysPrivate)
        );

    private static string[] Either(in TransitionContext m) => m.Page.Slot ? ["the memslot at that address"] : [];

    private static string[] Private(in TransitionContext m) => m.Page.Slot ? ["the private memslot"] : [];

    private static string[] Shared(in TransitionContext m) => m.Page.OverSlot ? ["the shared memslot"] : [];

    private static string File(bool @private) => @private ? "a page of the private file" : ProcessPage;

    /// <summary>The page can be pinned for writing; only such a page can be donated to a protected guest.</summary>
    private static bool Givable(in TransitionContext m) =>
        m is { Backing.Kind: VmaKind.Anonymous, Scenario.Writable: true };

    private static string ProcessBacking(in TransitionContext m) =>
        m.Backing.Kind switch
        {
            VmaKind.Hole => "nothing that the process has",
            VmaKind.Secret => "a page of memfd_secret",
            VmaKind.GuestMemory => "a page of the guest_memfd",
            VmaKind.PfnMap or VmaKind.MixedMap => "a driver's page",
            _ => ProcessPage,
        };
}
