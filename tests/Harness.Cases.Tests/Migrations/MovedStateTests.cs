using Harness.Cases.Migrations;
using Harness.Model;
using Harness.Model.Migrations;
using Harness.Protocol;

namespace Harness.Cases.Tests.Migrations;

public sealed class MovedStateTests
{
    private static SavedPage[] Pages(ulong at, params byte[] content) => [new SavedPage(at, content)];

    private static readonly SourceProgram Source = MigrationCompiler.Source(
        Migration.Of(new AccessCase(Backing.Plain, true, SlotFlags.None, new AccessList(Access.Write))) with
        {
            PreCopy = true,
        },
        new ProbeAbilities(Exporter: false, Descriptor: false, Trace: false)
    );

    /// <summary>The given results of the source's program; every other step returns an errno.</summary>
    private static Observation Observed(params (StepHandle Step, StepResult Result)[] results)
    {
        StepResult[] steps = [.. Source.Program.Steps.Select(_ => new CloseResult { Errno = 1 })];
        foreach (var (step, result) in results)
            steps[step.Index] = result;
        return new Observation("id", ObservationEnd.Completed, null, 1, steps, []);
    }

    private static StepResult Memory(int index, SavedPage[] pages) =>
        index == 0 ? new SavePagesResult(pages) : new DirtyPagesResult(pages);

    [Test]
    public void The_transfer_has_registers_code_and_memory_in_order()
    {
        SavedRegister[] registers = [new(0x6030000000100040, [7])];
        SavedPage[] code = Pages(0, 4);
        SavedPage[][] memory = [.. Source.Memory.Select((_, i) => Pages((ulong)i * 4096, (byte)i))];
        var state = MovedState.Of(
            Source,
            Observed([
                .. Source.Memory.Select((s, i) => (s, Memory(i, memory[i]))),
                (Source.Code, new SavePagesResult(code)),
                (Source.Registers, new SaveRegistersResult(registers)),
            ])
        );
        Assert.Multiple(() =>
        {
            Assert.That(state.Registers, Is.EqualTo(registers));
            Assert.That(state.Code, Is.EqualTo(code));
            Assert.That(state.Memory, Is.EqualTo(memory).And.Count.EqualTo(MigrationCompiler.PreCopyRounds + 2));
        });
    }

    [Test]
    public void Bytes_are_counted_as_the_content_has_them([Range(0, 9)] int size)
    {
        var state = new MovedState([], Pages(0, new byte[4096]), [Pages(0, new byte[size]), []]);
        Assert.That(state.Bytes, Is.EqualTo(4096 + size));
    }

    [TestCase("registers")]
    [TestCase("code")]
    [TestCase("memory")]
    public void Without_one_of_them_there_is_nothing_to_move(string missing)
    {
        var observed = Observed([
            .. Source.Memory.Select((s, i) => (s, Memory(i, missing == "memory" ? null! : []))),
            (Source.Code, new SavePagesResult(missing == "code" ? null : [])),
            (Source.Registers, new SaveRegistersResult(missing == "registers" ? null : [])),
        ]);
        Assert.That(
            () => MovedState.Of(Source, observed),
            Throws.TypeOf<ProtocolException>().With.Message.Contains(missing)
        );
    }
}
