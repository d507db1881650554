namespace Harness.Images.Tests;

public class RecipeTests
{
    [Test]
    public void The_committed_recipe_has_the_tracks_that_the_committed_configuration_uses()
    {
        var recipe = ImageRecipe.Read(Path.Combine(Sources.Committed, "tracks.json"));
        Assert.That(
            recipe.Tracks.Select(t => t.Name),
            Is.EqualTo(
                new[]
                {
                    "6.1",
                    "6.12",
                    "6.12-16k",
                    "6.12-64k",
                    "6.16",
                    "6.17",
                    "6.18",
                    "6.19",
                    "7.0",
                    "7.1",
                    "7.2",
                    "7.2-16k",
                    "7.3",
                }
            )
        );
        Assert.That(recipe.Track("7.2").Suites, Does.Contain("trixie-backports"));
        Assert.That(recipe.Rootfs.Packages, Is.EquivalentTo(new[] { "busybox-static", "dropbear-bin" }));
        Assert.That(recipe.Rootfs.Files, Does.Contain("usr/bin/busybox").And.Contain("usr/sbin/dropbear"));
        Assert.That(recipe.Toolbox.Compiler, Does.StartWith("aarch64-linux-gnu-gcc"));
    }

    [TestCase("\"suites\": [\"stable\"]", "\"suits\": [\"stable\"]", "suits", TestName = "{m}(unknown key)")]
    [TestCase("\"suite\": \"old\", ", "", "suite", TestName = "{m}(missing key)")]
    [TestCase("\"suite\": \"old\"", "\"suite\": null", "suite", TestName = "{m}(null)")]
    [TestCase("\"suite\": \"old\"", "\"suite\": \"old\", \"suite\": \"new\"", "suite", TestName = "{m}(key twice)")]
    [TestCase("\"suite\": \"old\"", "\"suite\": 12", "suite", TestName = "{m}(a number)")]
    [TestCase(
        "(7\\\\.2\\\\.[0-9.]+\\\\+deb13(?:\\\\.[0-9]+)?)",
        "7.2",
        "track 7.2: 'kernel' needs a group for the version",
        TestName = "{m}(no group)"
    )]
    [TestCase(
        "(7\\\\.2\\\\.[0-9.]+\\\\+deb13(?:\\\\.[0-9]+)?)",
        "(7.2",
        "track 7.2: 'kernel' is no regular expression",
        TestName = "{m}(no regular expression)"
    )]
    [TestCase("\"name\": \"7.2\"", "\"name\": \"6.12\"", "duplicate track 6.12", TestName = "{m}(track twice)")]
    [TestCase(
        "\"suites\": [\"stable\"]",
        "\"suites\": []",
        "track 6.12: 'suites' names none",
        TestName = "{m}(no suite)"
    )]
    [TestCase(
        "\"name\": \"7.2\"",
        "\"name\": \"7.2@1\"",
        "track 7.2@1: a name has no '@'",
        TestName = "{m}(a name like a point release)"
    )]
    [TestCase(
        "\"name\": \"7.2\"",
        "\"name\": \"local\"",
        "track local: a name",
        TestName = "{m}(the name of kernels by path)"
    )]
    [TestCase(
        "\"name\": \"7.2\"",
        "\"name\": \"7.2\", \"path\": \"x\"",
        "track 7.2: a kernel at a 'path' has no 'suites'",
        TestName = "{m}(a path and suites)"
    )]
    [TestCase(
        "\"name\": \"7.2\"",
        "\"name\": \"7.2\", \"source\": \"linux-source-7.2\"",
        "track 7.2: a kernel that is built from a 'source' has 'fragments'",
        TestName = "{m}(a source and no configuration)"
    )]
    [TestCase(
        "\"name\": \"7.2\"",
        "\"name\": \"7.2\", \"pageKiB\": 8",
        "track 7.2: 'pageKiB' is 4, 16 or 64",
        TestName = "{m}(a page size that arm64 has not)"
    )]
    [TestCase("\"tracks\": [", "\"tracks\": [ null,", "tracks", TestName = "{m}(no track)")]
    [TestCase("\"rootfs\"", "rootfs", "LineNumber: 11", TestName = "{m}(no JSON)")]
    public void A_recipe_that_is_broken_is_refused_by_path_and_place(string good, string bad, string said)
    {
        using var sources = new Sources(Sources.Changed(good, bad));
        Assert.That(
            () => ImageRecipe.Read(sources.PathOf("tracks.json")),
            Throws
                .InstanceOf<ImageException>()
                .With.Message.StartsWith(sources.PathOf("tracks.json"))
                .And.Message.Contains(said)
        );
    }

    [TestCase("")]
    [TestCase("null")]
    [TestCase("[]")]
    public void A_file_that_holds_no_recipe_is_refused_by_path(string text)
    {
        using var sources = new Sources(text);
        Assert.That(
            () => sources.Store,
            Throws.InstanceOf<ImageException>().With.Message.StartsWith(sources.PathOf("tracks.json"))
        );
    }

    [Test]
    public void A_file_that_is_missing_or_no_file_is_reported_by_path()
    {
        using var sources = new Sources();
        File.Delete(sources.PathOf("tracks.json"));
        Assert.That(
            () => sources.Store,
            Throws.InstanceOf<ImageException>().With.Message.Contains(sources.PathOf("tracks.json"))
        );
        Directory.CreateDirectory(sources.PathOf("tracks.json"));
        Assert.That(
            () => sources.Store,
            Throws.InstanceOf<ImageException>().With.Message.Contains(sources.PathOf("tracks.json"))
        );
    }

    [Test]
    public void A_track_that_is_not_there_is_answered_with_those_that_are()
    {
        using var sources = new Sources();
        Assert.That(
            () => sources.Store.Find("5.4"),
            Throws.InstanceOf<UnknownTrackException>().With.Message.Contains("'5.4'").And.Message.Contains("6.12, 7.2")
        );
    }
}
