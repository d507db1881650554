using Harness.Model;
using Harness.Model.Migrations;
using NUnit.Framework;

namespace Harness.Model.Tests.Migrations;

public sealed class MigrationTests
{
    private static readonly AccessCase Plain = new(Backing.Plain, true, SlotFlags.None, new AccessList(Access.Read));

    [Test]
    public void A_migration_has_a_key_and_an_id_of_its_own()
    {
        var m = Migration.Of(Plain) with
        {
            PreCopy = true,
            ChecksCapabilities = true,
            AllRegisters = true,
            IpaBits = 48,
        };
        Assert.Multiple(() =>
        {
            Assert.That(
                m.Key,
                Is.EqualTo("anonymous:private vma=rw slot=none write moved pre-copy asks all-registers ipa=48")
            );
            Assert.That(Migration.Of(Plain).Id, Is.EqualTo("53b05b87dd0c"), "ids are in databases: they don't change");
        });
    }

    [Test]
    public void The_accesses_of_the_case_that_it_was_made_of_make_no_difference() =>
        Assert.That(
            Migration.Of(Plain),
            Is.EqualTo(Migration.Of(Plain with { Sequence = new AccessList(Access.Execute) }))
        );

    [TestCase(
        false,
        SlotFlags.None,
        ExpectedResult = "a guest that can't store has nothing to compare after the migration"
    )]
    [TestCase(
        true,
        SlotFlags.ReadOnly,
        ExpectedResult = "a guest that can't store has nothing to compare after the migration"
    )]
    [TestCase(true, SlotFlags.LogDirtyPages, ExpectedResult = null)]
    public string? What_a_guest_can_not_store_to_is_not_moved(bool writable, SlotFlags slot) =>
        Migration.Of(Plain with { VmaWritable = writable, Slot = slot }).UnsupportedReason;

    [Test]
    public void Where_nothing_is_mapped_nothing_is_moved() =>
        Assert.That(
            Migration
                .Of(Plain with { Backing = Plain.Backing with { Kind = VmaKind.Hole, Sharing = Sharing.Shared } })
                .UnsupportedReason,
            Does.Contain("nothing to move")
        );

    [Test]
    public void A_slot_that_is_logged_already_has_nothing_to_switch_on() =>
        Assert.That(
            (Migration.Of(Plain with { Slot = SlotFlags.LogDirtyPages }) with { PreCopy = true }).UnsupportedReason,
            Does.Contain("dirty logging")
        );

    [TestCase(31)]
    [TestCase(53)]
    public void KVM_takes_32_to_52_bits(int bits) =>
        Assert.That((Migration.Of(Plain) with { IpaBits = bits }).UnsupportedReason, Does.Contain("32 to 52"));

    [Test]
    public void A_restored_private_page_is_distinguished_from_a_fresh_one_by_its_key() =>
        Assert.That((Plain with { Restored = true }).Key, Is.Not.EqualTo(Plain.Key));
}
