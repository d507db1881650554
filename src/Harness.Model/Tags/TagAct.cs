using Harness.Model.Dimensions;

namespace Harness.Model.Tags;

/// <summary>What is done in a case about memory tags.</summary>
public enum TagVerb : byte
{
    /// <summary>KVM_ENABLE_CAP of KVM_CAP_ARM_MTE.</summary>
    Enable,

    /// <summary>KVM_CREATE_VCPU.</summary>
    Vcpu,

    /// <summary>A slot is registered.</summary>
    Slot,

    /// <summary>The slot is registered with KVM_MEM_LOG_DIRTY_PAGES.</summary>
    LogOn,

    /// <summary>The slot is registered without KVM_MEM_LOG_DIRTY_PAGES.</summary>
    LogOff,

    /// <summary>KVM_GET_DIRTY_LOG.</summary>
    DirtyLog,

    /// <summary>MADV_DONTNEED of the slot's memory.</summary>
    Discard,

    /// <summary>KVM_ARM_MTE_COPY_TAGS with KVM_ARM_TAGS_TO_GUEST.</summary>
    To,

    /// <summary>KVM_ARM_MTE_COPY_TAGS with KVM_ARM_TAGS_FROM_GUEST.</summary>
    From,

    /// <summary>The guest stores the tag of a page's first granule: STG.</summary>
    Store,

    /// <summary>The guest loads the tag of a page's first granule: LDG.</summary>
    Load,
}

/// <summary>What is behind the address: a slot of two pages each.</summary>
public enum TagPlace : byte
{
    /// <summary>Private anonymous memory.</summary>
    Plain,

    /// <summary>Shared anonymous memory.</summary>
    Shared,

    /// <summary>Private anonymous memory behind a READONLY slot.</summary>
    ReadOnly,

    /// <summary>A driver's VM_PFNMAP memory of which the kernel knows nothing.</summary>
    Driver,

    /// <summary>A driver's VM_PFNMAP memory that is the kernel's own.</summary>
    DriverKnown,
}

/// <summary>The pages of an act, and what is odd about its arguments.</summary>
public enum TagRange : byte
{
    /// <summary>The slot's first page.</summary>
    First,

    /// <summary>The slot's second and last page.</summary>
    Last,

    /// <summary>Both.</summary>
    All,

    /// <summary>The last page, and the one after it, where no slot is.</summary>
    PastEnd,

    /// <summary>Both, with a buffer for one and a half.</summary>
    AllShort,

    /// <summary>The first, with a buffer for half of it.</summary>
    Short,

    /// <summary>The first, with no buffer: addr is 0.</summary>
    NoBuffer,

    /// <summary>A length of 0.</summary>
    Nothing,

    /// <summary>A length of 2^31 bytes.</summary>
    Long,

    /// <summary>guest_ipa is half a page off.</summary>
    AddressUnaligned,

    /// <summary>The length is half a page.</summary>
    LengthUnaligned,

    /// <summary>A flag that doesn't exist.</summary>
    Flags,

    /// <summary>A reserved field that isn't zero.</summary>
    Reserved,
}

