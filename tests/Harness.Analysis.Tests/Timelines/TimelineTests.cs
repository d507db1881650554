using Harness.Analysis.Timelines;
using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;

namespace Harness.Analysis.Tests.Timelines;

public class TimelineTests
{
    private static readonly Case Grace = CaseSpace.WithKey("pfnmap:unknown:wb:shared vma=rw slot=none read")!;

    private static int At(string release) =>
        Release.All.ToList().FindIndex(r => r.Name.StartsWith(release, StringComparison.Ordinal));

    [Test]
    public void A_stable_release_is_compared_with_its_series_and_any_other_with_mainline()
    {
        // 5.15 and 6.1 have the same policy.
        Assert.That(Release.All.Select(r => r.Policy).Distinct(), Is.EqualTo(Mainline.All));
        string? Before(string release) =>
            Release.All[At(release)].Before is { } before ? Release.All[before].Name : null;
        Assert.That(Before("5.15"), Is.Null);
        Assert.That(Before("6.1"), Is.EqualTo("5.15"));
        Assert.That(Before("6.2"), Is.EqualTo("6.1 to 6.1.190"));
        Assert.That(Before("6.12.113"), Is.EqualTo("6.10 to 6.12.112"));
        Assert.That(Before("6.17"), Is.EqualTo("6.16"));
        Assert.That(Before("6.19"), Is.EqualTo("6.18 to 6.18.55"));
        Assert.That(Before("7.2.10"), Is.EqualTo("7.2 to 7.2.9"));
        Assert.That(Release.Of(Release.All, "6.12.107+deb13-arm64", null)!.Name, Is.EqualTo("6.10 to 6.12.112"));
        Assert.That(Release.Of(Release.All, "6.12.117+deb13-arm64", null)!.Name, Is.EqualTo("6.12.113 to 6.12.x"));
        Assert.That(Release.Of(Release.All, "7.3.0-rc1+", null)!.Name, Is.EqualTo("7.3 and later"));
        Assert.That(Release.Of(Release.All, "6.12.0-55.el10.aarch64", null), Is.Null);
    }

    /// <summary>
    /// "KVM: arm64: Use stage-1 leaf size for VM_PFNMAP" and others: four stable series changed, each in the middle.
    /// </summary>
    [Test]
    public void A_change_that_stable_releases_took_over_is_put_at_each_of_them()
    {
        var block = AllCases.WithKey("pfnmap:unknown:wb:shared vma=rw slot=none read size=block")!;

        var timeline = Timeline.Of(block, Release.All);

        var moved = timeline
            .Releases.Where(
                (r, i) => r.Range.IsStable && timeline.Cells[i].Any(c => c.Change == TimelineChange.Decision)
            )
            .Select(r => r.Range.First.ToString());
        Assert.That(moved, Is.SupersetOf(new[] { "6.1.191", "6.12.113", "6.18.56", "7.2.10" }));
    }

    [Test]
    public void Hosts_that_every_release_treats_alike_share_a_column()
    {
        var timeline = Timeline.Of(Grace, Release.All);
        Assert.That(timeline.Hosts, Has.Count.EqualTo(2));
        Assert.That(timeline.Hosts[0], Is.EqualTo(new[] { new HostFacts(true, true) }));
        Assert.That(timeline.Hosts.Sum(h => h.Count), Is.EqualTo(4));
    }

    [Test]
    public void A_change_of_the_decision_names_the_rules_that_came_and_went()
    {
        var timeline = Timeline.Of(Grace, Release.All);
        var refused = timeline.Cells[At("6.17")][1];
        Assert.That(timeline.Cells.Select(row => row[1].Change), Has.Exactly(1).EqualTo(TimelineChange.Decision));
        Assert.That(refused.Change, Is.EqualTo(TimelineChange.Decision));
        Assert.That(refused.Prediction.Registration, Is.EqualTo(Errno.EINVAL));
        Assert.That(refused.Added.Select(r => r.Name), Is.EqualTo(new[] { "cacheable-pfnmap-unsupported" }));
        Assert.That(refused.Removed.Select(r => r.Name), Does.Contain("device-unless-map-memory"));
    }

    [Test]
    public void A_refusal_that_moved_to_another_function_is_marked_where_it_did()
    {
        var late = CaseSpace.Buildable.First(c =>
            c.Backing == Grace.Backing
            && c.Late
            && !c.Mte
            && c.Slot == SlotFlags.None
            && c.VmaWritable
            && c.Accesses.Equals(new AccessList(Access.Read))
        );
        var timeline = Timeline.Of(late, Release.All);
        var column = timeline.Cells.Select(row => row[^1]).ToList();
        Assert.That(
            column[At("6.17")].Prediction.Accesses[0].Outcome,
            Is.EqualTo(Outcome.RunFails(Errno.EFAULT)),
            "6.17 refuses it at the fault"
        );
        Assert.That(column.Select(c => c.Change).ToList().IndexOf(TimelineChange.Moved), Is.EqualTo(At("7.1")));
        Assert.That(column[At("7.1")].Deciding!.Source.Function, Is.EqualTo("kvm_s2_fault_pin_pfn"));
    }
}
