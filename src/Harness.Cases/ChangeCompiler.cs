using Harness.Model;
using Harness.Protocol;

namespace Harness.Cases;

/// <summary>What is done to a slot, or to the memory behind it, between two accesses.</summary>
internal static class ChangeCompiler
{
    /// <summary>
    /// The change, and the descriptor after it. A call with a predicted errno doesn't end the program.
    /// </summary>
    public static CompiledChange AddChange(CaseSteps steps, AttributeCase c, ProbeAbilities host)
    {
        IReadOnlyList<StepHandle> calls = AddCalls(steps, c, c.Change!, host);
        StepHandle<Stage2Result>? descriptor = host.Descriptor
            ? steps.Add(new Stage2Step("exporter", "vm", CaseLayout.TestAddress))
            : null;
        if (host.Trace)
            steps.Add(new TraceStep());
        return new CompiledChange(calls, descriptor);
    }

    private static StepHandle[] AddCalls(CaseSteps steps, AttributeCase c, LiveChange change, ProbeAbilities host)
    {
        ulong size = SlotCompiler.SlotSize(c);
        return change.Kind switch
        {
            ChangeKind.Unmap => [steps.Add(new HoleStep(MemoryCompiler.Memory))],
            ChangeKind.MoveMapping => [steps.Add(new MoveStep("moved", MemoryCompiler.Memory))],
            ChangeKind.ProtectRead => [steps.Add(new ProtectStep(MemoryCompiler.Memory, Read: true, Write: false))],
            ChangeKind.ProtectNone => [steps.Add(new ProtectStep(MemoryCompiler.Memory, Read: false, Write: false))],
            ChangeKind.Replace =>
            [
                steps.Add(
                    new MapStep(
                        "changed",
                        change.To!.Driver ? SlotCompiler.SecondExporter : null,
                        CaseLayout.MappingSize(c.Extent),
                        Write: true,
                        change.To.Sharing == Sharing.Shared,
                        Over: MemoryCompiler.Memory
                    )
                ),
            ],
            ChangeKind.Store =>
            [
                steps.Add(new WordsStep(MemoryCompiler.Memory, CaseLayout.MappingOffset(c.Extent), [0])),
            ],
            ChangeKind.PunchHole =>
            [
                steps.Add(
                    new FallocateStep(MemoryCompiler.Memory, FallocateStep.PunchHole, 0, size)
                    {
                        OnError = OnError.Fail,
                    }
                ),
            ],
            ChangeKind.CloseGuestMemory => [steps.Add(new CloseStep(MemoryCompiler.Memory))],
            ChangeKind.DeleteSlot => [AddSlotChange(steps, c, SlotCompiler.SlotAddress(c), 0, c.Slot)],
            ChangeKind.RecreateSlot =>
            [
                AddSlotChange(steps, c, SlotCompiler.SlotAddress(c), 0, c.Slot),
                AddSlotChange(steps, c, SlotCompiler.SlotAddress(c), size, c.Slot),
            ],
            ChangeKind.MoveSlot or ChangeKind.MoveOnto =>
            [
                AddSlotChange(steps, c, CaseLayout.MovedAddress, size, c.Slot),
            ],
            ChangeKind.MoveBeyondIpa => [AddSlotChange(steps, c, SlotCompiler.PageBeyondIpa(c, host), size, c.Slot)],
            ChangeKind.LogOnOff =>
            [
                AddSlotChange(steps, c, SlotCompiler.SlotAddress(c), size, change.Flags(c.Slot)),
                AddSlotChange(steps, c, SlotCompiler.SlotAddress(c), size, c.Slot),
            ],
            _ => [AddSlotChange(steps, c, SlotCompiler.SlotAddress(c), size, change.Flags(c.Slot))],
        };
    }

    public static StepHandle<MemslotResult> AddSlotChange(
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
                    ? SlotCompiler.BoundSlot(
                        CaseLayout.TestSlot,
                        address,
                        size,
                        (size == 0 ? 0 : SlotCompiler.MemGuestMemfd) | SlotCompiler.KvmFlags(flags)
                    )
                    : new MemslotStep(
                        "vm",
                        CaseLayout.TestSlot,
                        address,
                        size,
                        MemoryCompiler.Memory,
                        CaseLayout.MappingOffset(c.Extent),
                        SlotCompiler.KvmFlags(flags)
                    )
            ) with
            {
                OnError = onError,
            }
        );
}
