using Harness.Kvm;
using Harness.Kvm.Native;
using Harness.Probe.Native;
using Harness.Protocol;
using static Harness.Kvm.Native.KvmConstants;
using static Harness.Kvm.Native.LibcConstants;

namespace Harness.Probe;

/// <summary>
/// Executes the steps of one program, each as <see cref="Steps"/> documents it. An errno is a result; a step that is none
/// (unknown, an argument missing, too many or wrong, a name not set) is a FormatException.
/// </summary>
internal sealed unsafe partial class Interpreter(Host host) : IDisposable
{
    private static readonly Fields Nothing = Fields.Empty;
    private readonly Variables _variables = new();

    /// <summary>The vCPUs, by name, that a run had to be interrupted of.</summary>
    private readonly HashSet<string> _stuck = [];

    /// <summary>0 or the errno, and what the step read.</summary>
    /// <exception cref="FormatException"/>
    public int Execute(Step step, out Fields values)
    {
        values = Nothing;
        var args = step.Args;
        switch (step.Op)
        {
            case "open": return Open(args);
            case "memfd": return Memfd(args);
            case "secretmem": return Secretmem(args);
            case "export": return Export(args);
            case "map": return Map(args, ref values);
            case "hole": return Hole(args);
            case "map-into": return MapInto(args);
            case "hole-in": return HoleIn(args);
            case "move": return Move(args, ref values);
            case "protect": return Protect(args);
            case "punch": return Punch(args);
            case "unmap": return Unmap(args);
            case "words": return Words(args);
            case "vm": return Vm(args);
            case "enable-cap": return EnableCapability(args);
            case "guest-memory": return GuestMemory(args);
            case "extension": return Extension(args, ref values);
            case "memslot": return Memslot(args);
            case "bound-memslot": return BoundMemslot(args);
            case "vcpu": return Vcpu(args, ref values);
            case "set-registers": return SetRegisters(args, ref values);
            case "get-registers": return GetRegisters(args, ref values);
            case "run": return Run(args, ref values);
            case "trace": return Trace(args, ref values);
            case "stage2": return Stage2(args, ref values);
            case "close": return Close(args);
            case "close-all": return CloseAll(args);
            case "export-inserted": return ExportInserted(args);
            case "memory-file": return MemoryFile(args);
            case "temporary-file": return TemporaryFile(args);
            case "huge-pages": return HugePages(args);
            case "udmabuf": return UdmaBuf(args);
            case "vfio-bind": return VfioBind(args, ref values);
            case "vfio-device": return VfioDevice(args, ref values);
            case "vfio-region": return VfioRegion(args, ref values);
            case "map-at": return MapAt(args, ref values);
            case "advise": return Advise(args);
            case "huge-mapped": return HugeMapped(args, ref values);
            case "touch": return Touch(args, ref values);
            case "copy": return Copy(args, ref values);
            case "peek": return Peek(args, ref values);
            case "fallocate": return Fallocate(args);
            case "file-read": return FileRead(args, ref values);
            case "file-write": return FileWrite(args, ref values);
            case "truncate": return Truncate(args);
            case "bound-slot": return BoundSlot(args);
            case "counters": return Counters(args, ref values);
            case "save-registers": return SaveRegisters(args, ref values);
            case "restore-registers": return RestoreRegisters(args, ref values);
            case "register-masks": return RegisterMasks(args, ref values);
            case "save-pages": return SavePages(args, ref values);
            case "dirty-pages": return DirtyPages(args, ref values);
            case "restore-pages": return RestorePages(args, ref values);
            case "settle": return Settle(args, ref values);
            default: throw new FormatException($"no step is called '{step.Op}'");
        }
    }

    public void Dispose() => _variables.Dispose();

    private int Open(Fields args)
    {
        Only(args, "as", "path", "writable");
        string name = NewName(args);
        int fd = Paths.Open(args.Text("path"), O_CLOEXEC | (args.Flag("writable") ? O_RDWR : O_RDONLY));
        if (fd < 0)
            return -fd;
        _variables.Add(name, new OpenFile(fd));
        return 0;
    }

