using Harness.Cases.Migrations;
using Harness.Model;
using Harness.Model.Caches;
using Harness.Model.Migrations;
using Harness.Model.Ownership;
using Harness.Model.Validity;

namespace Harness.Cases.Tests;

/// <summary>
/// Each row of the lists of reasons forbids something that no earlier row does: a row without effect is an error.
/// </summary>
public class RestrictionTests
{
    private static readonly Backing Pfns = Backing.Plain with { Kind = VmaKind.PfnMap, Sharing = Sharing.Shared };

    [Test]
    public void Every_reason_against_a_backing_is_the_first_against_some() =>
        Assert.That(Dead(BackingRestrictions.All, Backings()), Is.Empty);

    [Test]
    public void Every_reason_against_a_case_about_attributes_is_the_first_against_some() =>
        Assert.That(
            Dead(
                AttributeRestrictions.All,
                CaseSpace
                    .Product()
                    .Concat(AllCases.Families.SelectMany(f => f.Cases).OfType<AttributeCase>().SelectMany(Variants))
            ),
            Is.Empty
        );

    [Test]
    public void Every_reason_against_a_case_about_a_lifecycle_is_the_first_against_some() =>
        Assert.That(
            Dead(
                LifecycleRestrictions.All,
                from c in AllCases.LifecycleCases.DistinctBy(c => c.Scenario)
                from backing in Backings()
                from operation in (Operation[])[Operation.Create, Operation.Bind]
                from writable in (bool[])[false, true]
                select c with
                {
                    Backing = backing,
                    VmaWritable = writable,
                    Operations = new OperationList(operation),
                }
            ),
            Is.Empty
        );

    [Test]
    public void Every_reason_against_a_case_about_caches_is_the_first_against_some() =>
        Assert.That(
            Dead(
                CacheRestrictions.All,
                from attributes in CaseSpace
                    .Product()
                    .OfType<AccessCase>()
                    .Concat(
                        AllCases
                            .Families.SelectMany(f => f.Cases)
                            .OfType<AccessCase>()
                            .SelectMany(Variants)
                            .OfType<AccessCase>()
                    )
                from stageOne in (EffectiveType[])
                    [Combination.MmuOff, EffectiveType.NormalWriteBack, EffectiveType.DeviceGRE]
                from acts in (CacheActList[])
                    [
                        default,
                        new(CacheAct.GuestClean),
                        new(CacheAct.GuestExecute),
                        new(CacheAct.GuestLoad, CacheAct.RecreateSlot),
                    ]
                select new CacheCase(attributes, stageOne, acts)
            ),
            Is.Empty
        );

    [Test]
    public void Every_reason_against_a_migration_is_the_first_against_some() =>
        Assert.That(
            Dead(
                MigrationRestrictions.All,
                from c in AllCases
                    .Cases.OfType<AccessCase>()
                    .DistinctBy(c => (c.Backing, c.Slot, c.Mte, c.Late, c.Extent, c.VmaWritable))
                from precopy in (bool[])[false, true]
                from ipa in (int[])[0, 31]
                select Migration.Of(c) with
                {
                    PreCopy = precopy,
                    IpaBits = ipa,
                }
            ),
            Is.Empty
        );

    [Test]
    public void The_reason_against_a_case_is_that_of_the_first_row_that_forbids_it()
    {
        foreach (var c in CaseSpace.Product().Where((_, i) => i % 7 == 0))
            Assert.That(
                c.UnsupportedReason,
                Is.EqualTo(AttributeRestrictions.All.FirstOrDefault(r => r.Forbids(c))?.Reason(c)),
                c.Key
            );
    }

    [Test]
    public void The_condition_of_a_nested_list_is_evaluated_once()
    {
        int evaluated = 0;
        var rows = new Restrictions<int>
        {
            {
                _ => ++evaluated > 0,
                new Restrictions<int>
                {
                    { n => n == 1, "one" },
                    { n => n == 2, "two" },
                    { n => n == 3, "three" },
                }
            },
        };

        Assert.That(rows.Against(3), Is.EqualTo("three"));
        Assert.That(evaluated, Is.EqualTo(1));
    }

