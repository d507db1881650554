using Harness.Protocol;
using static Harness.Reproducers.CProgram;

namespace Harness.Reproducers;

/// <summary>Mappings.</summary>
internal sealed class MappingWriter(CProgram program, CFile file)
{
    public void Map(int number, MapStep step)
    {
        if (step.As is null)
        {
            MapInto(number, step, step.Over ?? throw new ProtocolException("a mapping needs 'as' or 'over'"));
            return;
        }
        string? over = step.Over,
            fd = step.Fd;
        bool reserved = over is null && step.Align > PageSize;
        var old = over is null ? null : program.Get(over);
        string name = Mapping(step.As, step.Size, old?.Reserved ?? reserved, old);
        string flags = Flags(step.Shared, fd is null) + (old is null && !reserved ? "" : " | MAP_FIXED");
        string where = old?.Name
            ?? (reserved ? $"reserve({program.Size(step.Size)}, {program.Size(step.Align)})" : "NULL");
        file.Need("map_step");
        if (reserved)
            file.Need("reserve");
        program.Call(
            number,
            step,
            (fd is null ? "anonymous memory" : $"{Named(fd)} mapped")
                + $", {CText.Bytes(step.Size)}"
                + (reserved ? $", aligned to {CText.Bytes(step.Align)}" : "")
                + (old is null ? "" : $", in the place of {Quoted(over!)}"),
            $"map_step({number}, \"{step.Op}\", {name})",
            Statement(
                $"{name} = mmap(",
                where,
                program.Size(step.Size),
                Protection(step.Write),
                flags,
                FileOf(step),
                OffsetOf(step)
            )
        );
    }

    private void MapInto(int number, MapStep step, string over)
    {
        file.Need("step");
        file.Include("sys/mman.h");
        file.Local("void *part;");
        program.Call(
            number,
            step,
            $"{(step.Fd is null ? "anonymous memory" : $"{Named(step.Fd)} mapped")}, {CText.Bytes(step.Size)}, "
                + $"over {CText.Bytes(step.Size)} of {Quoted(over)} from {CText.Bytes(step.OverOffset)} on",
            program.Plain(number, step, "part == MAP_FAILED ? -1 : 0"),
            Statement(
                "part = mmap(",
                program.Within(program.Get(over).Name, step.OverOffset),
                program.Size(step.Size),
                Protection(step.Write),
                Flags(step.Shared, step.Fd is null) + " | MAP_FIXED",
                FileOf(step),
                OffsetOf(step)
            )
        );
    }

    private string FileOf(MapStep step) =>
        step.Fd is not { } fd ? "-1"
        : program.Get(fd) is { Kind: VariableKind.Region } region ? region.Device!
        : program.Get(fd).Name;

    private string OffsetOf(MapStep step)
    {
        string offset = program.Place(step.FileOffset);
        return step.Fd is not { } fd || program.Get(fd) is not { Kind: VariableKind.Region } region ? offset
            : offset == "0" ? $"{region.Name}.offset"
            : $"{region.Name}.offset + {offset}";
    }

    public void Hole(int number, HoleStep step)
    {
        var map = program.Get(step.Map);
        file.Include("sys/mman.h");
        if (step.Size is { } size)
            program.Call(
                number,
                step,
                $"{CText.Bytes(size)} of {Quoted(step.Map)} from {CText.Bytes(step.Offset)} on are unmapped",
                program.Plain(number, step, $"munmap({program.Within(map.Name, step.Offset)}, {program.Size(size)})")
            );
        else
            program.Call(
                number,
                step,
                $"{Quoted(step.Map)} is unmapped: nothing is left at its addresses",
                program.Plain(number, step, $"munmap({map.Name}, {program.Size(map.Size)})")
            );
    }

    public void Unmap(int number, UnmapStep step)
    {
        var map = program.Get(step.Map);
        file.Include("sys/mman.h");
        file.Local("long ret;");
        // Another mapping may be there at the end.
        program.Call(
            number,
            step,
            $"{Quoted(step.Map)} is unmapped",
            program.Plain(number, step, "ret"),
            $"ret = munmap({map.Name}, {program.Size(map.Size)});\n{map.Name} = MAP_FAILED;"
        );
    }

