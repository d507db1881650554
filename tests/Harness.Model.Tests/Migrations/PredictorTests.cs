using Harness.Model;
using Harness.Model.Migrations;
using Harness.Model.Policies;
using NUnit.Framework;

namespace Harness.Model.Tests.Migrations;

public sealed class PredictorTests
{
    private static readonly HostFacts Both = new(Fwb: true, Dic: true);
    private static readonly HostFacts FwbAlone = new(Fwb: true, Dic: false);
    private static readonly HostFacts Neither = new(Fwb: false, Dic: false);

    private static readonly Migration Ordinary = Migration.Of(
        new AccessCase(Backing.Plain, true, SlotFlags.None, new AccessList(Access.Write))
    );
    private static readonly Migration Device = Ordinary with
    {
        Case = Ordinary.Case with { Backing = Pfn(VmaMemoryType.WriteBack) },
    };

    private static Backing Pfn(VmaMemoryType type, bool any = false) =>
        new(VmaKind.PfnMap, KernelMap.Unknown, type, Sharing.Shared, any);

    private static MigrationSide Side(Policy policy, HostFacts host) => new(policy, host);

    private static string Ends(Migration m, MigrationSide from, MigrationSide to) =>
        string.Join(" or ", Predictor.Predict(m, from, to).Ends);

    private static IEnumerable<MigrationSide> Everybody =>
        from policy in Mainline.All
        from host in HostFacts.All
        select Side(policy, host);

    [Test]
    public void Ordinary_memory_resumes_everywhere()
    {
        foreach (var from in Everybody)
        foreach (var to in Everybody)
            Assert.That(Ends(Ordinary, from, to), Is.EqualTo("resumed"), $"{from} to {to}");
    }

    [Test]
    public void Cacheable_device_memory_is_refused_at_registration_where_a_kernel_knows_that_it_is_unsafe()
    {
        Assert.Multiple(() =>
        {
            Assert.That(
                Ends(Device, Side(Mainline.V7_2, Both), Side(Mainline.V7_2, Neither)),
                Is.EqualTo("registration EINVAL")
            );
            Assert.That(
                Ends(Device, Side(Mainline.V7_2, Both), Side(Mainline.V6_17, FwbAlone)),
                Is.EqualTo("registration EINVAL")
            );
            Assert.That(
                Ends(Device, Side(Mainline.V6_16, Neither), Side(Mainline.V6_17, Neither)),
                Is.EqualTo("registration EINVAL")
            );
        });
    }

    private static readonly Migration Tagged = Ordinary with { Case = Ordinary.Case with { Mte = true } };

    [TestCase(false, false, false, "source EINVAL")]
    [TestCase(true, false, false, "registration EINVAL")]
    [TestCase(true, false, true, "capability")]
    [TestCase(true, true, false, "resumed")]
    [TestCase(true, true, true, "resumed")]
    public void Tags_need_a_source_and_a_destination_with_some(bool from, bool to, bool asks, string end)
    {
        foreach (var policy in (Policy[])[Mainline.V6_1, Mainline.V6_12_113, Mainline.V7_2])
            Assert.That(
                Ends(
                    Tagged with
                    {
                        ChecksCapabilities = asks,
                    },
                    Side(policy, Both with { Mte = from }),
                    Side(policy, Both with { Mte = to })
                ),
                Is.EqualTo(end),
                policy.Name
            );
    }

    [Test]
    public void Tags_are_not_stored_behind_a_logged_slot_from_6_12_on()
    {
        var logged = Tagged with { Case = Tagged.Case with { Slot = SlotFlags.LogDirtyPages } };
        var host = Both with { Mte = true };
        Assert.Multiple(() =>
        {
            Assert.That(Ends(logged, Side(Mainline.V7_2, host), Side(Mainline.V6_9, host)), Is.EqualTo("resumed"));
            foreach (var policy in (Policy[])[Mainline.V6_12_113, Mainline.V7_3])
                Assert.That(
                    Ends(logged, Side(Mainline.V6_9, host), Side(policy, host)),
                    Is.EqualTo("content EBUSY"),
                    policy.Name
                );
            Assert.That(
                Predictor.Predict(logged, Side(Mainline.V7_2, host), Side(Mainline.V7_2, host)).Rule.Name,
                Is.EqualTo("tags-busy")
            );
            Assert.That(
                Ends(Tagged with { PreCopy = true }, Side(Mainline.V7_2, host), Side(Mainline.V7_2, host)),
                Is.EqualTo("resumed"),
                "the destination doesn't log"
            );
        });
    }

    [Test]
    public void It_never_ran_where_the_source_refuses_it()
    {
        var p = Predictor.Predict(Device, Side(Mainline.V7_2, Neither), Side(Mainline.V7_2, Both));
        Assert.Multiple(() =>
        {
            Assert.That(p.ToString(), Is.EqualTo("source EINVAL"));
            Assert.That(p.Rule.Name, Is.EqualTo("cacheable-pfnmap-unsupported"));
        });
    }

