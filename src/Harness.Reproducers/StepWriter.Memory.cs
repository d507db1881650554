using Harness.Protocol;

namespace Harness.Reproducers;

/// <summary>Mappings.</summary>
internal sealed partial class StepWriter
{
    private void Map(int number, Step step, Fields a, string offset)
    {
        string? over = a.TextOrNull("over"), fd = a.TextOrNull("fd");
        ulong size = a.Bits("size"), align = a.Bits("align");
        bool reserved = over is null && align > PageSize;
        var old = over is null ? null : Get(over);
        string name = Mapping(a.Text("as"), size, old?.Reserved ?? reserved, old);
        string flags = Flags(a.Flag("shared"), fd is null) + (old is null && !reserved ? "" : " | MAP_FIXED");
        string where = old?.Name ?? (reserved ? $"reserve({Size(size)}, {Size(align)})" : "NULL");
        string file_ = fd is null ? "-1" : Get(fd) is { Kind: VariableKind.Region } region ? region.Device! : Get(fd).Name;
        file.Need("map_step");
        if (reserved)
            file.Need("reserve");
        Call(number, step,
            (fd is null ? "anonymous memory" : $"{Named(fd)} mapped") + $", {CText.Bytes(size)}"
                + (reserved ? $", aligned to {CText.Bytes(align)}" : "") + (old is null ? "" : $", in the place of {Quoted(over!)}"),
            $"map_step({number}, \"{step.Op}\", {name})",
            Statement($"{name} = mmap(", where, Size(size), Protection(a.Flag("write")), flags, file_, offset));
    }

    private void MapAt(int number, Step step, Fields a)
    {
        var of = Get(a, "fd");
        string offset = Place(a.Bits("offset"));
        Map(number, step, a, of.Kind != VariableKind.Region ? offset : offset == "0" ? $"{of.Name}.offset" : $"{of.Name}.offset + {offset}");
    }

    private void MapInto(int number, Step step, Fields a)
    {
        string map = Get(a, "map").Name;
        string? fd = a.TextOrNull("fd");
        ulong offset = a.Bits("offset"), size = a.Bits("size");
        file.Need("step");
        file.Include("sys/mman.h");
        file.Local("void *part;");
        Call(number, step, $"{(fd is null ? "anonymous memory" : $"{Named(fd)} mapped")}, {CText.Bytes(size)}, "
            + $"over {CText.Bytes(size)} of {Quoted(a.Text("map"))} from {CText.Bytes(offset)} on",
            Plain(number, step, "part == MAP_FAILED ? -1 : 0"),
            Statement("part = mmap(", Within(map, offset), Size(size), Protection(a.Flag("write")),
                Flags(a.Flag("shared"), fd is null) + " | MAP_FIXED", fd is null ? "-1" : Get(fd).Name, "0"));
    }

    private void Hole(int number, Step step, Fields a)
    {
        var map = Get(a, "map");
        file.Include("sys/mman.h");
        Call(number, step, $"{Quoted(a.Text("map"))} is unmapped: nothing is left at its addresses",
            Plain(number, step, $"munmap({map.Name}, {Size(map.Size)})"));
    }

    private void HoleIn(int number, Step step, Fields a)
    {
        ulong offset = a.Bits("offset"), size = a.Bits("size");
        file.Include("sys/mman.h");
        Call(number, step, $"{CText.Bytes(size)} of {Quoted(a.Text("map"))} from {CText.Bytes(offset)} on are unmapped",
            Plain(number, step, $"munmap({Within(Get(a, "map").Name, offset)}, {Size(size)})"));
    }

    private void Unmap(int number, Step step, Fields a)
    {
        var map = Get(a, "map");
        file.Include("sys/mman.h");
        file.Local("long ret;");
        // Something else may be there in the end.
        Call(number, step, $"{Quoted(a.Text("map"))} is unmapped", Plain(number, step, "ret"),
            $"ret = munmap({map.Name}, {Size(map.Size)});\n{map.Name} = MAP_FAILED;");
    }

