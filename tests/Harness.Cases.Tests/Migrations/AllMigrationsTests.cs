using Harness.Cases.Migrations;
using Harness.Model.Migrations;

namespace Harness.Cases.Tests.Migrations;

public sealed class AllMigrationsTests
{
    private static string Golden { get; } =
        Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "Migrations", "migrations.txt");

    /// <summary>Stored results refer to ids: listed ones must stay, and new ones are added to the file.</summary>
    [Test]
    public void Keys_and_ids_of_migrations_are_stable() =>
        Assert.That(AllMigrations.Migrations.Select(m => $"{m.Id}  {m.Key}"), Is.EqualTo(File.ReadAllLines(Golden)));

    [Test]
    public void Each_is_there_once_can_be_built_and_is_found_by_its_id_and_its_key()
    {
        Assert.That(AllMigrations.Migrations.Select(m => m.Id), Is.Unique);
        Assert.That(AllMigrations.Migrations.Select(m => m.UnsupportedReason), Is.All.Null);
        foreach (var m in AllMigrations.Migrations)
        {
            Assert.That(AllMigrations.Find(m.Id), Is.EqualTo(m));
            Assert.That(AllMigrations.Find(m.Id[..6].ToUpperInvariant()), Is.EqualTo(m), "six digits tell them apart");
            Assert.That(AllMigrations.Find(m.Key), Is.EqualTo(m));
        }
    }

    [Test]
    public void Neighbouring_names_are_found_and_absent_ones_are_not()
    {
        var m = AllMigrations.Migrations[0];
        var wide = m with { IpaBits = 52, AllRegisters = true };
        Assert.Multiple(() =>
        {
            Assert.That(AllMigrations.Migrations, Does.Not.Contain(wide));
            Assert.That(AllMigrations.Find(wide.Id), Is.EqualTo(wide));
            Assert.That(AllMigrations.Find(wide.Key), Is.EqualTo(wide));
            Assert.That(AllMigrations.Find(m.Id[..3]), Is.Null, "too short to be a beginning");
            Assert.That(AllMigrations.Find("no such migration"), Is.Null);
            Assert.That(AllMigrations.Find(m.Case.Id), Is.Null, "a case is no migration");
        });
    }

    [Test]
    public void No_case_has_a_migrations_id()
    {
        var ids = AllMigrations.Migrations.Select(m => m.Id).ToHashSet();
        Assert.That(AllCases.Cases.Where(c => ids.Contains(c.Id)), Is.Empty);
    }

    [Test]
    public void Every_movable_memory_has_every_distinct_migration()
    {
        foreach (var some in AllMigrations.Migrations.GroupBy(m => m.Case))
        {
            Assert.That(
                some.Any(m => m.PreCopy),
                Is.EqualTo((Migration.Of(some.Key) with { PreCopy = true }).UnsupportedReason is null),
                some.Key.Key
            );
            Assert.That(some.Any(m => m is { PreCopy: false, ChecksCapabilities: false }), some.Key.Key);
            Assert.That(
                some.Where(m => m.ChecksCapabilities),
                Is.All.Matches<Migration>(m => ReliedCapability.Of(m).Count > 0),
                "who relies on nothing has nothing to ask"
            );
            Assert.That(
                some.Any(m => m is { ChecksCapabilities: true, IpaBits: 0 }),
                Is.EqualTo(ReliedCapability.Of(Migration.Of(some.Key)).Count > 0),
                some.Key.Key
            );
        }
    }

    [Test]
    public void The_quick_set_is_ordinary_memory_and_cacheable_device_memory_in_each_way()
    {
        var quick = AllMigrations.Migrations.Where(AllMigrations.IsQuick).Select(m => m.Key);
        Assert.That(
            quick,
            Is.EqualTo(
                new[]
                {
                    "anonymous:private vma=rw slot=none write moved",
                    "anonymous:private vma=rw slot=none write moved pre-copy",
                    "pfnmap:unknown:wb:shared vma=rw slot=none write moved",
                    "pfnmap:unknown:wb:shared vma=rw slot=none write moved asks",
                    "pfnmap:unknown:wb:shared vma=rw slot=none write moved pre-copy",
                }
            )
        );
    }

    [Test]
    public void Each_has_the_attributes_by_which_it_is_chosen()
    {
        foreach (var m in AllMigrations.Migrations)
        {
            var attributes = AllMigrations.Attributes(m);
            Assert.That(
                attributes.Keys,
                Is.EquivalentTo(AllMigrations.Attributes(AllMigrations.Migrations[0]).Keys),
                m.Key
            );
            Assert.That(
                (
                    attributes["id"],
                    attributes["precopy"],
                    attributes["asks"],
                    attributes["registers"],
                    attributes["ipa"]
                ),
                Is.EqualTo(
                    (
                        m.Id,
                        m.PreCopy ? "yes" : "no",
                        m.ChecksCapabilities ? "yes" : "no",
                        m.AllRegisters ? "all" : "some",
                        $"{m.PhysicalBits}"
                    )
                )
            );
        }
        Assert.That(
            AllMigrations.Migrations.Select(m =>
                string.Join(' ', AllMigrations.Attributes(m).Where(a => a.Key is not ("id" or "key")))
            ),
            Is.Unique,
            "no two are the same to a filter"
        );
    }
}
