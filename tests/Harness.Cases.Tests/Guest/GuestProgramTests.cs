using Harness.Cases.Guest;

namespace Harness.Cases.Tests.Guest;

public sealed class GuestProgramTests
{
    private const ulong DataAbort = 0x9600_0010,
        PrefetchAbort = 0x8600_0010,
        UndefinedInstruction = 0x0200_0000;
    private const ulong ExclusiveAbort = 0x9600_0035;

    [Test]
    public void Accesses_that_go_through_are_reported_one_by_one()
    {
        var guest = Machine(GuestAccess.Read, GuestAccess.Write, GuestAccess.Read);

        Assert.That(guest.Run(), Is.EqualTo(0x100u));
        Assert.That(guest.Accesses, Is.EqualTo(new[] { "load w0" }), "the second waits until the host has looked");
        Assert.That(guest.Run(), Is.EqualTo(0x101u));
        Assert.That(guest.Run(), Is.EqualTo(0x102u));
        Assert.That(guest.Run(), Is.Null, "then it spins in place");
        Assert.That(guest.Accesses, Is.EqualTo(new[] { "load w0", "store 5a5a", "load w0" }));
    }

    [Test]
    public void A_page_of_zeroes_that_is_executed_reports_an_undefined_instruction_at_its_own_address()
    {
        var guest = Machine(GuestAccess.Execute);

        Assert.That(guest.Run(), Is.EqualTo(0x200u));
        Assert.That(guest.X[10], Is.EqualTo(UndefinedInstruction));
        Assert.That(guest.X[12], Is.EqualTo(GuestMachine.Page));
        Assert.That(guest.X[13], Is.EqualTo(0x200));
        Assert.That(guest.Run(), Is.Null);
    }

    [TestCase(GuestAccess.Read, "load w0", DataAbort)]
    [TestCase(GuestAccess.Write, "store 5a5a", DataAbort)]
    [TestCase(GuestAccess.Execute, "fetch", PrefetchAbort)]
    [TestCase(GuestAccess.Exclusive, "load-exclusive w0", ExclusiveAbort)]
    public void An_exception_is_reported_with_its_registers_and_the_next_access_follows(
        GuestAccess access,
        string name,
        ulong syndrome
    )
    {
        var guest = Machine(access, GuestAccess.Read, access);
        bool first = true;
        guest.OnPage = a => a == name && first ? syndrome : null;

        Assert.That(guest.Run(), Is.EqualTo(0x200u));
        Assert.That((guest.X[10], guest.X[11]), Is.EqualTo((syndrome, GuestMachine.Page)));
        Assert.That(guest.X[13], Is.EqualTo(0x200));
        first = false;
        Assert.That(guest.Run(), Is.EqualTo(0x101u));
        Assert.That(guest.Run(), Is.EqualTo(access == GuestAccess.Execute ? 0x202u : 0x102u));
        Assert.That(guest.Accesses, Is.EqualTo(new[] { name, "load w0", name }));
    }

    [Test]
    public void A_repeated_access_is_counted_until_X5_is_zero_and_made_once_more()
    {
        var guest = Prepared(
            new GuestMachine(GuestProgram.ForRepeated(GuestAccess.Write, GuestAccess.Read), 0x10_0000)
        );
        guest.X[5] = 1;
        Assert.That(guest.Run(), Is.EqualTo(0x100u));
        guest.OnPage = _ =>
        {
            guest.X[5] = guest.Accesses.Count < 5 ? 1u : 0u;
            return null;
        };
        Assert.That(guest.Run(), Is.EqualTo(0x101u));
        Assert.That(guest.X[6], Is.EqualTo(4), "the loads in the loop");
        Assert.That(
            guest.Accesses,
            Is.EqualTo(new[] { "store 5a5a", "load w0", "load w0", "load w0", "load w0", "load w0" })
        );
    }

