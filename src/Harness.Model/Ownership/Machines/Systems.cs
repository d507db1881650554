namespace Harness.Model.Ownership.Machines;

/// <summary>
/// Every system by name: mainline's generations, on plain hosts and in protected mode, and systems that exist only in
/// mails and specifications.
/// </summary>
public static class Systems
{
    private static readonly HostFacts[] Plain = [new(Fwb: true, Dic: true), new(Fwb: true, Dic: false)];

    private static readonly HostFacts[] Protected = [.. Plain.Select(h => h with { Mode = KvmMode.Protected })];

    /// <summary>What a process can do on mainline, and what its kernel does on its own.</summary>
    private static readonly Operation[] Mainline =
    [
        .. Enum.GetValues<Operation>()
            .Where(a => a is <= Operation.OtherLoad or Operation.Stray or Operation.Hibernate),
    ];

    private static readonly Operation[] ProtectedMode = [.. Mainline.Where(a => a != Operation.Hibernate)];

    /// <summary>Operations on a page of the kernel itself.</summary>
    private static readonly Operation[] KernelsOwn =
    [
        Operation.Create,
        Operation.HypShare,
        Operation.HypUnshare,
        Operation.HypDonate,
        Operation.HypReturn,
        Operation.Stray,
        Operation.Destroy,
    ];

    private static readonly Operation[] TwoPages =
    [
        Operation.Create,
        Operation.MapShared,
        Operation.MapPrivate,
        Operation.Bind,
        Operation.BindOver,
        Operation.Unbind,
        Operation.SetPrivate,
        Operation.SetShared,
        Operation.Allocate,
        Operation.Punch,
        Operation.Load,
        Operation.Store,
        Operation.Copy,
        Operation.Peek,
        Operation.GuestLoadPrivate,
        Operation.GuestStorePrivate,
        Operation.GuestLoadShared,
        Operation.GuestStoreShared,
        Operation.Destroy,
    ];

    private static readonly Operation[] RealmOperations =
    [
        Operation.Create,
        Operation.Bind,
        Operation.Delegate,
        Operation.Undelegate,
        Operation.Donate,
        Operation.Reclaim,
        Operation.Load,
        Operation.Store,
        Operation.Copy,
        Operation.Peek,
        Operation.Stray,
        Operation.GuestLoadPrivate,
        Operation.GuestStorePrivate,
        Operation.GuestLoadShared,
        Operation.GuestStoreShared,
        Operation.GuestShare,
        Operation.GuestUnshare,
        Operation.Destroy,
    ];

    private static readonly Operation[] Donations =
    [
        Operation.Create,
        Operation.MapShared,
        Operation.MapPrivate,
        Operation.Bind,
        Operation.Donate,
        Operation.Reclaim,
        Operation.Load,
        Operation.Store,
        Operation.Copy,
        Operation.Peek,
        Operation.GuestLoad,
        Operation.GuestStore,
        Operation.Stray,
        Operation.Hibernate,
        Operation.Destroy,
    ];

    private static readonly Scenario TwoPaged = new(VmKind.Protected, GuestMemory(GuestMemoryFlags.None))
    {
        Twofold = true,
    };

