using Harness.Kvm;
using Harness.Kvm.Native;
using Harness.Probe.Native;
using Harness.Protocol;
using static Harness.Kvm.Native.LibcConstants;

namespace Harness.Probe;

/// <summary>Who may reach a page: from this process, from the kernel on its behalf, and through a memslot.</summary>
internal sealed unsafe partial class Interpreter
{
    private int Touch(Fields args, ref Fields values)
    {
        Only(args, "map", "offset", "store");
        uint* at = WordAt(args);
        uint? store = args.TryGet("store", out object? given) && given is not null ? Word(args, "store") : null;
        int errno = TouchingCode.Touch(at, store, out var touched);
        if (errno != 0)
            return errno;
        values = touched.Signal == 0
            ? Fields.Of(("value", touched.Value))
            : Fields.Of(("signal", touched.Signal), ("code", touched.Code), ("address", touched.Address));
        return 0;
    }

    private int Copy(Fields args, ref Fields values)
    {
        Only(args, "map", "offset");
        uint* at = WordAt(args);
        int* ends = stackalloc int[2];
        if (Posix.pipe2(ends, O_CLOEXEC) != 0)
            return Libc.Error();
        uint value = 0;
        int errno = Libc.write(ends[1], at, sizeof(uint)) < 0 ? Libc.Error() : 0;
        if (errno == 0 && Libc.read(ends[0], &value, sizeof(uint)) < 0)
            errno = Libc.Error();
        Libc.close(ends[0]);
        Libc.close(ends[1]);
        if (errno == 0)
            values = Fields.Of(("value", value));
        return errno;
    }

    private int Peek(Fields args, ref Fields values)
    {
        Only(args, "map", "offset");
        uint* at = WordAt(args);
        int fd = Paths.Open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return -fd;
        int errno = ReadWord(fd, (long)at, ref values);
        Libc.close(fd);
        return errno;
    }

    private int Fallocate(Fields args)
    {
        Only(args, "fd", "mode", "offset", "size");
        int fd = _variables.Get<OpenFile>(args.Text("fd")).Descriptor;
        return Libc.fallocate(fd, Int(args, "mode"), (long)args.Bits("offset"), (long)args.Bits("size")) == 0 ? 0 : Libc.Error();
    }

    private int FileRead(Fields args, ref Fields values)
    {
        Only(args, "fd");
        return ReadWord(_variables.Get<OpenFile>(args.Text("fd")).Descriptor, 0, ref values);
    }

    private int FileWrite(Fields args, ref Fields values)
    {
        Only(args, "fd", "value");
        uint value = Word(args, "value");
        nint put = Posix.pwrite(_variables.Get<OpenFile>(args.Text("fd")).Descriptor, &value, sizeof(uint), 0);
        if (put < 0)
            return Libc.Error();
        values = Fields.Of(("count", (long)put));
        return 0;
    }

    private int Truncate(Fields args)
    {
        Only(args, "fd", "size");
        int fd = _variables.Get<OpenFile>(args.Text("fd")).Descriptor;
        return Libc.ftruncate(fd, (long)args.Bits("size")) == 0 ? 0 : Libc.Error();
    }

    private int BoundSlot(Fields args)
    {
        Only(args, "vm", "slot", "flags", "gpa", "size", "guestMemory", "guestMemoryOffset", "map");
        return Registered(args, _variables.Get<KvmVm>(args.Text("vm")).SetUserMemoryRegion2(new KvmUserspaceMemoryRegion2
        {
            Slot = Word(args, "slot"),
            Flags = Word(args, "flags"),
            GuestPhysicalAddress = args.Bits("gpa"),
            MemorySize = args.Bits("size"),
            UserspaceAddress = args.TextOrNull("map") is { } map ? (ulong)_variables.Get<Mapping>(map).Address : 0,
            GuestMemfdOffset = args.Bits("guestMemoryOffset"),
            GuestMemfd = args.TextOrNull("guestMemory") is { } name ? (uint)DescriptorOf(name) : uint.MaxValue,
        }));
    }

    private static int Counters(Fields args, ref Fields values)
    {
        Only(args);
        values = HostCounters.Read();
        return 0;
    }

    /// <summary>Null mapped, or a signal: this process must not follow the pointer itself.</summary>
    private uint* WordAt(Fields args)
    {
        var map = There(args);
        ulong offset = args.Bits("offset");
        return offset % sizeof(uint) == 0 && offset < map.Size && map.Size - offset >= sizeof(uint)
            ? (uint*)(map.Address + offset)
            : throw new FormatException($"there is no word at {offset} inside the {map.Size} bytes of the mapping");
    }

    private int DescriptorOf(string name) => _variables.Get(name) switch
    {
        OpenFile file => file.Descriptor,
        KernelObject kernel => kernel.Descriptor,
        _ => throw new FormatException($"'{name}' is no descriptor"),
    };

    private static int ReadWord(int fd, long offset, ref Fields values)
    {
        uint value = 0;
        nint got = Posix.pread(fd, &value, sizeof(uint), offset);
        if (got < 0)
            return Libc.Error();
        values = got == sizeof(uint) ? Fields.Of(("value", value)) : Fields.Of(("count", (long)got));
        return 0;
    }
}
