using Harness.Cases.Filter;
using Harness.Model;

namespace Harness.Cases.Tests;

public class CoverTests
{
    [Test]
    public void Every_key_of_the_quick_set_is_a_case_and_is_selected()
    {
        var selected = CaseSelection.Of(CaseFilter.Parse("cover=yes", AllCases.FilterKeys)).Select(c => c.Key).ToList();

        Assert.That(selected, Is.EquivalentTo(Cover.Keys));
    }

    [Test]
    public void What_no_rule_asks_for_adds_at_most_a_tenth_to_what_rules_need()
    {
        var capabilities = AllCases.Families.Single(f => f.Name == "capability").Cases;
        int rules = Cover.Keys.Count - Cover.Pairs.Count - capabilities.Count;

        Assert.That(Cover.Pairs, Is.Unique);
        Assert.That(Cover.Pairs.Count, Is.InRange(1, rules / 10));
    }

    [TestCase(VmaKind.Anonymous)]
    [TestCase(VmaKind.PfnMap)]
    [TestCase(VmaKind.MixedMap)]
    public void A_slot_that_is_READONLY_and_logged_is_in_the_quick_set_with_each_kind_of_memory(VmaKind kind)
    {
        const SlotFlags both = SlotFlags.ReadOnly | SlotFlags.LogDirtyPages;
        var accesses = Cover
            .Keys.Select(AllCases.WithKey)
            .OfType<AttributeCase>()
            .Where(c => c.Slot == both && c.Backing.Kind == kind && c.Backing.Memory != KernelMap.Unknown)
            .SelectMany(c => c.Accesses.Span.ToArray())
            .ToList();

        // A VM_PFNMAP slot is refused before any access.
        if (kind == VmaKind.PfnMap)
            Assert.That(Cover.Pairs, Has.Some.StartsWith("pfnmap:").And.Some.Contains("slot=ro+log"));
        else
            Assert.That(accesses, Is.SupersetOf(new[] { Access.Write, Access.Execute }));
    }
}
