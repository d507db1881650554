using Harness.Model;
using Harness.Protocol;

namespace Harness.Cases.Tests;

/// <summary>Memory providers: each provider's steps, and hosts without it.</summary>
public class ProviderFamilyTests
{
    private static readonly PciMemory Bar = new("0000:00:10.0", 2, 0x80_0000_0000, 16 << 20, "3");
    private static readonly ProbeAbilities All = new(Exporter: true, Descriptor: true, Trace: true, Secretmem: true)
    {
        Providers = new ProviderAbilities { Pci = Bar, Dax = new DaxMemory(64 << 20) },
    };

    private static readonly Provider[] OfVfio =
    [
        Provider.Vfio,
        Provider.VfioDevice,
        Provider.Variant,
        Provider.VariantFault,
        Provider.VariantHuge,
    ];

    private static IReadOnlyList<Case> Cases => AllCases.Families.Single(f => f.Name == "provider").Cases;

    [Test]
    public void Every_provider_has_cases_and_says_so_in_the_key()
    {
        Assert.That(
            Cases.Select(c => c.Backing.Provider).Distinct(),
            Is.EquivalentTo(Enum.GetValues<Provider>().Except([Provider.Usual, Provider.Hotplug]))
        );
        foreach (var c in Cases)
            Assert.That(c.Key, Does.EndWith($" by={CaseText.Word(c.Backing.Provider)}"));
        Assert.That(Cases.Select(c => c.Id), Is.Unique);
    }

    /// <summary>Stored results refer to ids.</summary>
    [TestCase("pfnmap:unknown:nc:shared vma=rw slot=none read size=block by=sysfs")]
    [TestCase("anonymous:shared vma=rw slot=none exec,write size=block by=hugetlb")]
    public void A_case_is_found_by_its_key(string key) => Assert.That(AllCases.Find(key)?.Key, Is.EqualTo(key));

    [Test]
    public void Every_case_has_a_program_that_survives_the_wire_and_names_only_what_it_set()
    {
        foreach (var c in Cases)
        {
            var program = CaseCompiler.Compile(c, All).Program;
            string text = Messages.Text(program);
            Assert.That(Messages.Text(Messages.ReadProgram(text)), Is.EqualTo(text), c.Key);
            StepNames.AssertSetBeforeUsed(program.Steps, c.Key);
        }
    }

    [Test]
    public void A_case_with_what_the_host_has_only_once_runs_alone_and_others_do_not()
    {
        Provider[] once = [Provider.DevMem, Provider.Sysfs, Provider.Dax, .. OfVfio];
        foreach (var c in Cases)
            Assert.That(
                CaseCompiler.Compile(c, All).Program.Alone,
                Is.EqualTo(c.Backing.OfHugeTlb || once.Contains(c.Backing.Provider)),
                c.Key
            );
    }

    [Test]
    public void Device_memory_is_cleared_before_the_slot_is_registered()
    {
        foreach (var c in Cases.Where(c => c.Backing.OfVfio || c.Backing.Provider is Provider.Sysfs or Provider.DevMem))
        {
            var steps = CaseCompiler.Compile(c, All).Program.Steps;
            var clearing = steps.OfType<MapStep>().Single(s => s.As == "before");
            var memory = steps.OfType<MapStep>().Single(s => s.As == "memory");
            Assert.That(clearing.FileOffset, Is.EqualTo(memory.FileOffset), c.Key);
            ulong begin = c.Backing.Provider == Provider.DevMem ? Bar.Start : 0;
            ulong offset = memory.FileOffset - begin;
            Assert.That(offset % CaseSizes.Usual.Block, Is.Zero, c.Key);
            Assert.That(offset + memory.Size, Is.LessThanOrEqualTo(Bar.Size), c.Key);
        }
    }

