namespace Harness.Images.Tests;

/// <summary>The kernel source that a host's selftests are compiled from.</summary>
public sealed class SelftestsTests
{
    private static readonly string[] s_names =
    [
        "linux-source",
        "linux-source-7.3",
        "linux-source-6.1",
        "linux-source-6.12",
        "linux-source-7.2",
        "linux-source-6.12-extra",
        "linux-image-6.18",
    ];

    [TestCase("6.12", "linux-source-6.12")]
    [TestCase("7.3", "linux-source-7.3")]
    [TestCase("6.18", "linux-source-6.12", Description = "a newer test asserts what an older kernel does not promise")]
    [TestCase("6.2", "linux-source-6.1", Description = "numbers, not text")]
    [TestCase("7.10", "linux-source-7.3")]
    [TestCase("5.10", "linux-source-6.1", Description = "nothing is older")]
    public void It_is_the_newest_that_is_not_newer_than_the_kernel(string series, string package) =>
        Assert.That(SelftestsBuilder.Choose(series, s_names), Is.EqualTo(package));

    [Test]
    public void Without_any_there_is_none() => Assert.That(SelftestsBuilder.Choose("6.12", ["linux-source"]), Is.Null);
}
