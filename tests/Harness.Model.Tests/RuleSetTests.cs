namespace Harness.Model.Tests;

public sealed class RuleSetTests
{
    [TestCase(0)]
    [TestCase(63)]
    [TestCase(64)]
    [TestCase(127)]
    public void A_set_of_one_rule_contains_that_rule_alone(int number)
    {
        var one = RuleSet.Of(number);
        Assert.Multiple(() =>
        {
            Assert.That(Enumerable.Range(0, RuleSet.Most).Where(one.Contains), Is.EqualTo(new[] { number }));
            Assert.That((one.First, one.Last), Is.EqualTo((number, number)));
            Assert.That(RuleSet.All.Except(one).Contains(number), Is.False);
            Assert.That(one.Overlaps(RuleSet.All));
            Assert.That((one & RuleSet.Below(number)).IsEmpty);
            Assert.That(one & RuleSet.Below(number + 1), Is.EqualTo(one));
        });
    }

    [Test]
    public void Sets_are_joined_across_both_halves()
    {
        var both = RuleSet.Of(3) | RuleSet.Of(70);
        Assert.Multiple(() =>
        {
            Assert.That((both.First, both.Last), Is.EqualTo((3, 70)));
            Assert.That(both.Except(RuleSet.Of(3)), Is.EqualTo(RuleSet.Of(70)));
            Assert.That(both & RuleSet.Of(70), Is.EqualTo(RuleSet.Of(70)));
            Assert.That(both.Overlaps(RuleSet.Of(69)), Is.False);
        });
    }

    [Test]
    public void Sets_with_other_rules_have_other_texts()
    {
        RuleSet[] sets =
        [
            default,
            RuleSet.Of(1),
            RuleSet.Of(65),
            RuleSet.Of(1) | RuleSet.Of(9),
            RuleSet.Of(1) | RuleSet.Of(5) | RuleSet.Of(9),
            RuleSet.All,
        ];
        Assert.That(sets.Select(s => s.ToString()), Is.Unique);
    }

    [Test]
    public void The_empty_set_has_nothing()
    {
        Assert.Multiple(() =>
        {
            Assert.That(RuleSet.Below(0), Is.EqualTo(default(RuleSet)));
            Assert.That(RuleSet.Below(0).IsEmpty);
            Assert.That(RuleSet.Below(RuleSet.Most), Is.EqualTo(RuleSet.All));
        });
    }
}
