using Harness.Cases.Migrations;
using Harness.Protocol;

namespace Harness.Cases.Tests.Migrations;

public sealed class MovedStateTests
{
    private static StepResult Step(string op, params (string, object?)[] values) => new(0, op, 0, Fields.Of(values));

    private static Fields Pages(string at, string content) => Fields.Of((at, content));

    private static Observation Observed(params StepResult[] steps) => new("id", ObservationEnd.Completed, null, 1, steps, []);

    [Test]
    public void What_travels_is_the_registers_the_code_and_the_memory_in_the_order_in_which_it_was_read()
    {
        var registers = Fields.Of(("6030000000100040", 7));
        var state = MovedState.Of(Observed(
            Step("save-pages", ("pages", Pages("0", "AAAA"))), Step("dirty-pages", ("pages", Pages("1000", "BBBB"))), Step("dirty-pages", ("pages", Pages("2000", "CCCC"))),
            Step("save-pages", ("pages", Pages("0", "code"))), Step("save-registers", ("registers", registers))));
        Assert.Multiple(() =>
        {
            Assert.That(state.Registers, Is.EqualTo(registers));
            Assert.That(state.Code, Is.EqualTo(Pages("0", "code")));
            Assert.That(state.Memory, Is.EqualTo(new[] { Pages("0", "AAAA"), Pages("1000", "BBBB"), Pages("2000", "CCCC") }));
        });
    }

    [Test]
    public void Bytes_are_counted_as_the_content_has_them([Range(0, 9)] int size)
    {
        var state = new MovedState(Fields.Empty, Pages("0", Convert.ToBase64String(new byte[4096])), [Pages("0", Convert.ToBase64String(new byte[size])), Fields.Empty]);
        Assert.That(state.Bytes, Is.EqualTo(4096 + size));
    }

    [TestCase("save-registers")]
    [TestCase("save-pages")]
    public void Without_one_of_them_there_is_nothing_to_move(string missing)
    {
        StepResult[] all = [Step("save-pages", ("pages", Fields.Empty)), Step("save-pages", ("pages", Fields.Empty)), Step("save-registers", ("registers", Fields.Empty))];
        Assert.That(() => MovedState.Of(Observed([.. all.Where(s => s.Op != missing)])), Throws.TypeOf<FormatException>().With.Message.Contains(missing));
    }
}
