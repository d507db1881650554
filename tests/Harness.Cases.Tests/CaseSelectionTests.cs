using Harness.Cases.Filter;

namespace Harness.Cases.Tests;

public class CaseSelectionTests
{
    private const string Key = "pfnmap:unknown:wb:shared vma=rw slot=none read";
    private const string Id = "f247a6ff73a2";

    /// <summary>Of a family: anonymous:private vma=rw slot=none write,write then=delete.</summary>
    private static readonly string Deleted = AllCases
        .Find("anonymous:private vma=rw slot=none write,write then=delete")!
        .Id;

    private static IEnumerable<string> Filters() =>
        [
            "",
            "*",
            "cover=yes",
            "COVER=Yes & access=read & size=page",
            "cover=no & family=change",
            "cover=yes | (family!=core & life!=protected)",
            "cover=yes | family=next-page",
            "family=core & backing=secretmem",
            "Family=LifeCycle & life=protected",
            $"id={Id}",
            $"id={Id.ToUpperInvariant()}",
            $"!(id!={Id})",
            $"id={Deleted}",
            $"id={Deleted} | id={Id} | id=f5392d9cc9a8",
            $"id={Id} | key=\"{Key}\"",
            $"id={Id} & backing=anonymous",
            $"id={Id} | backing=hole",
            $"key=\"{Key.ToUpperInvariant()}\"",
            $"key=\"{Key} then=delete\" | cover=yes",
            "id=f247 | cover=yes",
            "id~f247* & backing=pfnmap",
            "f247a6",
            "then=delete",
        ];

    [TestCaseSource(nameof(Filters))]
    public void The_selected_cases_are_those_that_the_filter_accepts_in_order(string text)
    {
        var filter = CaseFilter.Parse(text, AllCases.FilterKeys);

        var selected = CaseSelection.Of(filter).ToList();

        Assert.That(
            selected.Select(c => c.Key),
            Is.EqualTo(AllCases.Cases.Where(c => filter.Accepts(AllCases.Attributes(c))).Select(c => c.Key))
        );
        Assert.That(selected, Is.All.Matches<Model.Case>(c => ReferenceEquals(c, AllCases.WithKey(c.Key))));
    }

    [TestCase("id=000000000000")]
    [TestCase("id=f247")]
    [TestCase("id=\"no id\"")]
    [TestCase("key=\"anonymous:private vma=rw slot=none read late\"", Description = "no machine can have it")]
    public void Nothing_is_selected_where_no_case_is_named(string text) =>
        Assert.That(CaseSelection.Of(CaseFilter.Parse(text, AllCases.FilterKeys)), Is.Empty);

    [Test]
    public void No_key_has_a_capital_letter() =>
        Assert.That(AllCases.Cases.Where(c => c.Key.Any(char.IsUpper)).Select(c => c.Key), Is.Empty);
}
