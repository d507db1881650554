using Harness.Model.Safety;

namespace Harness.Model.Tests;

public sealed class ObservedSafetyTests
{
    private static readonly HostFacts s_host = new(Fwb: true, Dic: true);

    private static AccessCase Case(VmaKind kind, bool writable, params Access[] accesses) =>
        new(
            new Backing(kind, KernelMap.Known, VmaMemoryType.WriteBack, Sharing.Shared, false),
            writable,
            SlotFlags.None,
            new AccessList(accesses)
        );

    private static IEnumerable<string> Violated(AttributeCase c, params Outcome?[] seen) =>
        ObservedSafety.Violated(c, s_host, seen).Select(p => p.Name);

    private static Outcome Fails => Outcome.RunFails(Errno.EFAULT);

    [Test]
    public void A_registered_slot_with_an_access_that_fails_violates_a_property() =>
        Assert.That(
            Violated(Case(VmaKind.MixedMap, true, Access.Read), Fails),
            Is.EqualTo(new[] { "registered-means-usable" })
        );

    [Test]
    public void An_access_that_the_VMM_could_not_make_either_may_fail()
    {
        Assert.That(Violated(Case(VmaKind.Hole, true, Access.Read), Fails), Is.Empty);
        Assert.That(Violated(Case(VmaKind.MixedMap, false, Access.Write), Fails), Is.Empty);
        Assert.That(Violated(Case(VmaKind.MixedMap, false, Access.Read), Fails), Is.Not.Empty);
    }

    [Test]
    public void An_exclusive_access_may_fail_where_the_architecture_does_not_define_it() =>
        Assert.That(Violated(Case(VmaKind.PfnMap, true, Access.Exclusive), Fails), Is.Empty);

    [Test]
    public void What_follows_a_change_of_the_mapping_is_not_held_against_the_memory_before_it()
    {
        var leaf = Outcome.Mapped(new Leaf(MemoryType.DeviceNGnRE, Write: true, Execute: false));
        var c = Case(VmaKind.PfnMap, true, Access.Read, Access.Read);
        var replaced = c with { Change = new LiveChange(ChangeKind.Replace, Backing.Plain) };
        var removed = c with { Change = new LiveChange(ChangeKind.Unmap) };

        Assert.That(Violated(c, null, leaf), Does.Contain("no-silent-fallback"));
        Assert.That(Violated(replaced, null, leaf), Is.Empty);
        Assert.That(Violated(replaced, leaf, null), Does.Contain("no-silent-fallback"));
        Assert.That(Violated(removed, null, Fails), Is.Empty);
    }

    [Test]
    public void A_mapping_without_a_leaf_is_no_evidence() =>
        Assert.That(Violated(Case(VmaKind.PfnMap, true, Access.Read), (Outcome?)null), Is.Empty);
}
