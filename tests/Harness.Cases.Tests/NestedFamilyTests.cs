using Harness.Cases.Guest;
using Harness.Cases.Tests.Guest;
using Harness.Model.Nesting;
using Harness.Protocol;

namespace Harness.Cases.Tests;

public sealed class NestedFamilyTests
{
    private static readonly ProbeAbilities Able = new(Exporter: true, Descriptor: true, Trace: true)
    {
        Nested = true,
        IpaLimit = 48,
    };

    private static CompiledCase Compiled(string acts, ProbeAbilities? host = null) =>
        CaseCompiler.Compile(new NestedCase(acts), host ?? Able);

    private static uint[] From(NestedGuest guest, ulong offset, int count) =>
        [.. guest.Words.Skip((int)(offset / 4)).Take(count)];

    [Test]
    public void A_nested_guest_is_entered_with_the_stage_2_of_its_hypervisor()
    {
        var guest = NestedGuest.At(0x10_0000, new StageTwoTables(0x10_0000));
        ulong code = 0x10_1000 + 12 * 4;
        uint[] expected = GnuAssembler.Words([
            "nop",
            "movz x8, #0",
            "movz x18, #0",
            "movk x18, #0x10, lsl #16",
            "msr vbar_el2, x18",
            "movz x18, #0x8000",
            "movk x18, #0x10, lsl #16",
            "movk x18, #1, lsl #48",
            "msr vttbr_el2, x18",
            "movz x18, #0x3559",
            "movk x18, #0x8002, lsl #16",
            "msr vtcr_el2, x18",
            "movz x18, #0x39",
            "movk x18, #0x8000, lsl #16",
            "movk x18, #0x304, lsl #32",
            "msr hcr_el2, x18",
            "isb",
            "movz x18, #0x3c5",
            "msr spsr_el2, x18",
            $"movz x18, #{code & 0xffff}",
            "movk x18, #0x10, lsl #16",
            "msr elr_el2, x18",
            "eret",
        ]);

        Assert.Multiple(() =>
        {
            Assert.That(From(guest, guest.Entries[(int)NestedEntry.Read], expected.Length), Is.EqualTo(expected));
            Assert.That(
                From(guest, code - 0x10_0000, 3),
                Is.EqualTo(GnuAssembler.Words(["ldr w0, [x1]", "hvc #1", "b ."]))
            );
        });
    }

    [TestCase(NestedEntry.Map, "str x3, [x4]")]
    [TestCase(NestedEntry.Invalidate, "dsb sy", "tlbi ipas2e1is, x5", "dsb sy", "tlbi vmalle1is")]
    [TestCase(NestedEntry.InvalidateAll, "dsb sy", "tlbi vmalls12e1is")]
    public void A_guest_hypervisor_reports_what_it_did(NestedEntry entry, params string[] does)
    {
        var guest = NestedGuest.At(0x10_0000, new StageTwoTables(0x10_0000));
        const int Before = 17; // as above, up to the ISB
        uint[] expected = GnuAssembler.Words([.. does, "dsb sy", "isb", "add x14, x8, #0x100", "str w14, [x9]", "b ."]);

        Assert.That(From(guest, guest.Entries[(int)entry] + 4 * Before, expected.Length), Is.EqualTo(expected));
    }

    [Test]
    public void Both_tables_of_vectors_lead_to_their_handlers()
    {
        var guest = NestedGuest.At(0x10_0000, new StageTwoTables(0x10_0000));
        uint[] taken = GnuAssembler.Words([
            "mrs x10, esr_el2",
            "mrs x11, far_el2",
            "mrs x12, elr_el2",
            "mrs x17, hpfar_el2",
            "add x14, x8, #0x200",
            "str w14, [x9]",
            "b .",
            "mrs x19, esr_el1",
            "mrs x20, far_el1",
            "mrs x21, elr_el1",
            "hvc #2",
            "b .",
        ]);

        Assert.Multiple(() =>
        {
            Assert.That(guest.NestedVectors, Is.EqualTo(0x800));
            Assert.That(From(guest, 0x1000, taken.Length), Is.EqualTo(taken));
            Assert.That(
                From(guest, 0x400, 2),
                Is.EqualTo(GnuAssembler.Words(["movz x13, #0x400", $"b .+{0x1000 - 0x404}"]))
            );
            Assert.That(
                From(guest, 0x800 + 0x200, 2),
                Is.EqualTo(GnuAssembler.Words(["movz x13, #0x200", $"b .+{0x1000 + 28 - 0xa04}"]))
            );
        });
    }

    // Arm ARM D8.3: MemAttr 5:2, S2AP 7:6, SH 9:8, AF 10, XN 54:53.
    [TestCase("rwx", 0x4010_07fful)]
    [TestCase("r", 0x0040_0000_4010_077ful)]
    [TestCase("w", 0x0040_0000_4010_07bful)]
    [TestCase("no", 0x0040_0000_4010_073ful)]
    [TestCase("x", 0x4010_073ful)]
    [TestCase("rw.nc", 0x0040_0000_4010_07d7ul)]
    [TestCase("rx.device", 0x4010_0747ul)]
    [TestCase("rwx.unused", 0x4010_03fful)]
    [TestCase("rwx.block", 0x4000_07fdul)]
    [TestCase("invalid", 0ul)]
    public void A_descriptor_says_what_its_name_says(string mapping, ulong descriptor) =>
        Assert.That(
            StageTwoTables.Descriptor(NestedMapping.Find(mapping)!.Value, 0x4010_0000).ToString("x16"),
            Is.EqualTo(descriptor.ToString("x16"))
        );

