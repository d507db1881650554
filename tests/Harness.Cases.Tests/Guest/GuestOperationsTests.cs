using Harness.Cases.Guest;

namespace Harness.Cases.Tests.Guest;

/// <summary>
/// The guest that shares and unshares its page, compared with the GNU assembler's output for its text.
/// </summary>
public sealed class GuestOperationsTests
{
    private static readonly string[] _report =
    [
        "dsb sy",
        "add x14, x8, #0x100",
        "add x14, x14, x17, lsl #32",
        "str x14, [x9]",
    ];

    [TestCase(GuestCommand.Load, "ldr w17, [x22]")]
    [TestCase(GuestCommand.Store, "str w23, [x22]", "mov x17, x23")]
    [TestCase(GuestCommand.LoadPair, "ldp x17, x24, [x22]")]
    [TestCase(
        GuestCommand.Share,
        "movz x0, #0x0003",
        "movk x0, #0xc600, lsl #16",
        "mov x1, x22",
        "movz x2, #0",
        "movz x3, #0",
        "hvc #0",
        "mov x17, x0"
    )]
    [TestCase(
        GuestCommand.Unshare,
        "movz x0, #0x0004",
        "movk x0, #0xc600, lsl #16",
        "mov x1, x22",
        "movz x2, #0",
        "movz x3, #0",
        "hvc #0",
        "mov x17, x0"
    )]
    [TestCase(
        GuestCommand.MemoryInfo,
        "movz x0, #0x0002",
        "movk x0, #0xc600, lsl #16",
        "movz x1, #0",
        "movz x2, #0",
        "movz x3, #0",
        "hvc #0",
        "mov x17, x0"
    )]
    [TestCase(
        GuestCommand.Fetch,
        "adr x20, host",
        "adr x21, guest",
        "ic iallu",
        "dsb sy",
        "isb",
        "br x22",
        "host: movz x17, #0x0280",
        "movk x17, #0xd61f, lsl #16",
        "b after",
        "guest: movz x17, #0x02a0",
        "movk x17, #0xd61f, lsl #16",
        "after:"
    )]
    public void An_operation_is_reported_in_one_store_of_64_bits(GuestCommand operation, params string[] text)
    {
        var program = GuestProgram.ForOperations([GuestCommand.Load, operation]);
        uint[] expected = GnuAssembler.Words([
            "entry: mov x22, x1",
            "mov x23, x2",
            "movz x8, #0",
            "adr x15, second",
            "ldr w17, [x22]",
            .. _report,
            "second: movz x8, #1",
            "adr x15, end",
            .. text,
            .. _report,
            "end: b .",
        ]);

        Assert.That(program.Words.Skip((int)program.EntryOffset / 4), Is.EqualTo(expected));
    }

    [Test]
    public void An_exception_is_reported_with_its_syndrome_and_the_next_operation_follows()
    {
        var program = GuestProgram.ForOperations([GuestCommand.Load]);
        uint[] handler = GnuAssembler.Words([
            "mrs x17, esr_el1",
            "add x14, x8, #0x200",
            "add x14, x14, x17, lsl #32",
            "str x14, [x9]",
            "br x15",
        ]);

        int at = (int)program.VectorOffset / 4 + 16 * 32;
        Assert.That(program.Words.Skip(at).Take(handler.Length), Is.EqualTo(handler));
        Assert.That((int)program.EntryOffset / 4, Is.EqualTo(at + handler.Length));
        for (int vector = 0; vector < 16; vector++)
        {
            uint branch = program.Words[vector * 32 + 1];
            Assert.That(vector * 32 + 1 + (int)(branch & 0x3ff_ffff), Is.EqualTo(at), $"vector {vector}");
        }
    }

    [Test]
    public void The_words_that_a_page_may_hold_lead_back_each_to_its_own_place() =>
        Assert.That(
            new[] { GuestProgram.HostWord, GuestProgram.GuestWord },
            Is.EqualTo(GnuAssembler.Words(["br x20", "br x21"]))
        );

    [TestCase(0)]
    [TestCase(256)]
    public void No_operation_or_more_than_a_report_can_number_is_refused(int operations) =>
        Assert.That(
            () => GuestProgram.ForOperations(new GuestCommand[operations]),
            Throws.InstanceOf<ArgumentOutOfRangeException>()
        );

    [Test]
    public void An_unknown_operation_is_refused() =>
        Assert.That(
            () => GuestProgram.ForOperations([(GuestCommand)99]),
            Throws.InstanceOf<ArgumentOutOfRangeException>()
        );
}
