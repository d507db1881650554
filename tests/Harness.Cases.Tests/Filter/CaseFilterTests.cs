using Harness.Cases.Filter;

namespace Harness.Cases.Tests.Filter;

public sealed class CaseFilterTests
{
    private static readonly FilterKey[] s_keys =
    [
        new("id"),
        new("key"),
        new("backing"),
        new("access"),
        new("slot"),
        new("vma", ["r", "rw", ""]),
    ];

    private static readonly Dictionary<string, string> s_case = new()
    {
        ["id"] = "3fa94c",
        ["key"] = "pfnmap:unknown:wb:shared vma=rw slot=log read,write",
        ["backing"] = "pfnmap",
        ["access"] = "read,write",
        ["slot"] = "ro+log",
    };

    [TestCase("backing=pfnmap", true)]
    [TestCase("BACKING=PfnMap", true)]
    [TestCase("backing=pfn", false)]
    [TestCase("backing!=anonymous", true)]
    [TestCase("backing != pfnmap", false)]
    [TestCase("backing~p*map", true)]
    [TestCase("backing~map", false)]
    [TestCase("access=read,write", true)]
    [TestCase("access = \"read,write\"", true)]
    [TestCase("slot=ro+log", true)]
    [TestCase("vma=rw", false, Description = "the case has no such attribute")]
    [TestCase("vma!=RW", true)]
    [TestCase("vma=\"\"", true)]
    [TestCase("vma~*o", false, Description = "a pattern may fit nothing")]
    [TestCase("3fa9", true)]
    [TestCase("fa94", false)]
    [TestCase("?fa94c", true)]
    [TestCase("3fa9?", false)]
    [TestCase("unknown:wb", true)]
    [TestCase("\"slot=log read\"", true)]
    [TestCase("backing=x | backing=pfnmap & access=exec", false)]
    [TestCase("backing=pfnmap | access=exec & backing=x", true)]
    [TestCase("(backing=pfnmap | access=exec) & backing=x", false)]
    [TestCase("!backing=x & !(access=exec | slot=none)", true)]
    [TestCase("!!backing=pfnmap", true)]
    [TestCase("  ", true)]
    public void An_expression_means_what_it_says(string text, bool accepted) =>
        Assert.That(CaseFilter.Parse(text, s_keys).Accepts(s_case), Is.EqualTo(accepted));

    [TestCase("id=1", "id=1")]
    [TestCase("ID=1 & slot=log", "id=1")]
    [TestCase("slot=log & (id=1 | key=k)", "id=1 key=k")]
    [TestCase("(id=1 | key=k) & id=2", "id=1 key=k")]
    [TestCase("id=1 & slot=log | slot=none & key=k", "id=1 key=k")]
    [TestCase("id=1 | slot=log", null)]
    [TestCase("!id=1", null)]
    [TestCase("id!=1", null)]
    [TestCase("id~1", null)]
    [TestCase("1", null)]
    [TestCase("", null)]
    public void Useful_terms_are_given_where_all_that_is_accepted_fits_one_of_them(string text, string? terms)
    {
        var found = CaseFilter.Parse(text, s_keys).OneOf(t => t.Name is "id" or "key");

        Assert.That(
            found is null ? null : string.Join(' ', found.Select(t => $"{t.Name}={t.Value}")),
            Is.EqualTo(terms)
        );
    }

    [Test]
    public void Only_the_attributes_that_decide_are_read()
    {
        var read = new List<string>();
        var filter = CaseFilter.Parse("slot=log & id=1 | vma=RW | access=read", s_keys);

        bool accepted = filter.Accepts(name =>
        {
            read.Add(name);
            return name == "vma" ? "rw" : "";
        });

        Assert.That(accepted);
        Assert.That(read, Is.EqualTo(new[] { "slot", "vma" }));
    }

    [TestCase(
        "bakcing=exporter",
        1,
        "'bakcing' is not an attribute: did you mean 'backing'? (allowed: id, key, backing, access, slot, vma)"
    )]
    [TestCase("slot=log & bakcing~x", 12, "'bakcing' is not an attribute")]
    [TestCase("slot=", 6, "expected a value for slot")]
    [TestCase("slot=&", 6, "expected a value for slot")]
    [TestCase("slot=log &", 11, "expected an attribute")]
    [TestCase("slot=log access=read", 10, "expected & or |")]
    [TestCase("(slot=log", 1, "this ( is not closed")]
    [TestCase("slot=log)", 9, "this ) closes nothing")]
    [TestCase("slot=\"log", 6, "this \" is not closed")]
    [TestCase("slot==log", 6, "expected a value for slot")]
    [TestCase("slot=log & vma= ro", 17, "'ro' is not a value of vma: did you mean 'rw'? (allowed: r, rw, \"\")")]
    [TestCase("vma!=ro", 6, "'ro' is not a value of vma")]
    [TestCase("=log", 1, "expected an attribute")]
    [TestCase("*slot=log*", 1, "'*slot' is not an attribute")]
    public void Unreadable_input_is_reported_with_its_position(string text, int position, string message)
    {
        var thrown = Assert.Throws<FilterException>(() => CaseFilter.Parse(text, s_keys));
        Assert.That(thrown!.Message, Does.StartWith($"filter '{text}', at {position}: {message}"));
    }

    [Test]
    public void Nesting_without_end_is_refused() =>
        Assert.That(() => CaseFilter.Parse(new string('(', 100_000), s_keys), Throws.TypeOf<FilterException>());
}
