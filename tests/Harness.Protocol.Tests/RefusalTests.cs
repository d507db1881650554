using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Harness.Protocol.Tests;

/// <summary>An invalid message is an error of one type that says what is wrong and where.</summary>
public class RefusalTests
{
    private const string Head = """{"id":1,"observation":{"case":"c","end":"completed","detail":null,"micros":1,""";
    private const string Run = """{"id":1,"run":{"case":"c","deadlineMs":1,"steps":""";

    private static string Refusal(Action read) => Assert.Throws<ProtocolException>(read)!.Message;

    [TestCase("{}", "'id'")]
    [TestCase("""{"id":1}""", "one of 'run' and 'facts'")]
    [TestCase(
        """{"id":1,"facts":{"pci":[]},"run":{"case":"c","deadlineMs":1,"steps":[]}}""",
        "one of 'run' and 'facts'"
    )]
    [TestCase("""{"id":1,"id":2,"facts":{"pci":[]}}""", "uplicate")]
    [TestCase("""{"id":"1","facts":{"pci":[]}}""", "at $.id, byte 9")]
    [TestCase("""{"id":18446744073709551615,"facts":{"pci":[]}}""", "at $.id")]
    [TestCase("""{"id":1,"facts":[]}""", "at $.facts")]
    [TestCase("""{"id":1,"run":{"case":"c","deadlineMs":1}}""", "'steps'")]
    [TestCase("""{"id":1,"run":{"case":"c","deadlineMs":4294967296,"steps":[]}}""", "at $.run.deadlineMs")]
    [TestCase("""{"id":1,"run":{"case":1,"deadlineMs":1,"steps":[]}}""", "at $.run.case")]
    [TestCase("""{"id":1,"run":{"case":null,"deadlineMs":1,"steps":[]}}""", "at $.run")]
    [TestCase(Run + "[7]}}", "at $.run.steps[0]")]
    [TestCase(Run + """[{"op":"jump","onError":"fail"}]}}""", "'jump'")]
    [TestCase(Run + """[{"onError":"fail"}]}}""", "at $.run.steps[0]")]
    [TestCase(Run + """[{"op":"unmap","onError":"fail"}]}}""", "'map'")]
    [TestCase(Run + """[{"op":"unmap","map":"a"}]}}""", "'onError'")]
    [TestCase(Run + """[{"op":"unmap","map":"a","onError":"fail","expect":1}]}}""", "'expect'")]
    [TestCase(Run + """[{"op":"unmap","map":"a","onError":"never"}]}}""", "at $.run.steps[0].onError")]
    [TestCase(Run + """[{"op":"unmap","map":"a","onError":1}]}}""", "at $.run.steps[0].onError")]
    [TestCase(
        Run + """[{"op":"words","map":"a","offset":0,"words":[4294967296],"onError":"fail"}]}}""",
        "word 0: not a number of 32 bits"
    )]
    [TestCase(
        Run + """[{"op":"words","map":"a","offset":0,"words":[1,-1048576],"onError":"fail"}]}}""",
        "word 1: not a number of 32 bits, or of zeros, up to 1048576 in all (at $.run.steps[0].words"
    )]
    [TestCase(
        Run + """[{"op":"words","map":"a","offset":0,"words":[-9223372036854775808],"onError":"fail"}]}}""",
        "word 0: not a number of 32 bits"
    )]
    [TestCase(Run + """[{"op":"words","map":"a","offset":0,"words":3,"onError":"fail"}]}}""", "not a list of words")]
    [TestCase(
        Run + """[{"op":"words","map":"a","offset":1.5,"words":[],"onError":"fail"}]}}""",
        "at $.run.steps[0].offset"
    )]
    [TestCase(
        Run + """[{"op":"words","map":"a","offset":18446744073709551616,"words":[],"onError":"fail"}]}}""",
        "at $.run.steps[0].offset"
    )]
    [TestCase(
        Run
            + """[{"op":"restore-registers","vcpu":"c","registers":[{"id":"pc","value":"00"}],"all":true,"onError":"fail"}]}}""",
        "sixteen hex digits"
    )]
    [TestCase(
        Run
            + """[{"op":"restore-registers","vcpu":"c","registers":[{"id":"603000000013c080","value":"0x"}],"all":true,"onError":"fail"}]}}""",
        "two hex digits for each byte"
    )]
    [TestCase(
        Run + """[{"op":"restore-pages","map":"a","pages":[{"offset":0,"content":"?"}],"onError":"fail"}]}}""",
        "at $.run.steps[0].pages[0].content"
    )]
    [TestCase("""{"id":1,"run":""", "at $.run")]
    [TestCase("[]", "at $")]
    [TestCase("null", "a request: null")]
    [TestCase("", "a request: ")]
    public void A_malformed_request_is_refused_by_name(string text, string why) =>
        Assert.That(
            Refusal(() => Messages.ReadRequest(Arbitrary.Utf8(text))),
            Does.StartWith("a request: ").And.Contain(why)
        );

