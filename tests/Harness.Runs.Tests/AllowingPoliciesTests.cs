using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Protocol;
using Harness.Runs.Facts;
using Harness.Runs.Judging;

namespace Harness.Runs.Tests;

public sealed class AllowingPoliciesTests
{
    private static readonly HostProfile s_host = new(
        "7.2.0",
        new HostFacts(Fwb: true, Dic: false),
        new ProbeAbilities(true, true, true),
        new Decoding(true, new ProtBits(Execute: 1, Write: 2, Device: 8, NonCacheable: 0x10))
    );

    private static CaseObservation Did(Case c, Observation observation) =>
        new("run", "host", s_host, new ObservationReader(s_host.Decoding).Read(Seen.Compiled(c), observation));

    [Test]
    public void A_slot_that_7_2_refuses_is_mapped_as_device_by_older_policies_and_the_rule_is_theirs()
    {
        var c = Seen.Grace();
        var allowing = AllowingPolicies.Of(
            Did(c, Seen.ReadMapped(c, Seen.DeviceRw)),
            c,
            Mainline.V7_2,
            [Mainline.V6_1, Mainline.V6_9, Mainline.V7_2]
        );

        Assert.Multiple(() =>
        {
            Assert.That(allowing.SelectMany(a => a.Policies), Does.Not.Contain(Mainline.V7_2));
            Assert.That(allowing.SelectMany(a => a.Policies), Does.Contain(Mainline.V6_1));
            var other = Mainline.V7_2.Predict(s_host.Host, c).Statements.Select(s => s.Name).ToList();
            Assert.That(allowing.Select(a => a.Rule.Name), Has.None.AnyOf(other));
        });
    }

    [Test]
    public void What_no_policy_allows_is_allowed_by_none()
    {
        var c = Seen.Grace();
        var did = Did(c, Seen.Refused(c, 12));

        Assert.That(AllowingPolicies.Of(did, c, Mainline.V7_2, PolicyCatalog.All), Is.Empty);
    }
}
