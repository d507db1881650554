using Harness.Cases.Filter;
using Harness.Cases.Migrations;
using Harness.Model;
using Harness.Model.Dimensions;
using Harness.Model.Ownership;

namespace Harness.Cases.Tests;

public class DimensionTests
{
    private static readonly Dimension[] OfCases =
    [
        .. CaseDimensions.Attributes,
        AllCases.FamilyDimension,
        CaseDimensions.Cover,
    ];

    private static readonly Dimension[] OfMigrations =
    [
        .. MigrationDimensions.OfMemory,
        .. MigrationDimensions.Attributes,
        MigrationDimensions.Quick,
    ];

    [Test]
    public void Every_value_of_an_enumeration_has_a_word_of_its_own_in_its_order() =>
        Assert.Multiple(() =>
        {
            Holds(CaseValues.Kinds);
            Holds(CaseValues.Maps);
            Holds(CaseValues.Types);
            Holds(CaseValues.Sharings);
            Holds(CaseValues.Providers);
            Holds(CaseValues.Accesses);
            Holds(CaseValues.Extents);
            Holds(CaseValues.Placements);
            Holds(CaseValues.Changes);
            Holds(CaseValues.StageOnes);
            Holds(CaseValues.Operations);
            Assert.That(CaseValues.Slots.Values, Is.EqualTo(Enumerable.Range(0, 4).Select(flags => (SlotFlags)flags)));
            Assert.That(
                CaseValues.GuestMemories.Values,
                Is.EqualTo(Enumerable.Range(0, 4).Select(f => (GuestMemoryFlags)f))
            );
            Assert.That(
                CaseDimensions.Life.Values.Skip(1).Select(v => v.Word),
                Is.EqualTo(Enum.GetValues<VmKind>().Select(OperationText.Word))
            );
        });

    [TestCase((VmaKind)6)]
    [TestCase((VmaKind)32)]
    [TestCase((VmaKind)255)]
    public void A_value_without_a_word_is_refused(VmaKind kind) =>
        Assert.That(() => CaseValues.Kinds.Of(kind), Throws.TypeOf<ArgumentOutOfRangeException>());

    [Test]
    public void Each_provider_has_the_row_of_its_name() =>
        Assert.That(
            Enum.GetValues<Provider>().Select(p => ProviderTable.Of(p).Provider),
            Is.EqualTo(Enum.GetValues<Provider>())
        );

    [Test]
    public void Every_attribute_of_every_case_is_a_value_of_its_dimension()
    {
        var seen = OfCases.ToDictionary(d => d.Name, _ => new HashSet<string>());
        foreach (var (name, value) in AllCases.Cases.SelectMany(AllCases.Attributes))
            if (name is not ("id" or "key"))
                seen[name].Add(value);

        Assert.Multiple(() =>
        {
            foreach (var d in OfCases.Where(d => !d.Open))
                Assert.That(d.Values.Select(v => v.Word), Is.SupersetOf(seen[d.Name]), d.Name);
            foreach (var d in OfCases.Where(d => d.Usual is not null))
                Assert.That(seen[d.Name], Does.Contain(d.Usual).And.Count.GreaterThan(1), d.Name);
        });
    }

    [Test]
    public void Filters_may_name_what_cases_and_migrations_have_and_nothing_else()
    {
        var ofMigrations = AllMigrations.FilterKeys.Select(k => k.Name);

        Assert.That(AllCases.FilterKeys.Select(k => k.Name), Is.EqualTo(AllCases.Attributes(AllCases.Cases[0]).Keys));
        Assert.That(ofMigrations, Is.EqualTo(AllMigrations.Attributes(AllMigrations.Migrations[0]).Keys));
        Assert.That(ofMigrations, Is.EquivalentTo(OfMigrations.Select(d => d.Name).Concat(["id", "key"])));
    }

    [TestCase("slot=rw", "'rw' is not a value of slot: did you mean vma=rw? (allowed: none, log, ro, ro+log)")]
    [TestCase("family=cores", "'cores' is not a value of family: did you mean 'core'? (allowed: core, sequence, ")]
    [TestCase("cover=true", "'true' is not a value of cover (allowed: no, yes)")]
    public void A_value_that_no_case_has_is_refused_with_those_there_are(string filter, string message) =>
        Assert.That(
            () => CaseFilter.Parse(filter, AllCases.FilterKeys),
            Throws.TypeOf<FilterException>().With.Message.Contains(message)
        );

    [TestCase("then=munmap")]
    [TestCase("then=\"map(anonymous:private)\"")]
    [TestCase("access=\"read,write\"")]
    [TestCase("op=\"\"")]
    [TestCase("beside=nothing & life=protected & s1=ngre")]
    public void A_value_that_a_case_may_have_is_taken(string filter) =>
        Assert.That(() => CaseFilter.Parse(filter, AllCases.FilterKeys), Throws.Nothing);

    /// <summary>A guest with tables doesn't store to a READONLY slot before its operation.</summary>
    private static readonly string[] OfReadOnlyGuests = ["slot", "access"];

    [Test]
    public void A_neighbour_in_a_dimension_differs_in_it_alone()
    {
        foreach (
            var c in AllCases.Cases.Where((_, i) => i % 997 == 0).Concat(AllCases.Families.Select(f => f.Cases[0]))
        )
        foreach (var d in CaseDimensions.Attributes)
        foreach (var other in d.Neighbours(c))
            Assert.That(
                CaseDimensions.Attributes.Where(o => o.Read(other) != o.Read(c)).Select(o => o.Name),
                Is.SubsetOf(c is GuestCase && d.Name == "slot" ? OfReadOnlyGuests : [d.Name]),
                $"{c}"
            );
    }

    private static void Holds<T>(Words<T> words)
        where T : struct, Enum
    {
        Assert.That(words.Values, Is.EqualTo(Enum.GetValues<T>()), typeof(T).Name);
        Assert.That(words.Select(w => w.Word), Is.Unique, typeof(T).Name);
        Assert.That(words.Select(w => w.Phrase), Is.Unique, typeof(T).Name);
    }
}
