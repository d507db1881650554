using Harness.Analysis.Coverage;
using Harness.Cases;
using Harness.Model;
using Harness.Model.Ownership;
using Harness.Model.Ownership.Machines;

namespace Harness.Analysis.Tests.Coverage;

public class MachineCoverageTests
{
    private static IEnumerable<Machine> Machines => Arm64.All;

    [TestCaseSource(nameof(Machines))]
    public void Every_transition_is_taken_or_there_is_a_reason_and_every_mutant_is_killed_or_proved_equivalent(
        Machine machine
    )
    {
        var found = MachineCoverage.Of(machine, AllCases.LifecycleCases);

        Assert.That(found.Transitions.Where(t => t.IsLeft).Select(t => t.Transition.Name), Is.Empty);
        Assert.That(found.Mutants.Where(m => m.Result == MutantResult.Left).Select(m => m.Mutant.Says), Is.Empty);
        Assert.That(found.Count(MutantResult.Killed), Is.GreaterThan(found.Mutants.Count * 3 / 4));
    }

    [Test]
    public void A_reason_is_given_only_for_what_nothing_leads_to()
    {
        var excused = Arm64
            .All.SelectMany(m =>
                MachineCoverage.Of(m, AllCases.LifecycleCases).Transitions.Where(t => t.Reason is not null)
            )
            .Select(t => t.Transition.Name);

        Assert.That(TransitionReasons.All.Keys, Is.EquivalentTo(excused.Distinct()));
    }

    [Test]
    public void Cases_that_never_come_to_a_transition_leave_it_and_its_mutants()
    {
        var found = MachineCoverage.Of(Arm64.V7_2, AllCases.LifecycleCases, c => c.Vm == VmKind.Ordinary);

        Assert.That(found.IsComplete, Is.False);
        Assert.That(
            found.Transitions.Where(t => t.IsLeft).Select(t => t.Transition.Name),
            Does.Contain("donate").And.Contain("host-takes-by-force")
        );
        var left = found.Mutants.Single(m => m.Mutant.Says == "without host-lost");
        Assert.That(left.Result, Is.EqualTo(MutantResult.Left));
        Assert.That(
            left.Reason,
            Does.Match(@"^protected VM, .* would show it by create,bind,guest-\w+,(load|store)$"),
            "the shortest way to show it"
        );
    }

    [Test]
    public void A_change_that_no_operation_shows_is_distinguished_from_one_that_some_operation_would()
    {
        var found = MachineCoverage.Of(Arm64.V7_2, AllCases.LifecycleCases);

        Assert.That(
            found.Mutants.Single(m => m.Mutant.Says == "without map").Reason,
            Is.EqualTo("the page differs, which no operation ever shows"),
            "guest-access finds the same in it"
        );
        Assert.That(
            found.Mutants.Single(m => m.Mutant.Says == "donate leaves the page as it was").Result,
            Is.EqualTo(MutantResult.Killed)
        );
    }

    [Test]
    public void Machines_depend_only_on_the_mode_and_DIC_of_a_host()
    {
        foreach (var c in AllCases.LifecycleCases)
        foreach (var alike in HostFacts.Every.GroupBy(h => (h.Dic, h.Mode == KvmMode.Protected)))
            Assert.That(
                alike
                    .Select(h =>
                        string.Join(';', Arm64.V7_2.Follow(h, c.Scenario, c.Operations).Select(s => s.Outcome))
                    )
                    .Distinct()
                    .Count(),
                Is.EqualTo(1),
                c.Key
            );
    }
}
