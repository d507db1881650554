using Harness.Cli.Actions;
using Harness.Images;

namespace Harness.Cli.Tests;

/// <summary>The ends of a bisection, as they are typed, and the releases between them.</summary>
public class BisectRowTests
{
    private static readonly KernelTrack[] Tracks =
    [
        new("6.1"),
        new("6.12"),
        new("6.12-16k"),
        new("7.2"),
        new("mine") { Path = "/linux" },
        new("7.4") { Path = "/linux" },
    ];

    private static PointRelease Release(string track, string version, string package, string flavour = "arm64") =>
        new(track, version, $"{version}-{flavour}", $"linux-image-{version}-{flavour}", package);

    /// <summary>As listed by the archive, all tracks in one sequence.</summary>
    private static readonly PointRelease[] Releases =
    [
        Release("6.1", "6.1.0-47", "6.1.170-1"),
        Release("6.1", "6.1.0-50", "6.1.176-1"),
        Release("6.12", "6.12.107+deb12", "6.12.107-1~bpo12+1"),
        Release("6.12", "6.12.107+deb13", "6.12.107-1"),
        Release("6.12", "6.12.111+deb12", "6.12.111-1~bpo12+1"),
        Release("6.12", "6.12.111+deb13", "6.12.111-1"),
        Release("6.12", "6.12.115+deb13", "6.12.115-1"),
        Release("6.12", "6.12.115+deb13.1", "6.12.115-2"),
        Release("6.12", "6.12.117+deb13", "6.12.117-1"),
        Release("6.12-16k", "6.12.117+deb13", "6.12.117-1", "arm64-16k"),
        Release("7.2", "7.2.9+deb13", "7.2.9-1~bpo13+1"),
    ];

    private static string[] Between(string good, string bad) =>
        [
            .. BisectRow
                .Of(
                    BisectPoint.Parse("--good", good, Tracks),
                    BisectPoint.Parse("--bad", bad, Tracks),
                    [.. Releases.Where(r => r.Track != "6.12-16k")]
                )
                .Select(r => r.Key),
        ];

    private static readonly string[] Inside = ["6.12@6.12.111+deb13", "6.12@6.12.115+deb13", "6.12@6.12.115+deb13.1"];

    [TestCase("6.12.107", "6.12.117")]
    [TestCase("v6.12.107", "6.12.117+deb13-arm64")]
    [TestCase("6.12@6.12.107", "6.12")]
    public void Each_release_between_is_there_once(string good, string bad) =>
        Assert.That(
            Between(good, bad),
            Is.EqualTo((string[])["6.12@6.12.107+deb13", .. Inside, "6.12@6.12.117+deb13"])
        );

    [Test]
    public void An_end_that_is_named_in_full_is_that_one() =>
        Assert.That(
            Between("6.12.107+deb12", "6.12.117"),
            Is.EqualTo((string[])["6.12@6.12.107+deb12", .. Inside, "6.12@6.12.117+deb13"])
        );

    [TestCase("6.1.176")]
    [TestCase("6.1.0-50")]
    [TestCase("6.1.0-50-arm64")]
    [TestCase("6.1")]
    public void Releases_of_several_tracks_are_one_row_and_have_two_names(string good) =>
        Assert.That(Between(good, "7.2.9")[..2], Is.EqualTo(new[] { "6.1@6.1.0-50", "6.12@6.12.107+deb13" }));

    [Test]
    public void Pages_of_16_KiB_are_a_track_of_their_own() =>
        Assert.That(
            BisectPoint.Parse("--bad", "6.12.117+deb13-arm64-16k", Tracks).In(Releases).Track,
            Is.EqualTo("6.12-16k")
        );

    [TestCase(
        "6.12.9999",
        "--good 6.12.9999: the Debian archive has no such release (the last before it: 6.12.117; all: harness images list 6.12 --releases)"
    )]
    [TestCase(
        "6.12.108",
        "--good 6.12.108: the Debian archive has no such release (the last before it: 6.12.107, the first after it: 6.12.111; all: "
    )]
    [TestCase(
        "5.10.200",
        "--good 5.10.200: no kernel track has such releases (guest-images/tracks.json has 6.1, 6.12, "
    )]
    [TestCase(
        "6.12.107-generic",
        "--good 6.12.107-generic: '-generic' is no suffix of Debian's kernels: only Debian's can be fetched ("
    )]
    [TestCase(
        "6.8.0-1012-nvidia",
        "--good 6.8.0-1012-nvidia: '-1012-nvidia' is of a kernel of nvidia's: only Debian's can be fetched ("
    )]
    [TestCase("6.12.107+deb13-amd64", "--good 6.12.107+deb13-amd64: '+deb13-amd64' is no suffix of Debian's kernels: ")]
    [TestCase("6.12.111+deb14", "--good 6.12.111+deb14: the Debian archive has no such release (")]
    [TestCase("good", "--good good: it is no kernel track and no release (tracks: 6.1, ")]
    [TestCase("", "--good : it is no kernel track and no release (")]
    [TestCase("6.13@6.13.1", "--good 6.13@6.13.1: there is no kernel track '6.13' (")]
    [TestCase("6.12@", "--good 6.12@: it is no kernel track and no release (")]
    [TestCase("7.4.1", "--good 7.4.1: track 7.4 is a kernel that you built: it has no releases")]
    [TestCase("6.12.117", "--good and --bad are both 6.12@6.12.117+deb13: there is nothing between them")]
    [TestCase("7.2.9", "--good 7.2.9 is to be older than --bad 6.12.117")]
    [TestCase(
        "6.12.99999999999999999999",
        "--good 6.12.99999999999999999999: the Debian archive has no such release ("
    )]
    public void An_address_that_does_not_resolve_is_one_line(string good, string message) =>
        Assert.That(
            () => Between(good, "6.12.117"),
            Throws.InstanceOf<UsageException>().With.Message.StartsWith(message).And.Message.Not.Contains("\n")
        );
}