    [Test]
    public void A_VMM_that_checks_capabilities_learns_of_it([Values] bool older)
    {
        var to = older ? Side(Mainline.V6_9, Both) : Side(Mainline.V7_2, Neither);
        var p = Predictor.Predict(Device with { ChecksCapabilities = true }, Side(Mainline.V7_2, Both), to);
        Assert.Multiple(() =>
        {
            Assert.That(p.ToString(), Is.EqualTo("capability"));
            Assert.That(p.Rule.Name, Is.EqualTo("cap-243"));
        });
    }

    [Test]
    public void It_can_require_nothing_that_the_source_did_not_have() =>
        Assert.That(
            Ends(Device with { ChecksCapabilities = true }, Side(Mainline.V6_9, Both), Side(Mainline.V7_2, Neither)),
            Is.EqualTo("registration EINVAL")
        );

    [Test]
    public void Older_kernels_resume_the_VM_with_Device_memory_and_say_nothing()
    {
        foreach (var to in (Policy[])[Mainline.V6_1, Mainline.V6_9, Mainline.V6_16])
        {
            var p = Predictor.Predict(Device, Side(Mainline.V7_2, Both), Side(to, Neither));
            Assert.That(p.ToString(), Is.EqualTo("resumed, Normal-WB rwx to Device-nGnRE rw-"), to.Name);
            var moved = new MovedPage(Device, p.Ends[0], p.Before!.Value.Leaf, p.After!.Value.Leaf);
            Assert.That(MigrationProperty.BrokenBy(moved), Is.EqualTo(MigrationProperty.NoSilentWeakening), to.Name);
        }
    }

    [Test]
    public void From_Device_to_write_back_nothing_is_broken()
    {
        var p = Predictor.Predict(Device, Side(Mainline.V6_9, Both), Side(Mainline.V7_2, Both));
        Assert.That(
            MigrationProperty.BrokenBy(new MovedPage(Device, p.Ends[0], p.Before!.Value.Leaf, p.After!.Value.Leaf)),
            Is.Null
        );
    }

    [Test]
    public void PFNMAP_memory_can_not_travel_while_the_guest_runs()
    {
        foreach (
            var from in Everybody.Where(s =>
                !Predictor.Predict(Device, s, s).Ends.Any(e => e.Stage == MigrationStage.Source)
            )
        )
            Assert.That(
                Ends(Device with { PreCopy = true }, from, from),
                Is.EqualTo("dirty-log EINVAL"),
                from.ToString()
            );
    }

    [Test]
    public void Memory_swapped_behind_the_slot_may_be_refused_at_the_first_access()
    {
        var late = Device with { Case = Device.Case with { Late = true } };
        var p = Predictor.Predict(late, Side(Mainline.V7_2, Both), Side(Mainline.V7_2, Neither));
        Assert.Multiple(() =>
        {
            Assert.That(p.ToString(), Is.EqualTo("first-access EFAULT"));
            Assert.That(MigrationProperty.BrokenBy(new MovedPage(late, p.Ends[0], null, null)), Is.Null);
        });
    }

    [Test]
    public void A_hypervisor_that_refuses_at_the_fault_is_too_late()
    {
        var to = Side(Mainline.V7_2, Both with { Mode = KvmMode.Protected });
        var p = Predictor.Predict(Device, Side(Mainline.V7_2, Both), to);
        Assert.Multiple(() =>
        {
            Assert.That(
                Ends(Device with { ChecksCapabilities = true }, Side(Mainline.V7_2, Both), to),
                Is.EqualTo("first-access EPERM"),
                "and no capability warns of it"
            );
            Assert.That(p.ToString(), Is.EqualTo("first-access EPERM"));
            Assert.That(
                MigrationProperty.BrokenBy(new MovedPage(Device, p.Ends[0], p.Before!.Value.Leaf, null)),
                Is.EqualTo(MigrationProperty.RefusedInTime)
            );
        });
    }

    [Test]
    public void A_proposal_that_checks_at_faults_alone_lets_a_VM_resume_and_die()
    {
        var p = Predictor.Predict(
            Device,
            Side(PolicyCatalog.Find("proposal-v3")!, Both),
            Side(PolicyCatalog.Find("proposal-v3")!, Neither)
        );
        Assert.Multiple(() =>
        {
            Assert.That(p.ToString(), Is.EqualTo("first-access EINVAL"));
            Assert.That(p.Rule.Name, Is.EqualTo("cacheable-needs-fwb"));
            Assert.That(
                MigrationProperty.BrokenBy(new MovedPage(Device, p.Ends[0], null, null)),
                Is.EqualTo(MigrationProperty.RefusedInTime)
            );
        });
    }

