using Harness.Analysis.Ownership;
using Harness.Model;
using Harness.Model.Ownership;
using Harness.Model.Ownership.Machines;

namespace Harness.Analysis.Tests.Ownership;

public class OwnershipAuditTests
{
    private static OwnershipResult Result(string system, OwnershipProperty property) =>
        Result(Systems.Find(system)!, property);

    private static OwnershipResult Result(OwnershipSystem system, OwnershipProperty property) =>
        OwnershipAudit.Of(system, [property]).Results[0];

    private static string Operations(OwnershipBreach breach) =>
        string.Join(' ', breach.Steps.Select(s => OperationText.Word(s.Operation)));

    /// <summary>pkvm-7.1 with one mistake.</summary>
    private static OwnershipSystem Mistaken(Func<Machine, Machine> mistake)
    {
        var system = Systems.Find("pkvm-7.1")!;
        return system with { Name = "mistaken", Machine = mistake(system.Machine) };
    }

    [Test]
    public void Protected_guests_own_their_pages_and_userspace_gets_only_an_errno()
    {
        Assert.That(Result("pkvm-7.1", OwnershipProperties.Exclusive) is { Holds: true, Asked: > 100 }, Is.True);
        Assert.That(Result("pkvm-7.1", OwnershipProperties.Zeroed) is { Holds: true, Asked: > 10 }, Is.True);

        var reported = Result("pkvm-7.1", OwnershipProperties.ReportsEnough);
        var pin = reported.Breaches.Single(b => b.By.Name == "protected-pin-fails");
        Assert.That(
            (Operations(pin), pin.Steps[^1].Outcome),
            Is.EqualTo(("create bind guest-load", OperationOutcome.RunFails(Errno.EFAULT)))
        );
        Assert.That(reported.Breaches.Select(b => b.By.Name), Does.Contain("poisoned").And.Contain("owned-by-other"));
    }

    [Test]
    public void One_stray_load_ends_a_host_that_gave_a_page_to_Gunyahs_guest()
    {
        var breach = Result("gunyah-v17", OwnershipProperties.HostSurvives).Breaches.Single(b => b.By.Name == "stray");

        Assert.That(Operations(breach), Is.EqualTo("create bind donate stray"));
        Assert.That(breach.ToString(), Does.EndWith("create, bind, donate, stray: the host dies"));
    }

    [TestCase("gunyah-v17", "stray hibernate", "donate")]
    [TestCase("gunyah-fixup", "hibernate", "donate")]
    [TestCase("gunyah-driver", "hibernate-maps-again", "")]
    [TestCase("gunyah-library", "", "")]
    [TestCase("secretmem", "", "")]
    public void Unspecified_outcomes_of_each_protection_are_the_listed_ones(
        string system,
        string deaths,
        string inconsistent
    )
    {
        Assert.That(
            Result(system, OwnershipProperties.HostSurvives).Breaches.Select(b => b.By.Name),
            Is.EquivalentTo(Words(deaths))
        );
        var map = Result(system, OwnershipProperties.DirectMapConsistent);
        Assert.That(map.Breaches.Select(b => b.By.Name), Is.EquivalentTo(Words(inconsistent)));
        Assert.That(map.Asked, Is.GreaterThan(0));
    }

    [Test]
    public void Overlapping_slots_are_ambiguous_without_an_attribute()
    {
        var breaches = Result("sev-v5", OwnershipProperties.OneSlot).Breaches;

        Assert.That(Operations(breaches[0]), Is.EqualTo("create bind bind-over guest-load-private"));
        Assert.That(breaches.Select(b => b.By.Name), Does.Contain("private-wins"));
        foreach (string other in new[] { "tdx-v5", "tdx-6.8", "sev-6.8" })
            Assert.That(Result(other, OwnershipProperties.OneSlot) is { Holds: true, Asked: > 0 }, Is.True, other);
    }

    [TestCase("pkvm-6.12", "stray-into-donated")]
    [TestCase("pkvm-6.18", "stray-into-donated")]
    [TestCase("pkvm-7.1", "")]
    public void The_hypervisors_own_pages_were_as_dangerous_until_7_1(string system, string deaths)
    {
        Assert.That(
            Result(system, OwnershipProperties.HostSurvives).Breaches.Select(b => b.By.Name),
            Is.EquivalentTo(Words(deaths))
        );
        Assert.That(
            Result(system, OwnershipProperties.DirectMapConsistent).Breaches.Select(b => b.By.Name),
            Does.Contain("host-donate-hyp")
        );
    }

    [Test]
    public void A_fetch_loop_is_reported_for_6_18_only() =>
        Assert.That(
            new[] { "mainline-6.14", "mainline-6.18", "mainline-7.1" }.Select(s =>
                Result(s, OwnershipProperties.ReportsEnough).Breaches.Any(b => b.By.Name == "gmem-fetch-loops")
            ),
            Is.EqualTo(new[] { false, true, false })
        );

