using Harness.Analysis.Audits;
using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;
using Harness.Model.Safety;

namespace Harness.Analysis.Tests.Audits;

public class AuditTests
{
    private const string Grace = "pfnmap:unknown:wb:shared vma=rw slot=none read";

    private static PropertyResult Result(Policy policy, SafetyProperty property) =>
        Audit.Of(policy, AllCases.Audited, [property]).Results[0];

    [Test]
    public void Version_3_lacks_the_check_at_registration_and_the_audit_finds_the_VM_that_fails_after_migration()
    {
        var breach = Result(Proposals.FaultTime, SafetyProperties.RefusedAtRegistration).Breaches.Single();

        Assert.That(breach.Ending, Is.EqualTo("cacheable-needs-fwb"));
        Assert.That(breach.Case.Key, Is.EqualTo(Grace));
        Assert.That((breach.Host.Fwb, breach.Other!.Fwb), Is.EqualTo((true, false)));
        Assert.That(breach.OnHost.ToString(), Is.EqualTo("registered; read: mapped Normal-WB rw-"));
        Assert.That(breach.OnOther!.ToString(), Is.EqualTo("registered; read: KVM_RUN fails with EINVAL"));
    }

    [Test]
    public void Predicted_leaves_of_known_host_leaves_reach_only_the_guests_memory()
    {
        foreach (var policy in Mainline.All)
        {
            var result = Result(policy, SafetyProperties.OnlyItsMemory);
            Assert.That(result.Holds, Is.EqualTo(!policy.Has("pfnmap-block")), policy.Name);
            Assert.That(result.Breaches.Select(b => b.Case.Backing.Scattered), Has.None.False);
        }
        Assert.That(Result(Mainline.V7_1, SafetyProperties.OnlyItsMemory).Breaches, Is.Not.Empty);
        Assert.That(Result(Mainline.V7_3, SafetyProperties.OnlyItsMemory).Holds);
    }

    [Test]
    public void Version_3_can_not_be_discovered_and_what_was_requested_on_top_of_it_can()
    {
        var breach = Result(Proposals.FaultTime, SafetyProperties.Discoverable).Breaches[0];

        Assert.That(breach.Case.Key, Is.EqualTo(Grace));
        Assert.That((breach.Host.Fwb, breach.Other!.Fwb), Is.EqualTo((true, false)));
        Assert.That(Result(Proposals.Discoverable, SafetyProperties.Discoverable).Holds);
        Assert.That(Result(Proposals.Discoverable, SafetyProperties.RefusedAtRegistration).Holds);
        Assert.That(
            Result(Proposals.ErrorOnCreation, SafetyProperties.Discoverable).Holds,
            Is.False,
            "it has no capability"
        );
    }

    [Test]
    public void Falling_back_to_Device_without_FWB_leaks_on_the_host_side()
    {
        var breach = Result(Proposals.FallbackToDevice, SafetyProperties.NoStaleData).Breaches[0];

        Assert.That(breach.Case.Key, Is.EqualTo(Grace));
        Assert.That(breach.Host.Fwb, Is.False);
        Assert.That(breach.OnHost.ToString(), Is.EqualTo("registered; read: mapped Device-nGnRE rw-"));
        Assert.That(
            Result(Proposals.FallbackRefused, SafetyProperties.NoStaleData).Breaches.Select(b => b.Case.Late),
            Has.All.True
        );
        Assert.That(Result(Proposals.FaultTime, SafetyProperties.NoStaleData).Holds);
    }

    [Test]
    public void The_mails_require_FWB_alone_and_so_execute_what_can_not_be_invalidated()
    {
        var breach = Result(Proposals.FaultTime, SafetyProperties.NoStaleInstructions).Breaches.Single();

        Assert.That((breach.Host.Fwb, breach.Host.Dic), Is.EqualTo((true, false)));
        Assert.That(Result(Mainline.V6_17, SafetyProperties.NoStaleInstructions).Holds);
    }

    [TestCase(
        "mainline-6.16",
        "no-stale-data no-silent-fallback bounded-aliases no-cow-pfnmap registered-means-usable only-its-memory"
    )]
    [TestCase("mainline-7.3", "bounded-aliases no-cow-pfnmap registered-means-usable same-after-migration")]
    [TestCase(
        "proposal-v3",
        "no-stale-instructions bounded-aliases refused-at-registration registered-means-usable discoverable same-after-migration only-its-memory"
    )]
    public void Unspecified_outcomes_of_a_policy_are_the_listed_ones(string policy, string properties)
    {
        var audit = Audit.Of(PolicyCatalog.Find(policy)!, AllCases.Audited, SafetyProperties.All);

        Assert.That(audit.Results.Where(r => !r.Holds).Select(r => r.Property.Name), Is.EqualTo(properties.Split(' ')));
    }

    [Test]
    public void Mainline_breaks_a_migration_property_only_for_memory_swapped_behind_the_slot() =>
        Assert.That(
            Result(Mainline.V7_3, SafetyProperties.SameAfterMigration).Breaches.Select(b => b.Case.Late),
            Has.All.True
        );

    [Test]
    public void Execution_from_Device_memory_is_found_where_the_rule_against_it_is_gone() =>
        Assert.That(
            Result(Mainline.V6_1.Without("exec-from-device"), SafetyProperties.NoExecutionFromNonCacheable)
                .Breaches[0]
                .Ending,
            Is.EqualTo("Device-nGnRE")
        );

    [Test]
    public void The_document_of_the_policies_is_the_one_that_is_committed()
    {
        string written = PoliciesDocument.Write(
            [.. PolicyCatalog.All.Select(p => Audit.Of(p, AllCases.Audited, SafetyProperties.All))],
            SafetyProperties.All
        );

        Assert.That(
            written,
            Is.EqualTo(File.ReadAllText(Repository.File("docs/policies.md"))),
            "scripts/harness policies --markdown > docs/policies.md"
        );
    }
}
