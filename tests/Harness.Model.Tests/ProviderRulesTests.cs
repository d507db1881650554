using Harness.Model.Policies;

namespace Harness.Model.Tests;

/// <summary>Provider-specific decisions, observed on booted kernels 6.1, 6.12 and 7.2.</summary>
public class ProviderRulesTests
{
    private static readonly HostFacts Fwb = new(true, true),
        Bare = new(false, false);
    private static readonly Backing Bar = new(
        VmaKind.PfnMap,
        KernelMap.Unknown,
        VmaMemoryType.NonCacheable,
        Sharing.Shared,
        false
    )
    {
        Provider = Provider.Sysfs,
    };

    private static Backing Plain(Provider provider, Sharing sharing) =>
        Backing.Plain with
        {
            Provider = provider,
            Sharing = sharing,
        };

    private static Outcome Last(
        Policy policy,
        HostFacts host,
        Backing backing,
        Extent extent,
        SlotFlags slot,
        params Access[] accesses
    ) =>
        policy
            .Predict(host, new AccessCase(backing, true, slot, new AccessList(accesses)) { Extent = extent })
            .Accesses[^1]
            .Outcome;

    [TestCase(Provider.HugeTlb, Sharing.Shared, true)]
    [TestCase(Provider.HugeTlb, Sharing.Private, true)]
    [TestCase(Provider.HugeTlbContPte, Sharing.Shared, false)]
    [TestCase(Provider.HugeTlbContPmd, Sharing.Shared, true)]
    [TestCase(Provider.HugeTlbContPmd, Sharing.Private, true)]
    [TestCase(Provider.HugeTlbPud, Sharing.Shared, true)]
    [TestCase(Provider.Thp, Sharing.Private, true)]
    [TestCase(Provider.NoThp, Sharing.Private, false)]
    public void A_huge_page_that_is_certain_leaves_the_size_of_the_leaf_to_no_chance(
        Provider provider,
        Sharing sharing,
        bool block
    )
    {
        foreach (var policy in Mainline.All)
        {
            var end = Last(policy, Fwb, Plain(provider, sharing), Extent.Block, SlotFlags.None, Access.Read);
            Assert.That((end.Leaf.Block, end.Unspecified), Is.EqualTo((block, Unspecified.None)), policy.Name);
            Assert.That(
                Last(
                    policy,
                    Fwb,
                    Plain(provider, sharing),
                    Extent.Block,
                    SlotFlags.LogDirtyPages,
                    Access.Write
                ).Leaf.Block,
                Is.False,
                policy.Name
            );
            Assert.That(
                Last(policy, Fwb, Plain(provider, sharing), Extent.Misaligned, SlotFlags.None, Access.Read).Leaf.Block,
                Is.False,
                policy.Name
            );
        }
    }

    /// <summary>
    /// Its pages are no map memory, and its VMA is neither VM_PFNMAP nor VM_MIXEDMAP. Up to 6.12.112 a device has no
    /// block unless it is VM_PFNMAP.
    /// </summary>
    [Test]
    public void Memory_of_a_DAX_device_is_Device_up_to_6_16_and_write_back_from_6_17_on()
    {
        foreach (var policy in Mainline.All)
        {
            bool device = policy.Has("device-unless-map-memory");
            foreach (var host in new[] { Fwb, Bare })
            {
                var end = Last(
                    policy,
                    host,
                    Plain(Provider.Dax, Sharing.Shared),
                    Extent.Block,
                    SlotFlags.None,
                    Access.Read
                );
                Assert.That(
                    (end.Leaf.Type, end.Leaf.Block, end.Leaf.Write, end.Unspecified),
                    Is.EqualTo(
                        (
                            device ? MemoryType.DeviceNGnRE : MemoryType.NormalWriteBack,
                            !device || policy == Mainline.V6_12_113,
                            policy != Mainline.V6_16, // a special PMD, which the lookup of a load refuses
                            Unspecified.None
                        )
                    ),
                    policy.Name
                );
            }
            Assert.That(
                device,
                Is.EqualTo(Array.IndexOf([.. Mainline.All], policy) < Array.IndexOf([.. Mainline.All], Mainline.V6_17)),
                policy.Name
            );
        }
    }

