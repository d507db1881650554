using Harness.Model;
using Harness.Model.Programs;
using Harness.Protocol;

namespace Harness.Cases.Tests;

public sealed class CaseSizesTests
{
    private const ulong KiB = 1 << 10;
    private const ulong MiB = 1 << 20;

    private static readonly CaseSizes[] All = [CaseSizes.Usual, CaseSizes.Of16KiB, CaseSizes.Of64KiB];

    [TestCase(4 * KiB, 64 * KiB, 2 * MiB, 4 * MiB)]
    [TestCase(16 * KiB, 64 * KiB, 32 * MiB, 32 * MiB)]
    [TestCase(64 * KiB, 256 * KiB, 512 * MiB, 512 * MiB)]
    public void A_page_size_decides_about_small_slots_blocks_and_what_is_adjacent(
        ulong page,
        ulong small,
        ulong block,
        ulong adjacent
    )
    {
        var sizes = new CaseSizes(page);

        Assert.That((sizes.Small, sizes.Block, sizes.MostAdjacent), Is.EqualTo((small, block, adjacent)));
    }

    [TestCase(Extent.Page, 64 * KiB, 64 * KiB)]
    [TestCase(Extent.Block, 2 * MiB, 2 * MiB)]
    [TestCase(Extent.Misaligned, 2 * MiB, 4 * MiB)]
    [TestCase(Extent.OddSize, 3 * MiB, 4 * MiB)]
    [TestCase(Extent.LargeMisaligned, 4 * MiB, 6 * MiB)]
    [TestCase(Extent.OddStart, 3 * MiB, 4 * MiB)]
    [TestCase(Extent.MisalignedEnd, 4 * MiB - 64 * KiB, 4 * MiB)]
    public void With_pages_of_4_KiB_stored_runs_are_read_with_the_sizes_they_had(
        Extent extent,
        ulong slot,
        ulong mapping
    ) =>
        Assert.That(
            (CaseSizes.Usual.SlotSize(extent), CaseSizes.Usual.MappingSize(extent)),
            Is.EqualTo((slot, mapping))
        );

    [TestCaseSource(nameof(All))]
    public void A_slot_lies_in_its_mapping_and_has_a_first_a_next_and_a_last_page(CaseSizes sizes)
    {
        foreach (var extent in Enum.GetValues<Extent>())
        {
            Assert.That(
                sizes.MappingOffset(extent) + sizes.SlotSize(extent),
                Is.LessThanOrEqualTo(sizes.MappingSize(extent)),
                $"{extent}"
            );
            Assert.That(sizes.SlotSize(extent) % sizes.Page, Is.Zero, $"{extent}");
            Assert.That(sizes.MappingOffset(extent) % sizes.Page, Is.Zero, $"{extent}");
            Assert.That(
                SlotPages.All.Select(p => sizes.PageOffset(extent, p)).Distinct().Count(),
                Is.EqualTo(3),
                $"{extent}"
            );
        }
    }

    [TestCaseSource(nameof(All))]
    public void A_block_fits_at_the_page_under_test_exactly_in_the_extents_for_one(CaseSizes sizes)
    {
        // fault_supports_stage2_huge_mapping(), arch/arm64/kvm/mmu.c
        bool Fits(Extent extent)
        {
            ulong host = sizes.MappingOffset(extent); // from an address that is aligned to a block
            bool sameOffset = CaseLayout.TestAddress % sizes.Block == host % sizes.Block;
            ulong start = host - host % sizes.Block;
            return sameOffset && start >= host && start + sizes.Block <= host + sizes.SlotSize(extent);
        }

        Assert.That(Enum.GetValues<Extent>().Where(Fits), Is.EqualTo(new[] { Extent.Block, Extent.OddSize }));
    }

    [TestCaseSource(nameof(All))]
    public void The_slots_of_every_case_keep_apart_and_fit_below_4_GiB(CaseSizes sizes)
    {
        var host = new ProbeAbilities(true, true, true, true)
        {
            PageSize = sizes.Page,
            Providers = new ProviderAbilities
            {
                Pci = new PciMemory("0000:00:10.0", 2, 0x80_0000_0000, 2 * sizes.Block, "1"),
                Dax = new DaxMemory(3 * sizes.Block),
            },
        };
        foreach (var extent in Enum.GetValues<Extent>())
        {
            ulong size = sizes.SlotSize(extent);
            Assert.That(CaseLayout.TestAddress % sizes.Block, Is.Zero);
            Assert.That(CaseLayout.TestAddress + size, Is.LessThanOrEqualTo(CaseLayout.FirstBoundAddress));
            Assert.That(CaseLayout.FirstBoundAddress + sizes.Block, Is.LessThanOrEqualTo(CaseLayout.MovedAddress));
            Assert.That(CaseLayout.MovedAddress + size, Is.LessThan(1ul << 32));
        }
        foreach (var c in AllCases.AttributeCases.Where(c => c.Extent != Extent.Page))
        {
            var steps = CaseCompiler.Compile(c, host).Program.Steps;
            Assert.That(
                steps.OfType<ExportStep>().Select(e => e.Size),
                Has.All.LessThanOrEqualTo(sizes.MostAdjacent),
                c.Key
            );
            Assert.That(steps.OfType<MemslotStep>().Select(s => s.Size % sizes.Page), Has.All.Zero, c.Key);
        }
    }

