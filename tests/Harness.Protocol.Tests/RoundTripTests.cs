namespace Harness.Protocol.Tests;

public class RoundTripTests
{
    [Test]
    public void Fields_come_back_as_they_were() =>
        Arbitrary.ForAll(Arbitrary.AnyFields, f => Assert.That(Codec.ReadFields(Codec.Text(f)), Is.EqualTo(f)));

    [Test]
    public void A_program_comes_back_as_it_was() => Arbitrary.ForAll(Arbitrary.Program, program =>
    {
        AssertSame(Codec.ReadProgram(Codec.Text(program)), program);
        var line = Codec.Line(new Request(7, program, null));
        Assert.That(line.Count(b => b == '\n'), Is.EqualTo(1), "a message is one line");
        var request = Codec.ReadRequest(line, line.Length);
        Assert.That(request.Id, Is.EqualTo(7));
        AssertSame(request.Run!, program);
        Assert.That(Codec.ReadHead(line, line.Length), Is.EqualTo(new RequestHead(7, false, program.Case, program.DeadlineMs)));
    });

    [Test]
    public void An_observation_comes_back_as_it_was() => Arbitrary.ForAll(Arbitrary.AnyObservation, o =>
    {
        AssertSame(Codec.ReadObservation(Codec.Text(o)), o);
        var line = Codec.Line(new Reply(long.MaxValue, o, null, null));
        Assert.That(line.Count(b => b == '\n'), Is.EqualTo(1), "a message is one line");
        var reply = Codec.ReadReply(line, line.Length);
        Assert.That(reply.Id, Is.EqualTo(long.MaxValue));
        AssertSame(reply.Observation!, o);
    });

    [Test]
    public void Hello_facts_and_errors_come_back_as_they_were()
    {
        var hello = new Hello(1, "ab\"c", ".NET 10.0.12", 4711, "boot\nid");
        var line = Codec.Line(hello);
        Assert.That(Codec.ReadHello(line, line.Length), Is.EqualTo(hello));

        line = Codec.Line(new Request(-3, null, Fields.Of(("only", "kernel"))));
        Assert.That(Codec.ReadRequest(line, line.Length), Is.EqualTo(new Request(-3, null, Fields.Of(("only", "kernel")))));
        Assert.That(Codec.ReadHead(line, line.Length).IsFacts, Is.True);

        line = Codec.Line(new Reply(5, null, Fields.Of(("a", 1)), null));
        Assert.That(Codec.ReadReply(line, line.Length), Is.EqualTo(new Reply(5, null, Fields.Of(("a", 1)), null)));
        line = Codec.Line(new Reply(5, null, null, "no"));
        Assert.That(Codec.ReadReply(line, line.Length), Is.EqualTo(new Reply(5, null, null, "no")));
    }

    [Test]
    public void Every_step_of_the_vocabulary_is_carried()
    {
        Step[] steps =
        [
            Steps.Open("f", "/dev/x", false), Steps.Memfd("m", 4096), Steps.Export("f", "known", "nc", "pfnmap", true, 1 << 21),
            Steps.Map("a", null, 4096, true, false, 1 << 21), Steps.Unmap("a"), Steps.Words("a", 0, [0xffffffff, 0]),
            Steps.Vm("vm", 0x8000000000000000), Steps.Extension(null, 243), Steps.Memslot("vm", 0, 1UL << 40, 4096, "a"),
            Steps.Vcpu("c", "vm"), Steps.SetRegisters("c", ("pc", ulong.MaxValue), ("x0", 1)), Steps.GetRegisters("c", "x0", "pc"),
            Steps.Run("c", 100, OnError.End), Steps.Trace(), Steps.Stage2("f", "vm", 0x4000_0000), Steps.Close("f"),
        ];
        var program = new ProbeProgram("case", 1000, steps);
        var back = Codec.ReadProgram(Codec.Text(program));
        AssertSame(back, program);
        Assert.That(back.Steps[10].Args.Inner("registers").Bits("pc"), Is.EqualTo(ulong.MaxValue));
        Assert.That(back.Steps[5].Args.List("words"), Is.EqualTo(new object[] { 0xffffffffL, 0L }));
    }

    [Test]
    public void A_lone_surrogate_becomes_the_replacement_character() =>
        Assert.That(Codec.ReadFields(Codec.Text(Fields.Of(("k", "a\ud800b")))).Text("k"), Is.EqualTo("a\ufffdb"));

    private static void AssertSame(ProbeProgram actual, ProbeProgram expected)
    {
        Assert.That(actual with { Steps = expected.Steps }, Is.EqualTo(expected));
        Assert.That(actual.Steps, Is.EqualTo(expected.Steps));
    }

    private static void AssertSame(Observation actual, Observation expected)
    {
        Assert.That(actual with { Steps = expected.Steps, KernelLog = expected.KernelLog }, Is.EqualTo(expected));
        Assert.That(actual.Steps, Is.EqualTo(expected.Steps));
        Assert.That(actual.KernelLog, Is.EqualTo(expected.KernelLog));
    }
}
