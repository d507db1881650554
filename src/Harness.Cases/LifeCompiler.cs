using Harness.Guest;
using Harness.Model;
using Harness.Model.Ownership;
using Harness.Protocol;

namespace Harness.Cases;

/// <summary>Compiles a page's life to steps: one for each act that answers it, and what must be there beforehand.</summary>
public sealed class LifeCompiler
{
    private const ulong ProtectedType = 1ul << 31; // KVM_VM_TYPE_ARM_PROTECTED
    private const uint Bound = 4; // KVM_MEM_GUEST_MEMFD
    private const uint Logged = 1; // KVM_MEM_LOG_DIRTY_PAGES
    private const uint ReadOnly = 2; // KVM_MEM_READONLY
    private const ulong UnknownFlag = 1ul << 62; // of KVM_CREATE_GUEST_MEMFD
    private const ulong Size = CaseLayout.PageExtent;
    private const int AgainSlot = 2;
    private const ulong AgainAddress = CaseLayout.FirstBoundAddress;
    private const int OverSlot = 3;
    private const string Window = "window";

    private static readonly string[] GuestsLastFirst = ["vcpu-2", "vm-2", "vcpu", "vm"];

    private readonly Case _case;
    private readonly ProbeAbilities _host;
    private readonly CaseSteps _steps = new();
    private readonly List<CompiledAct> _acts = [];
    private readonly HashSet<string> _made = [];

    private LifeCompiler(Case c, ProbeAbilities host) => (_case, _host) = (c, host);

    private bool GuestMemory => _case.Backing.Kind == VmaKind.GuestMemory;

    private ulong VmType => _host.VmType | (_case.Life!.Vm == VmKind.Protected ? ProtectedType : 0);

    /// <summary>What the process touches the page by.</summary>
    private string Touched => GuestMemory ? Window : CaseCompiler.Memory;

    public static CompiledCase Compile(Case c, ProbeAbilities host) => new LifeCompiler(c, host).Compile();

    private CompiledCase Compile()
    {
        var before = _steps.Add(new CountersStep());
        if (_host.Descriptor || _case.Backing.Driver)
            _steps.Add(new OpenStep("exporter", "/dev/stage2-exporter"));
        if (_case.Backing.Kind == VmaKind.Hole)
        {
            Map(CaseCompiler.Memory, Size);
            _steps.Add(new HoleStep(CaseCompiler.Memory));
        }
        else if (!GuestMemory)
        {
            CaseCompiler.AddMemory(_steps, _case, _host);
        }
        var acts = _case.Life!.Acts.Span;
        for (int i = 0; i < acts.Length; i++)
            Add(acts[i], isTouched: acts[i..].ContainsAny([Act.Load, Act.Store, Act.Copy, Act.Peek, Act.BindWindow]));
        _steps.Add(new CloseAllStep());
        var life = new CompiledLife(_acts, before, _steps.Add(new CountersStep()));
        return new CompiledCase(_case, _steps.Build(_case.Id, CaseLayout.LifeDeadlineMs * _host.Slowness), [], []) { Life = life };
    }

