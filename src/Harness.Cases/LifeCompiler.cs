using Harness.Guest;
using Harness.Model;
using Harness.Model.Ownership;
using Harness.Protocol;
using Step = Harness.Protocol.Step;

namespace Harness.Cases;

/// <summary>Compiles a page's life to steps: one for each act that answers it, and what must be there beforehand.</summary>
public sealed class LifeCompiler
{
    private const ulong ProtectedType = 1ul << 31; // KVM_VM_TYPE_ARM_PROTECTED
    private const uint Bound = 4; // KVM_MEM_GUEST_MEMFD
    private const uint Logged = 1; // KVM_MEM_LOG_DIRTY_PAGES
    private const uint ReadOnly = 2; // KVM_MEM_READONLY
    private const ulong UnknownFlag = 1ul << 62; // of KVM_CREATE_GUEST_MEMFD
    private const int KeepSize = 1; // FALLOC_FL_KEEP_SIZE
    private const int PunchHole = 2; // FALLOC_FL_PUNCH_HOLE
    private const ulong Size = CaseLayout.PageExtent;
    private const int AgainSlot = 2;
    private const ulong AgainAddress = CaseLayout.FirstBoundAddress;
    private const int OverSlot = 3;
    private const string Window = "window";

    private static readonly string[] GuestsLastFirst = ["vcpu-2", "vm-2", "vcpu", "vm"];

    private readonly Case _case;
    private readonly ProbeAbilities _host;
    private readonly List<Step> _steps = [];
    private readonly List<ActStep> _acts = [];
    private readonly HashSet<string> _made = [];

    private LifeCompiler(Case c, ProbeAbilities host) => (_case, _host) = (c, host);

    private bool GuestMemory => _case.Backing.Kind == VmaKind.GuestMemory;

    private ulong VmType => _host.VmType | (_case.Life!.Vm == VmKind.Protected ? ProtectedType : 0);

    /// <summary>What the process touches the page by.</summary>
    private string Touched => GuestMemory ? Window : CaseCompiler.Memory;

    public static LifeProgram Compile(Case c, ProbeAbilities host) => new LifeCompiler(c, host).Compile();

