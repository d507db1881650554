using Harness.Cases.Guest;
using Harness.Cases.Tests.Guest;
using Harness.Model.Rings;
using Harness.Protocol;

namespace Harness.Cases.Tests;

public sealed class RingFamilyTests
{
    private static readonly ProbeAbilities Able = new(Exporter: true, Descriptor: true, Trace: true);

    private static IReadOnlyList<Step> Steps(string acts) =>
        CaseCompiler.Compile(new RingCase(acts), Able).Program.Steps;

    [Test]
    public void The_guest_stores_to_page_after_page()
    {
        var guest = GuestProgram.ForPages(out ulong entry);

        Assert.That(
            guest.Words.Skip((int)(entry / 4)).Skip(3).Take(4),
            Is.EqualTo(GnuAssembler.Words(["str w2, [x1]", "add x1, x1, x4", "sub x3, x3, #1", "cbnz x3, .-12"]))
        );
    }

    [Test]
    public void The_ring_has_256_entries_and_is_enabled_before_the_slot_and_the_vCPU()
    {
        var steps = Steps("store.1,read,reset");
        string[] ops = [.. steps.Select(s => s.Op)];

        Assert.Multiple(() =>
        {
            Assert.That(steps.OfType<EnableCapabilityStep>().Select(s => s.Argument), Is.EqualTo([4096, 0]));
            Assert.That(steps.OfType<RingStep>().Single().Size, Is.EqualTo(4096));
            Assert.That(Array.IndexOf(ops, "enable-cap"), Is.LessThan(Array.IndexOf(ops, "memslot")));
            Assert.That(steps.OfType<MemslotStep>().First(), Has.Property("Flags").EqualTo(1));
        });
    }

    [Test]
    public void Each_run_of_stores_begins_where_the_guest_is_by_then()
    {
        var begins = Steps("store.300,read,reset,run,rewind,store.5,store.2")
            .OfType<SetRegistersStep>()
            .Where(s => s.Registers.ContainsKey(GuestRegister.X3))
            .Select(s => ((s.Registers[GuestRegister.X1] - 0x4000_0000) / 4096, s.Registers[GuestRegister.X3]));

        Assert.That(begins, Is.EqualTo(new[] { (0ul, 300ul), (0ul, 5ul), (5ul, 2ul) }));
    }

    [TestCase(4, null)]
    [TestCase(16, HostPart.PageSize)]
    public void A_ring_of_a_larger_page_is_another(int kib, HostPart? part) =>
        Assert.That(
            CaseCompiler.Missing(new RingCase("store.1,read,reset"), Able with { PageSize = (ulong)kib << 10 })?.Part,
            Is.EqualTo(part)
        );
}
