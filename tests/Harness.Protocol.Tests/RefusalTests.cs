namespace Harness.Protocol.Tests;

public class RefusalTests
{
    private const string Head = """{"case":"c","end":"completed","detail":null,"micros":1,""";

    private static string Refusal(Action read) => Assert.Throws<FormatException>(read)!.Message;

    private static void Request(string text)
    {
        var line = Arbitrary.Utf8(text);
        Codec.ReadRequest(line, line.Length);
    }

    private static void Reply(string text)
    {
        var line = Arbitrary.Utf8(text);
        Codec.ReadReply(line, line.Length);
    }

    [TestCase("{}", "a request has no 'id'")]
    [TestCase("""{"id":1}""", "a request has no 'facts'")]
    [TestCase("""{"id":1,"facts":{},"run":{}}""", "a request has an unknown member 'facts'")]
    [TestCase("""{"id":"1","facts":{}}""", "'id' is not a 64-bit signed integer: 1")]
    [TestCase("""{"id":18446744073709551615,"facts":{}}""", "'id' is not a 64-bit signed integer: 18446744073709551615")]
    [TestCase("""{"id":1,"facts":[]}""", "'facts' is not a Fields")]
    [TestCase("""{"id":1,"run":{"case":"c","deadlineMs":1}}""", "a program has no 'steps'")]
    [TestCase("""{"id":1,"run":{"case":"c","deadlineMs":4294967296,"steps":[]}}""", "'deadlineMs' is beyond 32 bits: 4294967296")]
    [TestCase("""{"id":1,"run":{"case":1,"deadlineMs":1,"steps":[]}}""", "'case' is not a String: 1")]
    [TestCase("""{"id":1,"run":{"case":"c","deadlineMs":1,"steps":[7]}}""", "'steps' holds something that is not an object, at 0")]
    [TestCase("""{"id":1,"run":{"case":"c","deadlineMs":1,"steps":[{"op":"x"}]}}""", "a step has no 'args'")]
    [TestCase("""{"id":1,"run":{"case":"c","deadlineMs":1,"steps":[{"op":"x","args":{},"expect":1}]}}""", "a step has an unknown member 'expect'")]
    [TestCase("""{"id":1,"run":{"case":"c","deadlineMs":1,"steps":[{"op":"x","args":{},"onError":"FAIL"}]}}""", "'onError' is none of")]
    [TestCase("[]", "a message is an object")]
    public void A_request_that_is_none_is_refused_by_name(string text, string why) =>
        Assert.That(Refusal(() => Request(text)), Does.Contain(why));

    [TestCase("""{"id":1}""", "a reply has no 'error'")]
    [TestCase("""{"id":1,"error":null}""", "'error' is not a String: null")]
    [TestCase("""{"id":1,"observation":{}}""", "an observation has no 'case'")]
    [TestCase("""{"id":1,"observation":""" + Head + "\"steps\"" + """:[],"kernelLog":[1]}}""", "'kernelLog' holds something that is not text, at 0")]
    [TestCase("""{"id":1,"observation":""" + Head + "\"steps\"" + """:[{"index":0,"op":"o","errno":"EINVAL","values":{}}],"kernelLog":[]}}""", "'errno' is not a 64-bit signed integer: EINVAL")]
    [TestCase("""{"id":1,"observation":{"case":"c","end":"done","detail":null,"micros":1,"steps":[],"kernelLog":[]}}""", "'end' is none of")]
    [TestCase("""{"id":1,"observation":{"case":"c","end":"hang","detail":1,"micros":1,"steps":[],"kernelLog":[]}}""", "'detail' is not a String: 1")]
    public void A_reply_that_is_none_is_refused_by_name(string text, string why) =>
        Assert.That(Refusal(() => Reply(text)), Does.Contain(why));

    [TestCase("{}", "a request has no 'id'")]
    [TestCase("[]", "JSON, byte 0: expected '{'")]
    [TestCase("{\"id\":1}", "a request has no 'facts'")]
    [TestCase("{\"id\":1,\"facts\":{},\"run\":{}}", "a request has an unknown member 'run'")]
    [TestCase("{\"id\":1,\"facts\":{}}x", "JSON, byte 19: nothing may follow the value")]
    [TestCase("{\"id\":1,\"run\":{\"case\":\"c\"}}", "a program has no 'case' or no 'deadlineMs'")]
    [TestCase("{\"id\":1,\"run\":{\"case\":\"c\",\"deadlineMs\":1,\"steps\":[{\"a\":\"}]\\\"", "JSON, byte 60: the text ends early")]
    public void A_head_that_is_none_is_refused(string text, string why)
    {
        var line = Arbitrary.Utf8(text);
        Assert.That(Refusal(() => Codec.ReadHead(line, line.Length)), Is.EqualTo(why));
    }