    private int Memfd(Fields args)
    {
        Only(args, "as", "size");
        string name = NewName(args);
        ulong size = args.Bits("size");
        int fd = Paths.Memfd(name, MFD_CLOEXEC);
        if (fd < 0)
            return -fd;
        _variables.Add(name, new OpenFile(fd));
        return Libc.ftruncate(fd, (long)size) == 0 ? 0 : Libc.Error();
    }

    private int Secretmem(Fields args)
    {
        Only(args, "as", "size");
        string name = NewName(args);
        ulong size = args.Bits("size");
        int fd = Paths.MemfdSecret();
        if (fd < 0)
            return -fd;
        _variables.Add(name, new OpenFile(fd));
        return Libc.ftruncate(fd, (long)size) == 0 ? 0 : Libc.Error();
    }

    private int Export(Fields args)
    {
        Only(args, "fd", "memory", "type", "vma", "anyUncached", "size");
        return Exporter.Export(_variables.Get<OpenFile>(args.Text("fd")).Descriptor, args.Text("memory"), args.Text("type"),
            args.Text("vma"), args.Flag("anyUncached"), args.Bits("size"));
    }

    private int Map(Fields args, ref Fields values)
    {
        Only(args, "as", "fd", "size", "write", "shared", "align", "over");
        string name = NewName(args);
        int fd = args.TextOrNull("fd") is { } file ? _variables.Get<OpenFile>(file).Descriptor : -1;
        ulong align = args.Bits("align");
        if ((align & (align - 1)) != 0)
            throw new FormatException($"'align' is not a power of two: {align}");
        ulong size = args.Bits("size");
        bool write = args.Flag("write"), shared = args.Flag("shared");
        string? over = args.TextOrNull("over");
        Mapping? map;
        int errno;
        if (over is null)
        {
            map = Mapping.Make(fd, size, write, shared, align, out errno);
        }
        else
        {
            var old = _variables.Get<Mapping>(over);
            if (old.Gone)
                throw new FormatException($"'{over}' is unmapped");
            if (old.Size != size || align != 0)
                throw new FormatException($"'{over}' has {old.Size} bytes and its own alignment, not {size} at {align}");
            map = old.Replace(fd, write, shared, out errno);
            if (map is not null)
                _variables.Take(over);
        }
        if (map is null)
            return errno;
        _variables.Add(name, map);
        values = Fields.Of(("address", (ulong)map.Address));
        return 0;
    }

    private int Hole(Fields args)
    {
        Only(args, "map");
        return _variables.Get<Mapping>(args.Text("map")).Vacate();
    }

    private int Unmap(Fields args)
    {
        Only(args, "map");
        return _variables.Get<Mapping>(args.Text("map")).Unmap();
    }

    private int Words(Fields args)
    {
        Only(args, "map", "offset", "words");
        var map = _variables.Get<Mapping>(args.Text("map"));
        ulong offset = args.Bits("offset");
        var words = args.List("words");
        if (offset % sizeof(uint) != 0 || offset > map.Size || (ulong)words.Count * sizeof(uint) > map.Size - offset)
            throw new FormatException($"{words.Count} words at {offset} are not inside the {map.Size} bytes of the mapping");
        var target = (uint*)(map.Address + offset);
        for (int i = 0; i < words.Count; i++)
            target[i] = words[i] is long word and >= 0 and <= uint.MaxValue
                ? (uint)word
                : throw new FormatException($"'words' holds something that is not a 32-bit word, at {i}");
        return 0;
    }

    private int Vm(Fields args)
    {
        Only(args, "as", "type");
        string name = NewName(args);
        ulong type = args.Bits("type");
        if (host.Kvm(out int errno) is not { } kvm || kvm.CreateVm(type, out errno) is not { } vm)
            return errno;
        _variables.Add(name, vm);
        return 0;
    }

    private int EnableCapability(Fields args)
    {
        Only(args, "vm", "capability");
        return _variables.Get<KvmVm>(args.Text("vm")).EnableCap(Int(args, "capability"), 0);
    }

    private int GuestMemory(Fields args)
    {
        Only(args, "as", "vm", "size", "flags");
        string name = NewName(args);
        int fd = _variables.Get<KvmVm>(args.Text("vm")).CreateGuestMemfd(args.Bits("size"), args.Bits("flags"));
        if (fd < 0)
            return -fd;
        _variables.Add(name, new OpenFile(fd));
        return 0;
    }