    /// <param name="act">The act.</param>
    /// <param name="isTouched">The process touches the page after it: what makes its mapping has to succeed.</param>
    private void Add(Act act, bool isTouched)
    {
        switch (act)
        {
            case Act.Create:
                Create();
                break;
            case Act.MakeUnknownFlag:
                Answer(act, new GuestMemoryStep(New("unknown-flag"), "vm", Size, UnknownFlag) { OnError = OnError.Continue });
                break;
            case Act.MakeUnaligned:
                Answer(act, new GuestMemoryStep(New("unaligned"), "vm", Size - CaseLayout.Unaligned, (ulong)_case.Backing.GuestMemory) { OnError = OnError.Continue });
                break;
            case Act.MapShared:
                Answer(act, new MapStep(Window, CaseCompiler.Memory, Size, Write: true, Shared: true) { OnError = isTouched ? OnError.End : OnError.Continue });
                break;
            case Act.MapPrivate:
                Answer(act, new MapStep(New("copy"), CaseCompiler.Memory, Size, Write: true, Shared: false) { OnError = OnError.Continue });
                break;
            case Act.Bind:
                Answer(act, Slot("vm", CaseLayout.TestSlot, CaseLayout.TestAddress));
                break;
            case Act.BindAgain:
                Answer(act, Slot("vm", AgainSlot, AgainAddress));
                break;
            case Act.BindOver:
                if (_made.Add("other"))
                    Map("other", Size);
                Answer(act, new MemslotStep("vm", OverSlot, CaseLayout.TestAddress, Size, "other") { OnError = OnError.Continue });
                break;
            case Act.BindInOther:
                AddVm("vm-2", "vcpu-2", "code-2", [.. _case.Life!.Acts.Span.ToArray().Where(a => a == Act.OtherLoad).Select(_ => GuestAct.Load)], OnError.Fail);
                Answer(act, Slot("vm-2", CaseLayout.TestSlot, CaseLayout.TestAddress));
                break;
            case Act.BindNothing:
                Answer(act, BoundTo(null, 0, Size));
                break;
            case Act.BindFile:
                Answer(act, BoundTo("vm", 0, Size));
                break;
            case Act.BindBeyond:
                Answer(act, BoundTo(CaseCompiler.Memory, Size, Size));
                break;
            case Act.BindUnaligned:
                Answer(act, BoundTo(CaseCompiler.Memory, CaseLayout.Unaligned, Size / 2));
                break;
            case Act.BindWindow:
                Answer(act, new MemslotStep("vm", CaseLayout.TestSlot, CaseLayout.TestAddress, Size, Window) { OnError = OnError.Continue });
                break;
            case Act.BindLogged:
                Answer(act, Slot("vm", CaseLayout.TestSlot, CaseLayout.TestAddress, Logged));
                break;
            case Act.BindReadOnly:
                Answer(act, Slot("vm", CaseLayout.TestSlot, CaseLayout.TestAddress, ReadOnly));
                break;
            case Act.Unbind:
                Answer(act, (GuestMemory
                    ? new MemslotStep("vm", CaseLayout.TestSlot, CaseLayout.TestAddress, 0, null, Binding: new Binding())
                    : new MemslotStep("vm", CaseLayout.TestSlot, CaseLayout.TestAddress, 0, CaseCompiler.Memory)) with { OnError = OnError.Continue });
                break;
            case Act.Punch:
                Answer(act, new FallocateStep(CaseCompiler.Memory, FallocateStep.PunchHole, 0, Size));
                break;
            case Act.PunchUnaligned:
                Answer(act, new FallocateStep(CaseCompiler.Memory, FallocateStep.PunchHole, CaseLayout.Unaligned, Size / 2));
                break;
            case Act.PunchBeyond:
                Answer(act, new FallocateStep(CaseCompiler.Memory, FallocateStep.PunchHole, Size, Size));
                break;
            case Act.Allocate:
                Answer(act, new FallocateStep(CaseCompiler.Memory, FallocateStep.KeepSize, 0, Size));
                break;
            case Act.AllocateBeyond:
                Answer(act, new FallocateStep(CaseCompiler.Memory, FallocateStep.KeepSize, Size, Size));
                break;
            case Act.AllocateGrowing:
                Answer(act, new FallocateStep(CaseCompiler.Memory, 0, 0, Size));
                break;
            case Act.Truncate:
                Answer(act, new TruncateStep(CaseCompiler.Memory, 2 * Size));
                break;
            case Act.ReadFile:
                Answer(act, new ReadFileStep(CaseCompiler.Memory));
                break;
            case Act.WriteFile:
                Answer(act, new WriteFileStep(CaseCompiler.Memory));
                break;
            case Act.CloseFile:
                Answer(act, new CloseStep(CaseCompiler.Memory) { OnError = OnError.Continue });
                break;
            case Act.Destroy:
                Destroy();
                break;
            case Act.Load:
                Answer(act, new TouchStep(Touched, 0));
                break;
            case Act.Store:
                Answer(act, new TouchStep(Touched, 0, GuestProgram.HostWord));
                break;
            case Act.Copy:
                Answer(act, new CopyStep(Touched, 0));
                break;
            case Act.Peek:
                Answer(act, new PeekStep(Touched, 0));
                break;
            case Act.OtherLoad:
                Answer(act, new RunStep("vcpu-2", _host.RunTimeoutMs));
                break;
            case Act.GuestLoad or Act.GuestStore or Act.GuestFetch or Act.GuestShare or Act.GuestUnshare or Act.GuestLdp:
                Answer(act, new RunStep("vcpu", _host.RunTimeoutMs));
                if (!_host.Descriptor)
                    break;
                _acts[^1] = _acts[^1] with { Descriptor = _steps.Add(new Stage2Step("exporter", "vm", CaseLayout.TestAddress)) };
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(act), act, "no kernel has such an act");
        }
    }

    private void Answer<TResult>(Act act, Step<TResult> step) where TResult : StepResult => _acts.Add(new CompiledAct(act, _steps.Add(step)));

    private void Create()
    {
        GuestAct[] guest = [.. _case.Life!.Acts.Span.ToArray().Select(Guest).OfType<GuestAct>()];
        var vm = AddVm("vm", "vcpu", "code", guest, OnError.End);
        if (!GuestMemory)
        {
            _acts.Add(new CompiledAct(Act.Create, vm));
            return;
        }
        var memory = _steps.Add(new GuestMemoryStep(CaseCompiler.Memory, "vm", Size, (ulong)_case.Backing.GuestMemory) { OnError = OnError.End });
        _acts.Add(new CompiledAct(Act.Create, memory) { First = vm });
    }

    /// <summary>A VM, and where it does anything a vCPU with code to do it.</summary>
    private StepHandle<VmResult> AddVm(string vm, string vcpu, string code, GuestAct[] acts, OnError onError)
    {
        var made = _steps.Add(new VmStep(vm, VmType) { OnError = onError });
        _made.Add(vm);
        if (acts.Length == 0)
            return made;
        var guest = GuestProgram.ForActs(acts);
        Map(code, CaseLayout.CodeSize);
        _steps.Add(new WordsStep(code, 0, guest.Words));
        _steps.Add(new MemslotStep(vm, CaseLayout.CodeSlot, CaseLayout.CodeAddress, CaseLayout.CodeSize, code));
        _steps.Add(new VcpuStep(vcpu, vm));
        _made.Add(vcpu);
        _steps.Add(new SetRegistersStep(vcpu, new Dictionary<GuestRegister, ulong>
        {
            [GuestRegister.Pc] = CaseLayout.CodeAddress + guest.EntryOffset,
            [GuestRegister.VbarEl1] = CaseLayout.CodeAddress + guest.VectorOffset,
            [GuestRegister.X1] = CaseLayout.TestAddress,
            [GuestRegister.X2] = GuestProgram.GuestWord,
            [GuestRegister.X9] = CaseLayout.ReportAddress,
        }));
        return made;
    }

    /// <summary>All VMs go, the second first: what a VM had taken is the host's again when it is gone.</summary>
    private void Destroy()
    {
        var before = _steps.Add(new CountersStep());
        int vms = _made.Contains("vm-2") ? 2 : 1;
        foreach (string name in GuestsLastFirst.Where(_made.Remove))
            _steps.Add(new CloseStep(name));
        var after = _steps.Add(new CountersStep());
        _acts.Add(new CompiledAct(Act.Destroy, after) { Counters = (before, after), Vms = vms });
    }

    private void Map(string name, ulong size) => _steps.Add(new MapStep(name, null, size, Write: true, Shared: false, size));

    /// <summary>A name for what should be refused: asked for twice, it may be there after all.</summary>
    private string New(string name) => $"{name}-{_steps.Steps.Count}";

    private MemslotStep Slot(string vm, int slot, ulong address, uint flags = 0) => (GuestMemory
        ? new MemslotStep(vm, slot, address, Size, null, Flags: Bound | flags, Binding: new Binding(CaseCompiler.Memory))
        : new MemslotStep(vm, slot, address, Size, CaseCompiler.Memory, Flags: flags)) with { OnError = OnError.Continue };

    private static MemslotStep BoundTo(string? file, ulong offset, ulong size) =>
        new("vm", CaseLayout.TestSlot, CaseLayout.TestAddress, size, null, Flags: Bound, Binding: new Binding(file, offset)) { OnError = OnError.Continue };

    private static GuestAct? Guest(Act act) => act switch
    {
        Act.GuestLoad => GuestAct.Load,
        Act.GuestStore => GuestAct.Store,
        Act.GuestFetch => GuestAct.Fetch,
        Act.GuestLdp => GuestAct.LoadPair,
        Act.GuestShare => GuestAct.Share,
        Act.GuestUnshare => GuestAct.Unshare,
        _ => null,
    };
}
