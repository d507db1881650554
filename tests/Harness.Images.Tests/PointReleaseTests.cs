namespace Harness.Images.Tests;

/// <summary>The kernels that the archive has of a track, and images of just one of them.</summary>
[NonParallelizable]
public class PointReleaseTests
{
    private Sources _sources = null!;
    private FakePrograms _programs = null!;
    private string? _mirror;

    [SetUp]
    public void Prepare()
    {
        _sources = new Sources();
        _programs = new FakePrograms();
        _mirror = Environment.GetEnvironmentVariable(DebianMirror.Variable);
        Environment.SetEnvironmentVariable(DebianMirror.Variable, "http://mirror.test/debian");
    }

    [TearDown]
    public void Restore()
    {
        Environment.SetEnvironmentVariable(DebianMirror.Variable, _mirror);
        _sources.Dispose();
    }

    private ImageBuilder Builder => new(_sources.Store, _programs);

    [Test]
    public async Task The_archives_kernels_are_listed_the_oldest_first_tracks_in_one_row()
    {
        var found = await Builder.PointReleasesAsync(["7.2", "6.12"], new Progress<ImageProgress>(), default);
        Assert.That(found.Select(p => p.Key), Is.EqualTo(new[] { "6.12@6.12.9+deb13", "6.12@6.12.12+deb13", "7.2@7.2.1+deb13" }));
        Assert.That(found[2], Is.EqualTo(new PointRelease("7.2", "7.2.1+deb13", "7.2.1+deb13-arm64", "linux-binary-7.2.1+deb13-arm64", "7.2.1-1~bpo")));
    }

    [Test]
    public async Task A_track_without_kernels_has_no_point_releases_and_an_unknown_one_is_refused()
    {
        _programs.Archive.Remove("linux-binary-7.2.1+deb13-arm64");
        Assert.That(await Builder.PointReleasesAsync(["7.2"], new Progress<ImageProgress>(), default), Is.Empty);
        Assert.That(async () => await Builder.PointReleasesAsync(["5.4"], new Progress<ImageProgress>(), default), Throws.InstanceOf<UnknownTrackException>());
    }

    [TestCase("6.12@6.12.9")]
    [TestCase("6.12@6.12.9+deb13")]
    public async Task An_image_of_one_point_release_stands_beside_that_of_its_track(string key)
    {
        var images = await Builder.BuildAsync([key, "6.12"], false, new Progress<ImageProgress>(), default);
        Assert.That(images.Select(i => i.KernelRelease), Is.EqualTo(new[] { "6.12.9+deb13-arm64", "6.12.12+deb13-arm64" }));
        Assert.That(images[0].Track, Is.EqualTo(key));
        Assert.That(_sources.Store.Find(key)!.Folder, Is.EqualTo(images[0].Folder).And.Not.EqualTo(images[1].Folder));
        Assert.That(_sources.Store.Find("6.12")!.Folder, Is.EqualTo(images[1].Folder));
    }

    [TestCase("6.12@6.12.1")]
    [TestCase("6.12@6.12.12+deb1")]
    public void A_point_release_that_the_archive_has_not_is_gone_and_those_it_has_are_named(string key) =>
        Assert.That(async () => await Builder.BuildAsync([key], false, new Progress<ImageProgress>(), default),
            Throws.InstanceOf<TrackGoneException>().With.Message.Contains(key).And.Message.Contains("6.12.9+deb13, 6.12.12+deb13"));

    [TestCase("6.12@")]
    [TestCase("6.12@../x")]
    [TestCase("5.4@5.4.1")]
    public void A_key_that_names_no_point_release_is_refused_before_anything_is_started(string key)
    {
        Assert.That(async () => await Builder.BuildAsync([key], false, new Progress<ImageProgress>(), default), Throws.InstanceOf<UnknownTrackException>());
        Assert.That(_programs.Started, Is.Empty);
    }
}
