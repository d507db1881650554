using Harness.Cases.Guest;
using Harness.Model;
using Harness.Model.Ownership;
using Harness.Model.Slots;
using Harness.Protocol;

namespace Harness.Cases;

/// <summary>
/// Compiles a lifecycle to steps: one for each operation that has its result, and what it requires beforehand.
/// </summary>
public sealed class LifecycleCompiler
{
    private const ulong ProtectedType = 1ul << 31; // KVM_VM_TYPE_ARM_PROTECTED
    private const ulong UnknownFlag = 1ul << 62; // of KVM_CREATE_GUEST_MEMFD
    private const int AgainSlot = 2;
    private const ulong AgainAddress = CaseLayout.FirstBoundAddress;
    private const int OverSlot = 3;
    private const string Window = "window";

    private static readonly string[] GuestsLastFirst = ["vcpu-2", "vm-2", "vcpu", "vm"];

    private readonly LifecycleCase _case;
    private readonly ProbeAbilities _host;
    private readonly CaseSteps _steps = new();
    private readonly List<CompiledOperation> _acts = [];
    private readonly HashSet<string> _made = [];

    private LifecycleCompiler(LifecycleCase c, ProbeAbilities host) => (_case, _host) = (c, host);

    private ulong Size => _host.Sizes.Small;

    private bool GuestMemory => _case.Backing.Kind == VmaKind.GuestMemory;

    private ulong VmType => _host.VmType | (_case.Vm == VmKind.Protected ? ProtectedType : 0);

    /// <summary>The mapping that the process accesses the page through.</summary>
    private string Touched => GuestMemory ? Window : MemoryCompiler.Memory;

    public static CompiledCase Compile(LifecycleCase c, ProbeAbilities host) =>
        new LifecycleCompiler(c, host).Compile();

    private CompiledCase Compile()
    {
        var before = _steps.Add(new CountersStep());
        if (_host.Descriptor || _case.Backing.Driver)
            _steps.Add(new OpenStep("exporter", "/dev/stage2-exporter"));
        if (_case.Backing.Kind == VmaKind.Hole)
        {
            Map(MemoryCompiler.Memory, Size);
            _steps.Add(new HoleStep(MemoryCompiler.Memory));
        }
        else if (!GuestMemory)
        {
            MemoryCompiler.AddMemory(_steps, _case, _host);
        }
        var operations = _case.Operations.Span;
        for (int i = 0; i < operations.Length; i++)
            Add(
                operations[i],
                isTouched: operations[i..]
                    .ContainsAny([
                        Operation.Load,
                        Operation.Store,
                        Operation.Copy,
                        Operation.Peek,
                        Operation.BindWindow,
                    ])
            );
        _steps.Add(new CloseAllStep());
        var lifecycle = new CompiledLifecycle(_acts, before, _steps.Add(new CountersStep()));
        return new CompiledCase(_case, _steps.Build(_case.Id, CaseLayout.LifecycleDeadlineMs * _host.Slowness), [], [])
        {
            Lifecycle = lifecycle,
        };
    }

