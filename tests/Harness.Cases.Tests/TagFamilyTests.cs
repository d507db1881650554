using Harness.Cases.Guest;
using Harness.Cases.Tests.Guest;
using Harness.Model.Tags;
using Harness.Protocol;

namespace Harness.Cases.Tests;

public sealed class TagFamilyTests
{
    private static readonly ProbeAbilities Able = new(Exporter: true, Descriptor: true, Trace: true);

    private static CompiledCase Compiled(string acts, ProbeAbilities? host = null) =>
        CaseCompiler.Compile(new TagCase(acts), host ?? Able);

    private static CopyTagsStep Copy(string act, ulong page = 4096) =>
        Compiled(act, Able with { PageSize = page }).Program.Steps.OfType<CopyTagsStep>().Single();

    [TestCase("from.plain", 0ul, 4096ul, 1ul, 512ul, 0)]
    [TestCase("to.plain", 0ul, 4096ul, 0ul, 512ul, 1)]
    [TestCase("to.shared.last", 0x100_1000ul, 4096ul, 0ul, 512ul, 1)]
    [TestCase("from.plain.past-end", 4096ul, 8192ul, 1ul, 512ul, 0)]
    [TestCase("to.plain.all-short", 0ul, 8192ul, 0ul, 384ul, 1)]
    [TestCase("to.plain.short", 0ul, 4096ul, 0ul, 128ul, 1)]
    [TestCase("to.plain.no-buffer", 0ul, 4096ul, 0ul, 0ul, 1)]
    [TestCase("from.plain.nothing", 0ul, 0ul, 1ul, 512ul, 0)]
    [TestCase("from.plain.long", 0ul, 0x8000_0000ul, 1ul, 512ul, 0)]
    [TestCase("from.plain.address-unaligned", 2048ul, 4096ul, 1ul, 512ul, 0)]
    [TestCase("from.plain.length-unaligned", 0ul, 2048ul, 1ul, 512ul, 0)]
    [TestCase("from.plain.flags", 0ul, 4096ul, 3ul, 512ul, 0)]
    [TestCase("to.plain.flags", 0ul, 4096ul, 2ul, 512ul, 1)]
    public void A_copy_has_its_arguments(string act, ulong at, ulong length, ulong flags, ulong room, int tag) =>
        Assert.That(Copy(act), Is.EqualTo(new CopyTagsStep("vm", 0x4000_0000 + at, length, flags, room, (byte)tag)));

    [Test]
    public void Half_of_a_page_is_half_of_any()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Copy("from.plain.short", 16 << 10).Room, Is.EqualTo(512));
            Assert.That(Copy("from.plain.all-short", 64 << 10).Room, Is.EqualTo(6144));
            Assert.That(Copy("from.plain.reserved").Reserved, Is.EqualTo(1));
        });
    }

    [Test]
    public void A_VM_whose_guest_does_nothing_has_no_code()
    {
        Assert.Multiple(() =>
        {
            Assert.That(
                Compiled("enable,vcpu").Program.Steps.Select(s => s.Op),
                Is.EqualTo(["vm", "enable-cap", "vcpu"])
            );
            Assert.That(
                Compiled("slot.plain,vcpu,ldg.plain").Program.Steps.OfType<MapStep>().Select(m => m.As),
                Is.EqualTo(["plain", "code"])
            );
        });
    }

    [Test]
    public void The_guest_stores_a_tag_and_loads_one()
    {
        var tables = new TagTables(0x10_0000, 0x0900_0000, 0x4000_0000);
        var guest = GuestProgram.ForTags(tables, out var entries);
        uint[] words = [.. guest.Words];
        uint[] stores = words[(int)(entries[0] / 4)..(int)(entries[1] / 4)];
        uint[] loads = words[(int)(entries[1] / 4)..];

        Assert.Multiple(() =>
        {
            Assert.That(stores, Has.Member(GnuAssembler.Words(["stg x2, [x1]"])[0]));
            Assert.That(loads, Has.Member(GnuAssembler.Words(["ldg x17, [x1]"])[0]));
        });
    }

    [Test]
    public void The_tables_map_the_slots_as_tagged_memory()
    {
        var tables = new TagTables(0x10_0000, 0x0900_0000, 0x4000_0000);

        Assert.Multiple(() =>
        {
            Assert.That(
                tables.Words.Select(w => (w.Offset, w.Words[0])),
                Is.EquivalentTo(
                    new (ulong, uint)[]
                    {
                        (0x8000, 0x10_9003),
                        (0x8008, 0x4000_071d), // of the lower half: AF, SH 3, AttrIndx 7, a block
                        (0x9000, 0x0000_0719),
                        (0x9000 + 0x48 * 8, 0x0900_0701),
                    }
                )
            );
            Assert.That(TagTables.Mair >> 56, Is.EqualTo(0xf0));
            Assert.That(TagTables.Sctlr ^ StageOneTables.Sctlr, Is.EqualTo(1ul << 43));
        });
    }

    [TestCase("slot.plain,vcpu,ldg.plain", false, HostPart.MemoryTags)]
    [TestCase("slot.plain,vcpu,ldg.plain", true, null)]
    [TestCase("enable,from.plain", false, null)]
    public void A_guest_with_tags_needs_a_CPU_with_some(string acts, bool tags, HostPart? part) =>
        Assert.That(CaseCompiler.Missing(new TagCase(acts), Able with { MemoryTags = tags })?.Part, Is.EqualTo(part));
}
