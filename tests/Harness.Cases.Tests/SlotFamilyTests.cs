using Harness.Model;
using Harness.Protocol;

namespace Harness.Cases.Tests;

public class SlotFamilyTests
{
    private static readonly ProbeAbilities All = new(Exporter: true, Descriptor: true, Trace: true, Secretmem: true)
    {
        Providers = new ProviderAbilities { Pci = new PciMemory("0000:00:10.0", 2, 0x80_0000_0000, 16 << 20, "1") },
    };

    private static IEnumerable<AttributeCase> Of(string family) =>
        AllCases.Families.Single(f => f.Name == family).Cases.Cast<AttributeCase>();

    [TestCase("shape")]
    [TestCase("change")]
    [TestCase("device")]
    public void A_family_is_chosen_and_no_blind_product(string family) =>
        Assert.That(Of(family).Count(), Is.InRange(100, 300));

    [Test]
    public void Every_kind_of_change_and_every_placement_is_in_a_case()
    {
        Assert.That(
            Of("change")
                .Concat(Of("device"))
                .Concat(Of("hotplug"))
                .Select(c => c.Change?.Kind ?? ChangeKind.Unmap)
                .Distinct(),
            Is.EquivalentTo(Enum.GetValues<ChangeKind>())
        );
        Assert.That(Of("shape").Select(c => c.Placement).Distinct(), Is.EquivalentTo(Enum.GetValues<Placement>()));
    }

    [Test]
    public void The_change_is_made_between_the_first_guest_run_and_the_second()
    {
        foreach (var c in Of("change").Concat(Of("device")))
        {
            var compiled = CaseCompiler.Compile(c, All);
            var steps = compiled.Program.Steps.ToList();
            int first = compiled.Accesses[0].Run.Index,
                second = compiled.Accesses[1].Run.Index;
            int[] between =
            [
                .. Enumerable
                    .Range(first + 1, second - first - 1)
                    .Where(i => steps[i] is not (TraceStep or Stage2Step or GetRegistersStep)),
            ];

            Assert.That(compiled.Change!.Calls.Select(s => s.Index), Is.EqualTo(between).And.Not.Empty, c.Key);
        }
    }

    [Test]
    public void Every_name_is_set_before_it_is_used_and_once()
    {
        foreach (var c in Of("change").Concat(Of("device")).Concat(Of("shape")))
            StepNames.AssertSetBeforeUsed(CaseCompiler.Compile(c, All).Program.Steps, c.Key);
    }

    [Test]
    public void A_slot_over_two_VMAs_holds_both_and_its_page_stays_where_it_is()
    {
        var c = AllCases.Find("anonymous:private vma=rw slot=none write before=hole")!;
        var slot = CaseCompiler.Compile(c, All).Program.Steps.OfType<MemslotStep>().First();

        Assert.That(slot.Gpa, Is.EqualTo(CaseLayout.TestAddress - CaseSizes.Usual.Small));
        Assert.That(slot.Size, Is.EqualTo(2 * CaseSizes.Usual.Small));
    }

    [TestCase("at-ipa-end", 36, 0xf_ffff_0000ul)]
    [TestCase("page-beyond-ipa", 36, 0xf_ffff_1000ul)]
    [TestCase("at-ipa-end", 40, 0xff_ffff_0000ul)]
    public void A_slot_at_the_limit_of_a_hosts_IPA_size_is_where_the_guest_looks_for_it(
        string placed,
        int bits,
        ulong address
    )
    {
        var c = AllCases.Find($"anonymous:private vma=rw slot=none write placed={placed}")!;

        var compiled = CaseCompiler.Compile(c, All with { IpaBits = bits });

        var steps = compiled.Program.Steps;
        Assert.That(steps.OfType<MemslotStep>().First().Gpa, Is.EqualTo(address));
        ulong page = placed == "at-ipa-end" ? address : CaseLayout.TestAddress;
        Assert.That(compiled.Accesses[0].Page, Is.EqualTo(page));
        Assert.That(steps.OfType<Stage2Step>().Single().Ipa, Is.EqualTo(page));
        Assert.That(
            steps.OfType<SetRegistersStep>().First().Registers[GuestRegister.X1],
            Is.EqualTo(page),
            "where the guest stores"
        );
    }

    [TestCase("anonymous:private vma=rw slot=none read,write", "memory", 0ul)]
    [TestCase("anonymous:private vma=rw slot=none write before=hole", "memory", 0x1_0000ul)]
    [TestCase("anonymous:private vma=rw slot=none read,read then=map(pfnmap:unknown:wb:shared)", "changed", 0ul)]
    public void The_frame_of_the_accessed_page_is_read_around_the_last_descriptor(string key, string map, ulong offset)
    {
        var compiled = CaseCompiler.Compile(AllCases.Find(key)!, All);
        var steps = compiled.Program.Steps.ToList();
        var last = compiled.Accesses[^1];

        Assert.That(steps.OfType<FrameStep>(), Is.EqualTo(Enumerable.Repeat(new FrameStep(map, offset), 2)));
        Assert.That(
            (last.Frames!.Before.Index, last.Frames.After.Index),
            Is.EqualTo((last.Descriptor!.Value.Index - 1, last.Descriptor.Value.Index + 1))
        );
    }

    [TestCase("gmem:mmap vma=rw slot=none read")]
    [TestCase("hole vma=rw slot=none read")]
    public void Memory_that_the_process_does_not_have_has_no_frame(string key) =>
        Assert.That(CaseCompiler.Compile(AllCases.Find(key)!, All).Program.Steps.OfType<FrameStep>(), Is.Empty);

    [Test]
    public void A_slot_that_is_moved_onto_another_has_that_one_before_the_guest_runs()
    {
        var c = AllCases.Find("anonymous:private vma=rw slot=none write,read then=move-onto")!;

        var slots = CaseCompiler.Compile(c, All).Program.Steps.OfType<MemslotStep>().ToList();

        Assert.That(
            slots.Select(s => (s.Slot, s.Gpa)),
            Is.EqualTo(
                new[]
                {
                    (CaseLayout.OtherSlot, CaseLayout.MovedAddress),
                    (CaseLayout.TestSlot, CaseLayout.TestAddress),
                    (CaseLayout.CodeSlot, CaseLayout.CodeAddress),
                    (CaseLayout.TestSlot, CaseLayout.MovedAddress),
                }
            )
        );
    }

    [Test]
    public void A_change_to_a_drivers_memory_needs_the_exporter()
    {
        var c = AllCases.Find("anonymous:private vma=rw slot=none read,read then=map(pfnmap:unknown:wb:shared)")!;

        Assert.That(
            CaseCompiler.NotRunnableReason(c, new ProbeAbilities(Exporter: false, Descriptor: false, Trace: false)),
            Does.Contain("exporter")
        );
        Assert.That(CaseCompiler.NotRunnableReason(c, All), Is.Null);
    }
}
