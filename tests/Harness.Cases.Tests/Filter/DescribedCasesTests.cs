using Harness.Cases.Filter;

namespace Harness.Cases.Tests.Filter;

public sealed class DescribedCasesTests
{
    private const string Cacheable = "pfnmap:unknown:wb:shared vma=rw slot=none read";

    [TestCase("pfnmap unknown wb shared read", Cacheable)]
    [TestCase("read shared wb unknown pfnmap", Cacheable)]
    [TestCase("PFNMAP:unknown:wb:shared read", Cacheable)]
    [TestCase("backing=pfnmap memory=unknown type=wb sharing=shared access=read", Cacheable)]
    [TestCase("backing = pfnmap memory = unknown type = wb sharing = shared read", Cacheable)]
    [TestCase("pfnmap unknown wb shared vma=r read", "pfnmap:unknown:wb:shared vma=r slot=none read")]
    [TestCase("pfnmap unknown wb shared read late", "pfnmap:unknown:wb:shared vma=rw slot=none read late")]
    [TestCase("pfnmap unknown wb shared any slot=ro read", "pfnmap:unknown:wb:shared:any vma=rw slot=ro read")]
    [TestCase("anonymous shared read", "anonymous:shared vma=rw slot=none read")]
    [TestCase("key=\"pfnmap:unknown:wb:shared vma=rw slot=none read\" & late=no", Cacheable)]
    public void One_case_is_found_by_the_words_of_its_key_in_any_order(string text, string key) =>
        Assert.That(DescribedCases.Of(text).Select(c => c.Key), Is.EqualTo(new[] { key }));

    [Test]
    public void Few_words_fit_several_cases_which_are_usual_in_everything_else()
    {
        var cases = DescribedCases.Of("pfnmap unknown wb shared");
        Assert.That(cases, Has.Count.GreaterThan(1));
        Assert.That(
            cases.Select(c => c.Key),
            Is.All.StartsWith("pfnmap:unknown:wb:shared vma=rw slot=none ").And.All.Not.Contains("late")
        );
    }

    [TestCase("pfmap wb", "case 'pfmap wb', at 1: 'pfmap' is not a word of a case: did you mean 'pfnmap'?")]
    [TestCase("pfnmap tpye=wb", "case 'pfnmap tpye=wb', at 8: 'tpye' is not an attribute: did you mean 'type'?")]
    [TestCase("type=wbb", "'wbb' is not a value of type: did you mean 'wb'? (allowed: wb, nc, ngnre, ngnrne)")]
    public void A_misspelt_word_is_reported_with_its_place_and_the_nearest(string text, string message) =>
        Assert.That(() => DescribedCases.Of(text), Throws.TypeOf<FilterException>().With.Message.Contains(message));

    [Test]
    public void Every_key_is_a_description_of_its_case()
    {
        foreach (var c in AllCases.Cases.Where((_, i) => i % 4001 == 0))
            Assert.That(AllCases.Find(c.Key), Is.EqualTo(c));
    }

    [TestCase("provider=vfio & type=wb", "without type=wb ")]
    [TestCase("slot=none", null)]
    [TestCase("slot=none | type=wb", null)]
    public void Where_nothing_fits_the_term_that_excludes_the_rest_is_named(string filter, string? expected)
    {
        string? why = NothingFits.Because(CaseFilter.Parse(filter, AllCases.FilterKeys));
        Assert.That(why, expected is null ? Is.Null : Does.StartWith(expected).And.Contain(" fit, with type ng"));
    }

    [Test]
    public void A_filter_knows_the_word_of_keys_too() =>
        Assert.That(
            CaseSelection.Of(CaseFilter.Parse("by=vfio", AllCases.FilterKeys)).Select(c => c.Id),
            Is.EqualTo(
                CaseSelection.Of(CaseFilter.Parse("provider=vfio", AllCases.FilterKeys)).Select(c => c.Id)
            ).And.Not.Empty
        );
}
