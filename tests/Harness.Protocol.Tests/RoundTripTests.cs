using System.Reflection;
using System.Text.Json.Serialization;

namespace Harness.Protocol.Tests;

public class RoundTripTests
{
    [Test]
    public void Fields_come_back_as_they_were() =>
        Arbitrary.ForAll(Arbitrary.AnyFields, f => Assert.That(Messages.ReadFields(Messages.Text(f)), Is.EqualTo(f)));

    [Test]
    public void A_program_comes_back_as_it_was() => Arbitrary.ForAll(Arbitrary.Program, program =>
        {
            Deep.AssertSame(Messages.ReadProgram(Messages.Text(program)), program);
            var line = Messages.Line(new Request(7, program));
            Assert.That(line.Count(b => b == '\n'), Is.EqualTo(1), "a message is one line");
            var request = Messages.ReadRequest(line);
            Assert.That(request.Id, Is.EqualTo(7));
            Deep.AssertSame(request.Run, program);
            Assert.That(
                Messages.ReadHead(line),
                Is.EqualTo(new RequestHead(7, false, program.Case, program.DeadlineMs, program.Alone))
            );
        });

    [TestCase("[]")]
    [TestCase("[0]", 0u)]
    [TestCase("[-2]", 0u, 0u)]
    [TestCase("[1,-3,4294967295,0,2]", 1u, 0u, 0u, 0u, uint.MaxValue, 0u, 2u)]
    public void Zeros_in_a_row_are_one_number(string json, params uint[] words)
    {
        var program = new ProbeProgram("c", 1, [new WordsStep("a", 0, words)]);
        string text = Messages.Text(program);
        Assert.That(text, Does.Contain($"\"words\":{json}"));
        Deep.AssertSame(Messages.ReadProgram(text), program);
    }

    [Test]
    public void An_observation_comes_back_as_it_was() => Arbitrary.ForAll(Arbitrary.AnyObservation, o =>
        {
            Deep.AssertSame(StoredJson.ReadObservation(Messages.Text(o)), o);
            var line = Messages.Line(new Reply(long.MaxValue, o));
            Assert.That(line.Count(b => b == '\n'), Is.EqualTo(1), "a message is one line");
            var reply = Messages.ReadReply(line);
            Assert.That(reply.Id, Is.EqualTo(long.MaxValue));
            Deep.AssertSame(reply.Observation, o);
        });

    [Test]
    public void Every_type_of_step_and_result_comes_back_as_it_was()
    {
        var steps = new HashSet<Type>();
        var results = new HashSet<Type>();
        Arbitrary.ForAll(Arbitrary.AnyStep, s => steps.Add(s.GetType()), 1000);
        Arbitrary.ForAll(Arbitrary.AnyResult, r => results.Add(r.GetType()), 1000);
        Assert.That(steps, Is.EquivalentTo(Arbitrary.StepTypes));
        Assert.That(results, Is.EquivalentTo(Arbitrary.ResultTypes));
    }

    [Test]
    public void Hello_facts_and_errors_come_back_as_they_were()
    {
        var hello = new Hello(1, "ab\"c", ".NET 10.0.12", 4711, "boot\nid");
        Assert.That(Messages.ReadHello(Messages.Line(hello)), Is.EqualTo(hello));

        var line = Messages.Line(new Request(-3, Facts: new FactsQuery(["0000:00:10.0"])));
        Assert.That(Messages.ReadRequest(line).Facts!.Pci, Is.EqualTo(new[] { "0000:00:10.0" }));
        Assert.That(Messages.ReadHead(line), Is.EqualTo(new RequestHead(-3, true, "", 0, Alone: true)));

        var facts = new Reply(5, Facts: Fields.Of(("a", 1)));
        Assert.That(Messages.ReadReply(Messages.Line(facts)), Is.EqualTo(facts));
        var error = new Reply(5, Error: "no");
        Assert.That(Messages.ReadReply(Messages.Line(error)), Is.EqualTo(error));
    }

    [Test]
    public void A_program_is_the_JSON_that_people_read()
    {
        var program = new ProbeProgram(
            "case",
            1000,
            [
                new MapStep("a", null, ulong.MaxValue, Write: true, Shared: false),
                new MemslotStep("vm", 1, 1ul << 63, 4096, "a") { OnError = OnError.End },
                new SetRegistersStep(
                    "c",
                    new Dictionary<GuestRegister, ulong> { [GuestRegister.VbarEl1] = ulong.MaxValue }
                ),
                new RestoreRegistersStep("c", [new SavedRegister(0x603000000013c080, [0xff, 1])], All: true),
                new RestorePagesStep("a", [new SavedPage(4096, [0, 1, 2])]),
            ]
        );

        Assert.That(
            Messages.Text(program),
            Is.EqualTo(
                """
                {"case":"case","deadlineMs":1000,"steps":[
                {"op":"map","as":"a","fd":null,"size":18446744073709551615,"write":true,"shared":false,"align":0,"fileOffset":0,"overOffset":0,"onError":"fail"},
                {"op":"memslot","vm":"vm","slot":1,"gpa":9223372036854775808,"size":4096,"map":"a","offset":0,"flags":0,"onError":"end"},
                {"op":"set-registers","vcpu":"c","registers":{"vbar_el1":18446744073709551615},"onError":"fail"},
                {"op":"restore-registers","vcpu":"c","registers":[{"id":"603000000013c080","value":"ff01"}],"all":true,"onError":"end"},
                {"op":"restore-pages","map":"a","pages":[{"offset":4096,"content":"AAEC"}],"onError":"fail"}]}
                """.ReplaceLineEndings("")
            )
        );
    }

    [Test]
    public void A_step_and_its_result_have_one_name()
    {
        foreach (var step in Arbitrary.StepTypes)
        {
            var result = step.BaseType!.GetGenericArguments().Single();
            Assert.That(Name(typeof(StepResult), result), Is.EqualTo(Name(typeof(Step), step)), step.Name);
        }
        Assert.That(Arbitrary.ResultTypes, Has.Count.EqualTo(Arbitrary.StepTypes.Count));
        Assert.That(
            Arbitrary.StepTypes,
            Is.EquivalentTo(typeof(Step).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Step)) && !t.IsAbstract))
        );
        Assert.That(
            (new MemslotStep("vm", 0, 0, 0, null).Op, new MemslotResult().Op),
            Is.EqualTo(("memslot", "memslot"))
        );
    }

    [Test]
    public void A_lone_surrogate_becomes_the_replacement_character() =>
        Assert.That(Messages.ReadFields(Messages.Text(Fields.Of(("k", "a\ud800b")))).Text("k"), Is.EqualTo("a\ufffdb"));

    private static object? Name(Type of, Type type) =>
        of.GetCustomAttributes<JsonDerivedTypeAttribute>().Single(a => a.DerivedType == type).TypeDiscriminator;
}
