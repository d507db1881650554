using Harness.Cases;
using Harness.Model.Policies;

namespace Harness.Model.Tests;

/// <summary>Which cases may harm a host is known from their prediction.</summary>
public class HazardTests
{
    private static readonly HostFacts Both = new(Fwb: true, Dic: true);
    private static readonly HostFacts Neither = new(Fwb: false, Dic: false);

    private static Hazard? Of(Policy policy, HostFacts host, string key) => Of(policy, host, AllCases.WithKey(key)!);

    private static Hazard? Of(Policy policy, HostFacts host, Case c) => Hazard.Of(host, c, policy.Predict(host, c));

    private const string Known = "pfnmap:known:wb:shared vma=rw slot=none";

    [TestCase($"{Known} do=read.last,recreate,read.first size=block restored by=exporter-huge", true)]
    [TestCase(
        $"{Known} do=write.last,write.first,munmap,read.first,read.last size=block restored by=exporter-huge",
        true
    )]
    [TestCase(
        $"{Known} do=write.last,write.first,munmap,read.first,read.last size=odd restored by=exporter-huge",
        false,
        TestName = "The last page of a slot of an odd size is in no block"
    )]
    [TestCase(
        "pfnmap:unknown:wb:shared vma=rw slot=none do=write.last,write.first,munmap,read.first,read.last size=block restored by=exporter-huge",
        false,
        TestName = "Memory that the kernel doesn't know has no counts"
    )]
    public void A_block_mapped_for_another_page_than_its_first_costs_6_12_memory(string key, bool loses)
    {
        Assert.That(Of(Mainline.V6_12_113, Both, key)?.Harm, Is.EqualTo(loses ? Harm.LosesMemory : (Harm?)null));
        Assert.That(Of(Mainline.V6_10, Both, key), Is.Null, "up to 6.12.112 the address is rounded before the lookup");
        Assert.That(Of(Mainline.V6_13, Both, key), Is.Null, "from 6.13 on no reference is taken");
    }

    /// <summary>With DIC a block is executable at once; without, the fetch of its last page is a fault.</summary>
    [Test]
    public void A_permission_fault_of_another_page_costs_memory_too()
    {
        const string key =
            $"{Known} do=read.first,read.last,write.next,write.last,exec.last,exec.first size=block restored by=exporter-huge";

        Assert.That(Of(Mainline.V6_12_113, Both, key), Is.Null);
        Assert.That(Of(Mainline.V6_12_113, Neither, key)?.Harm, Is.EqualTo(Harm.LosesMemory));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_case_that_reads_the_next_page_first_costs_memory(bool first)
    {
        var c = new AccessCase(
            new Backing(VmaKind.PfnMap, KernelMap.Known, VmaMemoryType.WriteBack, Sharing.Shared, false)
            {
                Provider = Provider.ExporterHuge,
            },
            VmaWritable: true,
            SlotFlags.None,
            first ? new AccessList(Access.ReadNext) : new AccessList(Access.Read, Access.ReadNext)
        )
        {
            Extent = Extent.Block,
        };
        Assert.That(c.UnsupportedReason, Is.Null);
        Assert.That(Of(Mainline.V6_12_113, Both, c)?.Harm, Is.EqualTo(first ? Harm.LosesMemory : (Harm?)null));
    }

    [Test]
    public void A_mapping_that_changes_its_size_may_crash_a_host_in_protected_mode()
    {
        Case[] cases =
        [
            AllCases.WithKey(
                "anonymous:shared vma=rw slot=log do=read.first,log-off,write.first size=block restored by=hugetlb"
            )!,
            AllCases
                .AttributeCases.OfType<AccessCase>()
                .First(c =>
                    c is { Change.Kind: ChangeKind.LogOff, Extent: Extent.Block, Backing.HostLeaf: HostLeaf.Block }
                ),
        ];
        foreach (var c in cases)
        {
            Assert.That(Of(Mainline.V7_2, Both, c), Is.Null, c.Key);
            Assert.That(
                Of(Mainline.V7_2, Both with { Mode = KvmMode.Protected }, c)?.Harm,
                Is.EqualTo(Harm.Crashes),
                c.Key
            );
        }
    }
}
