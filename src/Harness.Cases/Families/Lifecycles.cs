using Harness.Model;
using Harness.Model.Ownership;
using Harness.Model.Policies;

namespace Harness.Cases.Families;

/// <summary>
/// Page ownership from the creation of the VM to what the host finds after it is destroyed: every transition of the
/// newest ownership machine, including refusals, from every state within a few operations.
/// </summary>
internal static class Lifecycles
{
    /// <summary>The number of operations within which every state has all its transitions taken.</summary>
    private const int Depth = 5;

    /// <summary>For memory that is not donated to guests.</summary>
    private const int ShallowDepth = 2;

    /// <summary>For a slot through which no guest gets a page, but that takes one more operation to set up.</summary>
    private const int WindowDepth = 3;

    /// <summary>
    /// For an ordinary VM, which costs milliseconds: short, since what follows a deviation isn't judged.
    /// </summary>
    private const int OrdinaryLength = 16;

    /// <summary>For a VM that takes seconds to create and to destroy under emulation.</summary>
    private const int ProtectedLength = 40;

    private static readonly HostFacts Ordinary = new(Fwb: true, Dic: true);

    private static readonly HostFacts UnderHypervisor = Ordinary with { Mode = KvmMode.Protected };

    /// <summary>Operations that change the ownership of the page.</summary>
    private static readonly Operation[] Having =
    [
        Operation.Create,
        Operation.MapShared,
        Operation.Bind,
        Operation.Unbind,
        Operation.Punch,
        Operation.CloseFile,
        Operation.Destroy,
        Operation.Load,
        Operation.Store,
        Operation.Copy,
        Operation.Peek,
        Operation.GuestLoad,
        Operation.GuestStore,
        Operation.GuestFetch,
        Operation.GuestShare,
        Operation.GuestUnshare,
    ];

    /// <summary>Operations on slots.</summary>
    private static readonly Operation[] Binding =
    [
        Operation.Create,
        Operation.Bind,
        Operation.BindAgain,
        Operation.BindOver,
        Operation.BindInOther,
        Operation.BindNothing,
        Operation.BindFile,
        Operation.BindBeyond,
        Operation.BindUnaligned,
        Operation.BindLogged,
        Operation.BindReadOnly,
        Operation.Unbind,
        Operation.GuestStore,
        Operation.OtherLoad,
        Operation.Load,
        Operation.Destroy,
    ];

    /// <summary>Operations for a slot over the mapping of a guest_memfd.</summary>
    private static readonly Operation[] Windows =
    [
        Operation.Create,
        Operation.MapShared,
        Operation.BindWindow,
        Operation.Unbind,
        Operation.Punch,
        Operation.CloseFile,
        Operation.Destroy,
        Operation.Load,
        Operation.Store,
        Operation.GuestLoad,
        Operation.GuestStore,
        Operation.GuestFetch,
        Operation.GuestShare,
    ];

    /// <summary>Operations on the file.</summary>
    private static readonly Operation[] Filing =
    [
        Operation.Create,
        Operation.MakeUnknownFlag,
        Operation.MakeUnaligned,
        Operation.MapShared,
        Operation.MapPrivate,
        Operation.Bind,
        Operation.Punch,
        Operation.PunchUnaligned,
        Operation.PunchBeyond,
        Operation.Allocate,
        Operation.AllocateBeyond,
        Operation.AllocateGrowing,
        Operation.Truncate,
        Operation.ReadFile,
        Operation.WriteFile,
        Operation.CloseFile,
        Operation.GuestStore,
        Operation.Load,
        Operation.Destroy,
    ];

    private static readonly Backing Driver = new(
        VmaKind.PfnMap,
        KernelMap.Unknown,
        VmaMemoryType.NonCacheable,
        Sharing.Shared,
        AllowAnyUncached: false
    );

    public static CaseFamily Family { get; } =
        new("lifecycle", "who may have a page, from its VM's first moment to what the host finds afterwards", () =>
            [.. OrdinarySettings.Concat(ProtectedSettings).SelectMany(Cases).Concat(WithoutSlot).DistinctBy(c => c.Key)]
        );

