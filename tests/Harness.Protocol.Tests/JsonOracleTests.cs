using System.Globalization;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Harness.Protocol.Tests;

/// <summary>The codec against System.Text.Json, on texts that are JSON and on texts that nearly are.</summary>
public class JsonOracleTests
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false, MaxDepth = LineProtocol.DepthLimit };

    [Test]
    public void What_is_written_reads_the_same_elsewhere() => Arbitrary.ForAll(Arbitrary.AnyFields, fields =>
    {
        using var document = JsonDocument.Parse(Codec.Text(fields), Options);
        Assert.That(Convert(document.RootElement), Is.EqualTo(fields));
    });

    [Test]
    public void What_others_write_is_read_the_same() => Arbitrary.ForAll(Arbitrary.AnyFields, fields =>
    {
        using var document = JsonDocument.Parse(Codec.Text(fields), Options);
        foreach (var options in new[] { new JsonSerializerOptions(), new JsonSerializerOptions { WriteIndented = true } })
            Assert.That(Codec.ReadFields(JsonSerializer.Serialize(document.RootElement, options)), Is.EqualTo(fields));
    });

    [Test]
    public void Damaged_texts_are_refused_exactly_where_they_are_not_JSON_of_integers()
    {
        var damage = Gen.Choose(0, 3).SelectMany(kind => Gen.Choose(0, 100_000).SelectMany(at =>
            Gen.OneOf(Gen.Elements("{}[]\",:\\tfn-0123456789eE.u \n".Select(c => (int)c).ToArray()), Gen.Choose(0, 255))
                .Select(b => (kind, at, b))));
        int refused = 0, read = 0;
        Arbitrary.ForAll(Arbitrary.AnyFields.SelectMany(f => damage.Select(d => (f, d))), sample =>
        {
            var bytes = Arbitrary.Utf8(Codec.Text(sample.f)).ToList();
            int at = sample.d.at % bytes.Count;
            switch (sample.d.kind)
            {
                case 0: bytes[at] = (byte)sample.d.b; break;
                case 1: bytes.RemoveAt(at); break;
                case 2: bytes.Insert(at, (byte)sample.d.b); break;
                default: bytes.RemoveRange(at, bytes.Count - at); break;
            }
            if (Compare([.. bytes]))
                read++;
            else
                refused++;
        }, 4000);
        TestContext.Out.WriteLine($"{read} read, {refused} refused");
        Assert.That(read, Is.GreaterThan(50), "some damage leaves JSON behind");
        Assert.That(refused, Is.GreaterThan(500));
    }

    [TestCase("")]
    [TestCase("   ")]
    [TestCase("{")]
    [TestCase("{}}")]
    [TestCase("{},")]
    [TestCase("{} x")]
    [TestCase("{\"a\":1,}")]
    [TestCase("{,}")]
    [TestCase("{\"a\" 1}")]
    [TestCase("{a:1}")]
    [TestCase("{'a':1}")]
    [TestCase("{\"a\":1 \"b\":2}")]
    [TestCase("{\"a\":[1,]}")]
    [TestCase("{\"a\":[,1]}")]
    [TestCase("{\"a\":01}")]
    [TestCase("{\"a\":-}")]
    [TestCase("{\"a\":-01}")]
    [TestCase("{\"a\":+1}")]
    [TestCase("{\"a\":.5}")]
    [TestCase("{\"a\":tru}")]
    [TestCase("{\"a\":True}")]
    [TestCase("{\"a\":nullx}")]
    [TestCase("{\"a\":NaN}")]
    [TestCase("{\"a\":\"\\x\"}")]
    [TestCase("{\"a\":\"\\u12\"}")]
    [TestCase("{\"a\":\"\\u12g4\"}")]
    [TestCase("{\"a\":\"\\")]
    [TestCase("{\"a\":\"tab\there\"}")]
    [TestCase("{\"a\":1,\"a\":2}")]
    [TestCase("{\"a\":1,\"\\u0061\":2}")]
    [TestCase("/* */{}")]
    public void A_text_that_is_not_JSON_is_refused_by_both(string text) => Assert.That(Compare(Arbitrary.Utf8(text)), Is.False);

    [TestCase("{}")]
    [TestCase(" { \"a\" : [ ] , \"b\" : { } , \"c\" : [ [ ] ] }\r\n\t ")]
    [TestCase("{\"\":\"\"}")]
    [TestCase("{\"a\":-0}")]
    [TestCase("{\"a\":-9223372036854775808,\"b\":18446744073709551615}")]
    [TestCase("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"}")]
    [TestCase("{\"a\":\"\u007f\u0080\u2028é😀\"}")]
    public void A_text_that_is_JSON_is_read_by_both(string text) => Assert.That(Compare(Arbitrary.Utf8(text)), Is.True);

    [TestCase(new byte[] { 0x80 })]
    [TestCase(new byte[] { 0xc0, 0xaf })]
    [TestCase(new byte[] { 0xc3 })]
    [TestCase(new byte[] { 0xe0, 0x80, 0x80 })]
    [TestCase(new byte[] { 0xed, 0xa0, 0x80 })]
    [TestCase(new byte[] { 0xf0, 0x80, 0x80, 0x80 })]
    [TestCase(new byte[] { 0xf4, 0x90, 0x80, 0x80 })]
    [TestCase(new byte[] { 0xf8, 0x88, 0x80, 0x80, 0x80 })]
    [TestCase(new byte[] { 0xff })]
    public void Ill_formed_UTF8_is_refused_by_both(byte[] bytes) =>
        Assert.That(Compare([.. "{\"a\":\""u8, .. bytes, .. "\"}"u8]), Is.False);

    // True: both read the same. False: both refuse. Anything else fails the test.
    private static bool Compare(byte[] text)
    {
        Fields? theirs = null, ours = null;
        string? why = null;
        try
        {
            using var document = JsonDocument.Parse(text, Options);
            theirs = document.RootElement.ValueKind == JsonValueKind.Object
                ? (Fields)Convert(document.RootElement)!
                : null;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            why = e.Message;
        }
        string? refusal = null;
        try
        {
            ours = (Fields?)new JsonReaderAccess(text).Read();
        }
        catch (FormatException e)
        {
            refusal = e.Message;
            Assert.That(refusal, Does.Match(@"^JSON, byte \d+: ."));
        }
        Assert.That(ours, Is.EqualTo(theirs), $"{System.Text.Encoding.UTF8.GetString(text)}\ntheirs: {why}\nours: {refusal}");
        return ours is not null;
    }

    // Throws where the wire is stricter than JSON by design: no fractions, no lone surrogates, no more than 64 bits.
    private static object? Convert(JsonElement e) => e.ValueKind switch
    {
        JsonValueKind.Object => Fields.Of([.. e.EnumerateObject().Select(p => (p.Name, Convert(p.Value)))]),
        JsonValueKind.Array => e.EnumerateArray().Select(Convert).ToList(),
        JsonValueKind.String => e.GetString(),
        JsonValueKind.Number => Integer(e.GetRawText()),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    private static object Integer(string raw) =>
        long.TryParse(raw, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long l) ? l
        : ulong.TryParse(raw, NumberStyles.None, CultureInfo.InvariantCulture, out ulong u) ? u
        : throw new FormatException("not an integer of 64 bits");

    private sealed class JsonReaderAccess(byte[] text)
    {
        public object? Read()
        {
            // A request for facts carries any object: the public way to the reader.
            byte[] line = [.. "{\"id\":0,\"facts\":"u8, .. text, (byte)'}'];
            return Codec.ReadRequest(line, line.Length).Facts;
        }
    }
}