    [Test]
    public void A_guest_memfd_needs_a_kernel_that_has_them()
    {
        var gmem = Ordinary with
        {
            Case = Ordinary.Case with
            {
                Backing = new Backing(
                    VmaKind.GuestMemory,
                    KernelMap.Known,
                    VmaMemoryType.WriteBack,
                    Sharing.Shared,
                    false
                )
                {
                    GuestMemory = GuestMemoryFlags.Mmap | GuestMemoryFlags.InitShared,
                },
            },
        };
        var (from, to) = (Side(Mainline.V7_2, Both), Side(Mainline.V6_9, Both));
        Assert.Multiple(() =>
        {
            Assert.That(Ends(gmem, from, from), Is.EqualTo("resumed"));
            Assert.That(Ends(gmem, from, to), Is.EqualTo("registration EINVAL"));
            Assert.That(Ends(gmem with { ChecksCapabilities = true }, from, to), Is.EqualTo("capability"));
            Assert.That(Ends(gmem, to, from), Is.EqualTo("source EINVAL"));
        });
    }

    [Test]
    public void A_VM_of_more_address_bits_than_the_destination_has_is_not_made()
    {
        var wide = Ordinary with { IpaBits = 48 };
        var (from, to) = (
            Side(Mainline.V7_2, Both) with
            {
                IpaLimit = 48,
            },
            Side(Mainline.V7_2, Both) with
            {
                IpaLimit = 40,
            }
        );
        Assert.Multiple(() =>
        {
            Assert.That(Ends(wide, from, to), Is.EqualTo("vm EINVAL"));
            Assert.That(Ends(wide with { ChecksCapabilities = true }, from, to), Is.EqualTo("capability"));
            Assert.That(Ends(wide, to, from), Is.EqualTo("source EINVAL"));
            Assert.That(Ends(Ordinary, from, to), Is.EqualTo("resumed"));
        });
    }

    [Test]
    public void In_protected_mode_the_number_of_address_bits_is_not_looked_at()
    {
        var to = Side(Mainline.V7_2, Neither with { Mode = KvmMode.Protected });
        Assert.That(
            Ends(Ordinary with { IpaBits = 48 }, Side(Mainline.V7_2, Both) with { IpaLimit = 48 }, to),
            Is.EqualTo("resumed")
        );
    }

    [TestCase(true, ExpectedResult = "mapped Normal-WB rwx")]
    [TestCase(false, ExpectedResult = "mapped Normal-WB rw-")]
    public string A_huge_page_of_a_slot_that_is_logged_is_stored_to_a_page_at_a_time(bool dic)
    {
        var huge = Ordinary with
        {
            PreCopy = true,
            Case = Ordinary.Case with
            {
                Backing = Backing.Plain with { Sharing = Sharing.Shared, Provider = Provider.HugeTlb },
                Extent = Extent.Block,
            },
        };
        var side = Side(Mainline.V7_2, new HostFacts(Fwb: true, dic));
        var p = Predictor.Predict(huge, side, side);
        Assert.That(p.Source.Accesses[0].Outcome.Leaf.Block, Is.True);
        return p.Before!.Value.ToString();
    }

    [Test]
    public void Memory_that_the_destination_lacks_ends_the_migration_before_KVM_is_called()
    {
        var to = Side(Mainline.V7_2, Neither) with { WhyNoMemory = "no exporter" };
        Assert.Multiple(() =>
        {
            Assert.That(Ends(Device, Side(Mainline.V7_2, Both), to), Is.EqualTo("memory ENOENT"));
            Assert.That(
                Ends(Device with { ChecksCapabilities = true }, Side(Mainline.V7_2, Both), to),
                Is.EqualTo("capability"),
                "asked before anything is made"
            );
        });
    }

    [Test]
    public void Non_cacheable_memory_becomes_Device_where_no_driver_is_believed()
    {
        var any = Ordinary with { Case = Ordinary.Case with { Backing = Pfn(VmaMemoryType.NonCacheable, any: true) } };
        var p = Predictor.Predict(any, Side(Mainline.V7_2, Both), Side(Mainline.V6_1, Both));
        Assert.Multiple(() =>
        {
            Assert.That(p.Before!.Value.Leaf.Type, Is.EqualTo(MemoryType.NormalNonCacheable));
            Assert.That(p.After!.Value.Leaf.Type, Is.EqualTo(MemoryType.DeviceNGnRE));
        });
    }

    [Test]
    public void A_page_stored_by_the_VMM_is_private()
    {
        var p = Predictor.Predict(Ordinary, Side(Mainline.V7_2, Both), Side(Mainline.V7_2, Both));
        Assert.That(
            p.Destination.Accesses[0].Outcome.Leaf.Write,
            Is.True,
            "a load finds the page writable, which a fresh one is not"
        );
    }

    [Test]
    public void Wrong_data_and_a_late_refusal_break_properties_and_an_early_refusal_does_not()
    {
        MigrationProperty? Broken(MigrationStage stage) =>
            MigrationProperty.BrokenBy(new MovedPage(Ordinary, new MigrationEnd(stage), null, null));
        Assert.Multiple(() =>
        {
            Assert.That(Broken(MigrationStage.Data), Is.EqualTo(MigrationProperty.NothingLost));
            Assert.That(Broken(MigrationStage.Onward), Is.EqualTo(MigrationProperty.RefusedInTime));
            Assert.That(Broken(MigrationStage.Registration), Is.Null);
            Assert.That(Broken(MigrationStage.Capability), Is.Null);
        });
    }
}
