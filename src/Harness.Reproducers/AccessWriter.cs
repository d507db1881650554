using Harness.Protocol;
using static Harness.Reproducers.CProgram;

namespace Harness.Reproducers;

/// <summary>Steps that access a page. close() keeps errno, unless it fails itself, which these don't.</summary>
internal sealed class AccessWriter(CProgram program, CFile file, ReproducerSource source)
{
    public void Touch(int number, TouchStep step)
    {
        string where = Word(step.Map, step.Offset);
        file.Need("touch_step");
        if (step.Store is not { } store)
        {
            program.Call(
                number,
                step,
                $"the process loads a word of {Quoted(step.Map)}",
                $"touch_step({number}, \"touch\", {where}, NULL)"
            );
            return;
        }
        file.Local("__u32 word;");
        program.Call(
            number,
            step,
            $"the process stores a word to {Quoted(step.Map)}",
            $"touch_step({number}, \"touch\", {where}, &word)",
            $"word = 0x{store:x8};"
        );
    }

    public void Line(int number, LineStep step)
    {
        file.Need("line_step");
        string act = step.Act switch
        {
            LineAct.Load => "LINE_LOAD",
            LineAct.Store => "LINE_STORE",
            LineAct.Clean => "LINE_CLEAN",
            _ => "LINE_CLEAN_INVALIDATE",
        };
        program.Call(
            number,
            step,
            step.Act switch
            {
                LineAct.Load => $"the process loads a word of {Quoted(step.Map)}",
                LineAct.Store => $"the process stores a word to {Quoted(step.Map)}",
                LineAct.Clean => $"the process cleans a line of {Quoted(step.Map)}",
                _ => $"the process cleans and invalidates a line of {Quoted(step.Map)}",
            },
            $"line_step({number}, {act}, {Word(step.Map, step.Offset)}, {CText.Hex(step.Word)})"
        );
    }

    public void Copy(int number, CopyStep step) =>
        ReadWord(
            number,
            step,
            "copy_word",
            $"a system call reads a word of {Quoted(step.Map)}",
            $"copy_word({Word(step.Map, step.Offset)}, &word)"
        );

    public void Peek(int number, PeekStep step) =>
        ReadWord(
            number,
            step,
            "peek_word",
            $"a word of {Quoted(step.Map)} by /proc/self/mem",
            $"peek_word({Word(step.Map, step.Offset)}, &word)"
        );

    public void ReadFile(int number, ReadFileStep step)
    {
        file.Include("unistd.h");
        ReadWord(
            number,
            step,
            "word_step",
            $"{Quoted(step.Fd)} is read",
            $"pread({program.Get(step.Fd).Name}, &word, sizeof(word), 0)"
        );
    }

    public void WriteFile(int number, WriteFileStep step)
    {
        file.Include("linux/types.h", "unistd.h");
        file.Local("long ret;");
        file.Local("__u32 word;");
        program.Call(
            number,
            step,
            $"{Quoted(step.Fd)} is written",
            program.Plain(number, step, "ret"),
            $"word = 0x{step.Value:x8};\nret = pwrite({program.Get(step.Fd).Name}, &word, sizeof(word), 0);"
        );
    }

    public void Truncate(int number, TruncateStep step)
    {
        file.Include("unistd.h");
        program.Call(
            number,
            step,
            $"{Quoted(step.Fd)} is to have {CText.Bytes(step.Size)}",
            program.Plain(number, step, $"ftruncate({program.Get(step.Fd).Name}, {program.Size(step.Size)})")
        );
    }

    public void Fallocate(int number, FallocateStep step)
    {
        (int Bit, string Name)[] known =
        [
            (2, "FALLOC_FL_PUNCH_HOLE"),
            (1, "FALLOC_FL_KEEP_SIZE"),
            (8, "FALLOC_FL_COLLAPSE_RANGE"),
            (16, "FALLOC_FL_ZERO_RANGE"),
        ];
        int rest = step.Mode & ~known.Sum(k => k.Bit);
        string[] words =
        [
            .. known.Where(k => (step.Mode & k.Bit) != 0).Select(k => k.Name),
            .. rest == 0 ? [] : new[] { CText.Hex((ulong)rest) },
        ];
        file.Include("linux/falloc.h");
        file.Local("long ret;");
        program.Call(
            number,
            step,
            step.Mode == FallocateStep.PunchHole
                ? $"a hole is punched into {Quoted(step.Fd)}"
                : $"fallocate() of {Quoted(step.Fd)}",
            program.Plain(number, step, "ret"),
            Statement(
                "ret = fallocate(",
                program.Get(step.Fd).Name,
                words.Length == 0 ? "0" : string.Join(" | ", words),
                program.Size(step.Offset),
                program.Size(step.Size)
            )
        );
    }

    /// <summary>
    /// Leftovers at the end only matter to the probe, which continues to run; the step number is kept.
    /// </summary>
    public void Counters(int number) =>
        file.Comment($"Step {number} is the probe's alone: it counts what there is to leave behind");

    /// <summary>The end of the file closes everything in the same order; only the probe counts in between.</summary>
    public void CloseAll(int number)
    {
        if (
            source.Program.Steps.Skip(number + 1).FirstOrDefault(s => s is not (CountersStep or CloseAllStep)) is
            { } after
        )
            throw new NotSupportedException($"a reproducer closes all at its end, and '{after.Op}' follows");
        file.Comment($"Step {number}: all is closed, the last first, as below");
    }

    private void ReadWord(int number, Step step, string needs, string says, string call)
    {
        file.Need(needs);
        file.Include("linux/types.h");
        file.Local("long ret;");
        file.Local("__u32 word;");
        program.Call(number, step, says, $"word_step({number}, \"{step.Op}\", ret, word)", $"word = 0;\nret = {call};");
    }

    private string Word(string map, ulong offset) =>
        offset == 0 ? program.Get(map).Name : $"{program.Get(map).Name} + {CText.Hex(offset)}";
}