    [Test]
    public void In_protected_mode_hot_added_memory_is_not_shared()
    {
        var host = Bare with { Mode = KvmMode.Protected };
        var usual = new Backing(VmaKind.PfnMap, KernelMap.Known, VmaMemoryType.DeviceNGnRE, Sharing.Shared, false);
        foreach (var policy in Mainline.All.Where(p => p.Has("pkvm-memory")))
        {
            Outcome Of(Backing backing) => Last(policy, host, backing, Extent.Page, SlotFlags.None, Access.Read);
            Assert.That(
                Of(usual with { Provider = Provider.Hotplug }),
                Is.EqualTo(policy == Mainline.V6_14 ? Outcome.Stalls : Outcome.RunFails(Errno.EPERM)),
                policy.Name
            );
            Assert.That(Of(usual).Kind, Is.EqualTo(OutcomeKind.Mapped), policy.Name);
        }
    }

    [Test]
    public void A_store_to_a_private_page_of_hugetlbfs_copies_nothing_so_that_the_leaf_keeps_what_it_gave()
    {
        foreach (var policy in new[] { Mainline.V6_1, Mainline.V6_9, Mainline.V7_2 })
        {
            Assert.That(
                Last(
                    policy,
                    Bare,
                    Plain(Provider.HugeTlb, Sharing.Private),
                    Extent.Block,
                    SlotFlags.None,
                    Access.Execute,
                    Access.Write
                ).Leaf,
                Is.EqualTo(new Leaf(MemoryType.NormalWriteBack, true, true, true)),
                policy.Name
            );
            Assert.That(
                Last(
                    policy,
                    Bare,
                    Plain(Provider.Memfd, Sharing.Private),
                    Extent.Page,
                    SlotFlags.None,
                    Access.Execute,
                    Access.Write
                ).Leaf.Execute,
                Is.False,
                policy.Name
            );
        }
    }

    [Test]
    public void A_BAR_is_mapped_by_a_block_wherever_one_fits_and_since_the_leaf_size_fix_where_the_host_has_one()
    {
        foreach (var policy in Mainline.All)
        {
            bool old = !policy.Has("host-huge-page") || policy.Has("pfnmap-block");
            Assert.That(
                Last(policy, Fwb, Bar, Extent.Block, SlotFlags.None, Access.Read).Leaf.Block,
                Is.EqualTo(old),
                policy.Name
            );
            var vfio = Bar with
            {
                Provider = Provider.Vfio,
                Type = VmaMemoryType.DeviceNGnRnE,
                AllowAnyUncached = true,
            };
            // 6.1.191 backported the check of the host's tables, but not for devices.
            Assert.That(
                Last(policy, Fwb, vfio, Extent.Block, SlotFlags.None, Access.Read).Leaf.Block,
                Is.EqualTo(policy != Mainline.V6_1_191),
                policy.Name
            );
        }
    }

    [Test]
    public void A_special_PTE_of_a_mixed_map_is_refused_and_a_special_PMD_is_not()
    {
        var known = new Backing(VmaKind.MixedMap, KernelMap.Known, VmaMemoryType.WriteBack, Sharing.Shared, false);
        foreach (var policy in Mainline.All)
        {
            Assert.That(
                Last(
                    policy,
                    Fwb,
                    known with
                    {
                        Provider = Provider.ExporterFault,
                    },
                    Extent.Page,
                    SlotFlags.None,
                    Access.Read
                ),
                Is.EqualTo(Outcome.RunFails(Errno.EFAULT)),
                policy.Name
            );
            var huge = Last(
                policy,
                Fwb,
                known with
                {
                    Provider = Provider.ExporterHuge,
                },
                Extent.Block,
                SlotFlags.None,
                Access.Read
            );
            Assert.That(
                (huge.Leaf, huge.Unspecified),
                Is.EqualTo((new Leaf(MemoryType.NormalWriteBack, false, true, true), Unspecified.None)),
                policy.Name
            );
        }
    }

    [Test]
    public void A_file_system_that_wants_to_know_of_stores_may_have_a_loaded_page_read_only()
    {
        Assert.That(
            Last(
                Mainline.V7_2,
                Fwb,
                Plain(Provider.File, Sharing.Shared),
                Extent.Page,
                SlotFlags.None,
                Access.Read
            ).Unspecified,
            Is.EqualTo(Unspecified.Writable)
        );
        Assert.That(
            Last(
                Mainline.V7_2,
                Fwb,
                Plain(Provider.File, Sharing.Shared),
                Extent.Page,
                SlotFlags.None,
                Access.Write
            ).Unspecified,
            Is.EqualTo(Unspecified.None)
        );
        Assert.That(
            Last(
                Mainline.V7_2,
                Fwb,
                Plain(Provider.Memfd, Sharing.Shared),
                Extent.Page,
                SlotFlags.None,
                Access.Read
            ).Unspecified,
            Is.EqualTo(Unspecified.None)
        );
    }