    public void Move(int number, MoveStep step)
    {
        var map = program.Get(step.Map);
        string name = Mapping(step.As, map.Size, reserved: true, old: null);
        file.Need("map_step", "reserve");
        program.Call(
            number,
            step,
            $"{Quoted(step.Map)} is moved to other addresses: nothing is left at the old ones",
            $"map_step({number}, \"move\", {name})",
            Statement(
                $"{name} = mremap(",
                map.Name,
                program.Size(map.Size),
                program.Size(map.Size),
                "MREMAP_MAYMOVE | MREMAP_FIXED",
                $"reserve({program.Size(map.Size)}, {program.Size(64 << 10)})"
            )
        );
    }

    public void Protect(int number, ProtectStep step)
    {
        var map = program.Get(step.Map);
        string protection = (step.Read, step.Write) switch
        {
            (true, true) => "PROT_READ | PROT_WRITE",
            (true, false) => "PROT_READ",
            (false, true) => "PROT_WRITE",
            _ => "PROT_NONE",
        };
        file.Include("sys/mman.h");
        program.Call(
            number,
            step,
            $"the protection of {Part(step.Map, step.Offset, step.Size)} becomes {protection}",
            program.Plain(
                number,
                step,
                $"mprotect({program.Within(map.Name, step.Offset)}, {program.Size(step.Size ?? map.Size)}, {protection})"
            )
        );
    }

    private static string Part(string map, ulong offset, ulong? size) =>
        size is { } part ? $"{CText.Bytes(part)} of {Quoted(map)} from {CText.Bytes(offset)} on" : Quoted(map);

    public void Advise(int number, AdviseStep step)
    {
        var map = program.Get(step.Map);
        string of = Part(step.Map, step.Offset, step.Size);
        var (name, says, fragment) = step.Advice switch
        {
            4 => ("MADV_DONTNEED", $"{of} is given back", null),
            MADV_FREE => ("MADV_FREE", $"{of} may be taken until somebody stores there", "madv_free"),
            14 => ("MADV_HUGEPAGE", "huge pages are welcome", null),
            15 => ("MADV_NOHUGEPAGE", "no huge pages", null),
            21 => ("MADV_PAGEOUT", $"{of} is written to swap", "pageout"),
            23 => ("MADV_POPULATE_WRITE", "every page is populated, as by a store", "populate_write"),
            25 => ("MADV_COLLAPSE", "its pages are copied to huge pages", "collapse"),
            _ => (CText.Number(step.Advice), "madvise()", null),
        };
        if (fragment is not null)
            file.Need(fragment);
        file.Include("sys/mman.h");
        string part = $"{program.Within(map.Name, step.Offset)}, {program.Size(step.Size ?? map.Size)}";
        program.Call(
            number,
            step,
            says,
            program.Plain(number, step, step.Advice == MADV_FREE ? $"madv_free({part})" : $"madvise({part}, {name})")
        );
    }

    public void Lock(int number, LockStep step)
    {
        var map = program.Get(step.Map);
        file.Include("sys/mman.h");
        program.Call(
            number,
            step,
            $"{Quoted(step.Map)} is locked",
            program.Plain(number, step, $"mlock({map.Name}, {program.Size(map.Size)})")
        );
    }

    public void UserFaults(int number, UserFaultStep step)
    {
        program.Declare(step.As, VariableKind.Scenario);
        var map = program.Get(step.Map);
        file.Need("user_faults");
        file.Finally("end_user_faults();");
        program.Call(
            number,
            step,
            step.Faults switch
            {
                ServedFaults.Protected =>
                    $"the pages of {Quoted(step.Map)} are write-protected, and a thread lets each store through",
                ServedFaults.Minor => $"a thread has each page of {Quoted(step.Map)} mapped that its file has",
                _ => $"a thread provides each missing page of {Quoted(step.Map)}, with 0x{step.Word:x} at its start",
            },
            program.Plain(
                number,
                step,
                $"watch_user_faults({map.Name}, {program.Size(map.Size)}, UFFDIO_REGISTER_MODE_{Mode(step.Faults)}, 0x{step.Word:x})"
            )
        );
    }