    private int Extension(Fields args, ref Fields values)
    {
        Only(args, "vm", "capability");
        int capability = Int(args, "capability");
        int value;
        if (args.TextOrNull("vm") is { } vm)
            value = _variables.Get<KvmVm>(vm).CheckExtension(capability);
        else if (host.Kvm(out int errno) is { } kvm)
            value = kvm.CheckExtension(capability);
        else
            return errno;
        if (value < 0)
            return -value;
        values = Fields.Of(("value", value));
        return 0;
    }

    private int Memslot(Fields args)
    {
        Only(args, "vm", "slot", "flags", "gpa", "size", "map", "offset");
        return Registered(args, _variables.Get<KvmVm>(args.Text("vm")).SetUserMemoryRegion(new KvmUserspaceMemoryRegion
        {
            Slot = Word(args, "slot"),
            Flags = Word(args, "flags"),
            GuestPhysicalAddress = args.Bits("gpa"),
            MemorySize = args.Bits("size"),
            UserspaceAddress = (ulong)_variables.Get<Mapping>(args.Text("map")).Address + args.Bits("offset"),
        }));
    }

    private int BoundMemslot(Fields args)
    {
        Only(args, "vm", "slot", "flags", "gpa", "size", "guestMemory");
        return Registered(args, _variables.Get<KvmVm>(args.Text("vm")).SetUserMemoryRegion2(new KvmUserspaceMemoryRegion2
        {
            Slot = Word(args, "slot"),
            Flags = Word(args, "flags"),
            GuestPhysicalAddress = args.Bits("gpa"),
            MemorySize = args.Bits("size"),
            GuestMemfd = (uint)_variables.Get<OpenFile>(args.Text("guestMemory")).Descriptor,
        }));
    }

    private int Vcpu(Fields args, ref Fields values)
    {
        Only(args, "as", "vm", "id");
        string name = NewName(args);
        var vm = _variables.Get<KvmVm>(args.Text("vm"));
        int id = Int(args, "id");
        int mapSize = host.VcpuMapSize;
        values = Fields.Of(("call", "KVM_CREATE_VCPU"));
        if (vm.CreateVcpu(id, mapSize, out int errno) is not { } vcpu)
            return errno;
        _variables.Add(name, vcpu);
        values = Fields.Of(("call", "KVM_ARM_PREFERRED_TARGET"));
        errno = vm.PreferredTarget(out var init);
        if (errno != 0)
            return errno;
        values = Fields.Of(("call", "KVM_ARM_VCPU_INIT"));
        errno = vcpu.Init(init);
        if (errno == 0)
            values = Nothing;
        return errno;
    }

    private int SetRegisters(Fields args, ref Fields values)
    {
        Only(args, "vcpu", "registers");
        var vcpu = _variables.Get<KvmVcpu>(args.Text("vcpu"));
        var registers = args.Inner("registers");
        for (int i = 0; i < registers.Count; i++)
        {
            string name = registers[i].Key;
            int errno = vcpu.SetOneReg(KvmRegister.ByName(name), registers.Bits(name));
            if (errno == 0)
                continue;
            values = Fields.Of(("failed", name));
            return errno;
        }
        return 0;
    }

    private int GetRegisters(Fields args, ref Fields values)
    {
        Only(args, "vcpu", "registers");
        var vcpu = _variables.Get<KvmVcpu>(args.Text("vcpu"));
        var names = args.List("registers");
        var read = new (string, object?)[names.Count];
        for (int i = 0; i < read.Length; i++)
        {
            string name = names[i] as string ?? throw new FormatException("'registers' holds something that is not a name");
            int errno = vcpu.GetOneReg(KvmRegister.ByName(name), out ulong value);
            if (errno != 0)
            {
                values = Fields.Of(("failed", name));
                return errno;
            }
            read[i] = (name, value);
        }
        values = Fields.Of(read);
        return 0;
    }