    [TestCase(KernelMap.Known)]
    [TestCase(KernelMap.Unknown)]
    public void A_driver_that_wants_to_know_of_stores_lets_no_guest_store_before_the_process_has(KernelMap memory)
    {
        var backing = new Backing(VmaKind.PfnMap, memory, VmaMemoryType.WriteBack, Sharing.Shared, false)
        {
            Provider = Provider.ExporterNotified,
        };
        foreach (var policy in Mainline.All)
        {
            var c = new AccessCase(backing, true, SlotFlags.None, new AccessList(Access.Read, Access.Write));
            var told = policy.Predict(Fwb, c);
            Assert.That(
                (told.Accesses[0].Outcome.Kind, told.Accesses[0].Outcome.Leaf.Write),
                Is.EqualTo((OutcomeKind.Mapped, false)),
                policy.Name
            );
            Assert.That(told.Accesses[1].Outcome, Is.EqualTo(Outcome.RunFails(Errno.EFAULT)), policy.Name);
            Assert.That(told.Accesses[1].Path[^1].Name, Is.EqualTo("pfnmap-not-notified"));
            Assert.That(
                Last(policy, Fwb, backing, Extent.Page, SlotFlags.None, Access.Write),
                Is.EqualTo(Outcome.RunFails(Errno.EFAULT)),
                policy.Name
            );

            var later = policy.Predict(Fwb, c with { Change = new LiveChange(ChangeKind.Store) }).Accesses[1].Outcome;
            Assert.That((later.Kind, later.Leaf.Write), Is.EqualTo((OutcomeKind.Mapped, true)), policy.Name);
            var restored = policy.Predict(Fwb, c with { Restored = true }).Accesses[0].Outcome;
            Assert.That((restored.Kind, restored.Leaf.Write), Is.EqualTo((OutcomeKind.Mapped, true)), policy.Name);
            Assert.That(
                Last(
                    policy,
                    Fwb,
                    backing with
                    {
                        Provider = Provider.ExporterFault,
                    },
                    Extent.Page,
                    SlotFlags.None,
                    Access.Write
                ).Leaf.Write,
                Is.True
            );
        }
    }

    [TestCase(Provider.ExporterScattered)]
    [TestCase(Provider.UdmaBuf)]
    public void A_block_over_scattered_pages_reaches_others_wherever_one_is_made_of_a_VMA(Provider provider)
    {
        var backing = new Backing(VmaKind.PfnMap, KernelMap.Known, VmaMemoryType.WriteBack, Sharing.Shared, false)
        {
            Provider = provider,
        };
        foreach (var policy in Mainline.All)
        foreach (
            var accesses in (Access[][])
                [
                    [Access.ReadNext],
                    [Access.Read, Access.ReadNext],
                    [Access.Write, Access.ReadNext],
                ]
        )
        {
            bool blocks = policy.Has("pfnmap-block");
            var end = Last(policy, Fwb, backing, Extent.Block, SlotFlags.None, accesses);
            Assert.That(
                (end.Foreign, (end.Unspecified & Unspecified.Content) != 0),
                Is.EqualTo((blocks && provider == Provider.ExporterScattered, blocks && provider == Provider.UdmaBuf)),
                policy.Name
            );
            Assert.That(
                Last(policy, Fwb, backing, Extent.Misaligned, SlotFlags.None, accesses).Foreign,
                Is.False,
                policy.Name
            );
            Assert.That(
                Last(
                    policy,
                    Fwb,
                    backing with
                    {
                        Provider = Provider.Usual,
                    },
                    Extent.Block,
                    SlotFlags.None,
                    accesses
                ).Foreign,
                Is.False,
                policy.Name
            );
        }
    }

    [Test]
    public void Read_pages_are_counted_beside_mapped_ones()
    {
        var right = Outcome.Mapped(new Leaf(MemoryType.NormalWriteBack, true, true));
        var wrong = right with { Foreign = true };
        var either = right with { Unspecified = Unspecified.Content };

        Assert.That(
            (right.Allows(wrong), wrong.Allows(right), either.Allows(wrong), either.Allows(right)),
            Is.EqualTo((false, false, true, true))
        );
        Assert.That(
            (right.Overlaps(wrong), right.Overlaps(either), either.Overlaps(wrong)),
            Is.EqualTo((false, true, true))
        );
        Assert.That(wrong.ToString(), Does.EndWith("reads memory that is not behind its address"));
    }

    [Test]
    public void Memory_that_the_process_wrote_to_is_its_own_at_the_first_load() =>
        Assert.That(
            Last(
                Mainline.V6_1,
                Bare,
                Plain(Provider.Thp, Sharing.Private),
                Extent.Block,
                SlotFlags.None,
                Access.Read
            ).Leaf.Write,
            Is.True
        );
}
