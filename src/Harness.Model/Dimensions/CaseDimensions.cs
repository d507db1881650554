using System.Globalization;
using Harness.Model.Aborts;
using Harness.Model.Caches;
using Harness.Model.Nesting;
using Harness.Model.Ownership;
using Harness.Model.Programs;
using Harness.Model.Rings;
using Harness.Model.Slots;
using Harness.Model.Tags;

namespace Harness.Model.Dimensions;

using Cases = Dimension<Case>;

/// <summary>
/// The dimensions of cases, each declared once: its name, its values with their words, its default, how it is read
/// from a case, and which cases differ in it alone. Keys, filters, stored attributes, reports, the inputs of
/// comparisons and the search for a culprit are derived from these.
/// </summary>
public static class CaseDimensions
{
    public static Cases Backing { get; } =
        new("backing", "the kind of memory behind the slot", CaseValues.Kinds, c => CaseValues.Kinds.Of(c.Backing.Kind))
        {
            Neighbours = c => OfBackings(c, CaseValues.Kinds, (b, kind) => b with { Kind = kind }),
        };

    public static Cases Memory { get; } =
        new("memory", "whether the kernel's memory map has a driver's pages", CaseValues.Maps, c =>
            CaseValues.Maps.Of(c.Backing.Memory)
        )
        {
            Neighbours = c => OfBackings(c, CaseValues.Maps, (b, memory) => b with { Memory = memory }),
        };

    public static Cases Type { get; } =
        new("type", "the memory type of the VMA", CaseValues.Types, c => CaseValues.Types.Of(c.Backing.Type))
        {
            Neighbours = c => OfBackings(c, CaseValues.Types, (b, type) => b with { Type = type }),
        };

    public static Cases Sharing { get; } =
        new("sharing", "MAP_SHARED or MAP_PRIVATE", CaseValues.Sharings, c => CaseValues.Sharings.Of(c.Backing.Sharing))
        {
            Neighbours = c => OfBackings(c, CaseValues.Sharings, (b, sharing) => b with { Sharing = sharing }),
        };

    public static Cases AnyUncached { get; } =
        OfBacking(
            "any-uncached",
            "VM_ALLOW_ANY_UNCACHED is set",
            "no VM_ALLOW_ANY_UNCACHED",
            "VM_ALLOW_ANY_UNCACHED",
            b => b.AllowAnyUncached,
            b => b with { AllowAnyUncached = !b.AllowAnyUncached }
        );

    public static Cases Provider { get; } =
        new("provider", "what creates the memory on the host", CaseValues.Providers, c =>
            CaseValues.Providers.Of(c.Backing.Provider)
        )
        {
            Usual = CaseValues.Providers.Of(Model.Provider.Usual),
            InKeys = "by",
            Key = c => $"by={CaseValues.Providers.Of(c.Backing.Provider)}",
        };

    public static Cases GuestMemory { get; } =
        new("gmem", "flags of the guest_memfd", CaseValues.GuestMemories, c =>
            CaseValues.GuestMemories.Of(c.Backing.GuestMemory)
        )
        {
            Usual = CaseValues.GuestMemories.Of(GuestMemoryFlags.None),
            Neighbours = c => [OfBacking(c, b => b with { GuestMemory = b.GuestMemory ^ GuestMemoryFlags.Mmap })],
        };

    public static Cases Bound { get; } =
        OfBacking(
            "bound",
            "another slot is already bound to the range of the guest_memfd",
            "range not bound yet",
            "range already bound",
            b => b.Bound,
            b => b with { Bound = !b.Bound }
        );

    public static Cases Vma { get; } =
        new(
            "vma",
            "the process's own access to the memory",
            [new("r", "read-only VMA"), new("rw", "writable VMA")],
            c => c.VmaWritable ? "rw" : "r"
        )
        {
            Neighbours = c => [c with { VmaWritable = !c.VmaWritable }],
        };

    public static Cases Slot { get; } =
        new("slot", "flags of the memslot", CaseValues.Slots, c =>
            CaseValues.Slots.Of(SlotOf(c)?.Slot ?? SlotFlags.None)
        )
        {
            Usual = CaseValues.Slots.Of(SlotFlags.None),
            Neighbours = c =>
                c is AttributeCase a
                    ?
                    [
                        a with
                        {
                            Slot = a.Slot ^ SlotFlags.LogDirtyPages,
                        },
                        a with
                        {
                            Slot = a.Slot ^ SlotFlags.ReadOnly,
                        },
                    ]
                    : [],
        };

    public static Cases Access { get; } =
        new("access", "up to three accesses of the guest, joined by commas", CaseValues.Accesses, c =>
            c is AttributeCase attributes ? attributes.Accesses.ToString() : ""
        )
        {
            Usual = "",
            Open = true,
        };

