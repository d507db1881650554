using Harness.Kvm.Native;
using Harness.Protocol;
using static Harness.Kvm.Native.LibcConstants;

namespace Harness.Probe;

/// <summary>What is done to memory while a slot lies over it.</summary>
internal sealed unsafe partial class Interpreter
{
    private int MapInto(Fields args)
    {
        Only(args, "map", "offset", "fd", "size", "write", "shared");
        int fd = args.TextOrNull("fd") is { } file ? _variables.Get<OpenFile>(file).Descriptor : -1;
        return Part(args, out ulong offset, out ulong size).ReplacePart(offset, fd, size, args.Flag("write"), args.Flag("shared"));
    }

    private int HoleIn(Fields args)
    {
        Only(args, "map", "offset", "size");
        return Part(args, out ulong offset, out ulong size).VacatePart(offset, size);
    }

    private int Move(Fields args, ref Fields values)
    {
        Only(args, "as", "map");
        string name = NewName(args);
        var moved = There(args).Move(out int errno);
        if (moved is null)
            return errno;
        _variables.Add(name, moved);
        values = Fields.Of(("address", (ulong)moved.Address));
        return 0;
    }

    private int Protect(Fields args)
    {
        Only(args, "map", "read", "write");
        var map = There(args);
        int protection = (args.Flag("read") ? PROT_READ : PROT_NONE) | (args.Flag("write") ? PROT_WRITE : PROT_NONE);
        return Libc.mprotect(map.Address, (nuint)map.Size, protection) == 0 ? 0 : Libc.Error();
    }

    private int Punch(Fields args)
    {
        Only(args, "fd", "offset", "size");
        int fd = _variables.Get<OpenFile>(args.Text("fd")).Descriptor;
        return Libc.fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (long)args.Bits("offset"), (long)args.Bits("size")) == 0
            ? 0 : Libc.Error();
    }

    private Mapping There(Fields args)
    {
        var map = _variables.Get<Mapping>(args.Text("map"));
        return map.Gone ? throw new FormatException($"'{args.Text("map")}' is unmapped") : map;
    }

    private Mapping Part(Fields args, out ulong offset, out ulong size)
    {
        var map = There(args);
        (offset, size) = (args.Bits("offset"), args.Bits("size"));
        return offset <= map.Size && size <= map.Size - offset
            ? map
            : throw new FormatException($"{size} bytes at {offset} are not inside the {map.Size} bytes of the mapping");
    }
}
