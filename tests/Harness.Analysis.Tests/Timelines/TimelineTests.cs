using Harness.Analysis.Timelines;
using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;

namespace Harness.Analysis.Tests.Timelines;

public class TimelineTests
{
    private static readonly string[] Tracks = ["7.2", "6.1", "6.12", "6.12-16k", "6.16", "6.17", "local"];

    private static readonly Case Grace = CaseSpace.WithKey("pfnmap:unknown:wb:shared vma=rw slot=none read")!;

    [Test]
    public void Releases_are_the_plain_tracks_and_every_generation_that_has_none()
    {
        var releases = Release.Of(Tracks);
        Assert.That(releases.Select(r => r.Name), Is.EqualTo(new[] { "6.1", "6.12", "6.16", "6.17", "6.18", "6.19", "7.0", "7.1", "7.2", "7.3" }));
        Assert.That(releases.Select(r => r.Policy), Is.EqualTo(Mainline.All));
        Assert.That(Release.Among(releases, "6.12.107+deb13-arm64")!.Name, Is.EqualTo("6.12"));
        Assert.That(Release.Among(releases, "7.3.0-rc1+")!.Name, Is.EqualTo("7.3"));
        Assert.That(Release.Among(releases, "6.13.2"), Is.Null);
    }

    [Test]
    public void Hosts_that_every_release_treats_alike_share_a_column()
    {
        var timeline = Timeline.Of(Grace, Release.Of(Tracks));
        Assert.That(timeline.Hosts, Has.Count.EqualTo(2));
        Assert.That(timeline.Hosts[0], Is.EqualTo(new[] { new HostFacts(true, true) }));
        Assert.That(timeline.Hosts.Sum(h => h.Count), Is.EqualTo(4));
    }

    [Test]
    public void A_change_of_the_decision_names_the_rules_that_came_and_went()
    {
        var timeline = Timeline.Of(Grace, Release.Of(Tracks));
        var refused = timeline.Cells[3][1];
        Assert.That(timeline.Cells.Select(row => row[1].Change), Has.Exactly(1).EqualTo(TimelineChange.Decision));
        Assert.That(refused.Change, Is.EqualTo(TimelineChange.Decision));
        Assert.That(refused.Prediction.Registration, Is.EqualTo(Errno.EINVAL));
        Assert.That(refused.Added.Select(r => r.Name), Is.EqualTo(new[] { "cacheable-pfnmap-unsupported" }));
        Assert.That(refused.Removed.Select(r => r.Name), Does.Contain("device-unless-map-memory"));
    }

    [Test]
    public void A_refusal_that_moved_to_another_function_is_marked_where_it_did()
    {
        var late = CaseSpace.Buildable.First(c => c.Backing == Grace.Backing && c.Late && !c.Mte && c.Slot == SlotFlags.None && c.VmaWritable
            && c.Accesses.Equals(new AccessList(Access.Read)));
        var timeline = Timeline.Of(late, Release.Of(Tracks));
        var column = timeline.Cells.Select(row => row[^1]).ToList();
        Assert.That(column[3].Prediction.Accesses[0].Outcome, Is.EqualTo(Outcome.RunFails(Errno.EFAULT)), "6.17 refuses it at the fault");
        Assert.That(column.Select(c => c.Change).ToList().IndexOf(TimelineChange.Moved), Is.EqualTo(7));
        Assert.That(column[7].Deciding!.Source.Function, Is.EqualTo("kvm_s2_fault_pin_pfn"));
    }
}
