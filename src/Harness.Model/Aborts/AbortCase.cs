namespace Harness.Model.Aborts;

/// <summary>
/// Instructions of one guest, each at an address of its own that stage 2 doesn't map: what exits to userspace, what it
/// answers, and what the guest sees then. Each is made whatever became of the one before.
/// </summary>
/// <param name="Names">The acts by name, joined by commas.</param>
public sealed record AbortCase(string Names) : Case(BackingOf(Names), VmaWritable: true)
{
    /// <summary>What the keys begin with, and the class of such cases in stored results.</summary>
    public const string KeyWord = "abort";

    /// <summary>Each act has a page, and a slot has room for so many.</summary>
    public const int MostActs = 15;

    /// <summary>The IPA size of a VM that is asked what is beyond it.</summary>
    public const int SmallIpaBits = 36;

    /// <summary>How far the address of an access is before the end of its page, if it goes across it.</summary>
    public const int AcrossBytes = 2;

    /// <summary>What a store stores.</summary>
    public const uint StoredValue = 0x5a5a_a5a5;

    /// <summary>What the register of a load has before it.</summary>
    public const ulong Untouched = 0xfeed_f00d_dead_beef;

    /// <summary>The word that a load by a table of its own finds.</summary>
    public const uint ByTable = 0x57a1_c0de;

    private static readonly Backing DriversDevice = new(
        VmaKind.PfnMap,
        KernelMap.Unknown,
        VmaMemoryType.DeviceNGnRE,
        Sharing.Shared,
        AllowAnyUncached: false
    );

    private Once<Case, IReadOnlyList<AbortAct>> _acts;

    public AbortCase(params AbortAct[] acts)
        : this(string.Join(',', acts.Select(a => a.Name))) { }

    public IReadOnlyList<AbortAct> Acts => _acts.Of(this, static c => ActsOf(((AbortCase)c).Names));

    /// <summary>Some act is cache maintenance by address.</summary>
    public bool Maintains => Acts.Any(a => a.Instruction is { } instruction && instruction.Maintains());

    /// <summary>The memory behind a place that has a slot.</summary>
    public static Backing BackingOf(AbortPlace place) =>
        place == AbortPlace.Device ? DriversDevice : Harness.Model.Backing.Plain;

    /// <summary>The flags of the slot at a place.</summary>
    public static SlotFlags SlotOf(AbortPlace place) =>
        place switch
        {
            AbortPlace.ReadOnly or AbortPlace.ReadOnlyMapped => SlotFlags.ReadOnly,
            AbortPlace.Logged => SlotFlags.LogDirtyPages,
            _ => SlotFlags.None,
        };

    public static bool HasSlot(AbortPlace place) => place is >= AbortPlace.Plain and <= AbortPlace.Device;

    protected override string? Restriction() => null;

    private static AbortAct[] ActsOf(string names) => [.. names.Split(',').Select(AbortAct.Parse)];

    private static Backing BackingOf(string names) =>
        ActsOf(names).Any(a => a.Place == AbortPlace.Device) ? DriversDevice : Harness.Model.Backing.Plain;
}