    private void Move(int number, Step step, Fields a)
    {
        var map = Get(a, "map");
        string name = Mapping(a.Text("as"), map.Size, reserved: true, old: null);
        file.Need("map_step", "reserve");
        Call(number, step, $"{Quoted(a.Text("map"))} is moved to other addresses: nothing is left at the old ones",
            $"map_step({number}, \"move\", {name})",
            Statement($"{name} = mremap(", map.Name, Size(map.Size), Size(map.Size), "MREMAP_MAYMOVE | MREMAP_FIXED",
                $"reserve({Size(map.Size)}, {Size(64 << 10)})"));
    }

    private void Protect(int number, Step step, Fields a)
    {
        var map = Get(a, "map");
        string protection = (a.Flag("read"), a.Flag("write")) switch
        {
            (true, true) => "PROT_READ | PROT_WRITE",
            (true, false) => "PROT_READ",
            (false, true) => "PROT_WRITE",
            _ => "PROT_NONE",
        };
        file.Include("sys/mman.h");
        Call(number, step, $"the protection of {Quoted(a.Text("map"))} becomes {protection}",
            Plain(number, step, $"mprotect({map.Name}, {Size(map.Size)}, {protection})"));
    }

    private void Punch(int number, Step step, Fields a)
    {
        file.Include("linux/falloc.h");
        Call(number, step, $"a hole is punched into {Quoted(a.Text("fd"))}",
            Plain(number, step, "ret"),
            Statement("ret = fallocate(", Get(a, "fd").Name, "FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE", Size(a.Bits("offset")), Size(a.Bits("size"))));
        file.Local("long ret;");
    }

    private void Advise(int number, Step step, Fields a)
    {
        var map = Get(a, "map");
        long advice = a.Integer("advice");
        string name = advice switch
        {
            14 => "MADV_HUGEPAGE",
            15 => "MADV_NOHUGEPAGE",
            23 => "MADV_POPULATE_WRITE",
            _ => CText.Number(advice),
        };
        if (advice == 23)
            file.Need("populate_write");
        file.Include("sys/mman.h");
        Call(number, step, advice switch
        {
            14 => "huge pages are welcome",
            15 => "no huge pages",
            23 => "every page is there, as after a store",
            _ => "madvise()",
        }, Plain(number, step, $"madvise({map.Name}, {Size(map.Size)}, {name})"));
    }

    private void HugeMapped(int number, Step step, Fields a)
    {
        var map = Get(a, "map");
        file.Need("huge_mapped");
        Call(number, step, "is all of it huge pages?", $"huge_mapped({number}, {map.Name}, {Size(map.Size)})");
    }

    /// <summary>More than the smallest page there is: it takes a reservation to align a mapping so.</summary>
    private const ulong PageSize = 4 << 10;

    /// <summary>A mapping; at the end its addresses are unmapped, whatever is there then.</summary>
    private string Mapping(string name, ulong size, bool reserved, Variable? old)
    {
        string identifier = Declare(name, VariableKind.Mapping, new Variable("", VariableKind.Mapping) { Size = size, Reserved = reserved });
        file.Include("sys/mman.h");
        file.Local($"char *{identifier} = MAP_FAILED;");
        if (old is null)
            file.Finally($"if ({identifier} != MAP_FAILED)\n\tmunmap({identifier}, {Size(size)});");
        return identifier;
    }

    private static string Flags(bool shared, bool anonymous) =>
        (shared ? "MAP_SHARED" : "MAP_PRIVATE") + (anonymous ? " | MAP_ANONYMOUS" : "");

    /// <summary>A call with its arguments, on as many lines as it takes.</summary>
    private static string Statement(string begin, params string[] arguments)
    {
        var lines = new List<string> { begin };
        for (int i = 0; i < arguments.Length; i++)
        {
            string piece = arguments[i] + (i < arguments.Length - 1 ? "," : ");");
            string joined = lines[^1].EndsWith('(') ? lines[^1] + piece : $"{lines[^1]} {piece}";
            if (joined.Replace("\t", "        ").Length <= CText.Width - 8)
                lines[^1] = joined;
            else
                lines.Add(new string('\t', begin.Length / 8) + new string(' ', begin.Length % 8) + piece);
        }
        return string.Join('\n', lines);
    }

    /// <summary>A variable in words.</summary>
    private static string Quoted(string name) => $"'{name}'";

    private static string Named(string fd) => fd switch
    {
        "exporter" or "exporter-2" => $"the driver's memory of {Quoted(fd)}",
        _ => Quoted(fd),
    };
}