    private LifeProgram Compile()
    {
        _steps.Add(Steps.Counters());
        if (_host.Descriptor || _case.Backing.Driver)
            _steps.Add(Steps.Open("exporter", "/dev/stage2-exporter"));
        if (_case.Backing.Kind == VmaKind.Hole)
        {
            Map(CaseCompiler.Memory, Size);
            _steps.Add(Steps.Hole(CaseCompiler.Memory));
        }
        else if (!GuestMemory)
        {
            CaseCompiler.AddMemory(_steps, _case, _host);
        }
        var acts = _case.Life!.Acts.Span;
        for (int i = 0; i < acts.Length; i++)
            Add(acts[i], isTouched: acts[i..].ContainsAny([Act.Load, Act.Store, Act.Copy, Act.Peek, Act.BindWindow]));
        _steps.Add(Steps.CloseAll());
        int last = _steps.Count;
        _steps.Add(Steps.Counters());
        return new LifeProgram(_steps, _acts, 0, last);
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
                Answer(act, Steps.GuestMemory(New("unknown-flag"), "vm", Size, UnknownFlag, OnError.Continue));
                break;
            case Act.MakeUnaligned:
                Answer(act, Steps.GuestMemory(New("unaligned"), "vm", Size - CaseLayout.Unaligned, (ulong)_case.Backing.GuestMemory, OnError.Continue));
                break;
            case Act.MapShared:
                Answer(act, Steps.Map(Window, CaseCompiler.Memory, Size, write: true, shared: true, onError: isTouched ? OnError.End : OnError.Continue));
                break;
            case Act.MapPrivate:
                Answer(act, Steps.Map(New("copy"), CaseCompiler.Memory, Size, write: true, shared: false, onError: OnError.Continue));
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
                Answer(act, Steps.Memslot("vm", OverSlot, CaseLayout.TestAddress, Size, "other", onError: OnError.Continue));
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
                Answer(act, Steps.Memslot("vm", CaseLayout.TestSlot, CaseLayout.TestAddress, Size, Window, onError: OnError.Continue));
                break;
            case Act.BindLogged:
                Answer(act, Slot("vm", CaseLayout.TestSlot, CaseLayout.TestAddress, Logged));
                break;
            case Act.BindReadOnly:
                Answer(act, Slot("vm", CaseLayout.TestSlot, CaseLayout.TestAddress, ReadOnly));
                break;
            case Act.Unbind:
                Answer(act, GuestMemory
                    ? Steps.BoundSlot("vm", CaseLayout.TestSlot, CaseLayout.TestAddress, 0, null, 0, null, 0)
                    : Steps.Memslot("vm", CaseLayout.TestSlot, CaseLayout.TestAddress, 0, CaseCompiler.Memory, onError: OnError.Continue));
                break;
            case Act.Punch:
                Answer(act, Steps.Fallocate(CaseCompiler.Memory, PunchHole | KeepSize, 0, Size));
                break;
            case Act.PunchUnaligned:
                Answer(act, Steps.Fallocate(CaseCompiler.Memory, PunchHole | KeepSize, CaseLayout.Unaligned, Size / 2));
                break;
            case Act.PunchBeyond:
                Answer(act, Steps.Fallocate(CaseCompiler.Memory, PunchHole | KeepSize, Size, Size));
                break;
            case Act.Allocate:
                Answer(act, Steps.Fallocate(CaseCompiler.Memory, KeepSize, 0, Size));
                break;
            case Act.AllocateBeyond:
                Answer(act, Steps.Fallocate(CaseCompiler.Memory, KeepSize, Size, Size));
                break;
            case Act.AllocateGrowing:
                Answer(act, Steps.Fallocate(CaseCompiler.Memory, 0, 0, Size));
                break;
            case Act.Truncate:
                Answer(act, Steps.Truncate(CaseCompiler.Memory, 2 * Size));
                break;
            case Act.ReadFile:
                Answer(act, Steps.ReadFile(CaseCompiler.Memory));
                break;
            case Act.WriteFile:
                Answer(act, Steps.WriteFile(CaseCompiler.Memory));
                break;
            case Act.CloseFile:
                Answer(act, Steps.Close(CaseCompiler.Memory, OnError.Continue));
                break;
            case Act.Destroy:
                Destroy();
                break;
            case Act.Load:
                Answer(act, Steps.Touch(Touched, 0));
                break;
            case Act.Store:
                Answer(act, Steps.Touch(Touched, 0, GuestProgram.HostWord));
                break;
            case Act.Copy:
                Answer(act, Steps.Copy(Touched, 0));
                break;
            case Act.Peek:
                Answer(act, Steps.Peek(Touched, 0));
                break;
            case Act.OtherLoad:
                Answer(act, Steps.Run("vcpu-2", _host.RunTimeoutMs));
                break;
            case Act.GuestLoad or Act.GuestStore or Act.GuestFetch or Act.GuestShare or Act.GuestUnshare or Act.GuestLdp:
                Answer(act, Steps.Run("vcpu", _host.RunTimeoutMs));
                if (!_host.Descriptor)
                    break;
                _acts[^1] = _acts[^1] with { Descriptor = _steps.Count };
                _steps.Add(Steps.Stage2("exporter", "vm", CaseLayout.TestAddress));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(act), act, "no kernel has such an act");
        }
    }

    private void Answer(Act act, Step step)
    {
        _acts.Add(new ActStep(act, _steps.Count));
        _steps.Add(step);
    }

    private void Create()
    {
        GuestAct[] guest = [.. _case.Life!.Acts.Span.ToArray().Select(Guest).OfType<GuestAct>()];
        int at = _steps.Count;
        AddVm("vm", "vcpu", "code", guest, OnError.End);
        if (!GuestMemory)
        {
            _acts.Add(new ActStep(Act.Create, at));
            return;
        }
        _acts.Add(new ActStep(Act.Create, _steps.Count, at));
        _steps.Add(Steps.GuestMemory(CaseCompiler.Memory, "vm", Size, (ulong)_case.Backing.GuestMemory, OnError.End));
    }

    /// <summary>A VM, and where it does anything a vCPU with code to do it.</summary>
    private void AddVm(string vm, string vcpu, string code, GuestAct[] acts, OnError onError)
    {
        _steps.Add(Steps.Vm(vm, VmType, onError));
        _made.Add(vm);
        if (acts.Length == 0)
            return;
        var guest = GuestProgram.ForActs(acts);
        Map(code, CaseLayout.CodeSize);
        _steps.Add(Steps.Words(code, 0, guest.Words));
        _steps.Add(Steps.Memslot(vm, CaseLayout.CodeSlot, CaseLayout.CodeAddress, CaseLayout.CodeSize, code));
        _steps.Add(Steps.Vcpu(vcpu, vm));
        _made.Add(vcpu);
        _steps.Add(Steps.SetRegisters(vcpu,
            ("pc", CaseLayout.CodeAddress + guest.EntryOffset),
            ("vbar_el1", CaseLayout.CodeAddress + guest.VectorOffset),
            ("x1", CaseLayout.TestAddress),
            ("x2", GuestProgram.GuestWord),
            ("x9", CaseLayout.ReportAddress)));
    }

    /// <summary>All VMs go, the second first: what a VM had taken is the host's again when it is gone.</summary>
    private void Destroy()
    {
        int before = _steps.Count;
        _steps.Add(Steps.Counters());
        int vms = _made.Contains("vm-2") ? 2 : 1;
        foreach (string name in GuestsLastFirst.Where(_made.Remove))
            _steps.Add(Steps.Close(name));
        _acts.Add(new ActStep(Act.Destroy, _steps.Count, before, vms));
        _steps.Add(Steps.Counters());
    }

    private void Map(string name, ulong size) => _steps.Add(Steps.Map(name, null, size, write: true, shared: false, size));

    /// <summary>A name for what should be refused: asked for twice, it may be there after all.</summary>
    private string New(string name) => $"{name}-{_steps.Count}";

    private Step Slot(string vm, int slot, ulong address, uint flags = 0) => GuestMemory
        ? Steps.BoundSlot(vm, slot, address, Size, CaseCompiler.Memory, 0, null, Bound | flags)
        : Steps.Memslot(vm, slot, address, Size, CaseCompiler.Memory, flags: flags, onError: OnError.Continue);

    private static Step BoundTo(string? file, ulong offset, ulong size) =>
        Steps.BoundSlot("vm", CaseLayout.TestSlot, CaseLayout.TestAddress, size, file, offset, null, Bound);

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
