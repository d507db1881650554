using Harness.Kvm.Native;
using Harness.Probe.Native;
using Harness.Probe.Providers;
using Harness.Protocol;
using static Harness.Kvm.Native.LibcConstants;

namespace Harness.Probe;

internal sealed unsafe partial class Interpreter
{
    private int ExportInserted(Fields args)
    {
        Only(args, "fd", "memory", "type", "vma", "anyUncached", "size", "insert");
        return Exporter.Export(_variables.Get<OpenFile>(args.Text("fd")).Descriptor, args.Text("memory"), args.Text("type"),
            args.Text("vma"), args.Flag("anyUncached"), args.Bits("size"), args.Text("insert"));
    }

    private int MemoryFile(Fields args)
    {
        Only(args, "as", "size", "huge", "sealShrink");
        string name = NewName(args);
        bool huge = args.Flag("huge"), seal = args.Flag("sealShrink");
        int fd = Paths.Memfd(name, MFD_CLOEXEC | (huge ? ProviderConstants.MFD_HUGETLB | ProviderConstants.MFD_HUGE_2MB : 0)
            | (seal ? ProviderConstants.MFD_ALLOW_SEALING : 0));
        if (fd < 0)
            return -fd;
        _variables.Add(name, new OpenFile(fd));
        if (Libc.ftruncate(fd, (long)args.Bits("size")) != 0)
            return Libc.Error();
        return !seal || Posix.fcntl(fd, ProviderConstants.F_ADD_SEALS, ProviderConstants.F_SEAL_SHRINK) == 0 ? 0 : Libc.Error();
    }

    private int TemporaryFile(Fields args)
    {
        Only(args, "as", "folder", "size");
        string name = NewName(args);
        int fd = TemporaryFiles.Open(args.Text("folder"));
        if (fd < 0)
            return -fd;
        _variables.Add(name, new OpenFile(fd));
        return Libc.ftruncate(fd, (long)args.Bits("size")) == 0 ? 0 : Libc.Error();
    }

    private int HugePages(Fields args)
    {
        Only(args, "as", "count");
        string name = NewName(args);
        var settings = new Settings();
        _variables.Add(name, settings);
        return HugePagePool.Reserve(Int(args, "count"), settings);
    }

    private int UdmaBuf(Fields args)
    {
        Only(args, "as", "memory", "size");
        string name = NewName(args);
        int fd = UdmaBufs.Create(_variables.Get<OpenFile>(args.Text("memory")).Descriptor, args.Bits("size"));
        if (fd < 0)
            return -fd;
        _variables.Add(name, new OpenFile(fd));
        return 0;
    }

    private int VfioBind(Fields args, ref Fields values)
    {
        Only(args, "as", "address");
        string name = NewName(args);
        var settings = new Settings();
        _variables.Add(name, settings);
        int errno = new PciDevice(args.Text("address")).BindToVfio(settings, out string? driver);
        values = Fields.Of(("driver", driver));
        return errno;
    }

    private int VfioDevice(Fields args, ref Fields values)
    {
        Only(args, "as", "container", "group", "address");
        string name = NewName(args);
        int fd = Vfio.Device(_variables.Get<OpenFile>(args.Text("container")).Descriptor,
            _variables.Get<OpenFile>(args.Text("group")).Descriptor, args.Text("address"), out string call);
        if (fd < 0)
        {
            values = Fields.Of(("call", call));
            return -fd;
        }
        _variables.Add(name, new OpenFile(fd));
        return 0;
    }

    private int VfioRegion(Fields args, ref Fields values)
    {
        Only(args, "as", "device", "index");
        string name = NewName(args);
        int device = _variables.Get<OpenFile>(args.Text("device")).Descriptor;
        int errno = Vfio.Region(device, (uint)Int(args, "index"), out var info);
        if (errno != 0)
            return errno;
        values = Fields.Of(("size", info.Size), ("flags", info.Flags));
        _variables.Add(name, new FileRegion(device, info.Offset));
        return 0;
    }

    private int MapAt(Fields args, ref Fields values)
    {
        Only(args, "as", "fd", "offset", "size", "write", "shared", "align", "over");
        string name = NewName(args);
        var of = _variables.Get(args.Text("fd"));
        var (fd, begin) = of is FileRegion region ? (region.Descriptor, region.Offset) : (_variables.Get<OpenFile>(args.Text("fd")).Descriptor, 0);
        ulong align = args.Bits("align"), size = args.Bits("size"), offset = begin + args.Bits("offset");
        if ((align & (align - 1)) != 0)
            throw new FormatException($"'align' is not a power of two: {align}");
        bool write = args.Flag("write"), shared = args.Flag("shared");
        Mapping? map;
        int errno;
        if (args.TextOrNull("over") is not { } over)
        {
            map = Mapping.Make(fd, size, write, shared, align, out errno, offset);
        }
        else
        {
            var old = _variables.Get<Mapping>(over);
            if (old.Gone || old.Size != size || align != 0)
                throw new FormatException($"'{over}' is unmapped, of another size or of its own alignment");
            map = old.Replace(fd, write, shared, out errno, offset);
            if (map is not null)
                _variables.Take(over);
        }
        if (map is null)
            return errno;
        _variables.Add(name, map);
        values = Fields.Of(("address", (ulong)map.Address));
        return 0;
    }

    private int Advise(Fields args)
    {
        Only(args, "map", "advice");
        var map = _variables.Get<Mapping>(args.Text("map"));
        return Posix.madvise(map.Address, (nuint)map.Size, Int(args, "advice")) == 0 ? 0 : Libc.Error();
    }

    private int HugeMapped(Fields args, ref Fields values)
    {
        Only(args, "map");
        var map = _variables.Get<Mapping>(args.Text("map"));
        var areas = MemoryAreas.Read((ulong)map.Address, map.Size, out int errno);
        if (areas is null)
            return errno;
        ulong size = areas.Value.HugeBytes;
        values = Fields.Of(("size", size));
        return size >= map.Size ? 0 : ProviderConstants.ENOMEM;
    }
}