    [Test]
    public void A_load_exclusive_that_goes_through_leaves_no_monitor_behind()
    {
        var guest = Machine(GuestAccess.Exclusive, GuestAccess.Read);

        Assert.That(guest.Run(), Is.EqualTo(0x100u));
        Assert.That(guest.Monitor, Is.False);
        Assert.That(guest.Run(), Is.EqualTo(0x101u));
        Assert.That(guest.Accesses, Is.EqualTo(new[] { "load-exclusive w0", "load w0" }));
    }

    [Test]
    public void Each_of_the_sixteen_vectors_reports_its_own_offset()
    {
        var program = GuestProgram.ForAccesses(GuestAccess.Read);

        for (int i = 0; i < 16; i++)
            Assert.That(
                program.Words.Skip((int)program.VectorOffset / 4 + i * 32).Take(32),
                Does.Contain(A64.Movz(Register.X(13), i * 0x80))
            );
        Assert.That(program.VectorOffset % 2048, Is.Zero);
        Assert.That(program.EntryOffset, Is.GreaterThanOrEqualTo(program.VectorOffset + 16 * 0x80));
    }

    [Test]
    public void The_code_works_wherever_it_lies()
    {
        var program = GuestProgram.ForAccesses(GuestAccess.Execute, GuestAccess.Write);
        foreach (ulong address in (ulong[])[0, 0x10_0000, 0xff_ffff_f000 & ~0x7fful])
        {
            var guest = Prepared(new GuestMachine(program, address));
            Assert.That(guest.Run(), Is.EqualTo(0x200u));
            Assert.That(guest.Run(), Is.EqualTo(0x101u));
        }
    }

    [Test]
    public void As_many_accesses_as_a_report_can_number_are_distinguished()
    {
        var guest = Machine([.. Enumerable.Repeat(GuestAccess.Write, 255)]);

        for (uint i = 0; i < 255; i++)
            Assert.That(guest.Run(), Is.EqualTo(GuestProgram.Finished + i));
    }

    [TestCase(0)]
    [TestCase(256)]
    public void No_access_or_more_than_that_is_refused(int accesses) =>
        Assert.That(
            () => GuestProgram.ForAccesses(new GuestAccess[accesses]),
            Throws.InstanceOf<ArgumentOutOfRangeException>()
        );