    [Test]
    public void A_hypervisor_that_does_not_empty_a_dying_guests_pages_is_caught_by_the_transition_that_gives_them_back()
    {
        var mistaken = Mistaken(m => m.Without("reclaim-dying"));
        var breach = Result(mistaken, OwnershipProperties.Zeroed).Breaches.Single();

        Assert.That(breach.By.Name, Is.EqualTo("destroy"));
        Assert.That(Operations(breach), Is.EqualTo("create bind guest-store destroy load"));
        Assert.That(breach.Steps[^1].Outcome, Is.EqualTo(OperationOutcome.Sees(Contents.Guest)));
    }

    [Test]
    public void A_hypervisor_that_takes_a_page_by_force_with_what_is_in_it_is_caught()
    {
        var mistaken = Mistaken(m =>
            m.Replace(
                "host-takes-by-force",
                m.Transition("host-takes-by-force") with
                {
                    Then = static (in m, ref page) =>
                    {
                        page.Guest = PageAccess.Poisoned;
                        return OperationOutcome.Sees(page.Holds);
                    },
                }
            )
        );

        Assert.That(
            Result(mistaken, OwnershipProperties.Zeroed).Breaches.Single().By.Name,
            Is.EqualTo("host-takes-by-force")
        );
    }

    [Test]
    public void A_host_that_may_touch_what_a_guest_owns_is_caught_by_the_touch_that_goes_through()
    {
        var breaches = Result(Mistaken(m => m.Without("host-lost")), OwnershipProperties.Exclusive).Breaches;

        Assert.That(breaches.Select(b => b.By.Name), Is.EqualTo(new[] { "host-touch" }));
        Assert.That(Operations(breaches[0]), Is.EqualTo("create bind guest-load store"));
    }

    [Test]
    public void A_protected_guest_that_runs_on_a_page_which_the_host_keeps_is_caught() =>
        Assert.That(
            Result(Mistaken(m => m.Without("donate")), OwnershipProperties.Exclusive).Breaches[0].By.Name,
            Is.EqualTo("share-with-guest")
        );

    [Test]
    public void A_file_that_lets_the_process_touch_its_private_pages_is_caught()
    {
        var system = Systems.Find("mainline-7.2")!;

        Assert.That(Result(system, OwnershipProperties.Exclusive).Holds);
        Assert.That(
            Result(
                system with
                {
                    Machine = system.Machine.Without("gmem-private-touch"),
                },
                OwnershipProperties.Exclusive
            )
                .Breaches[0]
                .By.Name,
            Is.EqualTo("host-touch")
        );
    }

    [Test]
    public void A_granule_that_comes_back_as_it_was_is_caught()
    {
        var system = Systems.Find("cca-1.0")!;
        var machine = system.Machine.Replace(
            "data-destroy",
            system.Machine.Transition("data-destroy") with
            {
                Then = static (in _, ref page) =>
                {
                    page.Guest = PageAccess.None;
                    page.Delegated = false;
                    return OperationOutcome.Done;
                },
            }
        );

        Assert.That(
            Result(system with { Machine = machine }, OwnershipProperties.Zeroed).Breaches[0].By.Name,
            Is.EqualTo("data-destroy")
        );
    }

    [Test]
    public void Every_transition_of_every_system_is_taken_unless_its_VM_or_call_is_missing()
    {
        foreach (var system in Systems.All.Where(s => s.ModelOnly))
            Assert.That(OwnershipAudit.Of(system, []).Untaken.Select(t => t.Name), Is.Empty, system.Name);
        Assert.That(
            OwnershipAudit.Of(Systems.Find("pkvm-7.2")!, []).Untaken.Select(t => t.Name),
            // Without a slot there is no page to own: the last two.
            Is.EquivalentTo(
                new[]
                {
                    "hibernate-secret",
                    "hibernate",
                    "protected-unknown",
                    "map",
                    "protected-no-slot-ldp",
                    "no-slot-ldp",
                }
            )
        );
    }

    [Test]
    public void Neighbours_that_break_a_property_alike_are_reported_as_one()
    {
        OwnershipSystem[] systems = [.. Systems.All.Where(s => s.Name.StartsWith("gunyah", StringComparison.Ordinal))];
        SystemAudit[] audits = [.. systems.Select(s => OwnershipAudit.Of(s, OwnershipProperties.All))];

        Assert.That(
            OwnershipTable.Shared(audits, OwnershipProperties.DirectMapConsistent).Single().Who(audits),
            Does.StartWith("gunyah-v17 to gunyah-fixup (").And.EndWith(" each)")
        );
        Assert.That(
            OwnershipTable.Matrix(audits, OwnershipProperties.All).Last(),
            Does.Match(@"^gunyah-library +\. +- +\. +\. +- +\.$")
        );
    }

    [Test]
    public void The_document_of_the_systems_is_the_one_that_is_committed() =>
        Assert.That(
            OwnershipDocument.Write(
                [.. Systems.All.Select(s => OwnershipAudit.Of(s, OwnershipProperties.All))],
                OwnershipProperties.All
            ),
            Is.EqualTo(File.ReadAllText(Repository.File("docs/ownership.md"))),
            "scripts/harness systems --markdown > docs/ownership.md"
        );

    private static string[] Words(string words) => words.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
