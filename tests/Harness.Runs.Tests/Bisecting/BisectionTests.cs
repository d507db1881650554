using Harness.Model;
using Harness.Runs.Bisecting;
using Harness.Runs.Judging;

namespace Harness.Runs.Tests.Bisecting;

/// <summary>The search alone, with simulated versions.</summary>
public class BisectionTests
{
    private static readonly string[] Versions = ["6.1", "6.12", "6.16", "6.17", "6.18", "6.19", "7.0", "7.1", "7.2"];

    private static readonly ObservedCase Device = Mapped(MemoryType.DeviceNGnRE);
    private static readonly ObservedCase Refused = new(Errno.EINVAL, []);

    private static ObservedCase Mapped(MemoryType type, Evidence? from = Evidence.Pte, bool execute = false) =>
        new(Errno.None, [new ObservedAccess(Access.Read, Outcome.Mapped(new Leaf(type, true, execute)), from, null)]);

    private static async Task<(BisectEnd End, List<string> Asked)> Search(Func<string, ObservedCase?> did)
    {
        var asked = new List<string>();
        var end = await new Bisection(version =>
        {
            asked.Add(version);
            return Task.FromResult(
                did(version) is { } seen ? new BisectAnswer(seen, version, null) : BisectAnswer.Skip("no boot")
            );
        }).SearchAsync(Versions);
        Assert.That(asked, Is.Unique);
        return (end, asked);
    }

    private static bool From(string version, string first) => VersionOrder.Instance.Compare(version, first) >= 0;

    [TestCaseSource(nameof(Later))]
    public async Task It_ends_in_the_first_version_that_does_something_else(string first)
    {
        var (end, asked) = await Search(v => From(v, first) ? Refused : Device);
        Assert.That(
            end,
            Is.EqualTo(new BisectEnd(BisectState.Found, Versions[Array.IndexOf(Versions, first) - 1], first))
        );
        Assert.That(asked, Has.Count.LessThanOrEqualTo(2 + 3), "nine versions are two ends and three questions");
    }

    private static IEnumerable<string> Later => Versions.Skip(1);

    [Test]
    public async Task A_result_that_changes_twice_still_differs()
    {
        var (end, _) = await Search(v =>
            From(v, "7.1") ? Mapped(MemoryType.NormalWriteBack)
            : From(v, "6.17") ? Refused
            : Device
        );
        Assert.That(end, Is.EqualTo(new BisectEnd(BisectState.Found, "6.16", "6.17")));
    }

    [Test]
    public async Task A_version_that_can_not_be_tested_is_replaced_by_its_neighbour()
    {
        var (end, asked) = await Search(v =>
            v == "6.18" ? null
            : From(v, "6.17") ? Refused
            : Device
        );
        Assert.That(end, Is.EqualTo(new BisectEnd(BisectState.Found, "6.16", "6.17")));
        Assert.That(asked, Does.Contain("6.18"));
    }

    [Test]
    public async Task Where_the_change_hides_among_such_versions_the_end_says_between_which()
    {
        var (end, _) = await Search(v =>
            v is "6.16" or "6.17" or "6.18" ? null
            : From(v, "6.17") ? Refused
            : Device
        );
        Assert.That(end, Is.EqualTo(new BisectEnd(BisectState.Narrowed, "6.12", "6.19")));
    }

    [Test]
    public async Task Ends_that_do_the_same_are_no_bisection()
    {
        var (end, asked) = await Search(v => v == "6.18" ? Refused : Device);
        Assert.That(end.State, Is.EqualTo(BisectState.NoDifference));
        Assert.That(asked, Is.EqualTo(new[] { "6.1", "7.2" }));
    }

    [TestCase("6.1")]
    [TestCase("7.2")]
    public async Task An_end_that_can_not_be_tested_stops_the_bisection(string gone) =>
        Assert.That((await Search(v => v == gone ? null : Device)).End.State, Is.EqualTo(BisectState.NoEnds));

    [Test]
    public void Outcomes_are_compared_by_what_both_show()
    {
        var unseen = Mapped(MemoryType.NormalWriteBack, from: null);
        Assert.Multiple(() =>
        {
            Assert.That(
                Device.SameAs(Mapped(MemoryType.DeviceNGnRE, Evidence.Trace)),
                "the level of evidence is no difference"
            );
            Assert.That(Device.SameAs(unseen), "no leaf was read there");
            Assert.That(Device.SameAs(Mapped(MemoryType.NormalNonCacheable)), Is.False);
            Assert.That(Device.SameAs(Mapped(MemoryType.DeviceNGnRE, execute: true)), Is.False);
            Assert.That(Device.SameAs(Refused), Is.False);
            Assert.That(Refused.SameAs(new ObservedCase(Errno.EEXIST, [])), Is.False);
        });
    }

    [TestCase("7.3-rc6", "7.3")]
    [TestCase("7.3~rc6", "7.3-rc7")]
    [TestCase("7.3", "7.3.1")]
    [TestCase("7.2.9+deb13-arm64", "7.2.12+deb13-arm64")]
    [TestCase("6.1.0-47-arm64", "6.1.0-50-arm64")]
    [TestCase("6.12.115+deb13-arm64", "6.12.115+deb13.1-arm64")]
    public void Releases_have_the_order_in_which_they_came(string older, string newer)
    {
        Assert.That(VersionOrder.Instance.Compare(older, newer), Is.Negative);
        Assert.That(VersionOrder.Instance.Compare(newer, older), Is.Positive);
        Assert.That(VersionOrder.Instance.Compare(newer, newer), Is.Zero);
    }

    [Test]
    public void Tracks_between_two_are_those_of_their_kind_in_the_order_of_their_numbers()
    {
        string[] tracks = ["7.2", "6.12", "6.12-16k", "6.1", "7.2-16k", "6.9", "7.2@7.2.9"];
        Assert.That(VersionOrder.Between(tracks, "6.1", "7.2"), Is.EqualTo(new[] { "6.1", "6.9", "6.12", "7.2" }));
        Assert.That(VersionOrder.Between(tracks, "6.12-16k", "7.2-16k"), Is.EqualTo(new[] { "6.12-16k", "7.2-16k" }));
        Assert.That(VersionOrder.Between(tracks, "6.1", "7.2-16k"), Is.Empty);
        Assert.That(VersionOrder.Between(tracks, "7.2", "6.1"), Is.Empty);
    }
}