    /// <summary>device-dax maps whole blocks, at offsets of whole blocks: check_vma(), drivers/dax/device.c.</summary>
    [Test]
    public void Memory_of_a_DAX_device_is_mapped_by_whole_blocks_of_it()
    {
        foreach (var c in Cases.Where(c => c.Backing.Provider == Provider.Dax))
        {
            var steps = CaseCompiler.Compile(c, All).Program.Steps;
            var maps = steps.OfType<MapStep>().Where(s => s.Fd == "file").ToList();
            Assert.That(maps.Select(m => m.FileOffset).Distinct(), Has.Exactly(1).Items, c.Key);
            foreach (var map in maps)
            {
                Assert.That(map.Size % CaseSizes.Usual.Block, Is.Zero, c.Key);
                Assert.That(map.FileOffset % CaseSizes.Usual.Block, Is.Zero, c.Key);
                Assert.That(map.FileOffset + map.Size, Is.LessThanOrEqualTo(All.Providers.Dax!.Size), c.Key);
                Assert.That(map.Over is null ? map.Align : 0, Is.AnyOf(0ul, CaseSizes.Usual.Block), c.Key);
            }
            Assert.That(maps, Has.Count.EqualTo(2), "cleared, and behind the slot");
        }
    }

    [Test]
    public void No_device_is_bound_but_by_a_case_of_VFIO() =>
        Assert.That(
            Cases
                .Where(c => CaseCompiler.Compile(c, All).Program.Steps.OfType<VfioBindStep>().Any())
                .Select(c => c.Backing.Provider)
                .Distinct(),
            Is.EquivalentTo(OfVfio)
        );

    /// <summary>
    /// guest-images/variant/stage2_vfio.h: STAGE2_VFIO_REGION(); drivers/vfio/pci/nvgrace-gpu/main.c.
    /// </summary>
    [TestCase(Provider.Variant, VmaMemoryType.WriteBack, true, 9, 4)]
    [TestCase(Provider.Variant, VmaMemoryType.NonCacheable, true, 10, 2)]
    [TestCase(Provider.VariantFault, VmaMemoryType.DeviceNGnRnE, true, 14, 2)]
    [TestCase(Provider.VariantHuge, VmaMemoryType.WriteBack, true, 15, 4)]
    [TestCase(Provider.VariantHuge, VmaMemoryType.WriteBack, false, 24, 4)]
    public void A_variant_drivers_region_is_the_one_that_is_mapped_so(
        Provider provider,
        VmaMemoryType type,
        bool writable,
        int own,
        int gpu
    )
    {
        var backing = new Backing(
            VmaKind.PfnMap,
            KernelMap.Unknown,
            type,
            Sharing.Shared,
            type != VmaMemoryType.WriteBack
        )
        {
            Provider = provider,
        };
        Assert.That(backing.UnsupportedReason, Is.Null);
        Assert.That((Bar with { Variant = PciMemory.TestDriver }).Region(backing, writable), Is.EqualTo(own));
        Assert.That((Bar with { Variant = PciMemory.GpuDriver }).Region(backing, writable), Is.EqualTo(gpu));
    }

    [Test]
    public void A_read_only_region_is_cleared_through_the_writable_one()
    {
        var c = Cases.First(c => c is AttributeCase { VmaWritable: false, Backing.OfVariant: true });
        var regions = CaseCompiler.Compile(c, All).Program.Steps.OfType<VfioRegionStep>().ToList();
        Assert.That(regions.Select(r => r.Index), Is.EqualTo(new[] { regions[1].Index + 9, regions[1].Index }));
        Assert.That(
            CaseCompiler.Compile(c, All).Program.Steps.OfType<MapStep>().Single(s => s.As == "before").Fd,
            Is.EqualTo("writable")
        );
    }

