namespace Harness.Images.Tests;

/// <summary>The archive's kernels for a track, and images of a single one of them.</summary>
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
        Assert.That(
            found.Select(p => p.Key),
            Is.EqualTo(new[] { "6.12@6.12.9+deb13", "6.12@6.12.12+deb13", "7.2@7.2.1+deb13" })
        );
        Assert.That(
            found[2],
            Is.EqualTo(
                new PointRelease(
                    "7.2",
                    "7.2.1+deb13",
                    "7.2.1+deb13-arm64",
                    "linux-binary-7.2.1+deb13-arm64",
                    "7.2.1-1~bpo"
                )
            )
        );
    }

    [Test]
    public async Task A_track_without_kernels_has_no_point_releases_and_an_unknown_one_is_refused()
    {
        _programs.Archive.Remove("linux-binary-7.2.1+deb13-arm64");
        Assert.That(await Builder.PointReleasesAsync(["7.2"], new Progress<ImageProgress>(), default), Is.Empty);
        Assert.That(
            async () => await Builder.PointReleasesAsync(["5.4"], new Progress<ImageProgress>(), default),
            Throws.InstanceOf<UnknownTrackException>()
        );
    }

    [TestCase("6.12@6.12.9")]
    [TestCase("6.12@6.12.9+deb13")]
    public async Task An_image_of_one_point_release_stands_beside_that_of_its_track(string key)
    {
        var images = await Builder.BuildAsync([key, "6.12"], false, new Progress<ImageProgress>(), default);
        Assert.That(
            images.Select(i => i.KernelRelease),
            Is.EqualTo(new[] { "6.12.9+deb13-arm64", "6.12.12+deb13-arm64" })
        );
        Assert.That(images[0].Track, Is.EqualTo(key));
        Assert.That(_sources.Store.Find(key)!.Folder, Is.EqualTo(images[0].Folder).And.Not.EqualTo(images[1].Folder));
        Assert.That(_sources.Store.Find("6.12")!.Folder, Is.EqualTo(images[1].Folder));
    }

    [TestCase("6.12@6.12.1")]
    [TestCase("6.12@6.12.12+deb1")]
    public void A_point_release_that_the_archive_has_not_is_gone_and_those_it_has_are_named(string key) =>
        Assert.That(
            async () => await Builder.BuildAsync([key], false, new Progress<ImageProgress>(), default),
            Throws
                .InstanceOf<TrackGoneException>()
                .With.Message.Contains(key)
                .And.Message.Contains("6.12.9+deb13, 6.12.12+deb13")
        );

    private const string Security = "http://mirror.test/debian-security trixie-security main";

    /// <summary>A recipe with more releases of 6.12 in a suite of security updates.</summary>
    private void WithMore()
    {
        _sources.Write(
            "tracks.json",
            Sources.Changed(
                "\"stable\"], \"kernel\": \"linux-image",
                "\"stable\"], \"moreReleases\": [\"trixie-security\"], \"kernel\": \"linux-image"
            )
        );
        foreach (string version in new[] { "6.12.9", "6.12.11", "6.12.20" })
        foreach (
            string package in new[]
            {
                "linux-image-{0}+deb13-arm64",
                "linux-headers-{0}+deb13-arm64",
                "linux-kbuild-{0}+deb13",
            }
        )
            _programs.More[string.Format(System.Globalization.CultureInfo.InvariantCulture, package, version)] =
                version + "-1";
    }

    [Test]
    public async Task Other_suites_have_releases_besides_those_of_the_track()
    {
        WithMore();
        var found = await Builder.PointReleasesAsync(["6.12"], new Progress<ImageProgress>(), default);
        Assert.That(found.Select(p => p.Upstream), Is.EqualTo(new[] { "6.12.9", "6.12.11", "6.12.12", "6.12.20" }));
        Assert.That(
            (await Builder.BuildAsync(["6.12"], false, new Progress<ImageProgress>(), default))[0].KernelRelease,
            Is.EqualTo("6.12.12+deb13-arm64")
        );

        var image = (await Builder.BuildAsync(["6.12@6.12.11"], false, new Progress<ImageProgress>(), default))[0];
        Assert.That(image.KernelRelease, Is.EqualTo("6.12.11+deb13-arm64"));
        Assert.That(
            image.Release,
            Is.EqualTo(
                new PointRelease(
                    "6.12",
                    "6.12.11+deb13",
                    "6.12.11+deb13-arm64",
                    "linux-image-6.12.11+deb13-arm64",
                    "6.12.11-1"
                )
            )
        );
        Assert.That(
            _programs.Started.Last(s => s.Program == "apt-get" && s.Arguments.Contains("download")).Environment![
                "APT_CONFIG"
            ],
            Does.Contain("/apt-more/")
        );
        Assert.That(
            File.ReadAllText(Path.Combine(_sources.Cache, "apt-more/sources.list")),
            Does.EndWith(Security + "\n")
        );
        Assert.That(
            _programs.Started.Last(s => s.Program == "mmdebstrap").Arguments,
            Has.Some.EndsWith(Security).And.Some.EndsWith("http://mirror.test/debian stable main")
        );
        _programs.Started.Clear();
        await Builder.BuildAsync(["6.12@6.12.11"], false, new Progress<ImageProgress>(), default);
        Assert.That(_programs.Started, Is.Empty, "it is there");
    }

    [Test]
    public async Task Other_suites_are_read_only_for_a_given_release()
    {
        WithMore();
        _programs.Before = (_, spec) =>
            spec.Environment?.GetValueOrDefault("APT_CONFIG")?.Contains("/apt-more/", StringComparison.Ordinal) == true
                ? FakePrograms.Result(spec, 100, "", "W: Failed to fetch http://mirror.test/debian-security  503\n")
                : null;
        await Builder.BuildAsync(["6.12", "7.2@7.2.1", "6.12@6.12.9"], false, new Progress<ImageProgress>(), default);
        Assert.That(
            async () => await Builder.BuildAsync(["6.12@6.12.11"], false, new Progress<ImageProgress>(), default),
            Throws.InstanceOf<ImageException>().And.Not.InstanceOf<TrackGoneException>().And.Message.Contains("503")
        );
    }

    [Test]
    public void A_release_in_no_suite_is_an_error_that_lists_the_available()
    {
        WithMore();
        Assert.That(
            async () => await Builder.BuildAsync(["6.12@6.12.10"], false, new Progress<ImageProgress>(), default),
            Throws
                .InstanceOf<TrackGoneException>()
                .With.Message.Contains("6.12.9+deb13, 6.12.11+deb13, 6.12.12+deb13, 6.12.20+deb13")
        );
    }

    [Test]
    public async Task Headers_of_a_release_of_another_suite_are_looked_for_in_that_archives_pool_first()
    {
        WithMore();
        _programs.More.Remove("linux-headers-6.12.11+deb13-arm64");
        const string headers = "linux-headers-6.12.11+deb13-arm64_6.12.11-1_arm64.deb";
        _programs.Pool[headers] = "headers";
        await Builder.BuildAsync(["6.12@6.12.11"], false, new Progress<ImageProgress>(), default);
        Assert.That(
            _programs
                .Started.Where(s => s.Program.EndsWith("/apt-helper", StringComparison.Ordinal))
                .Select(s => s.Arguments[^2]),
            Is.EqualTo(new[] { "http://mirror.test/debian-security/pool/updates/main/l/linux/" + headers })
        );
    }

    [Test]
    public async Task An_image_keeps_its_kernels_changelog()
    {
        _programs.InKernelPackages["usr/share/doc/linux-image/changelog.gz"] = [1, 2, 3];
        var image = (await Builder.BuildAsync(["6.12"], false, new Progress<ImageProgress>(), default))[0];
        Assert.That(File.ReadAllBytes(image.ChangelogPath!), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(
            (await Builder.BuildAsync(["6.12@6.12.9"], false, new Progress<ImageProgress>(), default))[0].ChangelogPath,
            Is.Not.Null
        );
    }

    [Test]
    public async Task A_changelog_in_another_package_is_used_and_does_not_change_the_image_hash()
    {
        string? hash = (await Builder.BuildAsync(["7.2"], false, new Progress<ImageProgress>(), default))[
            0
        ].ContentHash;
        _programs.Archive["linux-base-7.2.1+deb13-arm64"] = "7.2.1-1~bpo";
        Directory.Delete(_sources.Store.Find("7.2")!.Folder, recursive: true);
        var image = (await Builder.BuildAsync(["7.2"], false, new Progress<ImageProgress>(), default))[0];
        Assert.That(File.ReadAllText(image.ChangelogPath!), Does.StartWith("linux-base-7.2.1+deb13-arm64"));
        Assert.That(image.ContentHash, Is.EqualTo(hash));
    }

    [TestCase("6.1.176-1", "6.1.176")]
    [TestCase("7.2.9-1~bpo13+1", "7.2.9")]
    [TestCase("7.3~rc5-1~exp1", "7.3-rc5")]
    [TestCase("1:6.12.115-2", "6.12.115")]
    public void A_release_has_its_name_at_kernel_org(string version, string upstream) =>
        Assert.That(new PointRelease("x", "x", "x", "x", version).Upstream, Is.EqualTo(upstream));

    [TestCase("6.12@")]
    [TestCase("6.12@../x")]
    [TestCase("5.4@5.4.1")]
    public void A_key_that_names_no_point_release_is_refused_before_anything_is_started(string key)
    {
        Assert.That(
            async () => await Builder.BuildAsync([key], false, new Progress<ImageProgress>(), default),
            Throws.InstanceOf<UnknownTrackException>()
        );
        Assert.That(_programs.Started, Is.Empty);
    }
}