    public static Cases Size { get; } =
        new("size", "the slot's size and alignment", CaseValues.Extents, c =>
            CaseValues.Extents.Of(SlotOf(c)?.Extent ?? Extent.Page)
        )
        {
            Usual = CaseValues.Extents.Of(Extent.Page),
            Neighbours = c => c is AttributeCase a ? AccessedExtents.Select(e => a with { Extent = e }) : [],
        };

    public static Cases Late { get; } =
        OfSlot(
            "late",
            "the memory replaces plain memory after the slot is registered",
            "there at registration",
            "put in place after registration",
            c => c.Late,
            c => c with { Late = !c.Late }
        );

    /// <summary>Part of keys only; it is not in the attributes of stored results.</summary>
    public static Cases Restored { get; } =
        OfSlot(
            "restored",
            "the process stores to every page before the guest runs",
            "untouched by the process",
            "written by the process",
            c => c.Restored,
            null
        );

    public static Cases Mte { get; } =
        OfSlot(
            "mte",
            "the VM has memory tags",
            "VM without MTE",
            "VM with MTE",
            c => c.Mte,
            c => c with { Mte = !c.Mte }
        );

    public static Cases Beside { get; } =
        new("beside", "the kind of a second VMA behind the slot", [new("nothing", "nothing"), .. CaseValues.Kinds], c =>
            c is AttributeCase { Beside: { } beside } ? CaseValues.Kinds.Of(beside.Backing.Kind) : "nothing"
        )
        {
            Usual = "nothing",
            Key = c => CaseText.Word(((AttributeCase)c).Beside!),
            Neighbours = c => c is AttributeCase { Beside: not null } a ? [a with { Beside = null }] : [],
        };

    public static Cases Placed { get; } =
        new("placed", "where the slot is put", CaseValues.Placements, c =>
            CaseValues.Placements.Of(c is AttributeCase slot ? slot.Placement : Placement.Ordinary)
        )
        {
            Usual = CaseValues.Placements.Of(Placement.Ordinary),
            Neighbours = c =>
                c is AttributeCase a && a.Placement != Placement.Ordinary
                    ? Enum.GetValues<Placement>().Select(placement => a with { Placement = placement })
                    : [],
        };

    public static Cases Then { get; } =
        new(
            "then",
            "what userspace does after the first access; also map(BACKING)",
            [new("nothing", "nothing"), .. CaseValues.Changes],
            c => c is AttributeCase { Change: { } change } ? CaseText.Word(change) : "nothing"
        )
        {
            Usual = "nothing",
            Open = true,
            Neighbours = c =>
                c is AttributeCase { Change: not null } a
                    ? Enum.GetValues<ChangeKind>().Select(kind => a with { Change = new LiveChange(kind) })
                    : [],
        };

    public static Cases Running { get; } =
        OfSlot(
            "running",
            "the change is made while the guest repeats the second access",
            "changed while the guest is stopped",
            "changed while the guest runs",
            c => c.Running,
            c => c with { Running = !c.Running }
        );

    public static Cases StageOne { get; } =
        new("s1", "the type in the guest's own tables", [new("off", "no tables"), .. CaseValues.StageOnes], c =>
            c switch
            {
                GuestCase guest => CaseValues.StageOnes.Of(guest.StageOne),
                CacheCase { StageOne: not Combination.MmuOff and var type } => CaseValues.StageOnes.Of(type),
                _ => "off",
            }
        )
        {
            Usual = "off",
        };

    public static Cases Life { get; } =
        new(
            "life",
            "the kind of VM in a lifecycle case",
            [new("none", "no lifecycle"), new("ordinary", "an ordinary VM"), new("protected", "a protected VM")],
            c => c is LifecycleCase lifecycle ? OperationText.Word(lifecycle.Vm) : "none"
        )
        {
            Usual = "none",
        };

    public static Cases Do { get; } =
        new(
            "do",
            "the operations of a lifecycle case, the steps of a program, the calls about slots, what is done about caches, memory tags or full rings, the instructions of a case about aborts, or the acts of a case about nested guests, joined by commas",
            [],
            c =>
                c switch
                {
                    LifecycleCase lifecycle => lifecycle.Operations.ToString(),
                    ProgramCase program => program.Steps.ToString(),
                    SlotCallsCase calls => calls.Names,
                    CacheCase caches => caches.Acts.ToString(),
                    AbortCase aborts => aborts.Names,
                    TagCase tags => tags.Names,
                    RingCase ring => ring.Names,
                    NestedCase nested => nested.Names,
                    _ => "",
                }
        )
        {
            Usual = "",
            Open = true,
        };

    public static Cases Protection { get; } =
        new(
            "protect",
            "how the dirty log of a program's VM is cleared: KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2",
            CaseValues.Protections,
            c => CaseValues.Protections.Of(TrackingOf(c).Protection)
        )
        {
            Usual = CaseValues.Protections.Of(LogProtection.AtRead),
        };

    public static Cases Split { get; } =
        new("split", "KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE of a program's VM", CaseValues.Splits, c =>
            CaseValues.Splits.Of(TrackingOf(c).Split)
        )
        {
            Usual = CaseValues.Splits.Of(SplitChunk.None),
        };

