using Harness.Model.Policies;
using Harness.Model.Releases;

namespace Harness.Model.Tests.Releases;

public class ReleaseCatalogTests
{
    [TestCase("5.15.150", "mainline-6.1", ReleaseStanding.Covered)]
    [TestCase("6.1.176-arm64", "mainline-6.1", ReleaseStanding.Booted)]
    [TestCase("6.1.100", "mainline-6.1", ReleaseStanding.Covered)]
    [TestCase("6.1.192", "mainline-6.1.191", ReleaseStanding.Read)]
    [TestCase("6.2.16", "mainline-6.2", ReleaseStanding.Unverified)]
    [TestCase("6.6.17", "mainline-6.5", ReleaseStanding.Read)]
    [TestCase("6.6.9", "mainline-6.5", ReleaseStanding.Covered)]
    [TestCase("6.8.1", "mainline-6.8", ReleaseStanding.Read)]
    [TestCase("6.9.0", "mainline-6.9", ReleaseStanding.Read)]
    [TestCase("6.11.0-1016-nvidia-64k", "nvidia-6.11", ReleaseStanding.Unverified)]
    [TestCase("6.12.107+deb13-arm64", "mainline-6.10", ReleaseStanding.Booted)]
    [TestCase("6.12.112", "mainline-6.10", ReleaseStanding.Covered)]
    [TestCase("6.12.113", "mainline-6.12.113", ReleaseStanding.Read)]
    [TestCase("6.12.114", "mainline-6.12.113", ReleaseStanding.Covered)]
    [TestCase("6.12.117+deb13-arm64", "mainline-6.12.113", ReleaseStanding.Booted)]
    [TestCase("6.12.9999", "mainline-6.12.113", ReleaseStanding.Unverified)]
    [TestCase("6.13.7", "mainline-6.13", ReleaseStanding.Read)]
    [TestCase("6.14.0", "mainline-6.14", ReleaseStanding.Read)]
    [TestCase("6.14.0-1012-nvidia-64k", "nvidia-6.14", ReleaseStanding.Covered)]
    [TestCase("6.16.12-arm64", "mainline-6.16", ReleaseStanding.Booted)]
    [TestCase("6.17.0-rc1", "mainline-6.17", ReleaseStanding.Unverified)]
    [TestCase("6.17.0-1008-nvidia-64k", "mainline-6.17", ReleaseStanding.Read)]
    [TestCase("6.18.35", "mainline-6.18", ReleaseStanding.Read)]
    [TestCase("6.18.55", "mainline-6.18", ReleaseStanding.Unverified)]
    [TestCase("6.18.56", "mainline-6.18.56", ReleaseStanding.Unverified)]
    [TestCase("7.2.9", "mainline-7.2", ReleaseStanding.Read)]
    [TestCase("7.2.10", "mainline-7.2.10", ReleaseStanding.Covered)]
    [TestCase("7.2.12+deb13-arm64", "mainline-7.2.10", ReleaseStanding.Booted)]
    [TestCase("7.3~rc7-arm64", "mainline-7.3", ReleaseStanding.Booted)]
    [TestCase("7.3-rc2", "mainline-7.3", ReleaseStanding.Unverified)]
    [TestCase("8.0.0", "mainline-7.3", ReleaseStanding.Unverified)]
    [TestCase("6.12.117-frobnix1", "mainline-6.12.113", ReleaseStanding.Unverified)]
    public void A_release_follows_the_policy_of_its_point_release(
        string release,
        string policy,
        ReleaseStanding standing
    )
    {
        var choice = ReleaseCatalog.Choose(release);

        Assert.That((choice.Policy?.Name, choice.Standing), Is.EqualTo((policy, standing)), choice.Reason);
        Assert.That(choice.Reason is null, Is.EqualTo(standing != ReleaseStanding.Unverified));
    }

    [TestCase("next", "'next' is not a kernel release")]
    [TestCase("4.19.1", "no kernel of 4.19 was read")]
    [TestCase("5.10.251", "maps VM_PFNMAP memory when the slot is registered")]
    [TestCase("6.15.4", "6.15 was not read")]
    [TestCase("6.14.0-1005-nvidia-64k", "-1001 to -1008")]
    [TestCase("6.8.0-1021-nvidia-64k", "6.8 is said to have the form of 6.11")]
    [TestCase("6.14.0-37-generic", "Ubuntu's kernels were not read")]
    [TestCase("5.14.0-503.11.1.el9_5.aarch64+64k", "which build has which was not read")]
    [TestCase("6.12.0-55.el10.aarch64", "10.3 has that of 7.1")]
    [TestCase("6.1.150-174.273.amzn2023.aarch64", "Amazon's kernels")]
    [TestCase("5.14.0-100.oe2409.aarch64", "openeuler")]
    public void An_unread_series_has_no_policy_and_the_reason_says_so(string release, string reason)
    {
        var choice = ReleaseCatalog.Choose(release);

        Assert.That(choice.Policy, Is.Null);
        Assert.That(choice.Standing, Is.EqualTo(ReleaseStanding.Unknown));
        Assert.That(choice.Reason, Does.Contain(reason));
    }

    [Test]
    public void A_release_between_two_that_were_read_is_judged_as_the_nearest_before_it()
    {
        var choice = ReleaseCatalog.Choose("6.12.9999");

        Assert.That(choice.Otherwise, Does.Match(@"^6\.12\.9999 decides differently from 6\.12\.1\d\d$"));
    }

    /// <summary>
    /// No release has two policies or is between two ranges; every release that is listed as read or booted is in its
    /// own range.
    /// </summary>
    [Test]
    public void Ranges_of_a_flavour_are_ascending_without_gaps_and_hold_what_was_read_of_them()
    {
        foreach (var flavour in ReleaseCatalog.All.GroupBy(r => r.Flavour))
        {
            var ranges = flavour.ToList();
            for (int i = 0; i < ranges.Count; i++)
            {
                if (i + 1 < ranges.Count)
                {
                    // Later builds of the same releases have a range of their own.
                    Assert.That(
                        ranges[i + 1].First,
                        Is.EqualTo(ranges[i + 1].FirstBuild > 0 ? ranges[i].First : ranges[i].End),
                        ranges[i].Text
                    );
                }
                Assert.That(
                    ranges[i].Read.Concat(ranges[i].Booted).Concat(ranges[i].Changelogs),
                    Is.All.Matches<KernelVersion>(ranges[i].Contains),
                    ranges[i].Text
                );
                Assert.That(
                    ranges[i].Policy is null && ranges[i].Read.Count + ranges[i].Booted.Count > 0,
                    Is.False,
                    ranges[i].Text
                );
            }
        }
    }

    [Test]
    public void Every_generation_is_the_policy_of_some_releases() =>
        Assert.That(
            ReleaseCatalog.All.Select(r => r.Policy).OfType<Policy>().Distinct(),
            Is.EquivalentTo(Mainline.All.Concat(NvidiaKernels.All))
        );
}
