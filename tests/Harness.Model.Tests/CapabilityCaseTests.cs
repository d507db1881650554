using Harness.Cases;
using Harness.Model.Policies;

namespace Harness.Model.Tests;

public class CapabilityCaseTests
{
    [TestCase("mainline-6.16", true, 243, "system: 0; vm: 0")]
    [TestCase("mainline-6.17", true, 243, "system: EINVAL; vm: 1")]
    [TestCase("mainline-6.17", false, 243, "system: EINVAL; vm: 0")]
    [TestCase("mainline-6.17", false, 81, "system: 1; vm: 1")]
    [TestCase("mainline-6.1", false, 168, "system: 3; vm: 3")]
    [TestCase("mainline-6.1", false, 177, "system: 1; vm: 1")]
    [TestCase("mainline-6.1", false, 223, "system: 0; vm: 0")]
    [TestCase("mainline-6.2", false, 223, "system: 1048576; vm: 1048576")]
    [TestCase("mainline-6.1", false, 225, "system: 0; vm: 0")]
    [TestCase("mainline-6.2", false, 225, "system: 1; vm: 1")]
    [TestCase("mainline-7.3", false, 192, "system: 0; vm: 0")]
    [TestCase("mainline-7.3", false, 228, "system: 0; vm: 0")]
    public void What_is_returned_follows_from_the_release_and_the_CPU(
        string policy,
        bool fwbAndDic,
        int number,
        string expected
    )
    {
        var prediction = PolicyCatalog
            .Find(policy)!
            .Predict(new HostFacts(fwbAndDic, fwbAndDic), new CapabilityCase(number));

        Assert.That(prediction.ToString(), Is.EqualTo(expected));
        Assert.That(prediction.Deciding.Name, Is.EqualTo($"cap-{number}"));
        Assert.That(PolicyCatalog.Find(policy)!.Statement($"cap-{number}"), Is.EqualTo(prediction.Deciding));
    }

    [Test]
    public void Protected_mode_changes_what_is_returned() =>
        Assert.That(
            PolicyCatalog
                .Newest.Predict(new HostFacts(true, true, KvmMode.Protected), new CapabilityCase(229))
                .ToString(),
            Is.EqualTo("system: 0; vm: 0")
        );

    [Test]
    public void What_follows_from_another_capability_is_outside_the_model_and_no_case() =>
        Assert.Multiple(() =>
        {
            Assert.That(
                PolicyCatalog.Newest.Predict(new HostFacts(true, true), new CapabilityCase(251)).Outside,
                Does.Contain("126")
            );
            Assert.That(AllCases.Find("check-extension capability=251"), Is.Null);
        });

    [Test]
    public void Every_other_capability_of_a_policy_is_a_case_of_the_quick_set()
    {
        foreach (var capability in PolicyCatalog.Newest.Capabilities.Where(c => c.Like is null))
        {
            var c = AllCases.Find($"check-extension capability={capability.Number}");
            Assert.That(c, Is.EqualTo(new CapabilityCase(capability.Number)));
            Assert.That(AllCases.Attribute(c!, "cover"), Is.EqualTo("yes"), c!.Key);
        }
    }
}
