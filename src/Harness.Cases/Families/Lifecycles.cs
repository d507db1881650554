using Harness.Model;
using Harness.Model.Ownership;
using Harness.Model.Policies;

namespace Harness.Cases.Families;

/// <summary>
/// Who may have a page, from its VM's first moment to what the host finds afterwards: every transition of the newest
/// ownership machine, the refused ones included, from every state within a few acts.
/// </summary>
internal static class Lifecycles
{
    /// <summary>How many acts may lead to a state whose every transition is taken.</summary>
    private const int Depth = 5;

    /// <summary>For memory that no guest gets.</summary>
    private const int ShallowDepth = 2;

    /// <summary>For a slot that no guest gets anything by, but that takes one act more to set up.</summary>
    private const int WindowDepth = 3;

    /// <summary>Of an ordinary VM, which costs milliseconds: short, since what comes after a deviation isn't judged.</summary>
    private const int OrdinaryLength = 16;

    /// <summary>Of a VM that takes seconds to come and to go under emulation.</summary>
    private const int ProtectedLength = 40;

    private static readonly HostFacts Ordinary = new(Fwb: true, Dic: true);

    private static readonly HostFacts UnderHypervisor = Ordinary with { Mode = KvmMode.Protected };

    /// <summary>Who has the page, and what becomes of it.</summary>
    private static readonly Act[] Having =
    [
        Act.Create, Act.MapShared, Act.Bind, Act.Unbind, Act.Punch, Act.CloseFile, Act.Destroy, Act.Load, Act.Store, Act.Copy, Act.Peek,
        Act.GuestLoad, Act.GuestStore, Act.GuestFetch, Act.GuestShare, Act.GuestUnshare,
    ];

    /// <summary>Which slot answers for it.</summary>
    private static readonly Act[] Binding =
    [
        Act.Create, Act.Bind, Act.BindAgain, Act.BindOver, Act.BindInOther, Act.BindNothing, Act.BindFile, Act.BindBeyond, Act.BindUnaligned,
        Act.BindLogged, Act.BindReadOnly, Act.Unbind, Act.GuestStore, Act.OtherLoad, Act.Load, Act.Destroy,
    ];

    /// <summary>What comes of a slot over the mapping of a guest_memfd.</summary>
    private static readonly Act[] Windows =
    [
        Act.Create, Act.MapShared, Act.BindWindow, Act.Unbind, Act.Punch, Act.CloseFile, Act.Destroy, Act.Load, Act.Store,
        Act.GuestLoad, Act.GuestStore, Act.GuestFetch, Act.GuestShare,
    ];

    /// <summary>What can be done with the file.</summary>
    private static readonly Act[] Filing =
    [
        Act.Create, Act.MakeUnknownFlag, Act.MakeUnaligned, Act.MapShared, Act.MapPrivate, Act.Bind, Act.Punch, Act.PunchUnaligned,
        Act.PunchBeyond, Act.Allocate, Act.AllocateBeyond, Act.AllocateGrowing, Act.Truncate, Act.ReadFile, Act.WriteFile, Act.CloseFile,
        Act.GuestStore, Act.Load, Act.Destroy,
    ];

    private static readonly Backing Driver =
        new(VmaKind.PfnMap, KernelMap.Unknown, VmaMemoryType.NonCacheable, Sharing.Shared, AllowAnyUncached: false);

    public static CaseFamily Family { get; } = new(
        "lifecycle", "who may have a page, from its VM's first moment to what the host finds afterwards",
        [.. OrdinarySettings.Concat(ProtectedSettings).SelectMany(Cases).Concat(WithoutSlot).DistinctBy(c => c.Key)]);

    /// <summary>Beside the walks: where no slot is there is no page whose states they could take.</summary>
    private static IEnumerable<Case> WithoutSlot =>
    [
        Life(new(VmKind.Ordinary, Backing.Plain), Act.Create, Act.GuestLdp),
        Life(new(VmKind.Ordinary, Backing.Plain), Act.Create, Act.Bind, Act.GuestStore, Act.Unbind, Act.GuestLdp),
        Life(new(VmKind.Ordinary, GuestMemory(GuestMemoryFlags.Mmap)), Act.Create, Act.Bind, Act.GuestStore, Act.Unbind, Act.GuestLdp),
        Life(new(VmKind.Protected, Backing.Plain), Act.Create, Act.GuestLdp, Act.GuestLdp),
        Life(new(VmKind.Protected, Backing.Plain), Act.Create, Act.GuestLdp, Act.Bind, Act.GuestStore, Act.Load),
    ];

    internal static IEnumerable<Setting> OrdinarySettings =>
    [
        .. Enumerable.Range(0, 4).Select(flags => new Setting(VmKind.Ordinary, GuestMemory((GuestMemoryFlags)flags))),
        new(VmKind.Ordinary, Memory(VmaKind.Secret)),
        new(VmKind.Ordinary, Memory(VmaKind.Hole)),
        new(VmKind.Ordinary, Backing.Plain),
    ];

    internal static IEnumerable<Setting> ProtectedSettings =>
    [
        new(VmKind.Protected, Backing.Plain),
        new(VmKind.Protected, Memory(VmaKind.Anonymous) with { Provider = Provider.Memfd }),
        new(VmKind.Protected, Backing.Plain, Writable: false),
        new(VmKind.Protected, Memory(VmaKind.Hole)),
        new(VmKind.Protected, Memory(VmaKind.Secret)),
        new(VmKind.Protected, Driver),
        new(VmKind.Protected, GuestMemory(GuestMemoryFlags.Mmap | GuestMemoryFlags.InitShared)),
    ];

    private static Backing Memory(VmaKind kind) => new(kind, KernelMap.Known, VmaMemoryType.WriteBack, Sharing.Shared, AllowAnyUncached: false);

    private static Backing GuestMemory(GuestMemoryFlags flags) => Memory(VmaKind.GuestMemory) with { GuestMemory = flags };

    private static IEnumerable<Case> Cases(Setting setting) =>
        from acts in setting.Backing.Kind == VmaKind.GuestMemory ? new[] { Having, Binding, Filing, Windows } : [Having, Binding]
        from walk in new Tours(PolicyCatalog.Newest.Ownership, setting.Vm == VmKind.Protected ? UnderHypervisor : Ordinary, setting, acts)
            .Within(IsGiven(setting) ? Depth : acts == Windows ? WindowDepth : ShallowDepth, setting.Vm == VmKind.Protected ? ProtectedLength : OrdinaryLength)
        select Life(setting, walk);

    private static Case Life(Setting setting, params Act[] acts) => Life(setting, new ActList(acts));

    private static Case Life(Setting setting, ActList acts) =>
        new(setting.Backing, setting.Writable, SlotFlags.None, AccessList.None) { Life = new Lifecycle(setting.Vm, acts) };

    /// <summary>Some guest may get such memory: else there is little to tell apart.</summary>
    private static bool IsGiven(Setting setting) => setting is { Writable: true, Backing.Kind: VmaKind.Anonymous }
        || (setting.Vm == VmKind.Ordinary && (setting.Backing.GuestMemory & GuestMemoryFlags.Mmap) != 0);
}
