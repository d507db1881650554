using Harness.Cases.Migrations;
using Harness.Protocol;

namespace Harness.Cases.Tests.Migrations;

public sealed class MovedStateTests
{
    private static SavedPage[] Pages(ulong at, params byte[] content) => [new SavedPage(at, content)];

    private static Observation Observed(params StepResult[] steps) => new("id", ObservationEnd.Completed, null, 1, steps, []);

    [Test]
    public void What_travels_is_the_registers_the_code_and_the_memory_in_the_order_in_which_it_was_read()
    {
        SavedRegister[] registers = [new(0x6030000000100040, [7])];
        SavedPage[] first = Pages(0, 1), second = Pages(4096, 2), third = Pages(8192, 3), code = Pages(0, 4);
        var state = MovedState.Of(Observed(
            new SavePagesResult(first), new DirtyPagesResult(second), new DirtyPagesResult(third), new SavePagesResult(code), new SaveRegistersResult(registers)));
        Assert.Multiple(() =>
        {
            Assert.That(state.Registers, Is.EqualTo(registers));
            Assert.That(state.Code, Is.EqualTo(code));
            Assert.That(state.Memory, Is.EqualTo(new[] { first, second, third }));
        });
    }

    [Test]
    public void Bytes_are_counted_as_the_content_has_them([Range(0, 9)] int size)
    {
        var state = new MovedState([], Pages(0, new byte[4096]), [Pages(0, new byte[size]), []]);
        Assert.That(state.Bytes, Is.EqualTo(4096 + size));
    }

    [TestCase("save-registers")]
    [TestCase("save-pages")]
    public void Without_one_of_them_there_is_nothing_to_move(string missing)
    {
        StepResult[] all = [new SavePagesResult([]), new SavePagesResult([]), new SaveRegistersResult([])];
        Assert.That(() => MovedState.Of(Observed([.. all.Where(s => s.Op != missing)])), Throws.TypeOf<ProtocolException>().With.Message.Contains(missing));
    }
}
