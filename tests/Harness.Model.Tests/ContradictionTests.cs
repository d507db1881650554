using Harness.Model.Policies;

namespace Harness.Model.Tests;

public class ContradictionTests
{
    private static readonly HostFacts FwbDic = new(true, true);
    private static readonly HostFacts Neither = new(false, false);
    private static readonly AccessCase Grace = new(
        new Backing(VmaKind.PfnMap, KernelMap.Unknown, VmaMemoryType.WriteBack, Sharing.Shared, false),
        true,
        SlotFlags.None,
        new AccessList(Access.Read)
    );

    [Test]
    public void The_rule_that_explains_the_observation_when_decided_otherwise_is_named()
    {
        var seen = Mainline.V7_2.Predict(FwbDic, Grace);

        Assert.That(Name(Mainline.V6_9, FwbDic, seen), Is.EqualTo("device-unless-map-memory"));
    }

    [Test]
    public void A_refusal_that_no_rule_foresaw_contradicts_the_acceptance()
    {
        var seen = Mainline.V7_2.Predict(Neither, Grace);

        Assert.That(Name(Mainline.V6_9, Neither, seen), Is.EqualTo("accept"));
    }

    [Test]
    public void A_foreseen_refusal_that_did_not_come_contradicts_the_rule_that_refuses()
    {
        var seen = Mainline
            .V7_2.Without("cacheable-pfnmap-unsupported")
            .Without("cacheable-device-unsupported")
            .Predict(Neither, Grace);

        Assert.That(Name(Mainline.V7_2, Neither, seen), Is.EqualTo("cacheable-pfnmap-unsupported"));
    }

    [Test]
    public void A_rule_that_did_not_fire_and_should_have_is_named_where_no_other_explains_it()
    {
        var seen = Mainline.V6_9.Predict(FwbDic, Grace);

        Assert.That(Name(Mainline.V7_2, FwbDic, seen), Is.EqualTo("non-cacheable-device"));
    }

    [Test]
    public void A_rule_about_something_else_is_not_named_though_it_would_have_the_same_end()
    {
        var unheld = Grace with { Backing = Grace.Backing with { Memory = KernelMap.ZeroRefcount } };
        var seen = Mainline.V6_9.Predict(Neither, unheld);

        Assert.That(seen.Accesses[0].Outcome, Is.EqualTo(Outcome.RunFails(Errno.EFAULT)));
        Assert.That(
            Name(Proposals.FallbackToDevice, Neither, seen, unheld),
            Is.EqualTo("normal"),
            "it has no rule against such a page"
        );
    }

    private static readonly AccessCase ReadThenFetch = new(
        new Backing(VmaKind.Anonymous, KernelMap.Known, VmaMemoryType.WriteBack, Sharing.Shared, false),
        true,
        SlotFlags.None,
        new AccessList(Access.Read, Access.Execute)
    );

    [TestCase(0, "normal")]
    [TestCase(1, "normal")]
    public void For_an_encoding_that_is_none_the_rule_that_set_the_type_is_named(int access, string rule)
    {
        Assert.That(
            Unexplained(ReadThenFetch, new Difference(DifferingPart.Access, access, LeafPart.Type)),
            Is.EqualTo(rule)
        );
    }

    [Test]
    public void For_a_type_that_no_rule_gives_the_rule_that_set_it_is_named_also_where_later_rules_are_on_the_path()
    {
        var nc = Grace with
        {
            Backing = Grace.Backing with { Type = VmaMemoryType.NonCacheable, AllowAnyUncached = true },
        };

        Assert.That(
            Unexplained(nc, new Difference(DifferingPart.Access, 0, LeafPart.Type)),
            Is.EqualTo("non-cacheable-any-uncached")
        );
    }

    [Test]
    public void For_a_permission_that_nothing_explains_the_rule_that_set_it_is_named_and_not_one_that_keeps_another()
    {
        var logged = new AccessCase(
            ReadThenFetch.Backing,
            true,
            SlotFlags.LogDirtyPages,
            new AccessList(Access.Read, Access.Write)
        );

        Assert.That(
            Unexplained(logged, new Difference(DifferingPart.Access, 1, LeafPart.Write)),
            Is.EqualTo("writable")
        );
        Assert.That(
            Unexplained(ReadThenFetch, new Difference(DifferingPart.Access, 1, LeafPart.Execute), Neither),
            Is.EqualTo("exec-fault")
        );
    }

    [Test]
    public void Where_nothing_explains_it_the_last_rule_of_the_first_access_that_differs_is_named()
    {
        var path = Mainline.V7_2.Predict(Neither, ReadThenFetch).Accesses;

        Assert.That(path[0].Path[^1], Is.Not.EqualTo(path[1].Path[^1]));
        Assert.That(
            Unexplained(ReadThenFetch, new Difference(DifferingPart.Access, 0), Neither),
            Is.EqualTo(path[0].Path[^1].Name)
        );
        Assert.That(
            Unexplained(ReadThenFetch, new Difference(DifferingPart.Access, 1), Neither),
            Is.EqualTo(path[1].Path[^1].Name)
        );
    }

    [Test]
    public void A_refusal_with_another_errno_contradicts_the_rule_that_refuses()
    {
        var logged = new AccessCase(Grace.Backing, true, SlotFlags.LogDirtyPages, new AccessList(Access.Read));

        Assert.That(
            Contradiction
                .Find(Mainline.V7_2, FwbDic, logged, _ => false, refused: true, _ => new(DifferingPart.Registration))
                .Name,
            Is.EqualTo("log-dirty-pfnmap")
        );
    }

    [Test]
    public void Other_memory_contradicts_the_rule_that_looked_it_up()
    {
        var load = new AccessCase(
            Backing.Plain with
            {
                Sharing = Sharing.Shared,
            },
            true,
            SlotFlags.None,
            new AccessList(Access.Read)
        );

        Assert.That(
            Unexplained(load, new Difference(DifferingPart.Access, 0, LeafPart.Memory)),
            Is.EqualTo("host-pte-writable")
        );
    }

    [TestCase(ChangeKind.MoveBeyondIpa, "slot-beyond-ipa")]
    [TestCase(ChangeKind.MoveOnto, "slot-overlaps")]
    [TestCase(ChangeKind.MoveSlot, "accept")]
    public void Another_errno_of_a_change_contradicts_the_check_of_the_slot(ChangeKind kind, string rule)
    {
        var moved = new AccessCase(Backing.Plain, true, SlotFlags.None, new AccessList(Access.Write, Access.Read))
        {
            Change = new LiveChange(kind),
        };

        Assert.That(Unexplained(moved, new Difference(DifferingPart.ChangeErrno)), Is.EqualTo(rule));
    }

    /// <summary>The rule that is named for an observation that no policy predicts.</summary>
    private static string Unexplained(AttributeCase @case, Difference difference, HostFacts? host = null) =>
        Contradiction.Find(Mainline.V7_2, host ?? FwbDic, @case, _ => false, refused: false, _ => difference).Name;

    private static string Name(Policy wrong, HostFacts host, Prediction seen, AttributeCase? @case = null) =>
        Contradiction
            .Find(
                wrong,
                host,
                @case ?? Grace,
                p => p.ToString() == seen.ToString(),
                seen.Registration != Errno.None,
                _ => new(DifferingPart.Access)
            )
            .Name;
}
