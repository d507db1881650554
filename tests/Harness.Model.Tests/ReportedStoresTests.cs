using Harness.Cases;
using Harness.Model.Outcomes;
using Harness.Model.Policies;
using Harness.Model.Programs;
using Harness.Model.Safety;

namespace Harness.Model.Tests;

/// <summary>The property no-store-unreported, on steps that were observed.</summary>
public class ReportedStoresTests
{
    private static readonly HostFacts Host = new(Fwb: true, Dic: true);

    [TestCase("write.first,dirty-log", TestName = "A store")]
    [TestCase("write.first,munmap,dirty-log", TestName = "A store to memory that is gone")]
    [TestCase("write.first,move,dirty-log", TestName = "A store to a slot that was moved")]
    [TestCase("write.first,dirty-log,write.first,dirty-log", TestName = "A second store")]
    [TestCase("write.first,clear-log-next,dirty-log", TestName = "A store to a page beside what was cleared")]
    [TestCase("stp.first,dirty-log", TestName = "A store of two registers")]
    [TestCase("read.first+write.last,dirty-log", TestName = "A store of the second vCPU at the same time")]
    [TestCase("log-off,log-on,write.first,dirty-log", TestName = "A store in a log that was begun anew")]
    [TestCase("recreate,write.first,dirty-log", TestName = "A store in a slot that was made again")]
    public void It_is_violated_if_the_last_read_lacks(string steps) => Assert.That(Lacking(steps), Is.True);

    [TestCase("read.first,dirty-log", TestName = "A load")]
    [TestCase("write.first,dirty-log,dirty-log", TestName = "A store that was read")]
    [TestCase("write.first,clear-log,dirty-log", TestName = "A store that was cleared")]
    [TestCase("write.first,clear-log-first,dirty-log", TestName = "A store whose page was cleared")]
    [TestCase("write.first,log-off,log-on,dirty-log", TestName = "A store in an earlier log")]
    [TestCase("write.first,recreate,dirty-log", TestName = "A store in an earlier slot")]
    [TestCase("log-off,write.first,log-on,dirty-log", TestName = "A store while nothing is logged")]
    [TestCase("write.first,delete,dirty-log", TestName = "A store to a slot without a log")]
    public void It_is_not_violated_if_the_last_read_lacks(string steps) => Assert.That(Lacking(steps), Is.False);

    [Test]
    public void With_manual_protection_a_page_is_reported_until_it_is_cleared()
    {
        Assert.That(Lacking("write.first,dirty-log,dirty-log", "manual"), Is.True);
        Assert.That(Lacking("write.first,clear-log,dirty-log", "manual"), Is.False);
        Assert.That(Lacking("write.first,clear-log-part,dirty-log", "manual"), Is.True, "nothing was cleared");
    }

    /// <summary>
    /// A store of a READONLY slot is userspace's, and a store that fails is none. What a policy predicts never lacks a
    /// store: see also ProgramGeneratorTests.
    /// </summary>
    [Test]
    public void What_is_predicted_lacks_no_store_but_with_rings_alone()
    {
        foreach (var policy in Mainline.All)
        foreach (var c in AllCases.Cases.OfType<ProgramCase>().Where(c => c.Tracking.Ring != DirtyRing.Alone))
            Assert.That(
                ObservedSafety.Violated(c, Host, [.. policy.Predict(Host, c, null).Program.Select(s => s.Part)]),
                Does.Not.Contain(SafetyProperties.NoStoreUnreported),
                $"{policy}: {c.Key}"
            );
    }

