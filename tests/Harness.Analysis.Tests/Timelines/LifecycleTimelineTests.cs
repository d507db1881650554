using Harness.Analysis.Differences;
using Harness.Analysis.Timelines;
using Harness.Cases;
using Harness.Model;
using Harness.Model.Ownership;
using Harness.Model.Policies;

namespace Harness.Analysis.Tests.Timelines;

/// <summary>Timelines of lifecycle cases.</summary>
public class LifecycleTimelineTests
{
    private static readonly IReadOnlyList<Release> Releases = Release.All;

    [Test]
    public void A_protected_VM_s_has_hosts_in_protected_mode_for_a_column()
    {
        var c = AllCases.LifecycleCases.First(c =>
            c.Vm == VmKind.Protected && c.Operations.Span.Contains(Operation.GuestStore)
        );

        var timeline = Timeline.Of(c, Releases);

        Assert.That(timeline.Hosts, Has.Count.EqualTo(2));
        Assert.That(
            timeline.Hosts.Select(h => HostText.Of(h, [.. HostFacts.Every.Where(x => !x.Mte)])),
            Is.EqualTo(new[] { "in protected mode", "not in protected mode" })
        );
        Assert.That(
            timeline.Cells.Select(row => row[0].Change).Count(c => c == TimelineChange.Decision),
            Is.EqualTo(1),
            "7.1 has them"
        );
        Assert.That(timeline.Cells.Select(row => row[1].Change), Has.All.Not.EqualTo(TimelineChange.Decision));
        Assert.That(timeline.ChangedOperations, Does.Contain(0), "whether one is made at all");
    }

    [Test]
    public void Only_operations_that_differ_somewhere_are_shown()
    {
        var c = AllCases.LifecycleCases.First(c =>
            c.Backing.GuestMemory == (GuestMemoryFlags.Mmap | GuestMemoryFlags.InitShared)
            && c.Vm == VmKind.Ordinary
            && Mainline
                .V6_18.Predict(new HostFacts(true, false), c)
                .Operations.Any(a => a.Outcome == OperationOutcome.Loops)
        );
        var operations = c.Operations.Span.ToArray();

        var timeline = Timeline.Of(c, Releases);

        Assert.That(
            timeline.ChangedOperations.Select(i => operations[i]),
            Is.SubsetOf(new[] { Operation.Create, Operation.GuestFetch, Operation.BindAgain })
        );
        Assert.That(timeline.ChangedOperations.Select(i => operations[i]), Does.Contain(Operation.GuestFetch));
        Assert.That(timeline.Hosts, Has.Count.EqualTo(2), "with DIC and without");
    }

    [TestCase(true, false, "in protected mode, with DIC")]
    [TestCase(true, true, "with DIC")]
    [TestCase(false, true, "not in protected mode, with DIC")]
    public void Kinds_of_host_are_named_by_their_mode_where_it_matters(bool hard, bool plain, string words)
    {
        HostFacts[] some = [.. HostFacts.Every.Where(h => h.Dic && (h.Mode == KvmMode.Protected ? hard : plain))];

        Assert.That(HostText.Of(some, HostFacts.Every), Is.EqualTo(words));
    }

    [Test]
    public void Kinds_of_host_that_have_little_in_common_are_reported_mode_by_mode()
    {
        HostFacts[] some = [.. HostFacts.Every.Where(h => h.Mode == KvmMode.Protected || h.Dic)];

        Assert.That(
            HostText.Of(some, HostFacts.Every),
            Is.EqualTo("not in protected mode, with DIC, or in protected mode")
        );
        Assert.That(HostText.Where(HostFacts.Every, HostFacts.Every), Is.EqualTo("on any host"));
    }
}