    private static string Mode(ServedFaults faults) =>
        faults switch
        {
            ServedFaults.Protected => "WP",
            ServedFaults.Minor => "MINOR",
            _ => "MISSING",
        };

    public void Fork(int number, ForkStep step)
    {
        string name = program.Declare(step.As, VariableKind.Scenario);
        file.Need("fork_child");
        file.Local($"pid_t {name} = -1;");
        file.Finally($"end_child({name});");
        program.Call(
            number,
            step,
            "a child has the process's memory, and waits",
            program.Plain(number, step, name),
            $"{name} = fork_child();"
        );
    }

    public void HugeMapped(int number, HugeMappedStep step)
    {
        var map = program.Get(step.Map);
        file.Need("huge_mapped");
        program.Call(
            number,
            step,
            "is all of it huge pages?",
            $"huge_mapped({number}, {map.Name}, {program.Size(map.Size)})"
        );
    }

    public void PagedOut(int number, PagedOutStep step)
    {
        var map = program.Get(step.Map);
        file.Need("page_out");
        program.Call(
            number,
            step,
            $"{Part(step.Map, step.Offset, step.Size)} is written to swap until no page is left",
            program.Plain(
                number,
                step,
                $"page_out({program.Within(map.Name, step.Offset)}, {program.Size(step.Size ?? map.Size)})"
            )
        );
    }

    public void Merge(int number, MergeStep step)
    {
        program.Declare(step.As, VariableKind.Scenario);
        file.Need("merge_page");
        program.Call(
            number,
            step,
            $"KSM merges the page at {CText.Bytes(step.Offset)} of {Quoted(step.Map)} with a copy of it",
            program.Plain(number, step, $"merge_page({program.Within(program.Get(step.Map).Name, step.Offset)})")
        );
    }

    public void Poison(int number, PoisonStep step)
    {
        program.Declare(step.As, VariableKind.Scenario);
        var (fragment, says) = step.Soft
            ? ("move_page", "moves to another frame")
            : ("poison_page", "has memory that fails");
        file.Need(fragment);
        file.Last("end_bad_frames();");
        program.Call(
            number,
            step,
            $"the page at {CText.Bytes(step.Offset)} of {Quoted(step.Map)} {says}",
            program.Plain(number, step, $"{fragment}({program.Within(program.Get(step.Map).Name, step.Offset)})")
        );
    }

    public void Frame(int number, FrameStep step)
    {
        file.Need("read_frame");
        file.Comment($"Step {number}: the frame of the page in the process's own page table");
        file.Code($"read_frame({number}, {program.Get(step.Map).Name} + {program.Size(step.Offset)});");
    }

    /// <summary>Larger than the smallest page: aligning a mapping to more requires a reservation.</summary>
    private const ulong PageSize = 4 << 10;

    private const int MADV_FREE = 8;

    /// <summary>A mapping; at the end its addresses are unmapped, whatever is mapped there then.</summary>
    private string Mapping(string name, ulong size, bool reserved, Variable? old)
    {
        string identifier = program.Declare(
            name,
            VariableKind.Mapping,
            new Variable("", VariableKind.Mapping) { Size = size, Reserved = reserved }
        );
        file.Include("sys/mman.h");
        file.Local($"char *{identifier} = MAP_FAILED;");
        if (old is null)
            file.Finally($"if ({identifier} != MAP_FAILED)\n\tmunmap({identifier}, {program.Size(size)});");
        return identifier;
    }

    private static string Flags(bool shared, bool anonymous) =>
        (shared ? "MAP_SHARED" : "MAP_PRIVATE") + (anonymous ? " | MAP_ANONYMOUS" : "");

    private static string Named(string fd) =>
        fd switch
        {
            "exporter" or "exporter-2" => $"the driver's memory of {Quoted(fd)}",
            _ => Quoted(fd),
        };
}
