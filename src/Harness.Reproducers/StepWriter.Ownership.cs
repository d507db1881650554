using Harness.Protocol;

namespace Harness.Reproducers;

/// <summary>Who may reach a page. close() keeps errno, unless it fails itself, which these don't.</summary>
internal sealed partial class StepWriter
{
    private void Touch(int number, Step step, Fields a)
    {
        string where = Word(a);
        file.Need("touch_step");
        if (!a.TryGet("store", out object? store) || store is null)
        {
            Call(number, step, $"the process loads a word of {Quoted(a.Text("map"))}", $"touch_step({number}, \"touch\", {where}, NULL)");
            return;
        }
        file.Local("__u32 word;");
        Call(number, step, $"the process stores a word to {Quoted(a.Text("map"))}",
            $"touch_step({number}, \"touch\", {where}, &word)", $"word = 0x{a.Bits("store"):x8};");
    }

    private void Copy(int number, Step step, Fields a) =>
        ReadWord(number, step, "copy_word", $"a system call reads a word of {Quoted(a.Text("map"))}", $"copy_word({Word(a)}, &word)");

    private void Peek(int number, Step step, Fields a) =>
        ReadWord(number, step, "peek_word", $"a word of {Quoted(a.Text("map"))} by /proc/self/mem", $"peek_word({Word(a)}, &word)");

    private void ReadFile(int number, Step step, Fields a)
    {
        file.Include("unistd.h");
        ReadWord(number, step, "word_step", $"{Quoted(a.Text("fd"))} is read", $"pread({Get(a, "fd").Name}, &word, sizeof(word), 0)");
    }

    private void WriteFile(int number, Step step, Fields a)
    {
        file.Include("linux/types.h", "unistd.h");
        file.Local("long ret;");
        file.Local("__u32 word;");
        Call(number, step, $"{Quoted(a.Text("fd"))} is written", Plain(number, step, "ret"),
            $"word = 0x{a.Bits("value"):x8};\nret = pwrite({Get(a, "fd").Name}, &word, sizeof(word), 0);");
    }

    private void Truncate(int number, Step step, Fields a)
    {
        file.Include("unistd.h");
        Call(number, step, $"{Quoted(a.Text("fd"))} is to have {CText.Bytes(a.Bits("size"))}",
            Plain(number, step, $"ftruncate({Get(a, "fd").Name}, {Size(a.Bits("size"))})"));
    }

    private void Fallocate(int number, Step step, Fields a)
    {
        (long Bit, string Name)[] known =
            [(1, "FALLOC_FL_KEEP_SIZE"), (2, "FALLOC_FL_PUNCH_HOLE"), (8, "FALLOC_FL_COLLAPSE_RANGE"), (16, "FALLOC_FL_ZERO_RANGE")];
        long mode = a.Integer("mode"), rest = mode & ~known.Sum(k => k.Bit);
        string[] words = [.. known.Where(k => (mode & k.Bit) != 0).Select(k => k.Name), .. rest == 0 ? [] : new[] { CText.Hex((ulong)rest) }];
        file.Include("fcntl.h", "linux/falloc.h");
        file.Local("long ret;");
        Call(number, step, $"fallocate() of {Quoted(a.Text("fd"))}", Plain(number, step, "ret"),
            Statement("ret = fallocate(", Get(a, "fd").Name, words.Length == 0 ? "0" : string.Join(" | ", words),
                Place(a.Bits("offset")), Size(a.Bits("size"))));
    }

    private void BoundSlot(int number, Step step, Fields a)
    {
        file.Need("region2");
        file.Include("stdint.h");
        file.Local("struct kvm_userspace_memory_region2 region2;");
        Call(number, step, SlotInWords(a), Plain(number, step, $"ioctl({Get(a, "vm").Name}, KVM_SET_USER_MEMORY_REGION2, &region2)"),
            $$"""
            region2 = (struct kvm_userspace_memory_region2) {
            	.slot = {{a.Integer("slot")}},
            	.flags = {{SlotFlags(a.Integer("flags"))}},
            	.guest_phys_addr = {{Address(a.Bits("gpa"))}},
            	.memory_size = {{Size(a.Bits("size"))}},
            	.userspace_addr = {{(a.TextOrNull("map") is { } map ? $"(uintptr_t){Get(map).Name}" : "0")}},
            	.guest_memfd_offset = {{Place(a.Bits("guestMemoryOffset"))}},
            	.guest_memfd = {{(a.TextOrNull("guestMemory") is { } name ? Get(name).Name : "-1")}},
            };
            """);
    }

    /// <summary>What is left over in the end is the probe's worry, which lives on; the number stays free.</summary>
    private void Counters(int number) => file.Comment($"Step {number} is the probe's alone: it counts what there is to leave behind");

    /// <summary>The end of the file closes all in the same order; only counting, which is the probe's, comes between.</summary>
    private void CloseAll(int number)
    {
        if (source.Program.Steps.Skip(number + 1).FirstOrDefault(s => s.Op is not ("counters" or "close-all")) is { } after)
            throw new NotSupportedException($"a reproducer closes all at its end, and '{after.Op}' follows");
        file.Comment($"Step {number}: all is closed, the last first, as below");
    }

    private void ReadWord(int number, Step step, string needs, string says, string call)
    {
        file.Need(needs);
        file.Include("linux/types.h");
        file.Local("long ret;");
        file.Local("__u32 word;");
        Call(number, step, says, $"word_step({number}, \"{step.Op}\", ret, word)", $"word = 0;\nret = {call};");
    }

    private string Word(Fields a)
    {
        ulong offset = a.Bits("offset");
        string map = Get(a, "map").Name;
        return offset == 0 ? map : $"{map} + {CText.Hex(offset)}";
    }
}
