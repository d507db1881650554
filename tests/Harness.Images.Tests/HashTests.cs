namespace Harness.Images.Tests;

/// <summary>An image's name is the hash of all its inputs.</summary>
public class HashTests
{
    private static readonly Dictionary<string, string> Packages = new()
    {
        ["linux-image"] = "6.12.9-1",
        ["linux-headers"] = "6.12.9-1",
    };

    [Test]
    public void The_same_sources_elsewhere_and_packages_in_another_order_make_the_same_image()
    {
        using var one = new Sources();
        using var other = new Sources();
        var reversed = Packages.Reverse().ToDictionary();
        Assert.That(Hash(other, Resolved(reversed)), Is.EqualTo(Hash(one)).And.Match("^[0-9a-f]{64}$"));
    }

    [Test]
    public void Where_a_kernel_is_found_makes_no_other_image()
    {
        using var one = new Sources();
        using var other = new Sources(
            Sources.Changed(
                "\"stable\"], \"kernel\": \"linux-image",
                "\"stable\"], \"moreReleases\": [\"x-security\"], \"kernel\": \"linux-image"
            )
        );
        Assert.That(Hash(other), Is.EqualTo(Hash(one)));
    }

    private static readonly object[] Changes =
    [
        new TestCaseData(void (Sources s) => s.Write("rootfs/init", "#!/bin/ash\n")).SetArgDisplayNames("init"),
        new TestCaseData(void (Sources s) => s.Write("rootfs/more", "")).SetArgDisplayNames("a file more in rootfs"),
        new TestCaseData(
            void (Sources s) => File.Move(s.PathOf("rootfs/init"), s.PathOf("rootfs/linuxrc"))
        ).SetArgDisplayNames("another name"),
        new TestCaseData(void (Sources s) => s.Write("exporter/stage2_exporter.c", "int y;\n")).SetArgDisplayNames(
            "the exporter"
        ),
        new TestCaseData(void (Sources s) => s.Write("exporter/Makefile", "")).SetArgDisplayNames("its Makefile"),
        new TestCaseData(void (Sources s) => s.Write("variant/stage2_vfio.c", "int y;\n")).SetArgDisplayNames(
            "the variant driver"
        ),
        new TestCaseData(void (Sources s) => File.Delete(s.PathOf("exporter/Makefile"))).SetArgDisplayNames(
            "no Makefile"
        ),
        Recipe("\"stable\"], \"kernel\": \"linux-image", "\"newer\"], \"kernel\": \"linux-image"),
        Recipe(
            "\"modules\": [], \"headers\": [\"linux-headers-{version}-arm64\"]",
            "\"modules\": [], \"headers\": [\"linux-headers-{version}\"]"
        ),
        Recipe("6\\\\.12\\\\.[0-9.]+", "6\\\\.12\\\\.[0-9]+"),
        Recipe("linux-kbuild-{version}", "linux-kbuild"),
        Recipe("\"suite\": \"old\"", "\"suite\": \"oldest\""),
        Recipe("busybox-static", "busybox"),
        Recipe("\"failover\", \"virtio_net\"", "\"virtio_net\", \"failover\""),
        Recipe("gcc-14", "gcc-15"),
        Recipe("\"make\"", "\"make\", \"sed\""),
    ];

    [TestCaseSource(nameof(Changes))]
    public void Any_change_of_the_sources_makes_another_image(Action<Sources> change)
    {
        using var sources = new Sources();
        string before = Hash(sources);
        change(sources);
        Assert.That(Hash(sources), Is.Not.EqualTo(before));
    }

    [Test]
    public void Another_packages_version_or_other_packages_make_another_image()
    {
        using var sources = new Sources();
        string before = Hash(sources);
        Assert.That(
            Hash(sources, Resolved(new() { ["linux-image"] = "6.12.9-2", ["linux-headers"] = "6.12.9-1" })),
            Is.Not.EqualTo(before)
        );
        Assert.That(Hash(sources, Resolved(new() { ["linux-image"] = "6.12.9-1" })), Is.Not.EqualTo(before));
        Assert.That(
            Hash(sources, Resolved(Packages) with { Rootfs = new Dictionary<string, string> { ["libc6"] = "2.36-9" } }),
            Is.Not.EqualTo(before)
        );
        Assert.That(
            Hash(
                sources,
                Resolved(Packages) with
                {
                    Pool = [new PoolFile("linux-kbuild-6.12.9", "6.12.9-1", "amd64")],
                }
            ),
            Is.Not.EqualTo(before)
        );
    }

    [Test]
    public void Other_keys_make_another_image_and_so_do_keys_that_change_places()
    {
        using var sources = new Sources();
        var track = sources.Store.Sources.Recipe.Track("6.12");
        string[] hashes =
        [
            .. new[]
            {
                sources.Keys(),
                sources.Keys(host: "x"),
                sources.Keys(login: "x"),
                sources.Keys("ssh-ed25519 LOGIN", "ssh-ed25519 HOST"),
            }.Select(k => sources.Store.Sources.HashOf(track, Resolved(Packages), k)),
        ];
        Assert.That(hashes, Is.Unique);
    }

    [Test]
    public void A_change_of_one_track_leaves_the_other_tracks_images()
    {
        using var sources = new Sources();
        string before = Hash(sources);
        sources.Write("tracks.json", Sources.Changed("\"stable\", \"newer\"", "\"newer\""));
        Assert.That(Hash(sources), Is.EqualTo(before));
    }

    private static TestCaseData Recipe(string good, string changed) =>
        new TestCaseData(void (Sources s) => s.Write("tracks.json", Sources.Changed(good, changed))).SetArgDisplayNames(
            changed
        );

    private static ResolvedTrack Resolved(Dictionary<string, string> packages) =>
        new("6.12.9-arm64", packages, new Dictionary<string, string>(), [], null);

    private static string Hash(Sources sources, ResolvedTrack? resolved = null)
    {
        var made = sources.Store.Sources;
        return made.HashOf(made.Recipe.Track("6.12"), resolved ?? Resolved(Packages), sources.Keys());
    }
}
