using Harness.Model;
using Harness.Protocol;

namespace Harness.Cases;

/// <summary>Slots with special properties, and changes to a slot between two accesses.</summary>
public static partial class CaseCompiler
{
    /// <summary>A second open file: an exporter's file makes one kind of memory at a time.</summary>
    private const string SecondExporter = "exporter-2";

    /// <summary>The name of the memory behind the slot for a change: a late backing has replaced "plain".</summary>
    internal const string Memory = "memory";

    private static ulong SlotAddress(AttributeCase c) =>
        c.Beside is { First: true } ? CaseLayout.TestAddress - CaseLayout.SlotSize(c.Extent) : CaseLayout.TestAddress;

    private static ulong SlotSize(AttributeCase c) => CaseLayout.SlotSize(c.Extent) * (c.Beside is null ? 1ul : 2ul);

    private static void AddMemslot(CaseSteps steps, AttributeCase c) =>
        steps.AddSetUp(
            new MemslotStep(
                "vm",
                CaseLayout.TestSlot,
                SlotAddress(c),
                SlotSize(c),
                c.Beside is null && (c.Late || c.Backing.Kind == VmaKind.Hole) ? "plain" : Memory,
                CaseLayout.MappingOffset(c.Extent),
                KvmFlags(c.Slot)
            )
            {
                OnError = OnError.End,
            }
        );

    private static void AddExporter(CaseSteps steps, string file, Backing backing, ulong size)
    {
        steps.Add(new OpenStep(file, "/dev/stage2-exporter"));
        AddExport(steps, file, backing, size);
    }

    /// <summary>Two VMAs side by side, in one aligned mapping.</summary>
    private static void AddTwoMappings(CaseSteps steps, AttributeCase c, Neighbour beside)
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

    private static void AddHalf(CaseSteps steps, string file, Backing backing, bool writable, ulong offset, ulong size)
    {
        if (backing.Kind == VmaKind.Hole)
            steps.Add(new HoleStep(Memory, offset, size));
        else
            steps.Add(
                MapStep.Into(
                    Memory,
                    offset,
                    backing.Driver ? file : null,
                    size,
                    writable,
                    backing.Sharing == Sharing.Shared
                )
            );
    }

    private static bool NeedsOther(Placement placement) => placement is Placement.Overlapping or Placement.Adjoining;

    /// <summary>A slot that ends where the tested one begins, or a page later.</summary>
    private static void AddOther(CaseSteps steps, AttributeCase c)
    {
        ulong size = CaseLayout.SlotSize(c.Extent);
        steps.Add(new MapStep("other", null, size, Write: true, Shared: false, size));
        steps.AddSetUp(
            new MemslotStep(
                "vm",
                CaseLayout.OtherSlot,
                CaseLayout.TestAddress - (c.Placement == Placement.Overlapping ? size / 2 : size),
                size,
                "other"
            )
        );
    }

    private static void AddMisplaced(CaseSteps steps, AttributeCase c, ProbeAbilities host)
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
        steps.AddSetUp(
            new MemslotStep("vm", CaseLayout.TestSlot, address, bytes, Memory, offset, KvmFlags(c.Slot))
            {
                OnError = OnError.End,
            }
        );
    }

    /// <summary>
    /// The change, and the descriptor after it. A call with a predicted errno doesn't end the program.
    /// </summary>
    private static CompiledChange AddChange(CaseSteps steps, AttributeCase c, ProbeAbilities host)
    {
        IReadOnlyList<StepHandle> calls = AddCalls(steps, c, c.Change!);
        StepHandle<Stage2Result>? descriptor = host.Descriptor
            ? steps.Add(new Stage2Step("exporter", "vm", CaseLayout.TestAddress))
            : null;
        if (host.Trace)
            steps.Add(new TraceStep());
        return new CompiledChange(calls, descriptor);
    }

    private static StepHandle[] AddCalls(CaseSteps steps, AttributeCase c, LiveChange change)
    {
        ulong size = SlotSize(c);
        return change.Kind switch
        {
            ChangeKind.Unmap => [steps.Add(new HoleStep(Memory))],
            ChangeKind.MoveMapping => [steps.Add(new MoveStep("moved", Memory))],
            ChangeKind.ProtectRead => [steps.Add(new ProtectStep(Memory, Read: true, Write: false))],
            ChangeKind.ProtectNone => [steps.Add(new ProtectStep(Memory, Read: false, Write: false))],
            ChangeKind.Replace =>
            [
                steps.Add(
                    new MapStep(
                        "changed",
                        change.To!.Driver ? SecondExporter : null,
                        CaseLayout.MappingSize(c.Extent),
                        Write: true,
                        change.To.Sharing == Sharing.Shared,
                        Over: Memory
                    )
                ),
            ],
            ChangeKind.Store => [steps.Add(new WordsStep(Memory, CaseLayout.MappingOffset(c.Extent), [0]))],
            ChangeKind.PunchHole =>
            [
                steps.Add(new FallocateStep(Memory, FallocateStep.PunchHole, 0, size) { OnError = OnError.Fail }),
            ],
            ChangeKind.CloseGuestMemory => [steps.Add(new CloseStep(Memory))],
            ChangeKind.DeleteSlot => [AddSlotChange(steps, c, SlotAddress(c), 0, c.Slot)],
            ChangeKind.RecreateSlot =>
            [
                AddSlotChange(steps, c, SlotAddress(c), 0, c.Slot),
                AddSlotChange(steps, c, SlotAddress(c), size, c.Slot),
            ],
            ChangeKind.MoveSlot => [AddSlotChange(steps, c, CaseLayout.MovedAddress, size, c.Slot)],
            ChangeKind.LogOnOff =>
            [
                AddSlotChange(steps, c, SlotAddress(c), size, change.Flags(c.Slot)),
                AddSlotChange(steps, c, SlotAddress(c), size, c.Slot),
            ],
            _ => [AddSlotChange(steps, c, SlotAddress(c), size, change.Flags(c.Slot))],
        };
    }

    internal static StepHandle<MemslotResult> AddSlotChange(
        CaseSteps steps,
        AttributeCase c,
        ulong address,
        ulong size,
        SlotFlags flags,
        OnError onError = OnError.Continue
    ) =>
        steps.Add(
            (
                c.Backing.Kind == VmaKind.GuestMemory
                    // Deleting does not pass KVM_MEM_GUEST_MEMFD, although the slot has it.
                    ? BoundSlot(CaseLayout.TestSlot, address, size, (size == 0 ? 0 : MemGuestMemfd) | KvmFlags(flags))
                    : new MemslotStep(
                        "vm",
                        CaseLayout.TestSlot,
                        address,
                        size,
                        Memory,
                        CaseLayout.MappingOffset(c.Extent),
                        KvmFlags(flags)
                    )
            ) with
            {
                OnError = onError,
            }
        );

    /// <summary>A slot over the case's guest_memfd.</summary>
    private static MemslotStep BoundSlot(int slot, ulong address, ulong size, uint flags) =>
        new("vm", slot, address, size, null, Flags: flags, Binding: new Binding(Memory)) { OnError = OnError.End };
}