    /// <summary>Not part of the walks: without a slot there is no page with states to walk.</summary>
    private static IEnumerable<LifecycleCase> WithoutSlot =>
        [
            Lifecycle(new(VmKind.Ordinary, Backing.Plain), Operation.Create, Operation.GuestLdp),
            Lifecycle(
                new(VmKind.Ordinary, Backing.Plain),
                Operation.Create,
                Operation.Bind,
                Operation.GuestStore,
                Operation.Unbind,
                Operation.GuestLdp
            ),
            Lifecycle(
                new(VmKind.Ordinary, GuestMemory(GuestMemoryFlags.Mmap)),
                Operation.Create,
                Operation.Bind,
                Operation.GuestStore,
                Operation.Unbind,
                Operation.GuestLdp
            ),
            Lifecycle(new(VmKind.Protected, Backing.Plain), Operation.Create, Operation.GuestLdp, Operation.GuestLdp),
            Lifecycle(
                new(VmKind.Protected, Backing.Plain),
                Operation.Create,
                Operation.GuestLdp,
                Operation.Bind,
                Operation.GuestStore,
                Operation.Load
            ),
        ];

    internal static IEnumerable<Scenario> OrdinarySettings =>
        [
            .. Enumerable
                .Range(0, 4)
                .Select(flags => new Scenario(VmKind.Ordinary, GuestMemory((GuestMemoryFlags)flags))),
            new(VmKind.Ordinary, Memory(VmaKind.Secret)),
            new(VmKind.Ordinary, Memory(VmaKind.Hole)),
            new(VmKind.Ordinary, Backing.Plain),
        ];

    internal static IEnumerable<Scenario> ProtectedSettings =>
        [
            new(VmKind.Protected, Backing.Plain),
            new(VmKind.Protected, Memory(VmaKind.Anonymous) with { Provider = Provider.Memfd }),
            new(VmKind.Protected, Backing.Plain, Writable: false),
            new(VmKind.Protected, Memory(VmaKind.Hole)),
            new(VmKind.Protected, Memory(VmaKind.Secret)),
            new(VmKind.Protected, Driver),
            new(VmKind.Protected, GuestMemory(GuestMemoryFlags.Mmap | GuestMemoryFlags.InitShared)),
        ];

    private static Backing Memory(VmaKind kind) =>
        new(kind, KernelMap.Known, VmaMemoryType.WriteBack, Sharing.Shared, AllowAnyUncached: false);

    private static Backing GuestMemory(GuestMemoryFlags flags) =>
        Memory(VmaKind.GuestMemory) with
        {
            GuestMemory = flags,
        };

    private static IEnumerable<LifecycleCase> Cases(Scenario setting) =>
        from operations in setting.Backing.Kind == VmaKind.GuestMemory
            ? new[] { Having, Binding, Filing, Windows }
            : [Having, Binding]
        from walk in new TransitionTours(
            PolicyCatalog.Newest.Ownership,
            setting.Vm == VmKind.Protected ? UnderHypervisor : Ordinary,
            setting,
            operations
        ).Within(
            IsGiven(setting) ? Depth
                : operations == Windows ? WindowDepth
                : ShallowDepth,
            setting.Vm == VmKind.Protected ? ProtectedLength : OrdinaryLength
        )
        select Lifecycle(setting, walk);

    private static LifecycleCase Lifecycle(Scenario setting, params Operation[] operations) =>
        Lifecycle(setting, new OperationList(operations));

    private static LifecycleCase Lifecycle(Scenario setting, OperationList operations) =>
        new(setting.Backing, setting.Writable, setting.Vm, operations);

    /// <summary>Some guest may take ownership of such memory; otherwise there is little to distinguish.</summary>
    private static bool IsGiven(Scenario setting) =>
        setting is { Writable: true, Backing.Kind: VmaKind.Anonymous }
        || (setting.Vm == VmKind.Ordinary && (setting.Backing.GuestMemory & GuestMemoryFlags.Mmap) != 0);
}