/// <summary>One act of a case about memory tags.</summary>
/// <param name="Verb">What is done.</param>
/// <param name="Place">The slot that it is about; not used by <see cref="TagVerb.Enable"/> and Vcpu.</param>
/// <param name="Range">The pages.</param>
public readonly record struct TagAct(TagVerb Verb, TagPlace Place = default, TagRange Range = default)
{
    public static Words<TagVerb> Verbs { get; } =
        new()
        {
            { TagVerb.Enable, "enable", "KVM_CAP_ARM_MTE is enabled" },
            { TagVerb.Vcpu, "vcpu", "a vCPU is created" },
            { TagVerb.Slot, "slot", "a slot is registered" },
            { TagVerb.LogOn, "log-on", "logging is turned on" },
            { TagVerb.LogOff, "log-off", "logging is turned off" },
            { TagVerb.DirtyLog, "dirty-log", "KVM_GET_DIRTY_LOG" },
            { TagVerb.Discard, "dontneed", "MADV_DONTNEED" },
            { TagVerb.To, "to", "KVM_ARM_MTE_COPY_TAGS to the guest" },
            { TagVerb.From, "from", "KVM_ARM_MTE_COPY_TAGS from the guest" },
            { TagVerb.Store, "stg", "the guest stores a tag (STG)" },
            { TagVerb.Load, "ldg", "the guest loads a tag (LDG)" },
        };

    public static Words<TagPlace> Places { get; } =
        new()
        {
            { TagPlace.Plain, "plain", "private anonymous memory" },
            { TagPlace.Shared, "shared", "shared anonymous memory" },
            { TagPlace.ReadOnly, "ro", "private anonymous memory behind a READONLY slot" },
            { TagPlace.Driver, "driver", "a driver's memory that the kernel doesn't know" },
            { TagPlace.DriverKnown, "driver-known", "a driver's memory that is the kernel's own" },
        };

    public static Words<TagRange> Ranges { get; } =
        new()
        {
            { TagRange.First, "", "the first page" },
            { TagRange.Last, "last", "the last page" },
            { TagRange.All, "all", "both pages" },
            { TagRange.PastEnd, "past-end", "the last page, and one after it" },
            { TagRange.AllShort, "all-short", "both pages, with a buffer for one and a half" },
            { TagRange.Short, "short", "the first page, with a buffer for half of it" },
            { TagRange.NoBuffer, "no-buffer", "the first page, with no buffer" },
            { TagRange.Nothing, "nothing", "no page: a length of 0" },
            { TagRange.Long, "long", "2^31 bytes" },
            { TagRange.AddressUnaligned, "address-unaligned", "an address that is half a page off" },
            { TagRange.LengthUnaligned, "length-unaligned", "half a page" },
            { TagRange.Flags, "flags", "the first page, with a flag that doesn't exist" },
            { TagRange.Reserved, "reserved", "the first page, with a reserved field that isn't zero" },
        };

    /// <summary>KVM_ARM_MTE_COPY_TAGS.</summary>
    public bool Copies => Verb is TagVerb.To or TagVerb.From;

    /// <summary>The guest does it.</summary>
    public bool ByGuest => Verb is TagVerb.Store or TagVerb.Load;

    /// <summary>It is about the VM, not about a slot.</summary>
    public bool OfVm => Verb is TagVerb.Enable or TagVerb.Vcpu;

    /// <summary>"to.plain.past-end", as in keys.</summary>
    public string Name =>
        OfVm
            ? Verbs.Of(Verb)
            : $"{Verbs.Of(Verb)}.{Places.Of(Place)}{(Range == TagRange.First ? "" : $".{Ranges.Of(Range)}")}";

    /// <summary>The act of a name.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static TagAct Parse(string name)
    {
        var parts = name.Split('.');
        return
            parts.Length <= 3
            && Verbs.Find(parts[0]) is { } verb
            && new TagAct(verb) is var act
            && act.OfVm == (parts.Length == 1)
            && (act.OfVm || Places.Find(parts[1]) is not null)
            && Ranges.Find(parts.ElementAtOrDefault(2) ?? "") is { } range
            && Fits(act with { Range = range })
            && parts is not [.., ""]
            ? act with
            {
                Place = act.OfVm ? default : Places.Find(parts[1])!.Value,
                Range = range,
            }
            : throw new ArgumentException($"'{name}' is not an act", nameof(name));
    }

    /// <summary>"KVM_ARM_MTE_COPY_TAGS to the guest: private anonymous memory, the last page".</summary>
    public override string ToString() =>
        OfVm ? Verbs.PhraseOf(Verb)
        : Copies || ByGuest ? $"{Verbs.PhraseOf(Verb)}: {Places.PhraseOf(Place)}, {Ranges.PhraseOf(Range)}"
        : $"{Verbs.PhraseOf(Verb)}: {Places.PhraseOf(Place)}";

    private static bool Fits(TagAct act) =>
        act.Copies || act.Range == TagRange.First || (act.ByGuest && act.Range == TagRange.Last);
}
