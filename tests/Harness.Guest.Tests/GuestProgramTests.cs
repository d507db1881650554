namespace Harness.Guest.Tests;

public sealed class GuestProgramTests
{
    private const ulong DataAbort = 0x9600_0010, PrefetchAbort = 0x8600_0010, UndefinedInstruction = 0x0200_0000;
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
    public void An_exception_is_reported_with_its_registers_and_the_next_access_follows(GuestAccess access, string name, ulong syndrome)
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
    public void A_load_exclusive_that_goes_through_leaves_no_monitor_behind()
    {
        var guest = Machine(GuestAccess.Exclusive, GuestAccess.Read);

        Assert.That(guest.Run(), Is.EqualTo(0x100u));
        Assert.That(guest.Monitor, Is.False);
        Assert.That(guest.Run(), Is.EqualTo(0x101u));
        Assert.That(guest.Accesses, Is.EqualTo(new[] { "load-exclusive w0", "load w0" }));
    }

    [Test]
    public void Each_of_the_sixteen_vectors_tells_its_own_offset()
    {
        var program = GuestProgram.ForAccesses(GuestAccess.Read);

        for (int i = 0; i < 16; i++)
            Assert.That(program.Words.Skip((int)program.VectorOffset / 4 + i * 32).Take(32), Does.Contain(A64.Movz(Register.X(13), i * 0x80)));
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
    public void As_many_accesses_as_a_report_can_number_are_told_apart()
    {
        var guest = Machine([.. Enumerable.Repeat(GuestAccess.Write, 255)]);

        for (uint i = 0; i < 255; i++)
            Assert.That(guest.Run(), Is.EqualTo(GuestProgram.Finished + i));
    }

    [TestCase(0)]
    [TestCase(256)]
    public void No_access_or_more_than_that_is_refused(int accesses) =>
        Assert.That(() => GuestProgram.ForAccesses(new GuestAccess[accesses]), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void An_access_that_is_none_is_refused() =>
        Assert.That(() => GuestProgram.ForAccesses((GuestAccess)4), Throws.InstanceOf<ArgumentOutOfRangeException>());

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