    [Test]
    public void An_unknown_access_is_refused() =>
        Assert.That(() => GuestProgram.ForAccesses((GuestAccess)99), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [TestCase(PageOperation.UnalignedLoad, "ldr w0, [x1]", "ldur w0, [x1, #13]")]
    [TestCase(PageOperation.UnalignedStore, "str w2, [x1]", "stur w2, [x1, #13]")]
    [TestCase(PageOperation.ZeroBlock, "str w2, [x1]", "dc zva, x1")]
    [TestCase(
        PageOperation.ExclusivePair,
        "ldxr w0, [x1]",
        "stxr w17, w2, [x1]",
        "cbz x17, .+12",
        "sub x18, x18, #1",
        "cbnz x18, .-16"
    )]
    [TestCase(PageOperation.AtomicAdd, "ldadd w2, w0, [x1]")]
    [TestCase(PageOperation.CompareAndSwap, "cas w0, w2, [x1]")]
    [TestCase(PageOperation.Execute, "br x1")]
    [TestCase(PageOperation.Translate, "ldr w0, [x1]", "at s1e1r, x1", "isb", "mrs x17, par_el1")]
    public void An_operation_follows_its_own_aligned_access_without_a_report_between(
        PageOperation operation,
        params string[] text
    )
    {
        var program = GuestProgram.WithTables(Tables, operation, mayStore: true, GuestAccess.Read);
        uint[] expected = GnuAssembler.Words([.. text, "dsb sy", "movz x14, #0x101", "str w14, [x9]", "b ."]);

        Assert.That(program.Words.TakeLast(expected.Length), Is.EqualTo(expected));
    }

    [TestCase(GuestAccess.LoadPostIndexed, "mov x18, x1", "ldr w0, [x18], #8")]
    [TestCase(GuestAccess.StorePostIndexed, "mov x18, x1", "str w2, [x18], #8")]
    [TestCase(GuestAccess.LoadPreIndexed, "sub x18, x1, #8", "ldr w0, [x18, #8]!")]
    [TestCase(GuestAccess.StorePreIndexed, "sub x18, x1, #8", "str w2, [x18, #8]!")]
    [TestCase(GuestAccess.LoadPair, "ldp x0, x3, [x1]")]
    [TestCase(GuestAccess.StorePair, "stp x2, x2, [x1]")]
    [TestCase(GuestAccess.LoadByte, "ldrb w0, [x1]")]
    [TestCase(GuestAccess.LoadSignedHalf, "ldrsh w0, [x1]")]
    [TestCase(GuestAccess.LoadDouble, "ldr x0, [x1]")]
    [TestCase(GuestAccess.StoreByte, "strb w2, [x1]")]
    [TestCase(GuestAccess.StoreHalf, "strh w2, [x1]")]
    [TestCase(GuestAccess.StoreDouble, "str x2, [x1]")]
    [TestCase(GuestAccess.LoadVector, "ldr q0, [x1]")]
    [TestCase(GuestAccess.StoreVector, "str q0, [x1]")]
    public void An_access_leaves_X1_as_it_was(GuestAccess access, params string[] text)
    {
        var program = GuestProgram.ForAccesses(access);
        uint[] expected = GnuAssembler.Words([.. text, "dsb sy", "movz x14, #0x100", "str w14, [x9]", "b ."]);
        uint[] enabled = GnuAssembler.Words(["movz x18, #0", "movk x18, #0x30, lsl #16", "msr cpacr_el1, x18", "isb"]);

        Assert.That(program.Words.TakeLast(expected.Length), Is.EqualTo(expected));
        if (access is GuestAccess.LoadVector or GuestAccess.StoreVector)
            Assert.That(
                program.Words.Skip((int)program.EntryOffset / 4).Take(enabled.Length),
                Is.EqualTo(enabled),
                "SIMD is trapped else"
            );
        else
            Assert.That(program.Words, Does.Not.Contain(enabled[2]));
    }

    [TestCase(LineOperation.Load, "ldr w17, [x1]")]
    [TestCase(LineOperation.Store, "str w2, [x1]")]
    [TestCase(LineOperation.Clean, "dc cvac, x1")]
    [TestCase(LineOperation.CleanInvalidate, "dc civac, x1")]
    [TestCase(LineOperation.Invalidate, "dc ivac, x1")]
    [TestCase(LineOperation.Atomic, "ldadd wzr, w17, [x1]")]
    [TestCase(
        LineOperation.Exclusive,
        "movz x18, #64",
        "ldxr w17, [x1]",
        "stxr w0, w2, [x1]",
        "cbz x0, .+12",
        "sub x18, x18, #1",
        "cbnz x18, .-16",
        "add x17, x17, x0, lsl #32"
    )]
    [TestCase(
        LineOperation.Execute,
        "adr x20, .+20",
        "adr x21, .+24",
        "adr x22, .+28",
        "isb",
        "br x1",
        "mov x17, x3",
        "b .+16",
        "mov x17, x4",
        "b .+8",
        "mov x17, x5"
    )]
    public void An_operation_on_a_line_begins_where_KVM_may_skip_an_instruction(
        LineOperation operation,
        params string[] text
    )
    {
        var program = GuestProgram.ForLines([LineOperation.Load, operation], tables: null, out var entries);
        uint[] expected = GnuAssembler.Words([.. text, "dsb sy", "movz x14, #0x101", "str w14, [x9]", "b ."]);

        Assert.That(program.Words.TakeLast(expected.Length), Is.EqualTo(expected));
        Assert.That(entries.Select(at => program.Words[(int)at / 4]), Is.All.EqualTo(A64.Nop()));
        Assert.That(entries, Is.Ordered.And.Unique.And.Count.EqualTo(2));
    }

    [Test]
    public void Each_operation_on_a_line_of_a_guest_with_tables_enables_its_MMU_first()
    {
        var program = GuestProgram.ForLines([LineOperation.Load, LineOperation.Store], Tables, out var entries);
        uint[] on = GnuAssembler.Words(["msr sctlr_el1, x18", "isb"]);

        foreach (ulong entry in entries)
        {
            var words = program.Words.Skip((int)entry / 4).ToList();
            int at = words.IndexOf(on[0]);
            Assert.That(words[at + 1], Is.EqualTo(on[1]));
            Assert.That(words.IndexOf(A64.DataBarrier(), at), Is.GreaterThan(at));
        }
    }

    [Test]
    public void The_MMU_is_on_before_the_first_access()
    {
        var words = GuestProgram
            .WithTables(Tables, PageOperation.Execute, mayStore: true, GuestAccess.Read)
            .Words.ToList();
        uint[] on = GnuAssembler.Words(["msr sctlr_el1, x18", "isb"]);

        int at = words.IndexOf(on[0]);
        Assert.That(words[at + 1], Is.EqualTo(on[1]));
        Assert.That(words.IndexOf(A64.Load32(Register.X(0), Register.X(1))), Is.GreaterThan(at));
    }

    [Test]
    public void The_tables_lead_each_address_to_itself_with_its_own_type()
    {
        for (int type = 0; type < StageOneTables.Attributes.Count; type++)
        {
            var memory = (Tables with { PageAttribute = type }).Words.ToDictionary(
                w => Tables.CodeAddress + w.Offset,
                w => w.Words[0] | (ulong)w.Words.ElementAtOrDefault(1) << 32
            );
            Assert.That(Walk(memory, 0x10_0810), Is.EqualTo((0x10_0810ul, 0xff, true)), "code");
            Assert.That(Walk(memory, GuestMachine.Report), Is.EqualTo((GuestMachine.Report, 0x00, false)), "report");
            Assert.That(
                Walk(memory, GuestMachine.Page),
                Is.EqualTo((GuestMachine.Page, StageOneTables.Attributes[type], true)),
                "page"
            );
        }
    }

    private static StageOneTables Tables { get; } = new(0x10_0000, GuestMachine.Page, GuestMachine.Report, 4);

    /// <summary>
    /// A walk with the 4 KiB granule from level 1: address, attribute of MAIR_EL1, executable at EL1.
    /// </summary>
    private static (ulong Address, int Attribute, bool Execute)? Walk(Dictionary<ulong, ulong> memory, ulong address)
    {
        ulong table = Tables.Ttbr0;
        for (int shift = 30; shift >= 12; shift -= 9)
        {
            ulong descriptor = memory.GetValueOrDefault(table + ((address >> shift) & 0x1ff) * 8);
            if ((descriptor & 1) == 0)
                return null;
            ulong output = descriptor & 0xffff_ffff_f000;
            if ((descriptor & 2) != 0 && shift > 12)
            {
                table = output;
                continue;
            }
            ulong inside = (1ul << shift) - 1;
            int index = (int)(descriptor >> 2) & 7;
            Assert.That(descriptor & 1ul << 10, Is.Not.Zero, "the access flag");
            return (
                output & ~inside | address & inside,
                (int)(StageOneTables.Mair >> (index * 8)) & 0xff,
                (descriptor >> 53 & 1) == 0
            );
        }
        return null;
    }

    private static GuestMachine Machine(params GuestAccess[] accesses) =>
        Prepared(new GuestMachine(GuestProgram.ForAccesses(accesses), 0x10_0000));

    private static GuestMachine Prepared(GuestMachine guest)
    {
        guest.X[1] = GuestMachine.Page;
        guest.X[2] = 0x5a5a;
        guest.X[9] = GuestMachine.Report;
        return guest;
    }
}
