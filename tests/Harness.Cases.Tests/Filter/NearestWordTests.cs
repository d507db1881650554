using Harness.Cases.Filter;

namespace Harness.Cases.Tests.Filter;

public sealed class NearestWordTests
{
    private static readonly string[] s_words = ["run", "runs", "report", "repro", "explain", "export", "db"];

    [TestCase("rnu", "run")]
    [TestCase("RUN", "run")]
    [TestCase("runns", "runs")]
    [TestCase("explian", "explain")]
    [TestCase("exlpan", "explain")]
    [TestCase("reprot", "report")]
    [TestCase("dbb", "db")]
    [TestCase("frobnicate", null)]
    [TestCase("xy", null)]
    [TestCase("", null)]
    public void The_word_with_the_fewest_edits_is_the_nearest_if_it_is_near(string text, string? expected) =>
        Assert.That(NearestWord.Of(text, s_words), Is.EqualTo(expected));
}