    [TestCase("write.first,dirty-ring", true)]
    [TestCase("write.first,dirty-ring,dirty-ring", false)]
    [TestCase("write.first,dirty-ring,write.first,dirty-ring", false)]
    [TestCase("write.first,reset-rings,dirty-ring", true)]
    [TestCase("write.first,dirty-ring,reset-rings,write.first,dirty-ring", true)]
    [TestCase("write.first,dirty-ring,reset-rings,dirty-ring", false)]
    [TestCase("write.first,dirty-log", false)]
    [TestCase("write.first@1,dirty-ring,dirty-ring@1", true)]
    [TestCase("write.first,write.first@1,dirty-ring@1,dirty-ring", true)]
    [TestCase("write.first@1,dirty-ring", false, Description = "The ring of the vCPU that stored was not read")]
    [TestCase("dirty-ring,write.first@1,dirty-ring@1", false, Description = "The other ring was read before")]
    [TestCase("write.first@1,dirty-ring@1,reset-rings,dirty-ring", false)]
    public void An_entry_of_a_ring_counts_until_the_ring_is_reset(string steps, bool lacks) =>
        Assert.That(Lacking(steps, vm: "ring=bitmap"), Is.EqualTo(lacks));

    /// <summary>
    /// memslot_is_logging(), which only looks for a dirty log: with rings alone, memory is mapped by blocks as ever,
    /// and one entry is added for a whole block.
    /// </summary>
    [Test]
    public void With_rings_alone_stores_to_a_block_are_lost()
    {
        Assert.That(Lost("read.first,write.first,dirty-ring", ""), Is.False);
        Assert.That(Lost("read.first,dirty-ring,reset-rings,write.first,dirty-ring", ""), Is.False);
        Assert.That(Lost("write.first,dirty-ring", " size=block"), Is.False);
        Assert.That(Lost("write.last,dirty-ring", " size=block"), Is.True);
        Assert.That(Lost("write.first,write.next,dirty-ring", " size=block"), Is.True);
        Assert.That(Lost("write.first,write.last,dirty-ring", " size=odd"), Is.False, "the last page is in no block");

        static bool Lost(string steps, string size)
        {
            string by = size == "" ? "" : " by=hugetlb";
            var c = (ProgramCase)
                AllCases.WithKey($"anonymous:shared vma=rw slot=log do={steps}{size} restored{by} ring=alone")!;
            ProgramPart[] seen = [.. Mainline.V7_2_10.Predict(Host, c, null).Program.Select(s => s.Part)];
            return ObservedSafety.Violated(c, Host, seen).Contains(SafetyProperties.NoStoreUnreported);
        }
    }

    [TestCase("write.alias-first,alias-dirty-log", true)]
    [TestCase("write.alias-first,alias-dirty-log,alias-dirty-log", false)]
    [TestCase("write.alias-first,dirty-log", false, Description = "The log of another slot was read")]
    [TestCase("write.first,alias-dirty-log", false, Description = "The log of another slot was read")]
    [TestCase("write.first,alias-recreate,dirty-log", true, Description = "Another slot was made again")]
    [TestCase("write.alias-first,alias-log-off,alias-log-on,alias-dirty-log", false)]
    [TestCase("write.alias-first,clear-log,alias-dirty-log", true)]
    [TestCase("write.alias-first,alias-clear-log,alias-dirty-log", false)]
    [TestCase("recreate+write.alias-first,alias-dirty-log", true)]
    [TestCase("write.first,recreate+read.alias-first,dirty-log", false)]
    public void A_store_by_a_slot_is_in_the_log_of_that_slot(string steps, bool lacks) =>
        Assert.That(Lacking(steps, vm: "second=alias-log"), Is.EqualTo(lacks));

    /// <summary>Whether the property is violated if all goes as predicted, but the last read returns nothing.</summary>
    private static bool Lacking(string steps, string protect = "at-read", string vm = "")
    {
        string key =
            $"anonymous:shared vma=rw slot=log do={steps} restored"
            + (protect == "at-read" ? "" : $" protect={protect}")
            + (vm == "" ? "" : $" {vm}");
        var c = (ProgramCase)AllCases.WithKey(key)!;
        ProgramPart[] seen = [.. Mainline.V7_2_10.Predict(Host, c, null).Program.Select(s => s.Part)];
        Assert.That(
            ObservedSafety.Violated(c, Host, seen),
            Does.Not.Contain(SafetyProperties.NoStoreUnreported),
            "as predicted"
        );
        if (seen[^1].Dirty is not null)
            seen[^1] = seen[^1] with { Dirty = [] };
        return ObservedSafety.Violated(c, Host, seen).Contains(SafetyProperties.NoStoreUnreported);
    }
}
