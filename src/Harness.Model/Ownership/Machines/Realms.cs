namespace Harness.Model.Ownership.Machines;

/// <summary>
/// Arm CCA, as far as public sources define it: the granules and addresses of the RMM specification, and the host side
/// of the series that adds realms to KVM; no kernel read has it. What the specification leaves to the host (whether it
/// accepts a RIPAS change, whether it provides a page at once) happens immediately on request here.
/// </summary>
public static class Realms
{
    /// <summary>RMI_ERROR_INPUT.</summary>
    internal const int ErrorInput = 1;

    /// <summary>RMI_ERROR_RTT, without the level at which the walk ended.</summary>
    internal const int ErrorRtt = 4;

    private const string Spec = "Arm DEN0137 1.0";

    private const string Faults = "[PATCH v5 04/43] arm64: RME: Handle Granule Protection Faults (GPFs)";

    public static Machine Cca { get; } =
        Machine.New(
            "cca-1.0",
            "A granule belongs to the host's physical address space or to the realms'; half of a realm's addresses is protected, the other the host's.",
            [
                new(
                    "create",
                    Rmm("B4.3.9 RMI_REALM_CREATE command", "the realm is active; its measurement is left out"),
                    "a realm is made",
                    static (in m) => m.Operation == Operation.Create,
                    static (in _, ref page) =>
                    {
                        page.Vm = true;
                        return OperationOutcome.Done;
                    }
                ),
                new(
                    "bind",
                    Price(
                        "[PATCH v5 00/43] arm64: Support for Arm CCA in KVM",
                        "memory of a realm is in a guest_memfd, in addition to an address of the process"
                    ),
                    "one slot has both: granules for the protected half, memory of the process for the other",
                    static (in m) => m.Operation == Operation.Bind,
                    static (in _, ref page) =>
                    {
                        page.Slot = true;
                        return OperationOutcome.Done;
                    }
                ),
                new(
                    "delegate",
                    Rmm("A2.2.3 Granule lifecycle", "UNDELEGATED to DELEGATED: GPT_REALM"),
                    "the host has no access to a delegated granule",
                    static (in m) => m is { Operation: Operation.Delegate, Page: { Slot: true, Delegated: false } },
                    static (in _, ref page) =>
                    {
                        page.Delegated = true;
                        return OperationOutcome.Done;
                    }
                ),
                new(
                    "undelegate",
                    Rmm(
                        "A2.2.4 Granule wiping",
                        "a DELEGATED granule is wiped; \"not guaranteed to be implemented as zero filling\", here zeroes"
                    ),
                    "a granule that belongs to no realm is wiped when it is undelegated",
                    static (in m) =>
                        m is { Operation: Operation.Undelegate, Page: { Delegated: true, Guest: PageAccess.None } },
                    static (in m, ref page) =>
                    {
                        page.Delegated = false;
                        return Accesses.Emptied(in m, ref page);
                    }
                ),
                new(
                    "granule-state",
                    Rmm("A2.2.3 Granule lifecycle", "any other state: RMI_ERROR_INPUT"),
                    "only an undelegated granule can be delegated, and only a delegated one that is no realm's data can be undelegated",
                    static (in m) => m.Operation is Operation.Delegate or Operation.Undelegate,
                    Sources.Hypercall(ErrorInput)
                ),
                new(
                    "data-create",
                    Rmm("B4.3.2 RMI_DATA_CREATE_UNKNOWN command", "DELEGATED to DATA, UNASSIGNED to ASSIGNED"),
                    "a delegated granule becomes a realm's data, its content wiped; the RIPAS of the address is unchanged",
                    static (in m) =>
                        m is { Operation: Operation.Donate, Page: { Delegated: true, Guest: PageAccess.None } },
                    static (in m, ref page) =>
                    {
                        Accesses.Emptied(in m, ref page);
                        page.Guest = PageAccess.Owned;
                        return OperationOutcome.Done;
                    }
                ),
                new(
                    "data-create-refused",
                    Rmm("B4.3.2 RMI_DATA_CREATE_UNKNOWN command", "Granule(data).state != DELEGATED: RMI_ERROR_INPUT"),
                    "only a delegated granule becomes data",
                    static (in m) => m.Operation == Operation.Donate,
                    Sources.Hypercall(ErrorInput)
                ),
                new(
                    "data-destroy",
                    Rmm(
                        "B4.3.3 RMI_DATA_DESTROY command",
                        "DATA to DELEGATED, ASSIGNED to UNASSIGNED; RIPAS RAM to DESTROYED"
                    ),
                    "the host may reclaim a granule at any time; it is wiped, and the realm can't continue when it accesses it",
                    static (in m) => m is { Operation: Operation.Reclaim, Page.Guest: PageAccess.Owned },
                    static (in m, ref page) =>
                    {
                        Accesses.Emptied(in m, ref page);
                        page.Ripas = page.Ripas == RealmIpaState.Ram ? RealmIpaState.Destroyed : page.Ripas;
                        return OperationOutcome.Done;
                    }
                ),
                new(
                    "data-destroy-refused",
                    Rmm("B4.3.3 RMI_DATA_DESTROY command", "walk.rtte.state != ASSIGNED: RMI_ERROR_RTT"),
                    "only data is destroyed",
                    static (in m) => m.Operation == Operation.Reclaim,
                    Sources.Hypercall(ErrorRtt)
                ),
                new(
                    "ripas-empty",
                    Rmm(
                        "A5.2.5 Changes to RIPAS while Realm state is REALM_ACTIVE",
                        "only in response to RSI_IPA_STATE_SET; the host agrees"
                    ),
                    "a realm gives up an address of its protected half",
                    static (in m) => m.Operation == Operation.GuestShare,
                    static (in _, ref page) =>
                    {
                        page.Ripas = RealmIpaState.Empty;
                        return OperationOutcome.Done;
                    }
                ),
                new(
                    "ripas-ram",
                    Rmm(
                        "A5.2.5 Changes to RIPAS while Realm state is REALM_ACTIVE",
                        "only in response to RSI_IPA_STATE_SET, here with CHANGE_DESTROYED; the host agrees"
                    ),
                    "and asks for memory there",
                    static (in m) => m.Operation == Operation.GuestUnshare,
                    static (in _, ref page) =>
                    {
                        page.Ripas = RealmIpaState.Ram;
                        return OperationOutcome.Done;
                    }
                ),
                new(
                    "destroy",
                    Rmm("A2.2.4 Granule wiping", "a granule that goes through DELEGATED is wiped"),
                    "with the realm its granules are destroyed, undelegated and so wiped",
                    static (in m) => m.Operation == Operation.Destroy,
                    static (in m, ref page) =>
                    {
                        Accesses.Emptied(in m, ref page);
                        page.Delegated = page.SharedMapped = false;
                        page.Ripas = RealmIpaState.Empty;
                        return Linux61.Gone(ref page);
                    }
                ),
                new(
                    "host-touch",
                    Rmm(
                        "A5.2.6 Realm access to an Unprotected IPA",
                        "memory that is accessible to both the realm and the host"
                    ),
                    "the process accesses the shared page: it has no address for a realm's granule",
                    static (in m) => m.HostTouches,
                    Accesses.ByHostShared
                ),
                new(
                    "stray-into-granule",
                    Price(Faults, "do_gpf(): fixup_exception()"),
                    "an unaligned word load into a delegated granule is a granule protection fault, which a fix-up handles",
                    static (in m) => m.Operation == Operation.Stray,
                    static (in _, ref _) => OperationOutcome.Done
                ),
                new(
                    "protected-empty",
                    Rmm(
                        "A5.2.3 Realm access to a Protected IPA",
                        "RIPAS is EMPTY: a Synchronous External Abort taken to the Realm"
                    ),
                    "if the realm has given up its memory it takes an abort, without an exit to the host",
                    static (in m) => m.SaysPrivate && m.Page.Ripas == RealmIpaState.Empty,
                    static (in _, ref _) => OperationOutcome.GuestAborts
                ),
                new(
                    "protected-exit",
                    Rmm(
                        "A5.2.9 Summary of Realm IPA space properties",
                        "RIPAS RAM and HIPAS UNASSIGNED, or RIPAS DESTROYED: an REC exit"
                    ),
                    "if there is no granule, or the host reclaimed it, the host gets the address",
                    static (in m) =>
                        m.SaysPrivate && (m.Page.Ripas == RealmIpaState.Destroyed || m.Page.Guest == PageAccess.None),
                    static (in _, ref _) => OperationOutcome.AsksFor(true)
                ),
                new(
                    "protected-access",
                    Rmm("A5.2.3 Realm access to a Protected IPA", "RIPAS is RAM"),
                    "a realm has its granules to itself",
                    static (in m) => m.SaysPrivate,
                    Accesses.ByGuestPrivate
                ),
                new(
                    "unprotected-access",
                    Rmm(
                        "A5.2.6 Realm access to an Unprotected IPA",
                        "UNASSIGNED_NS: an REC exit, and the host maps the page"
                    ),
                    "the other half of the addresses is the host's memory",
                    static (in m) => m.GuestSays,
                    Accesses.ByGuestShared
                ),
            ]
        );

    private static Source Rmm(string section, string note) => Source.Specification(Spec, section, note);

    private static Source Price(string subject, string note) => Source.Mail("Price, 2024-10-04", subject, note);
}
