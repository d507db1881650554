using Harness.Model.Policies;

namespace Harness.Model.Tests;

public class RulesTests
{
    [Test]
    public void Names_are_unique_within_a_policy_and_every_rule_names_its_kernel_function_or_its_mail()
    {
        foreach (var policy in PolicyCatalog.All)
        {
            Assert.That(policy.AllRules.Select(r => r.Name), Is.Unique, policy.Name);
            foreach (var rule in policy.AllRules)
            {
                bool mail = rule.Source.Since is null;
                Assert.That(
                    rule.Source.Function,
                    Does.Match(mail ? @"^[A-Z][a-z]+, \d{4}-\d\d" : "^[a-z_0-9]+$"),
                    rule.Name
                );
                Assert.That(rule.Source.Since, Is.Null.Or.Match(@"^\d\.\d+(\.\d+)?$"), rule.Name);
                Assert.That(mail && policy.Name.StartsWith("mainline", StringComparison.Ordinal), Is.False, rule.Name);
            }
        }
    }

    [Test]
    public void A_difference_leaves_the_policy_it_is_written_against_alone()
    {
        var changed = Mainline.V6_9.As("mine", "without logging's refusal").Without("log-dirty-pfnmap");

        Assert.That(Mainline.V6_9.AllRules.Count, Is.EqualTo(changed.AllRules.Count + 1));
        Assert.That(changed.Basis, Is.SameAs(Mainline.V6_9));
        Assert.That(
            () => Mainline.V6_9.Without("no-such-rule"),
            Throws.ArgumentException.With.Message.Contains("mainline-6.9 has no rule")
        );
    }

    [Test]
    public void Cases_are_the_same_by_what_they_are_whether_their_key_was_requested_or_not()
    {
        static AccessCase Make(bool late) =>
            new(Backing.Plain, VmaWritable: true, SlotFlags.None, new AccessList(Access.Read)) { Late = late };
        var one = Make(late: false);
        int hash = one.GetHashCode();

        Assert.That(one.Key, Is.Not.Empty);
        Assert.That(one.GetHashCode(), Is.EqualTo(hash));
        Assert.That(one, Is.EqualTo(Make(late: false)));
        Assert.That(one, Is.Not.EqualTo(Make(late: true)));
    }

    [Test]
    public void The_model_has_no_packages_and_refers_to_no_other_room()
    {
        var references = typeof(Policy).Assembly.GetReferencedAssemblies().Select(a => a.Name!);

        Assert.That(references, Has.All.StartsWith("System"));
    }
}
