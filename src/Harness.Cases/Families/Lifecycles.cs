using Harness.Model;
using Harness.Model.Ownership;
using Harness.Model.Policies;

namespace Harness.Cases.Families;

/// <summary>
/// Who may have a page, from its VM's first moment to what the host finds afterwards: every transition of the newest
/// ownership machine, the refused ones included, from every state within a few operations.
/// </summary>
internal static class Lifecycles
{
    /// <summary>How many operations may lead to a state whose every transition is taken.</summary>
    private const int Depth = 5;

    /// <summary>For memory that no guest gets.</summary>
    private const int ShallowDepth = 2;

    /// <summary>For a slot that no guest gets anything by, but that takes one operation more to set up.</summary>
    private const int WindowDepth = 3;

    /// <summary>
    /// Of an ordinary VM, which costs milliseconds: short, since what comes after a deviation isn't judged.
    /// </summary>
    private const int OrdinaryLength = 16;

    /// <summary>Of a VM that takes seconds to come and to go under emulation.</summary>
    private const int ProtectedLength = 40;

    private static readonly HostFacts Ordinary = new(Fwb: true, Dic: true);

    private static readonly HostFacts UnderHypervisor = Ordinary with { Mode = KvmMode.Protected };

    /// <summary>Who has the page, and what becomes of it.</summary>
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

    /// <summary>Which slot answers for it.</summary>
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

    /// <summary>What comes of a slot over the mapping of a guest_memfd.</summary>
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

    /// <summary>What can be done with the file.</summary>
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
        new(
            "lifecycle",
            "who may have a page, from its VM's first moment to what the host finds afterwards",
            [.. OrdinarySettings.Concat(ProtectedSettings).SelectMany(Cases).Concat(WithoutSlot).DistinctBy(c => c.Key)]
        );

    /// <summary>Beside the walks: where no slot is there is no page whose states they could take.</summary>
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

    /// <summary>Some guest may get such memory: else there is little to tell apart.</summary>
    private static bool IsGiven(Scenario setting) =>
        setting is { Writable: true, Backing.Kind: VmaKind.Anonymous }
        || (setting.Vm == VmKind.Ordinary && (setting.Backing.GuestMemory & GuestMemoryFlags.Mmap) != 0);
}
