using Harness.Cases.Filter;
using Harness.Model;
using Harness.Model.Dimensions;
using Harness.Model.Migrations;

namespace Harness.Cases.Migrations;

/// <summary>The migrations that run on pairs of hosts, and those that can be selected by name in addition.</summary>
public static class AllMigrations
{
    private static readonly bool[] Either = [false, true];

    /// <summary>KVM_CAP_ARM_VM_IPA_SIZE of common CPUs; a VM of 40 bits uses the default.</summary>
    private static readonly int[] IpaSizes = [36, 42, 44, 48, 52];

    private static AccessCase Ordinary { get; } =
        new(Backing.Plain, VmaWritable: true, SlotFlags.None, new AccessList(Access.Write));

    private static AccessCase Device { get; } =
        Ordinary with
        {
            Backing = Driver(VmaKind.PfnMap, KernelMap.Unknown, VmaMemoryType.WriteBack),
        };

    /// <summary>
    /// The memory behind the slot: ordinary first, then a driver's, then memory that only the guest can access.
    /// </summary>
    private static IReadOnlyList<AccessCase> Memories { get; } =
    [
        Ordinary,
        Device,
        Device with
        {
            Late = true,
        },
        Ordinary with
        {
            Backing = Backing.Plain with { Sharing = Sharing.Shared },
        },
        Ordinary with
        {
            Backing = Backing.Plain with { Sharing = Sharing.Shared, Provider = Provider.Memfd },
        },
        Ordinary with
        {
            Backing = Backing.Plain with { Sharing = Sharing.Shared, Provider = Provider.HugeTlb },
            Extent = Extent.Block,
        },
        Ordinary with
        {
            Slot = SlotFlags.LogDirtyPages,
        },
        Ordinary with
        {
            Backing = Driver(VmaKind.PfnMap, KernelMap.Unknown, VmaMemoryType.NonCacheable, anyUncached: true),
        },
        Ordinary with
        {
            Backing = Driver(VmaKind.PfnMap, KernelMap.Unknown, VmaMemoryType.NonCacheable),
        },
        Ordinary with
        {
            Backing = Driver(VmaKind.PfnMap, KernelMap.Unknown, VmaMemoryType.DeviceNGnRE),
        },
        Ordinary with
        {
            Backing = Driver(VmaKind.PfnMap, KernelMap.Known, VmaMemoryType.WriteBack),
        },
        Ordinary with
        {
            Backing = Driver(VmaKind.MixedMap, KernelMap.Known, VmaMemoryType.WriteBack),
        },
        Ordinary with
        {
            Backing = Driver(VmaKind.MixedMap, KernelMap.Unknown, VmaMemoryType.WriteBack),
        },
        Ordinary with
        {
            Backing = new Backing(VmaKind.Secret, KernelMap.Known, VmaMemoryType.WriteBack, Sharing.Shared, false),
        },
        Ordinary with
        {
            Backing = new Backing(VmaKind.GuestMemory, KernelMap.Known, VmaMemoryType.WriteBack, Sharing.Shared, false)
            {
                GuestMemory = GuestMemoryFlags.Mmap | GuestMemoryFlags.InitShared,
            },
        },
        Ordinary with
        {
            Mte = true,
        },
        Ordinary with
        {
            Mte = true,
            Backing = Backing.Plain with { Sharing = Sharing.Shared },
        },
        Ordinary with
        {
            Mte = true,
            Slot = SlotFlags.LogDirtyPages,
        },
    ];

    private static readonly Lazy<IReadOnlyList<Migration>> Everything = new(() =>
        [
            // Where logging is refused, a capability check has no effect.
            .. Memories
                .SelectMany(c => Ways(Migration.Of(c)))
                .Where(m => m.UnsupportedReason is null && !(m.PreCopy && m.ChecksCapabilities)),
            // Properties of the VM rather than its memory.
            Migration.Of(Ordinary) with
            {
                AllRegisters = true,
            },
            .. Either.Select(asks => Migration.Of(Ordinary) with { IpaBits = 48, ChecksCapabilities = asks }),
        ]
    );

    /// <summary>Every memory in every way that makes a difference.</summary>
    public static IReadOnlyList<Migration> Migrations => Everything.Value;

    /// <summary>
    /// Ordinary memory and cacheable device memory: stopped, with a capability check, and while the guest runs. The
    /// default for a pair of hosts.
    /// </summary>
    public static bool IsQuick(Migration m) =>
        (m.Case == Ordinary || m.Case == Device) && m is { AllRegisters: false, IpaBits: 0 };

    /// <summary>
    /// The attributes that filters select migrations by: those of the memory and the slot, and how the VMM migrates.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Attributes(Migration m) =>
        new Dictionary<string, string>([
            .. MigrationDimensions.OfMemory.Select(d => KeyValuePair.Create(d.Name, d.Read(m.Case))),
            new("id", m.Id),
            new("key", m.Key),
            .. MigrationDimensions.Attributes.Select(d => KeyValuePair.Create(d.Name, d.Read(m))),
            new(MigrationDimensions.Quick.Name, Dimension.Word(IsQuick(m))),
        ]);

    /// <summary>The keys of a filter.</summary>
    public static IReadOnlyList<FilterKey> FilterKeys { get; } =
    [
        .. MigrationDimensions.OfMemory.Select(FilterKey.Of),
        .. FilterKey.Names,
        .. MigrationDimensions.Attributes.Append(MigrationDimensions.Quick).Select(FilterKey.Of),
    ];

    /// <summary>
    /// The migration with this key or with an id that begins so; null if none or several match. Searches the migrations
    /// that run by default first, then all combinations.
    /// </summary>
    public static Migration? Find(string idOrKey)
    {
        var found = Named(Migrations, idOrKey);
        return found.Count == 0
            ? Named(Product, idOrKey) is [var other]
                ? other
                : null
            : found.Count == 1
                ? found[0]
                : null;
    }

    private static IEnumerable<Migration> Product =>
        from c in AllCases
            .Cases.OfType<AccessCase>()
            .Where(c => Migration.Of(c).UnsupportedReason is null)
            .DistinctBy(c => Migration.Of(c).Key)
        from way in Ways(Migration.Of(c))
        from all in Either
        from ipa in IpaSizes.Prepend(0)
        let m = way with
        {
            AllRegisters = all,
            IpaBits = ipa,
        }
        where m.UnsupportedReason is null
        select m;

    private static IEnumerable<Migration> Ways(Migration m) =>
        from precopy in Either
        from asks in Either
        let way = m with
        {
            PreCopy = precopy,
            ChecksCapabilities = asks,
        }
        where !asks || ReliedCapability.Of(way).Count > 0
        select way;

    private static List<Migration> Named(IEnumerable<Migration> of, string idOrKey) =>
        [
            .. of.Where(m =>
                    m.Key == idOrKey
                    || (idOrKey.Length >= 4 && m.Id.StartsWith(idOrKey, StringComparison.OrdinalIgnoreCase))
                )
                .Take(2),
        ];

    private static Backing Driver(VmaKind kind, KernelMap memory, VmaMemoryType type, bool anyUncached = false) =>
        new(kind, memory, type, Sharing.Shared, anyUncached);
}