    private int Run(Fields args, ref Fields values)
    {
        Only(args, "vcpu", "timeoutMs");
        var vcpu = _variables.Get<KvmVcpu>(args.Text("vcpu"));
        int timeout = Int(args, "timeoutMs");
        if (timeout <= 0)
            throw new FormatException($"'timeoutMs' is not positive: {timeout}");
        if (_stuck.Contains(args.Text("vcpu")))
            return ECANCELED;
        var page = vcpu.Page;
        int errno = vcpu.Run(timeout, out bool timedOut);
        uint exit = page->ExitReason;
        switch (exit)
        {
            case KVM_EXIT_MMIO:
                uint length = page->MmioLength;
                bool write = page->MmioIsWrite != 0;
                if (!write)
                    page->MmioData = 0;
                ulong mask = length >= sizeof(ulong) ? ulong.MaxValue : (1UL << (int)(length * 8)) - 1;
                values = Fields.Of(("exit", exit), ("address", page->MmioAddress), ("length", length), ("write", write),
                    ("data", page->MmioData & mask));
                break;
            case KVM_EXIT_MEMORY_FAULT:
                values = Fields.Of(("exit", exit), ("flags", page->MemoryFaultFlags), ("address", page->MemoryFaultAddress),
                    ("size", page->MemoryFaultSize));
                break;
            case KVM_EXIT_FAIL_ENTRY:
                values = Fields.Of(("exit", exit), ("reason", page->FailEntryReason));
                break;
            case KVM_EXIT_INTERNAL_ERROR:
                values = Fields.Of(("exit", exit), ("subError", page->InternalSubError));
                break;
            case KVM_EXIT_SYSTEM_EVENT:
                values = Fields.Of(("exit", exit), ("type", page->SystemEventType));
                break;
            case KVM_EXIT_ARM_NISV:
                values = Fields.Of(("exit", exit), ("syndrome", page->NisvSyndrome), ("address", page->NisvAddress));
                break;
            default:
                values = Fields.Of(("exit", exit));
                break;
        }
        if (timedOut)
        {
            values = values.With("timeout", true);
            _stuck.Add(args.Text("vcpu"));
        }
        return errno;
    }

    private int Trace(Fields args, ref Fields values)
    {
        Only(args);
        values = host.Tracing.Read();
        return 0;
    }

    private int Stage2(Fields args, ref Fields values)
    {
        Only(args, "exporter", "vm", "ipa");
        int errno = Exporter.Read(_variables.Get<OpenFile>(args.Text("exporter")).Descriptor,
            _variables.Get<KvmVm>(args.Text("vm")).Descriptor, args.Bits("ipa"), out var read);
        if (errno == 0)
            values = Fields.Of(("valid", read.Valid != 0), ("descriptor", read.Descriptor), ("level", read.Level),
                ("pgtFlags", read.PgtFlags), ("startLevel", read.StartLevel), ("iaBits", read.IaBits));
        return errno;
    }

    private int Close(Fields args)
    {
        Only(args, "name");
        string name = args.Text("name");
        if (_variables.Get(name) is Mapping)
            throw new FormatException($"'{name}' is a mapping: unmap it");
        var taken = _variables.Take(name);
        if (taken is OpenFile file)
            return file.Close();
        taken.Dispose();
        return 0;
    }

    private int CloseAll(Fields args)
    {
        Only(args);
        _variables.CloseAll();
        return 0;
    }

    private string NewName(Fields args)
    {
        string name = args.Text("as");
        _variables.CheckFree(name);
        return name;
    }

    private static void Only(Fields args, params string[] names)
    {
        for (int i = 0; i < args.Count; i++)
            if (Array.IndexOf(names, args[i].Key) < 0)
                throw new FormatException($"no argument is called '{args[i].Key}'");
        foreach (string name in names)
            if (!args.Has(name))
                throw new FormatException($"'{name}' is missing");
    }

    private static int Int(Fields args, string name)
    {
        long value = args.Integer(name);
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : throw new FormatException($"'{name}' is beyond 32 bits: {value}");
    }

    private static uint Word(Fields args, string name)
    {
        long value = args.Integer(name);
        return value is >= 0 and <= uint.MaxValue ? (uint)value : throw new FormatException($"'{name}' is beyond 32 bits: {value}");
    }
}