    [Test]
    public void A_head_is_read_past_steps_of_any_content()
    {
        var line = Arbitrary.Utf8("{\"run\":{\"steps\":[\"}]\\\"\",{\"a\":[-1,true]},null],\"deadlineMs\":7,\"case\":\"c\"},\"id\":9}");
        Assert.That(Codec.ReadHead(line, line.Length), Is.EqualTo(new RequestHead(9, false, "c", 7)));
    }

    [Test]
    public void A_hello_with_a_member_too_many_is_refused()
    {
        var line = Arbitrary.Utf8("""{"hello":{"protocol":1,"probe":"p","runtime":"r","pid":1,"bootId":"b","x":1}}""");
        Assert.That(Refusal(() => Codec.ReadHello(line, line.Length)), Is.EqualTo("a hello has an unknown member 'x'"));
    }

    [TestCase("""{"a":1.0}""", "JSON, byte 6: only integers are carried")]
    [TestCase("""{"a":1e3}""", "JSON, byte 6: only integers are carried")]
    [TestCase("""{"a":18446744073709551616}""", "JSON, byte 5: an integer beyond 64 bits")]
    [TestCase("""{"a":-9223372036854775809}""", "JSON, byte 5: an integer beyond 64 bits")]
    [TestCase("""{"a":"\ud800"}""", "JSON, byte 6: a lone surrogate")]
    [TestCase("""{"a":"\ud800\u0041"}""", "JSON, byte 6: a lone surrogate")]
    [TestCase("""{"a":"\udc00"}""", "JSON, byte 6: a lone surrogate")]
    [TestCase("""{"a":1,"b":2,"a":3}""", "JSON, byte 12: 'a' is given twice")]
    [TestCase("""{"a":1}{""", "JSON, byte 7: nothing may follow the value")]
    public void What_the_wire_does_not_carry_is_refused_with_its_position(string text, string why) =>
        Assert.That(Refusal(() => Codec.ReadFields(text)), Is.EqualTo(why));

    [Test]
    public void Nesting_is_limited()
    {
        static string Nested(int depth) => "{\"a\":" + new string('[', depth - 1) + new string(']', depth - 1) + "}";
        Assert.That(Codec.ReadFields(Nested(LineProtocol.DepthLimit)).Count, Is.EqualTo(1));
        Assert.That(Refusal(() => Codec.ReadFields(Nested(LineProtocol.DepthLimit + 1))), Does.Contain("nested deeper than"));
        Assert.That(Refusal(() => Codec.ReadFields(Nested(1_000_000))), Does.Contain("nested deeper than"));
    }

    [Test]
    public void The_members_of_an_object_are_limited()
    {
        static string Wide(int count) => "{" + string.Join(',', Enumerable.Range(0, count).Select(i => $"\"{i}\":0")) + "}";
        Assert.That(Codec.ReadFields(Wide(LineProtocol.MemberLimit)).Count, Is.EqualTo(LineProtocol.MemberLimit));
        Assert.That(Refusal(() => Codec.ReadFields(Wide(LineProtocol.MemberLimit + 1))), Does.Contain("more than"));
    }

    [Test]
    public void A_line_is_limited() =>
        Assert.That(Refusal(() => Codec.ReadFields(new string(' ', LineProtocol.LineLimit + 1))), Does.Contain("the limit is"));

    [Test]
    public void Fields_refuse_what_the_wire_does_not_carry()
    {
        Assert.That(() => Fields.Of(("a", 1.5)), Throws.ArgumentException);
        Assert.That(() => Fields.Of(("a", 1), ("a", 2)), Throws.ArgumentException);
        Assert.That(Fields.Of(("a", 5UL)).Integer("a"), Is.EqualTo(5), "a small ulong is kept as long");
        Assert.That(() => Fields.Of(("a", ulong.MaxValue)).Integer("a"), Throws.InstanceOf<FormatException>());
        Assert.That(() => Fields.Of(("a", "x")).Bits("a"), Throws.InstanceOf<FormatException>());
        Assert.That(() => Fields.Empty.Bits("a"), Throws.InstanceOf<FormatException>().With.Message.EqualTo("'a' is missing"));
    }
}
