using Harness.Model;
using Harness.Model.Programs;
using Harness.Model.Slots;
using Harness.Protocol;

namespace Harness.Cases;

/// <summary>What is done to a slot, or to the memory behind it, between two accesses.</summary>
internal static class ChangeCompiler
{
    /// <summary>The name of the memory that replaced the one behind the slot.</summary>
    public const string Changed = "changed";

    /// <summary>
    /// The change, and the descriptor after it, unless the guest runs meanwhile and may have made its access already. A
    /// call with a predicted errno doesn't end the program.
    /// </summary>
    public static CompiledChange AddChange(CaseSteps steps, AttributeCase c, ProbeAbilities host)
    {
        IReadOnlyList<StepHandle> calls = AddCalls(steps, c, c.Change!, host);
        StepHandle<Stage2Result>? descriptor =
            host.Descriptor && !c.Running ? steps.Add(new Stage2Step("exporter", "vm", CaseLayout.TestAddress)) : null;
        if (host.Trace)
            steps.Add(new TraceStep());
        return new CompiledChange(calls, descriptor);
    }

    /// <summary>The calls of a change; one with a predicted errno doesn't end the program.</summary>
    /// <param name="steps">Added to.</param>
    /// <param name="c">The slot as it is now.</param>
    /// <param name="change">The change.</param>
    /// <param name="host">The host.</param>
    /// <param name="memory">The name of the memory behind it now.</param>
    /// <param name="alias">It is the second slot of a program.</param>
    public static StepHandle[] AddCalls(
        CaseSteps steps,
        AttributeCase c,
        LiveChange change,
        ProbeAbilities host,
        string memory = MemoryCompiler.Memory,
        bool alias = false
    )
    {
        ulong size = SlotCompiler.SlotSize(c, host);
        ulong address = alias
            ? host.Sizes.PageAddress(c.Extent, SlotPage.AliasFirst)
            : SlotCompiler.SlotAddress(c, host);
        return change.Kind switch
        {
            ChangeKind.Unmap => [steps.Add(new HoleStep(memory))],
            ChangeKind.MoveMapping => [steps.Add(new MoveStep("moved", memory))],
            ChangeKind.ProtectRead => [steps.Add(new ProtectStep(memory, Read: true, Write: false))],
            ChangeKind.ProtectNone => [steps.Add(new ProtectStep(memory, Read: false, Write: false))],
            ChangeKind.Replace =>
            [
                steps.Add(
                    new MapStep(
                        Changed,
                        change.To!.Driver ? SlotCompiler.SecondExporter : null,
                        host.Sizes.MappingSize(c.Extent),
                        Write: true,
                        change.To.Sharing == Sharing.Shared,
                        Over: memory
                    )
                ),
            ],
            ChangeKind.Store => [steps.Add(new WordsStep(memory, host.Sizes.MappingOffset(c.Extent), [0]))],
            ChangeKind.PunchHole =>
            [
                steps.Add(new FallocateStep(memory, FallocateStep.PunchHole, 0, size) { OnError = OnError.Fail }),
            ],
            ChangeKind.DisableMemory => [steps.Add(new VfioCommandStep(MemoryCompiler.Device, Memory: false))],
            ChangeKind.ToggleMemory =>
            [
                steps.Add(new VfioCommandStep(MemoryCompiler.Device, Memory: false)),
                steps.Add(new VfioCommandStep(MemoryCompiler.Device, Memory: true)),
            ],
            ChangeKind.ResetDevice => [steps.Add(new VfioResetStep(MemoryCompiler.Device))],
            ChangeKind.UnbindDevice =>
            [
                steps.Add(new VfioUnbindStep(MemoryCompiler.Binding, host.Providers.Pci!.Address)),
            ],
            ChangeKind.AddMemory => [steps.Add(new HotplugStep("exporter", Added: true))],
            ChangeKind.RemoveMemory => [steps.Add(new HotplugStep("exporter", Added: false))],
            ChangeKind.SecondVm => AddSecondVm(steps, c, host, memory),
            ChangeKind.CloseGuestMemory => [steps.Add(new CloseStep(memory))],
            ChangeKind.DeleteSlot => [Slot(address, 0, c.Slot)],
            ChangeKind.RecreateSlot => [Slot(address, 0, c.Slot), Slot(address, size, c.Slot)],
            ChangeKind.MoveSlot or ChangeKind.MoveOnto =>
            [
                Slot(
                    (alias ? CaseLayout.MovedAliasAddress : CaseLayout.MovedAddress)
                        + host.Sizes.AddressOffset(c.Extent),
                    size,
                    c.Slot
                ),
            ],
            ChangeKind.MoveBeyondIpa => [Slot(SlotCompiler.PageBeyondIpa(c, host), size, c.Slot)],
            ChangeKind.LogOnOff => [Slot(address, size, change.Flags(c.Slot)), Slot(address, size, c.Slot)],
            _ => [Slot(address, size, change.Flags(c.Slot))],
        };

        StepHandle Slot(ulong at, ulong bytes, SlotFlags flags) =>
            AddSlotChange(
                steps,
                c,
                host,
                at,
                bytes,
                flags,
                memory,
                slot: alias ? CaseLayout.AliasSlot : CaseLayout.TestSlot
            );
    }

    /// <summary>A second VM with the same slots. Its guest runs the same code up to its first report.</summary>
    private static StepHandle[] AddSecondVm(CaseSteps steps, AttributeCase c, ProbeAbilities host, string memory)
    {
        return
        [
            steps.Add(new VmStep(SecondVm, host.VmType)),
            steps.Add(
                new MemslotStep(
                    SecondVm,
                    CaseLayout.TestSlot,
                    SlotCompiler.SlotAddress(c, host),
                    SlotCompiler.SlotSize(c, host),
                    memory,
                    host.Sizes.MappingOffset(c.Extent),
                    SlotCompiler.KvmFlags(c.Slot)
                )
            ),
            steps.Add(
                new MemslotStep(SecondVm, CaseLayout.CodeSlot, CaseLayout.CodeAddress, CaseLayout.CodeSize, "code")
            ),
            steps.Add(new VcpuStep(SecondVcpu, SecondVm)),
            CaseCompiler.AddStart(steps, c, host, CaseCompiler.GuestOf(c, host, out _), SecondVcpu),
            steps.Add(new RunStep(SecondVcpu, host.RunTimeoutMs) { OnError = OnError.Continue }),
        ];
    }

    private const string SecondVm = "vm-2",
        SecondVcpu = "vcpu-2";

    public static StepHandle<MemslotResult> AddSlotChange(
        CaseSteps steps,
        AttributeCase c,
        ProbeAbilities host,
        ulong address,
        ulong size,
        SlotFlags flags,
        string memory = MemoryCompiler.Memory,
        OnError onError = OnError.Continue,
        int slot = CaseLayout.TestSlot
    ) =>
        steps.Add(
            (
                c.Backing.Kind == VmaKind.GuestMemory
                    // Deleting does not pass KVM_MEM_GUEST_MEMFD, although the slot has it.
                    ? SlotCompiler.BoundSlot(
                        CaseLayout.TestSlot,
                        address,
                        size,
                        (size == 0 ? 0 : SlotCall.GuestMemfd) | SlotCompiler.KvmFlags(flags)
                    )
                    : new MemslotStep(
                        "vm",
                        slot,
                        address,
                        size,
                        memory,
                        host.Sizes.MappingOffset(c.Extent),
                        SlotCompiler.KvmFlags(flags)
                    )
            ) with
            {
                OnError = onError,
            }
        );
}
