using Harness.Model;
using Harness.Protocol;

namespace Harness.Cases;

/// <summary>Slots out of the ordinary, and what is done to a slot between two accesses.</summary>
public static partial class CaseCompiler
{
    /// <summary>A second open file: one exporter makes one kind of memory at a time.</summary>
    private const string SecondExporter = "exporter-2";

    /// <summary>The memory behind the slot, by the name that the change finds it under: a late backing has taken the place of "plain".</summary>
    internal const string Memory = "memory";

    /// <summary>The operations whose errno is the change's answer; each but the last must succeed.</summary>
    public static IReadOnlyList<string> Changes(Case c) => c.Change?.Kind switch
    {
        null => [],
        ChangeKind.Unmap => ["hole"],
        ChangeKind.MoveMapping => ["move"],
        ChangeKind.ProtectRead or ChangeKind.ProtectNone => ["protect"],
        ChangeKind.Replace => ["map"],
        ChangeKind.Store => ["words"],
        ChangeKind.PunchHole => ["fallocate"],
        ChangeKind.CloseGuestMemory => ["close"],
        ChangeKind.LogOnOff or ChangeKind.RecreateSlot => ["memslot", "memslot"],
        _ => ["memslot"],
    };

    private static ulong SlotAddress(Case c) =>
        c.Beside is { First: true } ? CaseLayout.TestAddress - CaseLayout.SlotSize(c.Extent) : CaseLayout.TestAddress;

    private static ulong SlotSize(Case c) => CaseLayout.SlotSize(c.Extent) * (c.Beside is null ? 1ul : 2ul);

    private static void AddMemslot(List<Step> steps, Case c) => steps.Add(new MemslotStep(
        "vm", CaseLayout.TestSlot, SlotAddress(c), SlotSize(c),
        c.Beside is null && (c.Late || c.Backing.Kind == VmaKind.Hole) ? "plain" : Memory,
        CaseLayout.MappingOffset(c.Extent), KvmFlags(c.Slot)) { OnError = OnError.End });

    private static void AddExporter(List<Step> steps, string file, Backing backing, ulong size)
    {
        steps.Add(new OpenStep(file, "/dev/stage2-exporter"));
        AddExport(steps, file, backing, size);
    }

    /// <summary>Two VMAs side by side, in one aligned mapping.</summary>
    private static void AddTwoMappings(List<Step> steps, Case c, Neighbour beside)
    {
        ulong half = CaseLayout.SlotSize(c.Extent);
        if (c.Backing.Driver)
            AddExport(steps, "exporter", c.Backing, half);
        if (beside.Backing.Driver)
            AddExporter(steps, SecondExporter, beside.Backing, half);
        steps.Add(new MapStep(Memory, null, 2 * half, Write: true, Shared: false, half));
        AddHalf(steps, "exporter", c.Backing, c.VmaWritable, beside.First ? half : 0, half);
        AddHalf(steps, SecondExporter, beside.Backing, beside.Writable, beside.First ? 0 : half, half);
    }

    private static void AddHalf(List<Step> steps, string file, Backing backing, bool writable, ulong offset, ulong size) =>
        steps.Add(backing.Kind == VmaKind.Hole
            ? new HoleStep(Memory, offset, size)
            : MapStep.Into(Memory, offset, backing.Driver ? file : null, size, writable, backing.Sharing == Sharing.Shared));

    private static bool NeedsOther(Placement placement) => placement is Placement.Overlapping or Placement.Adjoining;

    /// <summary>A slot that ends where the tested one begins, or a page later.</summary>
    private static void AddOther(List<Step> steps, Case c)
    {
        ulong size = CaseLayout.SlotSize(c.Extent);
        steps.Add(new MapStep("other", null, size, Write: true, Shared: false, size));
        steps.Add(new MemslotStep("vm", CaseLayout.OtherSlot,
            CaseLayout.TestAddress - (c.Placement == Placement.Overlapping ? size / 2 : size), size, "other"));
    }