    [TestCase("""{"id":1}""", "one of 'observation', 'facts' and 'error'")]
    [TestCase("""{"id":1,"error":null}""", "one of 'observation', 'facts' and 'error'")]
    [TestCase("""{"id":1,"observation":{}}""", "'case'")]
    [TestCase(Head + "\"steps\"" + """:[],"kernelLog":[1]}}""", "at $.observation.kernelLog[0]")]
    [TestCase(
        Head + "\"steps\"" + """:[{"op":"vm","errno":"EINVAL"}],"kernelLog":[]}}""",
        "at $.observation.steps[0].errno"
    )]
    [TestCase(Head + "\"steps\"" + """:[{"op":"vm"}],"kernelLog":[]}}""", "'errno'")]
    [TestCase(
        """{"id":1,"observation":{"case":"c","end":"done","detail":null,"micros":1,"steps":[],"kernelLog":[]}}""",
        "at $.observation.end"
    )]
    [TestCase(
        """{"id":1,"observation":{"case":"c","end":"hang","detail":1,"micros":1,"steps":[],"kernelLog":[]}}""",
        "at $.observation.detail"
    )]
    [TestCase("""{"id":1,"facts":{"a":1.0}}""", "not an integer of 64 bits (at $.facts")]
    [TestCase("""{"id":1,"facts":{"a":18446744073709551616}}""", "not an integer of 64 bits (at $.facts")]
    [TestCase("""{"id":1,"facts":{"a":1,"b":2,"a":3}}""", "'a' is given twice")]
    [TestCase("""{"id":1,"error":"\ud800"}""", "a reply: ")]
    [TestCase("""{"id":1,"error":"no"}{""", "a reply: ")]
    public void A_malformed_reply_is_refused_by_name(string text, string why) =>
        Assert.That(
            Refusal(() => Messages.ReadReply(Arbitrary.Utf8(text))),
            Does.StartWith("a reply: ").And.Contain(why)
        );

    [TestCase("{}", "'id'")]
    [TestCase("[]", "at $")]
    [TestCase("""{"id":1}""", "one of 'run' and 'facts'")]
    [TestCase("""{"id":1,"facts":{"pci":[]},"run":{"case":"c","deadlineMs":1}}""", "one of 'run' and 'facts'")]
    [TestCase("""{"id":1,"facts":{"pci":[]}}x""", "'x'")]
    [TestCase("""{"id":1,"run":{"case":"c"}}""", "'deadlineMs'")]
    [TestCase("""{"id":1,"run":{"case":"c","deadlineMs":1,"steps":[{"a":"}]\" """, "a request: ")]
    public void A_malformed_request_head_is_refused(string text, string why) =>
        Assert.That(Refusal(() => Messages.ReadHead(Arbitrary.Utf8(text))), Does.Contain(why));

    [Test]
    public void A_head_is_read_past_steps_of_any_content() =>
        Assert.That(
            Messages.ReadHead(
                Arbitrary.Utf8("""{"run":{"steps":["}]\" ",{"a":[-1,true]},null],"deadlineMs":7,"case":"c"},"id":9}""")
            ),
            Is.EqualTo(new RequestHead(9, false, "c", 7))
        );

    [Test]
    public void A_hello_with_a_member_too_many_is_refused() =>
        Assert.That(
            Refusal(() =>
                Messages.ReadHello(
                    Arbitrary.Utf8("""{"hello":{"protocol":1,"probe":"p","runtime":"r","pid":1,"bootId":"b","x":1}}""")
                )
            ),
            Does.Contain("'x'")
        );

    [TestCase(new byte[] { 0x80 })]
    [TestCase(new byte[] { 0xc0, 0xaf })]
    [TestCase(new byte[] { 0xe0, 0x80, 0x80 })]
    [TestCase(new byte[] { 0xed, 0xa0, 0x80 })]
    [TestCase(new byte[] { 0xf4, 0x90, 0x80, 0x80 })]
    [TestCase(new byte[] { 0xff })]
    public void Ill_formed_UTF8_is_refused(byte[] bytes) =>
        Assert.That(
            Refusal(() => Messages.ReadReply((byte[])[.. "{\"id\":1,\"error\":\""u8, .. bytes, .. "\"}"u8])),
            Does.StartWith("a reply: ")
        );

