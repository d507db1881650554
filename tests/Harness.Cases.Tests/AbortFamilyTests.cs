using Harness.Cases.Guest;
using Harness.Cases.Tests.Guest;
using Harness.Model;
using Harness.Model.Aborts;
using Harness.Protocol;

namespace Harness.Cases.Tests;

public sealed class AbortFamilyTests
{
    private static readonly ProbeAbilities Able = new(Exporter: true, Descriptor: true, Trace: true);

    private static CompiledCase Compiled(string acts, ProbeAbilities? host = null) =>
        CaseCompiler.Compile(new AbortCase(acts), host ?? Able);

    [TestCase("ldrsb-x.none", "ldrsb x0, [x1]")]
    [TestCase("ldrsh.none", "ldrsh w0, [x1]")]
    [TestCase("ldrsw.none", "ldrsw x0, [x1]")]
    [TestCase("stp.ro", "stp x2, x2, [x1]")]
    [TestCase("dc-ivac.ro", "dc ivac, x1")]
    [TestCase("prfm-store.plain", "prfm pstl1keep, [x1]")]
    public void An_act_is_one_instruction_between_a_nop_and_its_report(string act, string text)
    {
        var guest = GuestProgram.ForAborts([AbortAct.Parse(act)], null, out var entries);
        uint[] expected = GnuAssembler.Words([
            "nop",
            "movz x8, #0",
            "adr x15, .+20",
            text,
            "dsb sy",
            "movz x14, #0x100",
            "str w14, [x9]",
            "b .",
        ]);

        Assert.That(guest.Words.Skip((int)(entries[0] / 4)), Is.EqualTo(expected));
    }

    [Test]
    public void Every_instruction_has_its_code()
    {
        var acts = Enum.GetValues<AbortInstruction>().Select(i => new AbortAct(i, AbortPlace.None, AbortAnswer.Zero));

        Assert.That(
            () => acts.Select(a => GuestProgram.ForAborts([a], null, out _).Words.Count).ToList(),
            Throws.Nothing
        );
    }

    [Test]
    public void Each_act_has_a_page_of_its_own_whatever_the_page_size()
    {
        foreach (ulong page in (ulong[])[4 << 10, 16 << 10, 64 << 10])
        {
            var addresses = Compiled(
                "ldr.plain,ldr.ro,ldr.ro-mapped,ldr-across.plain,str-across.none,ldr-by-table.log",
                Able with
                {
                    PageSize = page,
                }
            )
                .AbortActs.Select(a => a.Act!.Address / page)
                .ToList();

            Assert.That(addresses, Is.Unique);
        }
    }

    [Test]
    public void A_VM_is_smaller_where_that_is_tested_and_only_there()
    {
        static ulong Type(CompiledCase c) => c.Program.Steps.OfType<VmStep>().Single().Type;

        Assert.Multiple(() =>
        {
            Assert.That(Type(Compiled("ldr.beyond-vm")), Is.EqualTo(36));
            Assert.That(Type(Compiled("ldr.beyond-limit")), Is.Zero);
            Assert.That(
                Compiled("ldr.beyond-limit", Able with { IpaLimit = 48 }).AbortActs[0].Act!.Address,
                Is.EqualTo(1ul << 48)
            );
        });
    }

    [TestCase("ldr.beyond-vm", 36, true, HostPart.IpaSize)]
    [TestCase("ldr.beyond-vm", 37, true, null)]
    [TestCase("ldr-by-flag.plain", 40, false, HostPart.AccessFlag)]
    [TestCase("ldr-by-table.plain", 40, false, null)]
    [TestCase("ldr.device", 40, true, null)]
    public void What_a_host_lacks_is_a_reason(string acts, int limit, bool flag, HostPart? part) =>
        Assert.That(
            CaseCompiler.Missing(new AbortCase(acts), Able with { IpaLimit = limit, SetsAccessFlag = flag })?.Part,
            Is.EqualTo(part)
        );

    [Test]
    public void Memory_of_a_driver_needs_the_exporter() =>
        Assert.That(
            CaseCompiler.Missing(new AbortCase("ldr.device"), Able with { Exporter = false })?.Part,
            Is.EqualTo(HostPart.Exporter)
        );

    [Test]
    public void The_tables_map_each_walked_address_by_the_page_of_its_act()
    {
        var tables = new AbortTables(0x10_0000, 0x0900_0000, 0x4000_0000, [null, 0x4102_0000]);

        Assert.Multiple(() =>
        {
            Assert.That(tables.WalkedAddress(1), Is.EqualTo(0x8020_0000));
            Assert.That(
                tables.Words(7).Select(w => (w.Offset, w.Words[0])),
                Is.EquivalentTo(
                    new (ulong, uint)[]
                    {
                        (0x8000, 0x10_9003),
                        (0x8008, 0x4000_0719), // of the lower half: AF, SH 3, AttrIndx 6, a block
                        (0x8010, 0x10_a003),
                        (0x9000, 0x0000_0719),
                        (0x9000 + 0x48 * 8, 0x0900_0701),
                        (0xa008, 0x4102_0003),
                        (0xf000, 7),
                    }
                )
            );
            Assert.That(tables.Descriptor(flagged: true) ^ tables.Descriptor(flagged: false), Is.EqualTo(1ul << 10));
        });
    }

    [Test]
    public void The_process_writes_the_table_of_each_slot()
    {
        var words = Compiled("ldr-by-table.none,ldr-by-table.ro,ldr-by-flag.log")
            .Program.Steps.OfType<WordsStep>()
            .Where(w => w.Map != "code");

        Assert.That(
            words.Select(w => (w.Map, w.Offset, w.Words[0] >> 10 & 1)),
            Is.EqualTo([("ro", 0x1_0000ul, 1u), ("log", 0x2_0000ul, 0u)])
        );
    }
}
