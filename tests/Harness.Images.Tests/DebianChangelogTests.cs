namespace Harness.Images.Tests;

/// <summary>Debian's changelog between two kernels.</summary>
public class DebianChangelogTests
{
    private const string Text = """
        linux-signed-arm64 (6.12.113+1) trixie-security; urgency=high

          * Sign kernel from linux 6.12.113-1

          * New upstream stable update:
            https://example.org/pub/linux/kernel/v6.x/ChangeLog-6.12.112
            - landlock: Fix TCP Fast Open connection bypass
            - [amd64] KVM: x86: Check EFER validity on KVM_SET_SREGS*
            https://example.org/pub/linux/kernel/v6.x/ChangeLog-6.12.113
            - [arm64] KVM: arm64: vgic-its: Skip unreachable devices instead of
              failing (CVE-2026-1)
            - KVM: Ensure memory attributes xarray nodes are accounted
            - [arm64] KVM: arm64: Use stage-1 leaf size for VM_PFNMAP

          [ Somebody ]
          * [arm64] KVM: Enable something of Debian's own

         -- Somebody <somebody@example.org>  Thu, 15 Oct 2026 17:02:11 +0200

        linux (6.12.111-1) trixie-security; urgency=high

          * New upstream stable update:
            https://example.org/pub/linux/kernel/v6.x/ChangeLog-6.12.108
            - KVM: older

         -- Somebody <somebody@example.org>  Thu, 1 Oct 2026 17:02:11 +0200

        linux (6.12.107-1) trixie-security; urgency=high

          * KVM: oldest

        """;

    private static PointRelease Package(string version) => new("6.12", "", "", "", version);

    private static string[] Since(string version) =>
        [
            .. DebianChangelog
                .Since(new StringReader(Text), Package(version))
                .Where(DebianChangelog.IsOfKvmOnArm64)
                .Select(i => $"{i.Upstream}: {i.Text}"),
        ];

    private static readonly string[] Newest =
    [
        "6.12.113: [arm64] KVM: arm64: vgic-its: Skip unreachable devices instead of failing (CVE-2026-1)",
        "6.12.113: KVM: Ensure memory attributes xarray nodes are accounted",
        "6.12.113: [arm64] KVM: arm64: Use stage-1 leaf size for VM_PFNMAP",
        ": [arm64] KVM: Enable something of Debian's own",
    ];

    [TestCase("6.12.111-1")]
    [TestCase("6.12.111-1~bpo12+1")]
    [TestCase("6.12.112-1", Description = "never in the changelog: what is older than it is not between")]
    public void It_ends_at_the_older_kernel(string older) => Assert.That(Since(older), Is.EqualTo(Newest));

    [Test]
    public void All_entries_between_count() =>
        Assert.That(Since("6.12.107-1"), Is.EqualTo(Newest.Append("6.12.108: KVM: older")));

    [Test]
    public void The_same_kernel_has_nothing_between() => Assert.That(Since("6.12.113-1"), Is.Empty);
}
