using Harness.Model;

namespace Harness.Cases.Tests;

public class CaseSpaceTests
{
    [Test]
    public void Every_case_has_an_id_and_a_key_of_its_own_and_is_found_by_either()
    {
        Assert.That(AllCases.Cases.Select(c => c.Id), Is.Unique);
        Assert.That(AllCases.Cases.Select(c => c.Key), Is.Unique);
        Assert.That(AllCases.Cases.Select(c => c.UnsupportedReason), Is.All.Null);
        foreach (var c in AllCases.Cases.Where((_, i) => i % 4001 == 0).Append(AllCases.Cases[^1]))
        {
            Assert.That(AllCases.Find(c.Id), Is.SameAs(c));
            Assert.That(AllCases.Find(c.Key), Is.SameAs(c));
            Assert.That(AllCases.WithKey(c.Key), Is.SameAs(c));
        }
    }

    [TestCase("f247", Description = "several begin so")]
    [TestCase("f24")]
    [TestCase("f247a6ff73a20")]
    [TestCase("000000000000")]
    [TestCase("read")]
    [TestCase("")]
    [TestCase(" ")]
    [TestCase("anonymous:private vma=rw slot=none read late", Description = "no machine can have it")]
    [TestCase("anonymous:private vma=rw slot=none read ")]
    public void What_names_no_case_or_several_finds_none(string name) => Assert.That(AllCases.Find(name), Is.Null);

    [Test]
    public void The_beginning_of_an_id_finds_its_case_in_the_space_and_in_families()
    {
        foreach (var c in AllCases.Families.Select(f => f.Cases[^1]).Append(CaseSpace.Buildable[1234]))
        {
            Assert.That(AllCases.Find(c.Id[..10]), Is.SameAs(c));
            Assert.That(AllCases.Find(c.Id.ToUpperInvariant()), Is.SameAs(c));
        }
    }

    /// <summary>
    /// Stored results refer to ids: a new input must leave those of the cases that don't use it alone.
    /// </summary>
    [TestCase("pfnmap:unknown:wb:shared vma=rw slot=none read", "f247a6ff73a2")]
    [TestCase("anonymous:private vma=rw slot=none read", "f5392d9cc9a8")]
    public void An_id_stays_what_it_was(string key, string id) =>
        Assert.That(CaseSpace.WithKey(key)!.Id, Is.EqualTo(id));

    [Test]
    public void A_family_has_cases_that_the_input_space_has_not()
    {
        foreach (var family in AllCases.Families)
        {
            Assert.That(family.Cases, Is.Not.Empty, family.Name);
            Assert.That(family.Cases.Select(c => CaseSpace.WithKey(c.Key)), Is.All.Null, family.Name);
            Assert.That(family.Cases.Select(AllCases.FamilyOf), Is.All.EqualTo(family.Name));
        }
    }

    [Test]
    public void Supported_and_unsupported_cases_make_the_whole_product()
    {
        int product = CaseSpace.Product().Count();

        Assert.That(CaseSpace.Buildable.Count + CaseSpace.NotBuildable.Sum(r => r.Count), Is.EqualTo(product));
        Assert.That(CaseSpace.NotBuildable.Select(r => r.Reason), Is.Unique);
    }

    [Test]
    public void Every_kind_of_backing_can_be_late_or_says_why_not()
    {
        var late = CaseSpace.Buildable.Where(c => c.Late).Select(c => c.Backing.Kind).Distinct();

        Assert.That(late, Is.EquivalentTo(new[] { VmaKind.PfnMap, VmaKind.MixedMap, VmaKind.Secret, VmaKind.Hole }));
    }
}
