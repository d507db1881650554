using Harness.Cases.Guest;

namespace Harness.Cases.Tests.Guest;

/// <summary>The guest that compares its memory with a pattern, executed on one machine, and on two.</summary>
public sealed class MovingGuestTests
{
    private static readonly StageOneTables Tables = new(
        MovingMachine.Code,
        MovingMachine.Memory,
        MovingMachine.Report,
        StageOneTables.WriteBackIndex
    )
    {
        WholeBlock = true,
    };

    private static readonly ulong[] Sizes = [64, 4096, 64 << 10, 2 << 20];

    private static MovingMachine Ran(MovingGuest guest, int reports)
    {
        var machine = MovingMachine.Started(guest.Program(Tables));
        for (uint i = 0; i < reports; i++)
            Assert.That(machine.Run(), Is.EqualTo(GuestProgram.Finished + i));
        return machine;
    }

    private static uint Bits(SystemRegister register) => A64.ReadSystem(Register.X(0), register) & 0x000f_ffe0;

    /// <summary>64 KiB are enough for code, vectors and tables, even with more rounds than the compiler uses.</summary>
    [Test]
    public void Code_ends_before_the_first_table([ValueSource(nameof(Sizes))] ulong size, [Range(0, 8)] int rounds)
    {
        var program = new MovingGuest(size, rounds) { Tagged = true }.Program(Tables);
        ulong first = Tables.Words.Min(w => w.Offset);
        Assert.That((ulong)program.Words.Count * 4, Is.LessThanOrEqualTo(first));
        Assert.That(first, Is.GreaterThanOrEqualTo(0x8000));
        Assert.That(Tables.Ttbr0 - Tables.CodeAddress, Is.GreaterThanOrEqualTo((ulong)program.Words.Count * 4));
    }

    [Test]
    public void It_stores_first_one_word_then_all_and_each_round_half_as_far_as_the_one_before(
        [ValueSource(nameof(Sizes))] ulong size
    )
    {
        var guest = new MovingGuest(size, 3);
        var machine = MovingMachine.Started(guest.Program(Tables));
        Assert.That(machine.Run(), Is.EqualTo(GuestProgram.Finished));
        Assert.That(machine.Dirty, Is.EqualTo(new[] { MovingMachine.Memory }));
        for (int round = 0; round <= 3; round++)
        {
            machine.Run();
            ulong reach = Math.Max(size >> round, MovingGuest.Stride);
            Assert.That(guest.Extent(round), Is.EqualTo(reach));
            Assert.That(machine.Dirty, Has.Count.EqualTo(reach / MovingGuest.Stride));
            Assert.That(machine.Dirty.Max(), Is.EqualTo(MovingMachine.Memory + reach - MovingGuest.Stride));
            Assert.That(
                machine.Dirty,
                Is.All.Matches<ulong>(a => machine.Words[a] == MovingGuest.Word(a, round)),
                "the word tells where it belongs, and when it was stored"
            );
        }
    }

    [Test]
    public void A_word_reports_its_address_and_how_often_it_was_stored()
    {
        ulong[] words =
        [
            .. from address in (ulong[])[0x4000_0000, 0x4000_0040, 0x401f_ffc0]
            from n in Enumerable.Range(0, 6)
            select MovingGuest.Word(address, n),
        ];
        Assert.That(words, Is.Unique.And.All.Not.Zero);
    }

    [Test]
    public void On_the_destination_it_finds_everything_and_continues_to_the_end(
        [Values(64ul, 64ul << 10)] ulong size,
        [Range(0, 4)] int rounds
    )
    {
        var guest = new MovingGuest(size, rounds);
        var moved = Ran(guest, guest.Back).Moved();
        for (int report = guest.Back; report <= guest.Onward; report++)
        {
            Assert.That(moved.Run(), Is.EqualTo(GuestProgram.Finished + (uint)report));
            if (report != guest.FirstLoad)
                Assert.That((moved.X[16], moved.X[17]), Is.EqualTo((0ul, 0ul)), $"report {report}");
        }
        Assert.That(moved.Run(), Is.Null, "then it spins in place");
        Assert.That(moved.Words.Values, Has.Count.EqualTo(size / MovingGuest.Stride));
        Assert.That(
            moved.Words,
            Is.All.Matches<KeyValuePair<ulong, ulong>>(w => w.Value == MovingGuest.Word(w.Key, rounds + 1))
        );
    }

    [Test]
    public void With_tags_it_finds_those_too([Values(64ul, 64ul << 10)] ulong size, [Range(0, 3)] int rounds)
    {
        var guest = new MovingGuest(size, rounds) { Tagged = true };
        var moved = Ran(guest, guest.Back).Moved();
        Assert.That(
            moved.Tags.Count(t => t.Value != 0),
            Is.GreaterThanOrEqualTo(moved.Tags.Count * 3 / 4),
            "no page has the tags of a fresh one"
        );
        for (int report = guest.Back; report <= guest.Onward; report++)
        {
            Assert.That(moved.Run(), Is.EqualTo(GuestProgram.Finished + (uint)report));
            if (report != guest.FirstLoad)
                Assert.That((moved.X[16], moved.X[17]), Is.EqualTo((0ul, 0ul)), $"report {report}");
        }
    }

