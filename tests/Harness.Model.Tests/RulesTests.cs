using Harness.Model.Policies;

namespace Harness.Model.Tests;

public class RulesTests
{
    [Test]
    public void Names_are_unique_within_a_policy_and_every_rule_names_its_kernel_function()
    {
        foreach (var policy in PolicyCatalog.All)
        {
            Assert.That(policy.AllRules.Select(r => r.Name), Is.Unique, policy.Name);
            foreach (var rule in policy.AllRules)
            {
                Assert.That(rule.Source.Function, Does.Match("^[a-z_0-9]+$"), rule.Name);
                Assert.That(rule.Source.Since, Does.Match(@"^\d\.\d+$"), rule.Name);
            }
        }
    }

    [Test]
    public void A_difference_leaves_the_policy_it_is_written_against_alone()
    {
        var changed = Mainline.V6_12.As("mine", "without logging's refusal").Without("log-dirty-pfnmap");

        Assert.That(Mainline.V6_12.AllRules.Count(), Is.EqualTo(changed.AllRules.Count() + 1));
        Assert.That(changed.Basis, Is.SameAs(Mainline.V6_12));
        Assert.That(() => Mainline.V6_12.Without("no-such-rule"), Throws.ArgumentException.With.Message.Contains("mainline-6.12 has no rule"));
    }

    [Test]
    public void The_model_has_no_packages_and_refers_to_no_other_room()
    {
        var references = typeof(Policy).Assembly.GetReferencedAssemblies().Select(a => a.Name!);

        Assert.That(references, Has.All.StartsWith("System"));
    }
}