    /// <summary>In the order of the audit.</summary>
    public static IReadOnlyList<OwnershipSystem> All { get; } =
    [
        .. Arm64.All.Select(m => new OwnershipSystem(
            KernelSide.Name(m),
            KernelSide.With(m),
            Plain,
            Walks(Ordinary, Mainline),
            Resolvers.Arm64
        )),
        new(
            "secretmem",
            KernelSide.With(Arm64.All[^1]),
            Plain,
            Walks([new(VmKind.Ordinary, Memory(VmaKind.Secret))], Mainline),
            Resolvers.Arm64
        )
        {
            Cost =
                "The direct map consists of pages from boot on if that is possible at all (rodata=full), and each page costs a TLB invalidation. All of it is built in.",
        },
        .. Hypervisor.All.Select(m => new OwnershipSystem(
            m.Name,
            m,
            Protected,
            [.. Walks([.. Ordinary, .. ProtectedVm], ProtectedMode), .. Walks([KernelsPage], KernelsOwn)],
            Resolvers.Arm64
        )
        {
            DeniesKernel = true,
        }),
        Proposed(PrivateFiles.Version5Tdx, TwoPaged, TwoPages, Resolvers.SlotByAddressBit),
        Proposed(PrivateFiles.Version5Sev, TwoPaged, TwoPages, Resolvers.SlotByPresence),
        Proposed(PrivateFiles.Tdx, TwoPaged, TwoPages, Resolvers.AddressBit),
        Proposed(PrivateFiles.Sev, TwoPaged, TwoPages, Resolvers.TableBit),
        Proposed(Realms.Cca, TwoPaged, RealmOperations, Resolvers.Realm) with
        {
            DeniesKernel = true,
        },
        Donated(Gunyah.Baseline, "Nothing, but the host."),
        Donated(
            Gunyah.FixUp,
            "No table changes, no TLB invalidation: the fastest. It is a bet on exception tables: a kernel access that has no entry there still ends the host, and "
                + "stage 1 keeps pages that stage 2 denies."
        ),
        Donated(
            Gunyah.Driver,
            "set_direct_map_*() exported to modules, a low-level interface by which any module may unmap anything, and an unloaded module leaves holes that are never repaired. "
                + "TLB invalidation at every donation and every return, and a direct map split into pages."
        ),
        Donated(
            Gunyah.Library,
            "The same TLB invalidation and splitting, but no export: the code is built in, in memory on machines without a guest too, and shared with KVM, "
                + "whose guest_memfd has to be taken apart for it."
        ),
    ];

    /// <summary>Null where there is no such system.</summary>
    public static OwnershipSystem? Find(string name) => All.FirstOrDefault(s => s.Name == name);

    private static IEnumerable<Scenario> Ordinary =>
        [
            .. Enumerable
                .Range(0, 4)
                .Select(flags => new Scenario(VmKind.Ordinary, GuestMemory((GuestMemoryFlags)flags))),
            new(VmKind.Ordinary, Memory(VmaKind.Secret)),
            new(VmKind.Ordinary, Backing.Plain),
            new(VmKind.Ordinary, Memory(VmaKind.Hole)),
        ];

    private static IEnumerable<Scenario> ProtectedVm =>
        [
            new(VmKind.Protected, Backing.Plain),
            new(VmKind.Protected, Backing.Plain, Writable: false),
            new(VmKind.Protected, Memory(VmaKind.Hole)),
            new(VmKind.Protected, Memory(VmaKind.Secret)),
            new(
                VmKind.Protected,
                new Backing(
                    VmaKind.PfnMap,
                    KernelMap.Unknown,
                    VmaMemoryType.NonCacheable,
                    Sharing.Shared,
                    AllowAnyUncached: false
                )
            ),
            new(VmKind.Protected, GuestMemory(GuestMemoryFlags.Mmap | GuestMemoryFlags.InitShared)),
        ];

    /// <summary>A page that belongs to no process: it stores the state of a VM.</summary>
    private static Scenario KernelsPage => new(VmKind.Ordinary, Memory(VmaKind.Hole)) { KernelsOwn = true };

    private static OwnershipSystem Proposed(
        Machine machine,
        Scenario setting,
        Operation[] operations,
        Resolver resolve
    ) => new(machine.Name, machine, [Plain[0]], Walks([setting], operations), resolve) { ModelOnly = true };

    private static OwnershipSystem Donated(Machine machine, string cost) =>
        Proposed(
            machine,
            new Scenario(VmKind.Protected, GuestMemory(GuestMemoryFlags.None)),
            Donations,
            Resolvers.Donated
        ) with
        {
            DeniesKernel = true,
            Cost = cost,
        };

    private static OwnershipWalk[] Walks(IEnumerable<Scenario> settings, Operation[] operations) =>
        [.. settings.Select(s => new OwnershipWalk(s, operations))];

    private static Backing Memory(VmaKind kind) =>
        new(kind, KernelMap.Known, VmaMemoryType.WriteBack, Sharing.Shared, AllowAnyUncached: false);

    private static Backing GuestMemory(GuestMemoryFlags flags) =>
        Memory(VmaKind.GuestMemory) with
        {
            GuestMemory = flags,
        };
}