    public static Cases Ring { get; } =
        new("ring", "KVM_CAP_DIRTY_LOG_RING_ACQ_REL of a program's VM", CaseValues.Rings, c =>
            CaseValues.Rings.Of(TrackingOf(c).Ring)
        )
        {
            Usual = CaseValues.Rings.Of(DirtyRing.None),
        };

    public static Cases Second { get; } =
        new("second", "a second slot of a program's VM", CaseValues.Seconds, c =>
            CaseValues.Seconds.Of((c as ProgramCase)?.Second ?? SecondSlot.None)
        )
        {
            Usual = CaseValues.Seconds.Of(SecondSlot.None),
        };

    public static Cases Among { get; } =
        new("among", "other slots of a program's VM, which it does nothing with", CaseValues.Others, c =>
            CaseValues.Others.Of((c as ProgramCase)?.Others ?? OtherSlots.None)
        )
        {
            Usual = CaseValues.Others.Of(OtherSlots.None),
        };

    public static Cases Operation { get; } =
        new("op", "the operation of a guest with its own tables", [new("", "none"), .. CaseValues.Operations], c =>
            c is GuestCase guest ? CaseValues.Operations.Of(guest.Use.Operation) : ""
        )
        {
            Usual = "",
        };

    public static Cases Capability { get; } =
        new(
            "capability",
            "the number of the capability that KVM_CHECK_EXTENSION is called for",
            [new("none", "none")],
            c => c is CapabilityCase { Number: var number } ? number.ToString(CultureInfo.InvariantCulture) : "none"
        )
        {
            Usual = "none",
            Open = true,
        };

    /// <summary>In the order of stored attributes.</summary>
    public static IReadOnlyList<Cases> Attributes { get; } =
    [
        Backing,
        Memory,
        Type,
        Sharing,
        AnyUncached,
        Provider,
        GuestMemory,
        Bound,
        Vma,
        Slot,
        Access,
        Size,
        Late,
        Mte,
        Beside,
        Placed,
        Then,
        Running,
        StageOne,
        Life,
        Do,
        Operation,
        Capability,
        Protection,
        Split,
        Ring,
        Second,
        Among,
    ];

    /// <summary>
    /// The dimensions that keys contain where they differ from the default, in the order of the key.
    /// </summary>
    public static IReadOnlyList<Cases> OfKeys { get; } =
    [
        Life,
        Do,
        Size,
        Late,
        Restored,
        Mte,
        Beside,
        Placed,
        Then,
        Running,
        Provider,
        StageOne,
        Operation,
        Protection,
        Split,
        Ring,
        Second,
        Among,
    ];

    /// <summary>The family of a case, which Harness.Cases defines.</summary>
    public static Dimension Family { get; } = new("family", "cases of one kind", []) { Open = true };

    /// <summary>Whether a case is in the quick set, which Harness.Cases defines.</summary>
    public static Dimension Cover { get; } = new("cover", "the case is of the quick set", Dimension.NoYes);

    /// <summary>The sizes of slots that single accesses are made to.</summary>
    public static IReadOnlyList<Extent> AccessedExtents => [Extent.Page, Extent.Block, Extent.Misaligned];

    /// <summary>
    /// The slot of a case; null for a lifecycle, which has one with default properties, for a capability and for
    /// calls.
    /// </summary>
    public static AttributeCase? SlotOf(Case c) =>
        c as AttributeCase ?? (c as ProgramCase)?.Setting ?? (c as CacheCase)?.Setting;

    private static DirtyTracking TrackingOf(Case c) => (c as ProgramCase)?.Tracking ?? default;

    private static Cases OfBacking(
        string name,
        string says,
        string no,
        string yes,
        Func<Model.Backing, bool> read,
        Func<Model.Backing, Model.Backing> flip
    ) =>
        new(name, says, [new("no", no), new("yes", yes)], c => Dimension.Word(read(c.Backing)))
        {
            Usual = Dimension.Word(false),
            Neighbours = c => [OfBacking(c, flip)],
        };

    private static Case OfBacking(Case c, Func<Model.Backing, Model.Backing> change) =>
        c with
        {
            Backing = change(c.Backing),
        };

    private static IEnumerable<Case> OfBackings<T>(Case c, Words<T> words, Func<Model.Backing, T, Model.Backing> change)
        where T : struct, Enum => words.Values.Select(value => OfBacking(c, b => change(b, value)));

    private static Cases OfSlot(
        string name,
        string says,
        string no,
        string yes,
        Func<AttributeCase, bool> read,
        Func<AttributeCase, AttributeCase>? flip
    ) =>
        new(name, says, [new("no", no), new("yes", yes)], c => Dimension.Word(SlotOf(c) is { } slot && read(slot)))
        {
            Usual = Dimension.Word(false),
            Neighbours = c => flip is not null && c is AttributeCase slot ? [flip(slot)] : [],
        };
}