    [Test]
    public void Nesting_is_limited()
    {
        static string Nested(int depth) => "{\"a\":" + new string('[', depth - 1) + new string(']', depth - 1) + "}";
        Assert.That(Messages.ReadFields(Nested(LineProtocol.DepthLimit)).Count, Is.EqualTo(1));
        Assert.That(Refusal(() => Messages.ReadFields(Nested(LineProtocol.DepthLimit + 1))), Does.Contain("depth"));
        Assert.That(Refusal(() => Messages.ReadFields(Nested(1_000_000))), Does.Contain("depth"));
    }

    [Test]
    public void A_line_is_limited() =>
        Assert.That(
            Refusal(() => Messages.ReadReply(new byte[LineProtocol.LineLimit + 1])),
            Does.Contain("the limit is")
        );

    /// <summary>
    /// Any change to a line gives either a message that survives a round trip, or an error of one type.
    /// </summary>
    [Test]
    public void A_damaged_line_is_a_message_or_an_error()
    {
        var damage = Gen.Choose(0, 3)
            .SelectMany(kind =>
                Gen.Choose(0, 100_000)
                    .SelectMany(at =>
                        Gen.OneOf(
                                Gen.Elements("{}[]\",:\\tfn-0123456789eE.u \n".Select(c => (int)c).ToArray()),
                                Gen.Choose(0, 255)
                            )
                            .Select(b => (kind, at, b))
                    )
            );
        int refused = 0,
            read = 0;
        Arbitrary.ForAll(
            Arbitrary.Program.SelectMany(p => Arbitrary.AnyObservation.SelectMany(o => damage.Select(d => (p, o, d)))),
            sample =>
            {
                bool request = sample.d.at % 2 == 0;
                var bytes = (request ? Messages.Line(new Request(1, sample.p)) : Messages.Line(new Reply(1, sample.o)))
                    .SkipLast(1)
                    .ToList();
                int at = sample.d.at % bytes.Count;
                switch (sample.d.kind)
                {
                    case 0:
                        bytes[at] = (byte)sample.d.b;
                        break;
                    case 1:
                        bytes.RemoveAt(at);
                        break;
                    case 2:
                        bytes.Insert(at, (byte)sample.d.b);
                        break;
                    default:
                        bytes.RemoveRange(at, bytes.Count - at);
                        break;
                }
                byte[] line = [.. bytes];
                try
                {
                    if (request)
                        AssertStays(Messages.ReadRequest(line).Run!);
                    else
                        AssertStays(Messages.ReadReply(line).Observation);
                    read++;
                }
                catch (ProtocolException e)
                {
                    Assert.That(
                        e.Message,
                        Does.StartWith(request ? "a request: " : "a reply: ").And.Length.GreaterThan(12),
                        Encoding.UTF8.GetString(line)
                    );
                    refused++;
                }
            },
            3000
        );
        TestContext.Out.WriteLine($"{read} read, {refused} refused");
        Assert.That(read, Is.GreaterThan(50), "some damage leaves a message behind");
        Assert.That(refused, Is.GreaterThan(500));
    }

    private static void AssertStays(ProbeProgram program) =>
        Deep.AssertSame(Messages.ReadProgram(Messages.Text(program)), program);

    private static void AssertStays(Observation? observation)
    {
        if (observation is not null)
            Deep.AssertSame(Messages.ReadObservation(Messages.Text(observation)), observation);
    }

    [Test]
    public void Fields_refuse_what_facts_do_not_carry()
    {
        Assert.That(() => Fields.Of(("a", 1.5)), Throws.ArgumentException);
        Assert.That(() => Fields.Of(("a", 1), ("a", 2)), Throws.ArgumentException);
        Assert.That(Fields.Of(("a", 5UL)).Integer("a"), Is.EqualTo(5), "a small ulong is kept as long");
        Assert.That(() => Fields.Of(("a", ulong.MaxValue)).Integer("a"), Throws.InstanceOf<ProtocolException>());
        Assert.That(() => Fields.Of(("a", "x")).Bits("a"), Throws.InstanceOf<ProtocolException>());
        Assert.That(
            () => Fields.Empty.Bits("a"),
            Throws.InstanceOf<ProtocolException>().With.Message.EqualTo("'a' is missing")
        );
    }
}
