using Harness.Model.Releases;

namespace Harness.Model.Tests.Releases;

public class KernelReleaseTests
{
    [TestCase("6.12.117+deb13-arm64", null, "6.12.117", Flavours.Mainline)]
    [TestCase("6.12.117+deb12-arm64-16k", null, "6.12.117", Flavours.Mainline)]
    [TestCase(
        "6.1.0-50-arm64",
        "Linux version 6.1.0-50-arm64 (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14+deb12u1) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) #1 SMP Debian 6.1.192-3 (2026-11-02)",
        "6.1.192",
        Flavours.Mainline
    )]
    [TestCase("6.1.0-50-arm64", null, "6.1", Flavours.Mainline)]
    [TestCase("7.3-rc7-arm64", "#1 SMP Debian 7.3~rc7-1~exp1 (2026-10-30)", "7.3-rc7", Flavours.Mainline)]
    [TestCase("7.3~rc7-arm64", null, "7.3-rc7", Flavours.Mainline)]
    [TestCase("6.17.0-rc1", null, "6.17-rc1", Flavours.Mainline)]
    [TestCase("7.4.0-rc2-00013-g0123456789ab", null, "7.4-rc2", Flavours.Mainline)]
    [TestCase("6.12.117-dirty", null, "6.12.117", Flavours.Mainline)]
    [TestCase("6.12.117+", null, "6.12.117", Flavours.Mainline)]
    [TestCase("7.2.12", null, "7.2.12", Flavours.Mainline)]
    [TestCase("6.14.0-1012-nvidia-64k", null, "6.14", Flavours.Nvidia)]
    [TestCase("6.8.0-45-generic", null, "6.8", Flavours.Ubuntu)]
    [TestCase("6.8.0-45-special", "#45-Ubuntu SMP PREEMPT_DYNAMIC", "6.8", Flavours.Ubuntu)]
    [TestCase("5.14.0-503.11.1.el9_5.aarch64+64k", null, "5.14", Flavours.Rhel)]
    [TestCase("6.12.0-55.el10.aarch64", null, "6.12", Flavours.Rhel)]
    [TestCase("6.1.150-174.273.amzn2023.aarch64", null, "6.1.150", Flavours.Amazon)]
    [TestCase("6.6.87-android15-8-g0123456789ab-ab12345678", null, "6.6.87", Flavours.Android)]
    [TestCase("6.17.4-200.fc42.aarch64+16k", null, "6.17.4", Flavours.Fedora)]
    [TestCase("6.6.31+rpt-rpi-2712", null, "6.6.31", Flavours.RaspberryPi)]
    public void Release_and_build_give_the_upstream_version_and_the_flavour(
        string release,
        string? build,
        string version,
        string flavour
    )
    {
        var parsed = KernelRelease.TryParse(release, build)!;

        Assert.That(
            (parsed.Version.ToString(), parsed.Flavour, parsed.UnknownSuffix),
            Is.EqualTo((version, flavour, ""))
        );
    }

    [Test]
    public void A_suffix_that_names_no_vendor_is_kept()
    {
        var parsed = KernelRelease.TryParse("6.12.117-frobnix1")!;

        Assert.That(
            (parsed.Version.ToString(), parsed.Flavour, parsed.UnknownSuffix),
            Is.EqualTo(("6.12.117", Flavours.Mainline, "-frobnix1"))
        );
    }

    [TestCase("next")]
    [TestCase("")]
    [TestCase("v6.12")]
    [TestCase("6")]
    [TestCase("6.12.99999999999")]
    public void Other_text_is_not_a_release(string text) => Assert.That(KernelRelease.TryParse(text), Is.Null);

    [Test]
    public void Versions_are_ordered_with_candidates_before_their_release()
    {
        string[] ascending =
        [
            "6.9-rc1",
            "6.9-rc7",
            "6.9",
            "6.9.1",
            "6.12.9",
            "6.12.112",
            "6.12.113",
            "6.13-rc1",
            "7.2.9",
            "7.2.10",
            "7.3-rc6",
            "7.3",
            "7.3.4",
        ];

        Assert.That(
            ascending.Reverse().Select(KernelVersion.Parse).Order().Select(v => v.ToString()),
            Is.EqualTo(ascending)
        );
    }

    [Test]
    public void Text_that_is_not_a_version_is_refused_with_the_forms_that_are() =>
        Assert.That(
            () => KernelVersion.Parse("6.x"),
            Throws
                .TypeOf<FormatException>()
                .With.Message.EqualTo("'6.x' is not a kernel release (expected: 6.12.117, 6.12 or 7.3-rc6)")
        );
}