    [Test]
    public void The_tables_translate_each_page_to_its_memory()
    {
        var tables = new StageTwoTables(0x10_0000);
        var words = tables.Words([
            (NestedMapping.Find("rwx")!.Value, 0x4100_0000),
            (NestedMapping.Find("r.block")!.Value, 0x4101_0000),
            (NestedMapping.Find("invalid")!.Value, 0x4102_0000),
        ]);

        Assert.Multiple(() =>
        {
            Assert.That(
                words.Select(w => (w.Offset, w.Words[0])),
                Is.EquivalentTo(
                    new (ulong, uint)[]
                    {
                        (0x8000, 0x10_9003),
                        (0x8000 + 4 * 8, 0x10_a003),
                        (0x8000 + 5 * 8, 0x10_c003),
                        (0x9000, 0x7fd), // 2 MiB with the code: AF, SH 3, S2AP rw, MemAttr 0b1111
                        (0xa000, 0x10_b003),
                        (0xb000, 0x4100_07ff),
                        (0xc008, 0x4100_077d),
                    }
                )
            );
            Assert.That(
                StageTwoTables.AddressOf(1, NestedMapping.Find("r.block")!.Value, 0x4101_0000),
                Is.EqualTo(0x1_4020_0000 + 0x1_0000)
            );
            Assert.That(
                tables.DescriptorAddress(2, NestedMapping.Find("invalid")!.Value),
                Is.EqualTo(0x10_0000 + 0xb000 + 0x20 * 8)
            );
        });
    }

    [Test]
    public void Code_and_tables_are_beside_each_other()
    {
        var guest = NestedGuest.At(CaseLayout.CodeAddress, new StageTwoTables(CaseLayout.CodeAddress));

        Assert.That(guest.Words.Count * 4, Is.LessThan(0x8000));
    }

    [Test]
    public void A_page_is_changed_where_it_is_mapped()
    {
        var compiled = Compiled("plain.rwx,read,plain.r.block,map-invalid.block,tlbi,read-beyond");
        var registers = compiled.Program.Steps.OfType<SetRegistersStep>().Skip(1).Select(s => s.Registers).ToList();
        ulong block = compiled.NestedActs[5].Run!.Address & ~(1ul << 39);

        Assert.Multiple(() =>
        {
            Assert.That(compiled.NestedActs[1].Run!.Address, Is.EqualTo(0x1_0000_0000));
            Assert.That(compiled.NestedActs[1].Run!.Memory, Is.EqualTo(0x4100_0000));
            Assert.That(registers[1][GuestRegister.X3], Is.Zero);
            Assert.That(registers[1][GuestRegister.X4], Is.EqualTo(0x10_0000 + 0xc008));
            Assert.That(registers[2][GuestRegister.X5], Is.EqualTo(block >> 12));
            Assert.That(compiled.NestedActs[5].Run!.Address, Is.Not.EqualTo(block));
        });
    }

    [Test]
    public void The_vCPU_has_EL2_and_a_GIC()
    {
        var steps = Compiled("plain.rwx,read").Program.Steps;

        Assert.Multiple(() =>
        {
            Assert.That(steps.OfType<VcpuStep>().Single().Features, Is.EqualTo(0x80));
            Assert.That(steps.OfType<GicStep>().Single().Vm, Is.EqualTo("vm"));
            Assert.That(steps.OfType<Stage2Step>().All(s => s.Shadow));
        });
    }

    [Test]
    public void What_drops_a_shadow_takes_its_time()
    {
        int usual = Compiled("plain.rwx,read").Program.DeadlineMs;

        Assert.That(
            Compiled("plain.rwx,read,tlbi-all,host-discard").Program.DeadlineMs,
            Is.GreaterThan(usual + 100_000)
        );
    }

    [TestCase(true, false, 4, 52, null)]
    [TestCase(true, true, 4, 48, null)]
    [TestCase(true, true, 4, 52, HostPart.Nested)]
    [TestCase(false, false, 4, 48, HostPart.Nested)]
    [TestCase(true, false, 16, 48, HostPart.PageSize)]
    public void What_a_host_lacks_is_a_reason(bool nested, bool emulated, int pageKiB, int limit, HostPart? part) =>
        Assert.That(
            CaseCompiler
                .Missing(
                    new NestedCase("plain.rwx,read"),
                    Able with
                    {
                        Nested = nested,
                        Emulated = emulated,
                        PageSize = (ulong)pageKiB << 10,
                        IpaLimit = limit,
                    }
                )
                ?.Part,
            Is.EqualTo(part)
        );

    [Test]
    public void Every_case_of_the_family_compiles() =>
        Assert.That(
            () =>
                AllCases
                    .Cases.OfType<NestedCase>()
                    .Select(c => CaseCompiler.Compile(c, Able).NestedActs.Count == c.Acts.Count)
                    .ToList(),
            Has.All.True
        );
}