    [Test]
    public void A_tag_that_was_not_sent_is_counted_like_a_word([Range(0, 3)] int rounds)
    {
        var guest = new MovingGuest(4096, rounds) { Tagged = true };
        var source = Ran(guest, guest.Back);
        var (lost, other) = (source.Moved(), source.Moved());
        int zeroes = source.Tags.Values.Count(t => t == 0);
        lost.Tags.Clear();
        other.Tags[MovingMachine.Memory + 0x800] ^= 1;
        for (int report = guest.Back; report <= guest.Compared; report++)
        {
            lost.Run();
            other.Run();
        }
        Assert.Multiple(() =>
        {
            Assert.That(lost.X[17], Is.EqualTo((ulong)(4096 / MovingGuest.Stride - zeroes)));
            Assert.That((other.X[16], other.X[17]), Is.EqualTo((MovingMachine.Memory + 0x800, 1ul)));
        });
    }

    [Test]
    public void Its_reports_are_one_after_the_other()
    {
        var guest = new MovingGuest(64 << 10, 3);
        Assert.That(
            new[] { guest.Back, guest.FirstLoad, guest.Compared, guest.FirstStore, guest.Onward },
            Is.EqualTo(new[] { 5, 6, 7, 8, 9 })
        );
        Assert.That((guest with { Rounds = 0 }).Back, Is.EqualTo(2));
    }

    [Test]
    public void Each_register_that_holds_something_else_is_counted()
    {
        var guest = new MovingGuest(4096, 0);
        var source = Ran(guest, guest.Back);
        for (int x = 19; x <= 28; x++)
        {
            var moved = source.Moved();
            moved.X[x] ^= 1;
            moved.Run();
            Assert.That(moved.X[17], Is.EqualTo(1), $"X{x}");
        }
        foreach (
            var register in (SystemRegister[])
                [SystemRegister.TpidrEl1, SystemRegister.TpidrEl0, SystemRegister.ContextidrEl1]
        )
        {
            var moved = source.Moved();
            moved.System[Bits(register)] ^= 1;
            moved.Run();
            Assert.That(moved.X[17], Is.EqualTo(1), $"{register}");
            Assert.That(source.System[Bits(register)], Is.Not.Zero, "a fresh vCPU's zero would be told");
        }
        var all = source.Moved();
        Array.Clear(all.X, 19, 10);
        all.Run();
        Assert.That(all.X[17], Is.EqualTo(10));
    }

    [Test]
    public void CONTEXTIDR_has_only_the_bits_that_the_register_has()
    {
        var guest = new MovingGuest(4096, 0);
        Assert.That(
            Ran(guest, guest.Back).System[Bits(SystemRegister.ContextidrEl1)],
            Is.LessThanOrEqualTo(uint.MaxValue)
        );
    }

    [Test]
    public void Wrong_words_are_counted_and_the_first_is_reported([Range(0, 3)] int rounds)
    {
        var guest = new MovingGuest(4096, rounds);
        var source = Ran(guest, guest.Back);
        foreach (ulong offset in (ulong[])[0, 64, 448, 512, 1024, 2048, 4096 - 64])
        {
            var moved = source.Moved();
            moved.Words[MovingMachine.Memory + offset] ^= 1ul << 63;
            moved.Words[MovingMachine.Memory + 4096 - 64] = 0;
            for (int report = guest.Back; report <= guest.Compared; report++)
                moved.Run();
            Assert.That(
                (moved.X[16], moved.X[17]),
                Is.EqualTo((MovingMachine.Memory + offset, offset == 4096 - 64 ? 1ul : 2ul)),
                $"+{offset}"
            );
        }
    }

    /// <summary>
    /// If a round was not sent, the memory has what the previous one stored: that must be detected as wrong.
    /// </summary>
    [Test]
    public void A_dirty_page_that_was_not_transferred_is_wrong_data([Range(1, 3)] int rounds)
    {
        var guest = new MovingGuest(4096, rounds);
        var before = Ran(guest, guest.Back - 1);
        var moved = Ran(guest, guest.Back).Moved();
        foreach (var (address, word) in before.Words)
            moved.Words[address] = word;
        for (int report = guest.Back; report <= guest.Compared; report++)
            moved.Run();
        Assert.That(moved.X[17], Is.EqualTo(guest.Extent(rounds) / MovingGuest.Stride));
    }

    [Test]
    public void The_first_store_on_the_destination_is_of_one_word()
    {
        var guest = new MovingGuest(4096, 0);
        var moved = Ran(guest, guest.Back).Moved();
        for (int report = guest.Back; report <= guest.FirstStore; report++)
            moved.Run();
        Assert.That(moved.Dirty, Is.EqualTo(new[] { MovingMachine.Memory }), "the page is looked at right after it");
    }
}