    /// <param name="operation">The operation.</param>
    /// <param name="isTouched">The process accesses the page after it: its mapping must succeed.</param>
    private void Add(Operation operation, bool isTouched)
    {
        switch (operation)
        {
            case Operation.Create:
                Create();
                break;
            case Operation.MakeUnknownFlag:
                Answer(
                    operation,
                    new GuestMemoryStep(New("unknown-flag"), "vm", Size, UnknownFlag) { OnError = OnError.Continue }
                );
                break;
            case Operation.MakeUnaligned:
                Answer(
                    operation,
                    new GuestMemoryStep(
                        New("unaligned"),
                        "vm",
                        Size - CaseLayout.Unaligned,
                        (ulong)_case.Backing.GuestMemory
                    )
                    {
                        OnError = OnError.Continue,
                    }
                );
                break;
            case Operation.MapShared:
                Answer(
                    operation,
                    new MapStep(Window, MemoryCompiler.Memory, Size, Write: true, Shared: true)
                    {
                        OnError = isTouched ? OnError.End : OnError.Continue,
                    }
                );
                break;
            case Operation.MapPrivate:
                Answer(
                    operation,
                    new MapStep(New("copy"), MemoryCompiler.Memory, Size, Write: true, Shared: false)
                    {
                        OnError = OnError.Continue,
                    }
                );
                break;
            case Operation.Bind:
                Answer(operation, Slot("vm", CaseLayout.TestSlot, CaseLayout.TestAddress));
                break;
            case Operation.BindAgain:
                Answer(operation, Slot("vm", AgainSlot, AgainAddress));
                break;
            case Operation.BindOver:
                if (_made.Add("other"))
                    Map("other", Size);
                Answer(
                    operation,
                    new MemslotStep("vm", OverSlot, CaseLayout.TestAddress, Size, "other")
                    {
                        OnError = OnError.Continue,
                    }
                );
                break;
            case Operation.BindInOther:
                AddVm(
                    "vm-2",
                    "vcpu-2",
                    "code-2",
                    [
                        .. _case
                            .Operations.Span.ToArray()
                            .Where(a => a == Operation.OtherLoad)
                            .Select(_ => GuestCommand.Load),
                    ],
                    OnError.Fail
                );
                Answer(operation, Slot("vm-2", CaseLayout.TestSlot, CaseLayout.TestAddress));
                break;
            case Operation.BindNothing:
                Answer(operation, BoundTo(null, 0, Size));
                break;
            case Operation.BindFile:
                Answer(operation, BoundTo("vm", 0, Size));
                break;
            case Operation.BindBeyond:
                Answer(operation, BoundTo(MemoryCompiler.Memory, Size, Size));
                break;
            case Operation.BindUnaligned:
                Answer(operation, BoundTo(MemoryCompiler.Memory, CaseLayout.Unaligned, Size / 2));
                break;
            case Operation.BindWindow:
                Answer(
                    operation,
                    new MemslotStep("vm", CaseLayout.TestSlot, CaseLayout.TestAddress, Size, Window)
                    {
                        OnError = OnError.Continue,
                    }
                );
                break;
            case Operation.BindLogged:
                Answer(operation, Slot("vm", CaseLayout.TestSlot, CaseLayout.TestAddress, SlotCall.LogDirtyPages));
                break;
            case Operation.BindReadOnly:
                Answer(operation, Slot("vm", CaseLayout.TestSlot, CaseLayout.TestAddress, SlotCall.ReadOnly));
                break;
            case Operation.Unbind:
                Answer(
                    operation,
                    (
                        GuestMemory
                            ? new MemslotStep(
                                "vm",
                                CaseLayout.TestSlot,
                                CaseLayout.TestAddress,
                                0,
                                null,
                                Binding: new Binding()
                            )
                            : new MemslotStep(
                                "vm",
                                CaseLayout.TestSlot,
                                CaseLayout.TestAddress,
                                0,
                                MemoryCompiler.Memory
                            )
                    ) with
                    {
                        OnError = OnError.Continue,
                    }
                );
                break;
            case Operation.Punch:
                Answer(operation, new FallocateStep(MemoryCompiler.Memory, FallocateStep.PunchHole, 0, Size));
                break;
            case Operation.PunchUnaligned:
                Answer(
                    operation,
                    new FallocateStep(MemoryCompiler.Memory, FallocateStep.PunchHole, CaseLayout.Unaligned, Size / 2)
                );
                break;
            case Operation.PunchBeyond:
                Answer(operation, new FallocateStep(MemoryCompiler.Memory, FallocateStep.PunchHole, Size, Size));
                break;
            case Operation.Allocate:
                Answer(operation, new FallocateStep(MemoryCompiler.Memory, FallocateStep.KeepSize, 0, Size));
                break;
            case Operation.AllocateBeyond:
                Answer(operation, new FallocateStep(MemoryCompiler.Memory, FallocateStep.KeepSize, Size, Size));
                break;
            case Operation.AllocateGrowing:
                Answer(operation, new FallocateStep(MemoryCompiler.Memory, 0, 0, Size));
                break;
            case Operation.Truncate:
                Answer(operation, new TruncateStep(MemoryCompiler.Memory, 2 * Size));
                break;
            case Operation.ReadFile:
                Answer(operation, new ReadFileStep(MemoryCompiler.Memory));
                break;
            case Operation.WriteFile:
                Answer(operation, new WriteFileStep(MemoryCompiler.Memory));
                break;
            case Operation.CloseFile:
                Answer(operation, new CloseStep(MemoryCompiler.Memory) { OnError = OnError.Continue });
                break;
            case Operation.Destroy:
                Destroy();
                break;
            case Operation.Load:
                Answer(operation, new TouchStep(Touched, 0));
                break;
            case Operation.Store:
                Answer(operation, new TouchStep(Touched, 0, GuestProgram.HostWord));
                break;
            case Operation.Copy:
                Answer(operation, new CopyStep(Touched, 0));
                break;
            case Operation.Peek:
                Answer(operation, new PeekStep(Touched, 0));
                break;
            case Operation.OtherLoad:
                Answer(operation, new RunStep("vcpu-2", _host.RunTimeoutMs));
                break;
            case Operation.GuestLoad
            or Operation.GuestStore
            or Operation.GuestFetch
            or Operation.GuestShare
            or Operation.GuestUnshare
            or Operation.GuestLdp:
                Answer(operation, new RunStep("vcpu", _host.RunTimeoutMs));
                if (!_host.Descriptor)
                    break;
                _acts[^1] = _acts[^1] with
                {
                    Descriptor = _steps.Add(new Stage2Step("exporter", "vm", CaseLayout.TestAddress)),
                };
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(operation), operation, "no kernel has such an act");
        }
    }

    private void Answer<TResult>(Operation operation, Step<TResult> step)
        where TResult : StepResult => _acts.Add(new CompiledOperation(operation, _steps.Add(step)));

    private void Create()
    {
        GuestCommand[] guest = [.. _case.Operations.Span.ToArray().Select(Guest).OfType<GuestCommand>()];
        var vm = AddVm("vm", "vcpu", "code", guest, OnError.End);
        if (!GuestMemory)
        {
            _acts.Add(new CompiledOperation(Operation.Create, vm));
            return;
        }
        var memory = _steps.Add(
            new GuestMemoryStep(MemoryCompiler.Memory, "vm", Size, (ulong)_case.Backing.GuestMemory)
            {
                OnError = OnError.End,
            }
        );
        _acts.Add(new CompiledOperation(Operation.Create, memory) { First = vm });
    }

    /// <summary>A VM; if it runs, also a vCPU with its code.</summary>
    private StepHandle<VmResult> AddVm(string vm, string vcpu, string code, GuestCommand[] operations, OnError onError)
    {
        var made = _steps.Add(new VmStep(vm, VmType) { OnError = onError });
        _made.Add(vm);
        if (operations.Length == 0)
            return made;
        var guest = GuestProgram.ForOperations(operations);
        Map(code, CaseLayout.CodeSize);
        _steps.Add(new WordsStep(code, 0, guest.Words));
        _steps.Add(new MemslotStep(vm, CaseLayout.CodeSlot, CaseLayout.CodeAddress, CaseLayout.CodeSize, code));
        _steps.Add(new VcpuStep(vcpu, vm));
        _made.Add(vcpu);
        _steps.Add(
            new SetRegistersStep(
                vcpu,
                new Dictionary<GuestRegister, ulong>
                {
                    [GuestRegister.Pc] = CaseLayout.CodeAddress + guest.EntryOffset,
                    [GuestRegister.VbarEl1] = CaseLayout.CodeAddress + guest.VectorOffset,
                    [GuestRegister.X1] = CaseLayout.TestAddress,
                    [GuestRegister.X2] = GuestProgram.GuestWord,
                    [GuestRegister.X9] = CaseLayout.ReportAddress,
                }
            )
        );
        return made;
    }

    /// <summary>
    /// Destroys all VMs, the second first: memory that a VM has taken returns to the host when the VM is destroyed.
    /// </summary>
    private void Destroy()
    {
        var before = _steps.Add(new CountersStep());
        int vms = _made.Contains("vm-2") ? 2 : 1;
        foreach (string name in GuestsLastFirst.Where(_made.Remove))
            _steps.Add(new CloseStep(name));
        var after = _steps.Add(new CountersStep());
        _acts.Add(new CompiledOperation(Operation.Destroy, after) { Counters = (before, after), Vms = vms });
    }

    private void Map(string name, ulong size) =>
        _steps.Add(new MapStep(name, null, size, Write: true, Shared: false, size));

    /// <summary>
    /// A unique name for something that should be refused: if it is created twice, it may succeed after all.
    /// </summary>
    private string New(string name) => $"{name}-{_steps.Steps.Count}";

    private MemslotStep Slot(string vm, int slot, ulong address, uint flags = 0) =>
        (
            GuestMemory
                ? new MemslotStep(
                    vm,
                    slot,
                    address,
                    Size,
                    null,
                    Flags: SlotCall.GuestMemfd | flags,
                    Binding: new Binding(MemoryCompiler.Memory)
                )
                : new MemslotStep(vm, slot, address, Size, MemoryCompiler.Memory, Flags: flags)
        ) with
        {
            OnError = OnError.Continue,
        };

    private static MemslotStep BoundTo(string? file, ulong offset, ulong size) =>
        new(
            "vm",
            CaseLayout.TestSlot,
            CaseLayout.TestAddress,
            size,
            null,
            Flags: SlotCall.GuestMemfd,
            Binding: new Binding(file, offset)
        )
        {
            OnError = OnError.Continue,
        };

    private static GuestCommand? Guest(Operation operation) =>
        operation switch
        {
            Operation.GuestLoad => GuestCommand.Load,
            Operation.GuestStore => GuestCommand.Store,
            Operation.GuestFetch => GuestCommand.Fetch,
            Operation.GuestLdp => GuestCommand.LoadPair,
            Operation.GuestShare => GuestCommand.Share,
            Operation.GuestUnshare => GuestCommand.Unshare,
            _ => null,
        };
}