    [Test]
    public void A_row_that_another_hides_is_found()
    {
        var rows = new Restrictions<int> { { n => n > 1, "more than one" }, { n => n > 2, "more than two" } };

        Assert.That(Dead(rows, [1, 2, 3]), Is.EqualTo(new[] { 1 }));
        Assert.That(
            new[] { 1, 2, 3 }.Select(rows.Against),
            Is.EqualTo(new[] { null, "more than one", "more than one" })
        );
    }

    [Test]
    public void The_reasons_against_a_part_count_for_the_whole_where_the_condition_holds()
    {
        var odd = new Restrictions<int> { { n => n % 2 != 0, n => $"{n} is odd" } };
        var text = new Restrictions<string>
        {
            { t => t.Length, odd },
            {
                t => t.StartsWith('a'),
                new Restrictions<string> { { t => t.Length > 2, "long" } }
            },
        };

        Assert.That(
            new[] { "abc", "abcd", "bbcd" }.Select(text.Against),
            Is.EqualTo(new[] { "3 is odd", "long", null })
        );
    }

    /// <summary>The indices of the rows that are the first for none of the values.</summary>
    private static IEnumerable<int> Dead<T>(Restrictions<T> restrictions, IEnumerable<T> values)
    {
        Restriction<T>[] rows = [.. restrictions];
        var alive = new bool[rows.Length];
        foreach (var value in values)
            if (Array.FindIndex(rows, r => r.Forbids(value)) is >= 0 and var first)
                alive[first] = true;
        return [.. Enumerable.Range(0, rows.Length).Where(i => !alive[i])];
    }

    private static IEnumerable<Backing> Backings() =>
        from kind in Enum.GetValues<VmaKind>()
        from memory in Enum.GetValues<KernelMap>()
        from type in Enum.GetValues<VmaMemoryType>()
        from sharing in Enum.GetValues<Sharing>()
        from any in (bool[])[false, true]
        from flags in (GuestMemoryFlags[])[GuestMemoryFlags.None, GuestMemoryFlags.Mmap]
        from bound in (bool[])[false, true]
        from provider in Enum.GetValues<Provider>()
        select new Backing(kind, memory, type, sharing, any)
        {
            GuestMemory = flags,
            Bound = bound,
            Provider = provider,
        };

    /// <summary>The case with one thing changed.</summary>
    private static IEnumerable<AttributeCase> Variants(AttributeCase c) =>
        [
            c with
            {
                VmaWritable = !c.VmaWritable,
            },
            .. Enum.GetValues<Provider>().Select(p => c with { Backing = c.Backing with { Provider = p } }),
            .. Enum.GetValues<VmaKind>().Select(k => c with { Backing = c.Backing with { Kind = k } }),
            c with
            {
                Backing = c.Backing with { Sharing = Sharing.Private },
            },
            c with
            {
                Slot = c.Slot ^ SlotFlags.ReadOnly,
            },
            .. Enum.GetValues<Extent>().Select(e => c with { Extent = e }),
            c with
            {
                Late = !c.Late,
            },
            c with
            {
                Mte = !c.Mte,
            },
            c with
            {
                Restored = !c.Restored,
            },
            c with
            {
                Running = !c.Running,
            },
            .. Enum.GetValues<Placement>().Select(p => c with { Placement = p }),
            c with
            {
                Beside = new Neighbour(Backing.Plain, Writable: true, First: true),
            },
            c with
            {
                Beside = new Neighbour(Pfns with { Kind = VmaKind.Secret }, Writable: true, First: true),
            },
            .. Enum.GetValues<ChangeKind>()
                .Select(k => c with { Change = new LiveChange(k, k == ChangeKind.Replace ? Pfns : null) }),
            c with
            {
                Change = new LiveChange(ChangeKind.Unmap, Pfns),
            },
            c with
            {
                Change = new LiveChange(ChangeKind.Replace, Pfns with { Kind = VmaKind.Hole }),
            },
            .. c is AccessCase accesses
                ? (AccessCase[])
                    [
                        accesses with
                        {
                            Sequence = new AccessList(Access.Read),
                        },
                        accesses with
                        {
                            Sequence = new AccessList(Access.Read, Access.Read, Access.Read),
                        },
                        accesses with
                        {
                            Sequence = default,
                        },
                    ]
                : [],
        ];
}
