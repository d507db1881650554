using Harness.Processes;

namespace Harness.Images.Tests;

/// <summary>The results of a build, however it ends.</summary>
[NonParallelizable]
public class BuildTests
{
    private static readonly string[] Both = ["6.12", "7.2"];

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

    [Test]
    public async Task A_build_makes_each_track_of_its_newest_kernel_whole()
    {
        Assert.That(Both.Select(_sources.Store.Find), Is.All.Null);
        Assert.That(_sources.Store.Keys, Is.Null);

        var images = await BuildAsync(Both);

        Assert.That(images.Select(i => i.Track), Is.EqualTo(Both));
        Assert.That(
            images.Select(i => i.KernelRelease),
            Is.EqualTo(new[] { "6.12.12+deb13-arm64", "7.2.1+deb13-arm64" })
        );
        Assert.That(
            images[0].Packages,
            Is.EqualTo(
                new[] { "linux-headers-6.12.12+deb13-arm64=6.12.12-1", "linux-image-6.12.12+deb13-arm64=6.12.12-1" }
            )
        );
        foreach (var image in images)
            Assert.That(new[] { image.KernelPath, image.InitrdPath, image.ExporterPath }, Is.All.Exist);
        AssertFound(images);
        Assert.That(_sources.Store.Keys!.HostPublicKey, Does.StartWith("ssh-ed25519 "));
        Assert.That(
            File.GetUnixFileMode(_sources.Store.Keys.Folder),
            Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)
        );
        AssertTidy();
    }

    [Test]
    public async Task A_build_of_what_is_there_starts_no_program()
    {
        var first = await BuildAsync(Both);
        _programs.Started.Clear();
        _programs.Archive["linux-image-6.12.13+deb13-arm64"] = "6.12.13-1";
        Assert.That(
            (await BuildAsync(["7.2", "6.12", "7.2"])).Select(i => i.Folder),
            Is.EqualTo(new[] { first[1].Folder, first[0].Folder })
        );
        Assert.That(_programs.Started, Is.Empty);
    }

    [Test]
    public async Task A_refresh_takes_a_newer_kernel_and_without_one_builds_nothing()
    {
        var first = await BuildAsync(["6.12"]);
        _programs.Started.Clear();
        Assert.That((await BuildAsync(["6.12"], refresh: true)).Single().Folder, Is.EqualTo(first[0].Folder));
        Assert.That(
            _programs.Started.Select(s => s.Program),
            Has.None.EqualTo("mmdebstrap").And.Some.EqualTo("apt-get")
        );

        _programs.Archive["linux-image-6.12.100+deb13-arm64"] = "6.12.100-1";
        _programs.Archive["linux-headers-6.12.100+deb13-arm64"] = "6.12.100-1";
        var second = (await BuildAsync(["6.12"], refresh: true)).Single();
        Assert.That(second.KernelRelease, Is.EqualTo("6.12.100+deb13-arm64"));
        AssertFound([second]);
    }

    [Test]
    public async Task A_change_of_the_exporter_is_built_of_the_same_packages()
    {
        var first = (await BuildAsync(["6.12"])).Single();
        _programs.Archive["linux-image-6.12.100+deb13-arm64"] = "6.12.100-1";
        _sources.Write("exporter/stage2_exporter.c", "int changed;\n");
        Assert.That(_sources.Store.Find("6.12"), Is.Null);
        var second = (await BuildAsync(["6.12"])).Single();
        Assert.That(second.Packages, Is.EqualTo(first.Packages));
        Assert.That(second.Folder, Is.Not.EqualTo(first.Folder));
        AssertFound([second]);
    }

    [Test]
    public async Task An_image_has_the_variant_driver_and_a_change_of_it_makes_another()
    {
        var first = (await BuildAsync(["6.12"])).Single();
        Assert.That(_programs.HasVariant, Is.True);
        _sources.Write("variant/stage2_vfio.c", "int changed;\n");
        Assert.That((await BuildAsync(["6.12"])).Single().Folder, Is.Not.EqualTo(first.Folder));
    }

    /// <summary>At every program that a build starts, one after the other, so that every step is covered.</summary>
    [TestCase(Trouble.Fails)]
    [TestCase(Trouble.IsMissing)]
    [TestCase(Trouble.IsCancelled)]
    public async Task A_build_that_ends_in_the_middle_leaves_nothing_half_made_and_the_next_succeeds(Trouble trouble)
    {
        await BuildAsync(Both);
        int steps = _programs.Started.Count;
        Assert.That(steps, Is.GreaterThan(20));
        for (int at = 0; at < steps; at++)
        {
            using var sources = new Sources();
            using var cancel = new CancellationTokenSource();
            var programs = new FakePrograms();
            var before = _programs.Started[at];
            programs.Before = (i, spec) =>
            {
                if (i != at)
                    return null;
                Assert.That(spec.Program, Is.EqualTo(before.Program));
                switch (trouble)
                {
                    case Trouble.IsMissing:
                        throw new ProgramNotFoundException(spec.Program, "PATH");
                    case Trouble.IsCancelled:
                        cancel.Cancel();
                        return null;
                    default:
                        return FakePrograms.Result(spec, 7, "", "E: the reason\n");
                }
            };
            var builder = new ImageBuilder(sources.Store, programs);
            var thrown = Assert.CatchAsync(async () =>
                await builder.BuildAsync(Both, false, new Progress<ImageProgress>(), cancel.Token)
            )!;
            string where = $"step {at}: {before.CommandLine}: {thrown.Message}";

            using (Assert.EnterMultipleScope())
            {
                Assert.That(
                    thrown,
                    trouble == Trouble.IsCancelled
                        ? Is.InstanceOf<OperationCanceledException>()
                        : Is.InstanceOf<ImageException>(),
                    where
                );
                Assert.That(
                    thrown.Message,
                    trouble switch
                    {
                        Trouble.IsMissing => Is.EqualTo($"{before.Program} is not installed: run scripts/setup"),
                        Trouble.Fails => Does.Contain(before.Program).And.Contains("the reason"),
                        _ => Is.Not.Empty,
                    },
                    where
                );
                AssertTidy(sources, where);
                var whole = Both.Select(sources.Store.Find).OfType<GuestImage>();
                Assert.That(
                    whole.SelectMany(i => new[] { i.KernelPath, i.InitrdPath, i.ExporterPath }),
                    Is.All.Exist,
                    where
                );
                Assert.That(whole.Count(), Is.LessThan(2), where);
                if (trouble == Trouble.IsCancelled)
                    Assert.That(sources.Store.Find("7.2"), Is.Null, where);
            }
            programs.Before = (_, _) => null;
            Assert.That(
                (await builder.BuildAsync(Both, false, new Progress<ImageProgress>(), default)).Select(i => i.Track),
                Is.EqualTo(Both),
                where
            );
            AssertTidy(sources, where);
        }
    }

    [Test]
    public async Task The_next_build_removes_what_a_killed_one_left()
    {
        string[] left =
        [
            Path.Combine(_sources.Cache, "building-killed"),
            Path.Combine(_sources.Cache, "keys.part-killed"),
        ];
        foreach (string folder in left)
        {
            Directory.CreateDirectory(Path.Combine(folder, "toolbox/usr"));
            File.WriteAllText(Path.Combine(folder, "toolbox/usr/file"), "");
        }
        await BuildAsync(["6.12"]);
        Assert.That(left, Has.None.Exist);
        AssertTidy();
    }

    [Test]
    public async Task A_build_waits_for_another_in_the_same_cache_and_can_be_cancelled_meanwhile()
    {
        Directory.CreateDirectory(_sources.Cache);
        using var cancel = new CancellationTokenSource();
        var said = new List<string>();
        using (
            new FileStream(
                Path.Combine(_sources.Cache, "build.lock"),
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None
            )
        )
        {
            var progress = new Told(step =>
            {
                said.Add(step);
                cancel.Cancel();
            });
            var build = new ImageBuilder(_sources.Store, _programs).BuildAsync(["6.12"], false, progress, cancel.Token);
            Assert.That(async () => await build, Throws.InstanceOf<OperationCanceledException>());
            Assert.That(said, Is.EqualTo(new[] { "waiting for another build in the same cache" }));
            Assert.That(_programs.Started, Is.Empty);
        }
        Assert.That(await BuildAsync(["6.12"]), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_track_that_has_left_the_archive_is_reported_and_the_others_are_built()
    {
        _programs.Archive.Remove("linux-binary-7.2.1+deb13-arm64");
        var told = new List<string>();
        var results = await new ImageBuilder(_sources.Store, _programs).BuildEachAsync(
            ["7.2", "6.12"],
            false,
            new Told(told.Add),
            default
        );
        Assert.That(results.Select(r => r.Key), Is.EqualTo(new[] { "7.2", "6.12" }));
        Assert.That(results[0].Image, Is.Null);
        Assert.That(
            results[0].Problem,
            Is.InstanceOf<TrackGoneException>()
                .With.Property(nameof(TrackGoneException.Key))
                .EqualTo("7.2")
                .And.Message.StartsWith("track 7.2 has left the Debian archive")
                .And.Message.Contains("stable, newer")
        );
        Assert.That(told, Has.Some.Contains(results[0].Problem!.Message));
        Assert.That(results[1].Problem, Is.Null);
        AssertFound([results[1].Image!]);
        Assert.That(async () => await BuildAsync(Both), Throws.InstanceOf<TrackGoneException>());
    }

    [Test]
    public async Task Modules_that_no_index_lists_come_from_the_pool_and_a_kernel_without_them_is_gone()
    {
        _programs.Archive.Remove("linux-modules-7.2.1+deb13-arm64");
        Assert.That(
            async () => await BuildAsync(["7.2"]),
            Throws
                .InstanceOf<TrackGoneException>()
                .With.Message.StartsWith("linux-modules-7.2.1+deb13-arm64_7.2.1-1~bpo_arm64.deb, without which")
        );
        AssertTidy();
        _programs.Pool["linux-modules-7.2.1+deb13-arm64_7.2.1-1~bpo_arm64.deb"] = "modules";
        AssertFound(await BuildAsync(["7.2"]));
    }

    [Test]
    public async Task A_track_that_fails_to_compile_does_not_stop_others()
    {
        _programs.Before = (_, spec) =>
            spec.Arguments.Any(a => a == "/usr/src/linux-headers-6.12.12+deb13-arm64")
                ? FakePrograms.Result(spec, 2, "", "exporter.c:1: error: no such member\n")
                : null;
        var results = await new ImageBuilder(_sources.Store, _programs).BuildEachAsync(
            Both,
            false,
            new Progress<ImageProgress>(),
            default
        );
        Assert.That(results[0].Problem, Has.Message.Contains("no such member"));
        AssertFound([results[1].Image!]);
        AssertTidy();
    }

    [TestCase("kernel")]
    [TestCase("initrd.zst")]
    [TestCase("stage2_exporter.ko")]
    public async Task An_image_that_lost_a_file_or_its_content_is_built_again(string file)
    {
        var first = (await BuildAsync(["6.12"])).Single();
        foreach (var damage in new Action<string>[] { File.Delete, f => File.WriteAllText(f, "") })
        {
            damage(Path.Combine(first.Folder, file));
            Assert.That(_sources.Store.Find("6.12"), Is.Null);
            Assert.That(
                (await BuildAsync(["6.12"])).Single(),
                Has.Property(nameof(GuestImage.Folder)).EqualTo(first.Folder)
            );
            Assert.That(new FileInfo(Path.Combine(first.Folder, file)).Length, Is.Positive);
            AssertTidy();
        }
    }

    [TestCase("kernel")]
    [TestCase("initrd.zst")]
    public async Task An_image_with_other_bytes_than_were_built_is_built_again(string file)
    {
        var first = (await BuildAsync(["6.12"])).Single();
        string path = Path.Combine(first.Folder, file);
        Assert.That(first.Hashes[path], Is.EqualTo(HashOf(path)));
        await File.WriteAllTextAsync(path, "garbled");
        Assert.That(first.Hashes[path], Is.Not.EqualTo(HashOf(path)));
        var again = (await BuildAsync(["6.12"])).Single();
        Assert.That(again.Hashes[path], Is.EqualTo(HashOf(path)));
        AssertTidy();
    }

    private static string HashOf(string file) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)));

    [Test]
    public async Task An_image_that_is_there_stays_while_another_track_is_built_though_its_kernel_has_left_the_archive()
    {
        var first = (await BuildAsync(["6.12"])).Single();
        _programs.Archive.Remove("linux-image-6.12.12+deb13-arm64");
        _programs.Archive.Remove("linux-headers-6.12.12+deb13-arm64");
        Assert.That((await BuildAsync(Both))[0].Folder, Is.EqualTo(first.Folder));
    }

    [Test]
    public void The_cause_is_reported_where_a_program_names_it_first_and_what_follows_from_it_last()
    {
        _programs.Before = (_, spec) =>
            spec.Program == "mmdebstrap"
                ? FakePrograms.Result(
                    spec,
                    25,
                    "",
                    "I: starting\nE: Unable to locate package linux-kbuild-6.12.12\nE: mmdebstrap failed to run\n"
                )
                : null;
        Assert.That(
            async () => await BuildAsync(["6.12"]),
            Throws
                .InstanceOf<ImageException>()
                .With.Message.EqualTo(
                    "mmdebstrap ended with exit status 25: E: Unable to locate package linux-kbuild-6.12.12"
                )
        );
        _programs.Before = (_, spec) =>
            spec.Arguments.Contains("update")
                ? FakePrograms.Result(
                    spec,
                    100,
                    "",
                    "W: Failed to fetch http://mirror.test/debian/x  Connection refused\nE: Some index files failed to download.\n"
                )
                : null;
        Assert.That(
            async () => await BuildAsync(["6.12"]),
            Throws
                .InstanceOf<ImageException>()
                .With.Message.Contains("http://mirror.test/debian")
                .And.Message.Contains("Connection refused")
        );
    }

    [Test]
    public void An_unknown_track_is_refused_before_anything_is_started_or_made()
    {
        Assert.That(async () => await BuildAsync(["6.12", "5.4"]), Throws.InstanceOf<UnknownTrackException>());
        Assert.That(_programs.Started, Is.Empty);
        Assert.That(Directory.Exists(_sources.Cache), Is.False);
    }

    [Test]
    public async Task A_record_of_the_last_build_that_is_damaged_is_made_anew()
    {
        var first = (await BuildAsync(["6.12"])).Single();
        foreach (string damaged in new[] { "", "{", "null", "{}", "[]", "{\"Release\":\"x\"}" })
        {
            File.WriteAllText(Path.Combine(_sources.Cache, "resolved/6.12.json"), damaged);
            Assert.That(_sources.Store.Find("6.12"), Is.Null, damaged);
            Assert.That((await BuildAsync(["6.12"])).Single().Folder, Is.EqualTo(first.Folder), damaged);
        }
    }

    [TestCase("7.2.9+deb13", "7.2.12+deb13", -1)]
    [TestCase("7.2.12+deb13", "7.2.12+deb13.1", -1)]
    [TestCase("7.2.12+deb13.2", "7.2.12+deb13.10", -1)]
    [TestCase("7.2.13+deb13", "7.2.12+deb13.1", 1)]
    [TestCase("7.10.1", "7.9.9", 1)]
    [TestCase("6.12.107+deb13", "6.12.107+deb13", 0)]
    public void Versions_are_compared_by_their_numbers(string a, string b, int sign)
    {
        Assert.That(Math.Sign(KernelArchive.CompareVersions(a, b)), Is.EqualTo(sign));
        Assert.That(Math.Sign(KernelArchive.CompareVersions(b, a)), Is.EqualTo(-sign));
    }

    public enum Trouble
    {
        Fails,
        IsMissing,
        IsCancelled,
    }

    private async Task<IReadOnlyList<GuestImage>> BuildAsync(IReadOnlyList<string> tracks, bool refresh = false) =>
        await new ImageBuilder(_sources.Store, _programs).BuildAsync(
            tracks,
            refresh,
            new Progress<ImageProgress>(),
            default
        );

    private void AssertFound(IEnumerable<GuestImage> images)
    {
        foreach (var image in images)
            Assert.That(
                _sources.Store.Find(image.Track),
                Has.Property(nameof(GuestImage.Folder))
                    .EqualTo(image.Folder)
                    .And.Property(nameof(GuestImage.ContentHash))
                    .EqualTo(image.ContentHash)
            );
    }

    private void AssertTidy() => AssertTidy(_sources, "");

    private static void AssertTidy(Sources sources, string where) =>
        Assert.That(
            Directory.EnumerateFileSystemEntries(sources.Cache).Select(Path.GetFileName),
            Is.SubsetOf(new[] { "apt", "build.lock", "images", "keys", "pool.sha256", "resolved", "rootfs" }),
            where
        );

    private sealed class Told(Action<string> told) : IProgress<ImageProgress>
    {
        public void Report(ImageProgress value) => told(value.Step);
    }
}