    [Test]
    public void With_pages_of_64_KiB_hugetlbfs_gives_pages_of_512_MiB()
    {
        var c = AllCases.AttributeCases.First(a => a.Backing.Provider == Provider.HugeTlb && a.Extent == Extent.Block);
        var host = new ProbeAbilities(true, true, false) { Providers = new ProviderAbilities() };

        var large = CaseCompiler.Compile(c, host with { PageSize = 64 * KiB }).Program.Steps;
        var usual = CaseCompiler.Compile(c, host).Program.Steps;

        Assert.That(large.OfType<HugePagesStep>().Single(), Is.EqualTo(new HugePagesStep("pool", 1, 512 << 10)));
        Assert.That(large.OfType<MemfdStep>().Single().HugeKiB, Is.EqualTo(512 << 10));
        Assert.That(usual.OfType<HugePagesStep>().Single(), Is.EqualTo(new HugePagesStep("pool", 1)));
        Assert.That(usual.OfType<MemfdStep>().Single().HugeKiB, Is.Null);
    }

    /// <summary>hugetlbpage_init(), arch/arm64/mm/hugetlbpage.c.</summary>
    [TestCase(Provider.HugeTlbContPte, 4, 64, 32)]
    [TestCase(Provider.HugeTlbContPte, 16, 2 << 10, 16)]
    [TestCase(Provider.HugeTlbContPte, 64, 2 << 10, 256)]
    [TestCase(Provider.HugeTlbContPmd, 4, 32 << 10, 1)]
    [TestCase(Provider.HugeTlbContPmd, 16, 1 << 20, 1)]
    [TestCase(Provider.HugeTlbContPmd, 64, 16 << 20, 1)]
    [TestCase(Provider.HugeTlbPud, 4, 1 << 20, 1)]
    public void Contiguous_pages_of_hugetlbfs_have_their_size_by_that_of_pages(
        Provider provider,
        int page,
        int kib,
        int count
    )
    {
        var host = new ProbeAbilities(true, true, false)
        {
            Providers = new ProviderAbilities(),
            PageSize = (ulong)page * KiB,
        };
        var cases = AllCases.AttributeCases.Where(a => a.Backing.Provider == provider).ToList();
        foreach (var c in cases)
        {
            var steps = CaseCompiler.Compile(c, host).Program.Steps;
            int? size = kib == 2 << 10 ? null : kib;
            var file = steps.OfType<MemfdStep>().Single();
            Assert.That((file.Huge, file.HugeKiB), Is.EqualTo((true, size)), c.Key);
            foreach (var map in steps.OfType<MapStep>().Where(m => m.Fd == "file"))
            {
                Assert.That(map.Size % ((ulong)kib << 10), Is.Zero, c.Key);
                Assert.That(map.Over is null ? map.Align % ((ulong)kib << 10) : 0, Is.Zero, c.Key);
            }
            if (c.Extent == Extent.Block)
                Assert.That(
                    steps.OfType<HugePagesStep>().Single(),
                    Is.EqualTo(new HugePagesStep("pool", count, size)),
                    c.Key
                );
        }
        Assert.That(cases.Count(c => c.Extent == Extent.Block), Is.GreaterThan(3));
    }

    [Test]
    public void A_udmabuf_is_smaller_than_a_block_of_512_MiB()
    {
        var c = AllCases.AttributeCases.First(a => a.Backing.Provider == Provider.UdmaBuf && a.Extent == Extent.Block);
        var host = new ProbeAbilities(true, true, false) { Providers = new ProviderAbilities() };

        Assert.That(CaseCompiler.NotRunnableReason(c, host), Is.Null);
        Assert.That(
            CaseCompiler.NotRunnableReason(c, host with { PageSize = 64 * KiB }),
            Does.Contain("udmabuf.size_limit_mb").And.Contain("512")
        );
    }
}
