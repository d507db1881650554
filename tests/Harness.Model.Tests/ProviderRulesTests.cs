using Harness.Model.Policies;

namespace Harness.Model.Tests;

/// <summary>What only some providers bring to the decision, seen on booted kernels 6.1, 6.12 and 7.2.</summary>
public class ProviderRulesTests
{
    private static readonly HostFacts Fwb = new(true, true), Bare = new(false, false);
    private static readonly Backing Bar = new(VmaKind.PfnMap, KernelMap.Unknown, VmaMemoryType.NonCacheable, Sharing.Shared, false) { Provider = Provider.Sysfs };

    private static Backing Plain(Provider provider, Sharing sharing) => Backing.Plain with { Provider = provider, Sharing = sharing };

    private static Outcome Last(Policy policy, HostFacts host, Backing backing, Extent extent, SlotFlags slot, params Access[] accesses) =>
        policy.Predict(host, new Case(backing, true, slot, new AccessList(accesses)) { Extent = extent }).Accesses[^1].Outcome;

    [TestCase(Provider.HugeTlb, Sharing.Shared, true)]
    [TestCase(Provider.HugeTlb, Sharing.Private, true)]
    [TestCase(Provider.Thp, Sharing.Private, true)]
    [TestCase(Provider.NoThp, Sharing.Private, false)]
    public void A_huge_page_that_is_certain_leaves_the_size_of_the_leaf_to_no_chance(Provider provider, Sharing sharing, bool block)
    {
        foreach (var policy in Mainline.All)
        {
            var end = Last(policy, Fwb, Plain(provider, sharing), Extent.Block, SlotFlags.None, Access.Read);
            Assert.That((end.Leaf.Block, end.Loose), Is.EqualTo((block, Loose.None)), policy.Name);
            Assert.That(Last(policy, Fwb, Plain(provider, sharing), Extent.Block, SlotFlags.LogDirtyPages, Access.Write).Leaf.Block, Is.False, policy.Name);
            Assert.That(Last(policy, Fwb, Plain(provider, sharing), Extent.Skewed, SlotFlags.None, Access.Read).Leaf.Block, Is.False, policy.Name);
        }
    }

    [Test]
    public void A_store_to_a_private_page_of_hugetlbfs_copies_nothing_so_that_the_leaf_keeps_what_it_gave()
    {
        foreach (var policy in new[] { Mainline.V6_1, Mainline.V6_9, Mainline.V7_2 })
        {
            Assert.That(Last(policy, Bare, Plain(Provider.HugeTlb, Sharing.Private), Extent.Block, SlotFlags.None, Access.Execute, Access.Write).Leaf,
                Is.EqualTo(new Leaf(MemoryType.NormalWriteBack, true, true, true)), policy.Name);
            Assert.That(Last(policy, Bare, Plain(Provider.Memfd, Sharing.Private), Extent.Page, SlotFlags.None, Access.Execute, Access.Write).Leaf.Execute,
                Is.False, policy.Name);
        }
    }

    [Test]
    public void A_BAR_is_mapped_by_a_block_wherever_one_fits_and_since_the_leaf_size_fix_where_the_host_has_one()
    {
        foreach (var policy in Mainline.All)
        {
            bool old = !policy.Has("host-huge-page") || policy.Has("pfnmap-block");
            Assert.That(Last(policy, Fwb, Bar, Extent.Block, SlotFlags.None, Access.Read).Leaf.Block, Is.EqualTo(old), policy.Name);
            var vfio = Bar with { Provider = Provider.Vfio, Type = VmaMemoryType.DeviceNGnRnE, AllowAnyUncached = true };
            // 6.1.191 took over the look at the host's tables, but not for devices.
            Assert.That(Last(policy, Fwb, vfio, Extent.Block, SlotFlags.None, Access.Read).Leaf.Block, Is.EqualTo(policy != Mainline.V6_1_191), policy.Name);
        }
    }

    [Test]
    public void A_special_PTE_of_a_mixed_map_is_refused_and_a_special_PMD_is_not()
    {
        var known = new Backing(VmaKind.MixedMap, KernelMap.Known, VmaMemoryType.WriteBack, Sharing.Shared, false);
        foreach (var policy in Mainline.All)
        {
            Assert.That(Last(policy, Fwb, known with { Provider = Provider.ExporterFault }, Extent.Page, SlotFlags.None, Access.Read),
                Is.EqualTo(Outcome.RunFails(Errno.EFAULT)), policy.Name);
            var huge = Last(policy, Fwb, known with { Provider = Provider.ExporterHuge }, Extent.Block, SlotFlags.None, Access.Read);
            Assert.That((huge.Leaf, huge.Loose), Is.EqualTo((new Leaf(MemoryType.NormalWriteBack, false, true, true), Loose.None)), policy.Name);
        }
    }

    [Test]
    public void A_file_system_that_wants_to_know_of_stores_may_have_a_loaded_page_read_only()
    {
        Assert.That(Last(Mainline.V7_2, Fwb, Plain(Provider.File, Sharing.Shared), Extent.Page, SlotFlags.None, Access.Read).Loose, Is.EqualTo(Loose.Writable));
        Assert.That(Last(Mainline.V7_2, Fwb, Plain(Provider.File, Sharing.Shared), Extent.Page, SlotFlags.None, Access.Write).Loose, Is.EqualTo(Loose.None));
        Assert.That(Last(Mainline.V7_2, Fwb, Plain(Provider.Memfd, Sharing.Shared), Extent.Page, SlotFlags.None, Access.Read).Loose, Is.EqualTo(Loose.None));
    }

    [Test]
    public void Memory_that_the_process_wrote_to_is_its_own_at_the_first_load() =>
        Assert.That(Last(Mainline.V6_1, Bare, Plain(Provider.Thp, Sharing.Private), Extent.Block, SlotFlags.None, Access.Read).Leaf.Write, Is.True);
}