    private static void AddMisplaced(List<Step> steps, Case c, ProbeAbilities host)
    {
        ulong size = CaseLayout.SlotSize(c.Extent);
        var (address, bytes, offset) = c.Placement switch
        {
            Placement.AddressUnaligned => (CaseLayout.TestAddress + CaseLayout.Unaligned, size, 0ul),
            Placement.HostUnaligned => (CaseLayout.TestAddress, size, CaseLayout.Unaligned),
            Placement.SizeUnaligned => (CaseLayout.TestAddress, size - CaseLayout.Unaligned, 0ul),
            Placement.Wrapping => (0ul - size / 2, size, 0ul),
            Placement.Absent => (CaseLayout.TestAddress, 0ul, 0ul),
            Placement.BeyondIpa => (host.EndOfGuestMemory, size, 0ul),
            _ => (CaseLayout.TestAddress, size, 0ul),
        };
        steps.Add(new MemslotStep("vm", CaseLayout.TestSlot, address, bytes, Memory, offset, KvmFlags(c.Slot)) { OnError = OnError.End });
    }

    /// <summary>The change, and the descriptor that it leaves. A call whose errno is predicted doesn't end the program.</summary>
    private static void AddChange(List<Step> steps, Case c, ProbeAbilities host)
    {
        var change = c.Change!;
        ulong size = SlotSize(c);
        switch (change.Kind)
        {
            case ChangeKind.Unmap:
                steps.Add(new HoleStep(Memory));
                break;
            case ChangeKind.MoveMapping:
                steps.Add(new MoveStep("moved", Memory));
                break;
            case ChangeKind.ProtectRead:
                steps.Add(new ProtectStep(Memory, Read: true, Write: false));
                break;
            case ChangeKind.ProtectNone:
                steps.Add(new ProtectStep(Memory, Read: false, Write: false));
                break;
            case ChangeKind.Replace:
                steps.Add(new MapStep("changed", change.To!.Driver ? SecondExporter : null, CaseLayout.MappingSize(c.Extent), Write: true,
                    change.To.Sharing == Sharing.Shared, Over: Memory));
                break;
            case ChangeKind.Store:
                steps.Add(new WordsStep(Memory, CaseLayout.MappingOffset(c.Extent), [0]));
                break;
            case ChangeKind.PunchHole:
                steps.Add(new FallocateStep(Memory, FallocateStep.PunchHole, 0, size) { OnError = OnError.Fail });
                break;
            case ChangeKind.CloseGuestMemory:
                steps.Add(new CloseStep(Memory));
                break;
            case ChangeKind.DeleteSlot:
                AddSlotChange(steps, c, SlotAddress(c), 0, c.Slot);
                break;
            case ChangeKind.RecreateSlot:
                AddSlotChange(steps, c, SlotAddress(c), 0, c.Slot);
                AddSlotChange(steps, c, SlotAddress(c), size, c.Slot);
                break;
            case ChangeKind.MoveSlot:
                AddSlotChange(steps, c, CaseLayout.MovedAddress, size, c.Slot);
                break;
            case ChangeKind.LogOnOff:
                AddSlotChange(steps, c, SlotAddress(c), size, change.Flags(c.Slot));
                AddSlotChange(steps, c, SlotAddress(c), size, c.Slot);
                break;
            default:
                AddSlotChange(steps, c, SlotAddress(c), size, change.Flags(c.Slot));
                break;
        }
        if (host.Descriptor)
            steps.Add(new Stage2Step("exporter", "vm", CaseLayout.TestAddress));
        if (host.Trace)
            steps.Add(new TraceStep());
    }

    internal static void AddSlotChange(List<Step> steps, Case c, ulong address, ulong size, SlotFlags flags, OnError onError = OnError.Continue) => steps.Add(
        c.Backing.Kind == VmaKind.GuestMemory
            // Deleting takes no flag of a guest_memfd: the slot has one.
            ? BoundSlot(CaseLayout.TestSlot, address, size, (size == 0 ? 0 : MemGuestMemfd) | KvmFlags(flags)) with { OnError = onError }
            : new MemslotStep("vm", CaseLayout.TestSlot, address, size, Memory, CaseLayout.MappingOffset(c.Extent), KvmFlags(flags)) { OnError = onError });

    /// <summary>A slot over the case's guest_memfd.</summary>
    private static MemslotStep BoundSlot(int slot, ulong address, ulong size, uint flags) =>
        new("vm", slot, address, size, null, Flags: flags, Binding: new Binding(Memory)) { OnError = OnError.End };
}