    [Test]
    public void Only_cases_that_reset_a_device_are_missing_where_nothing_can()
    {
        var none = All with { Providers = All.Providers with { WhyNoReset = "none" } };
        var cases = AllCases
            .Families.Single(f => f.Name == "device")
            .Cases.ToLookup(c => CaseCompiler.NotRunnableReason(c, none));
        Assert.That(
            cases["none"],
            Is.Not.Empty.And.All.Matches<Case>(c => c is AttributeCase { Change.Kind: ChangeKind.ResetDevice })
        );
        Assert.That(cases.Select(c => c.Key), Is.EquivalentTo(new[] { null, "none" }));
    }

    [Test]
    public void Cases_of_a_missing_provider_are_skipped()
    {
        var without = All with
        {
            Providers = All.Providers with
            {
                Lacking = new Dictionary<Provider, string> { [Provider.UdmaBuf] = "none there" },
                WhyNoWriteCombining = "no wc",
            },
        };
        Assert.That(
            Cases
                .Where(c => CaseCompiler.NotRunnableReason(c, without) == "none there")
                .Select(c => c.Backing.Provider),
            Is.Not.Empty.And.All.EqualTo(Provider.UdmaBuf)
        );
        Assert.That(
            Cases
                .Where(c => CaseCompiler.NotRunnableReason(c, without) == "no wc")
                .Select(c => (c.Backing.Provider, c.Backing.Type)),
            Is.Not.Empty.And.All.EqualTo((Provider.Sysfs, VmaMemoryType.NonCacheable))
        );
        Assert.That(Cases.Where(c => CaseCompiler.NotRunnableReason(c, All) is not null), Is.Empty);
        Assert.That(
            Cases.Select(c => CaseCompiler.NotRunnableReason(c, new ProbeAbilities(true, true, true))),
            Has.None.Null
        );
    }

    [Test]
    public void A_BAR_that_is_too_small_is_reported() =>
        Assert.That(
            CaseCompiler.NotRunnableReason(
                Cases.First(c => c is AttributeCase { Backing.Provider: Provider.Sysfs, Extent: Extent.Block }),
                All with
                {
                    Providers = new ProviderAbilities { Pci = Bar with { Size = 1 << 20 } },
                }
            ),
            Is.EqualTo("the BAR there has 1024 KiB, and the case needs 2048")
        );

    [Test]
    public void A_provider_makes_no_memory_but_its_own()
    {
        Assert.That(
            Backing.Plain with
            {
                Provider = Provider.Vfio,
            },
            Has.Property(nameof(Backing.UnsupportedReason)).Not.Null
        );
        Assert.That(
            Backing.Plain with
            {
                Provider = Provider.Thp,
                Sharing = Sharing.Shared,
            },
            Has.Property(nameof(Backing.UnsupportedReason)).Not.Null
        );
        var huge = new Backing(VmaKind.MixedMap, KernelMap.Unknown, VmaMemoryType.WriteBack, Sharing.Shared, false)
        {
            Provider = Provider.ExporterHuge,
        };
        Assert.That(huge.UnsupportedReason, Is.Not.Null, "GUP would look for its struct page");
        Assert.That((huge with { Memory = KernelMap.Known }).UnsupportedReason, Is.Null);
    }

    [Test]
    public void Only_the_exporters_own_memory_is_missing_for_want_of_the_exporter() =>
        Assert.That(
            Enum.GetValues<Provider>().Where(p => MissingPart.Of(p) == HostPart.Exporter),
            Is.EquivalentTo(
                new[] { Provider.Usual, Provider.ExporterFault, Provider.ExporterNotified, Provider.ExporterScattered }
            )
        );

    [Test]
    public void A_device_that_nothing_can_reset_lacks_that_and_no_driver()
    {
        var c = AllCases.AttributeCases.First(a =>
            a.Change?.Kind == ChangeKind.ResetDevice && a.Backing.Provider == Provider.Vfio
        );
        var host = All with { Providers = All.Providers with { WhyNoReset = "nothing can reset it" } };

        Assert.That(
            CaseCompiler.Missing(c, host),
            Is.EqualTo(new MissingPart(HostPart.PciReset, "nothing can reset it"))
        );
    }
}
