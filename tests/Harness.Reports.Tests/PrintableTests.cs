namespace Harness.Reports.Tests;

public sealed class PrintableTests
{
    [TestCase("plain [text]", "plain [text]")]
    [TestCase("a\tb", "a b")]
    [TestCase("\u001b[2J\r\n", @"\x1b[2J\x0d\x0a")]
    [TestCase("a\u202eb\u200b", @"a\u202eb\u200b")]
    [TestCase("Grüße 日本 🙂", "Grüße 日本 🙂")]
    public void Text_from_elsewhere_cannot_move_the_cursor(string text, string shown) =>
        Assert.That(Printable.Of(text), Is.EqualTo(shown));

    [Test]
    public void Half_a_surrogate_pair_becomes_the_replacement_character() =>
        Assert.That(Printable.Of("a" + (char)0xd83d + "b"), Is.EqualTo("a\ufffdb"));
}
