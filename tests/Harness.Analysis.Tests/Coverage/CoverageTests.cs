using Harness.Analysis.Coverage;
using Harness.Cases;
using Harness.Model;
using Harness.Model.Policies;

namespace Harness.Analysis.Tests.Coverage;

[Parallelizable(ParallelScope.Children)]
public class CoverageTests
{
    private static IEnumerable<string> Policies => PolicyCatalog.All.Select(p => p.Name);

    private static IEnumerable<string> Generations => Mainline.All.Select(p => p.Name);

    /// <summary>
    /// The first and the last policy and those with the most changes; the others, which differ from a neighbour in few
    /// rules, are in the category Wide.
    /// </summary>
    private static readonly string[] Landmarks =
    [
        "mainline-6.1",
        "mainline-6.12",
        "mainline-6.17",
        "mainline-7.2",
        Mainline.All[^1].Name,
    ];

    private static IEnumerable<TestCaseData> GenerationsByCost =>
        Generations.Select(name =>
            Landmarks.Contains(name) ? new TestCaseData(name) : new TestCaseData(name).SetCategory("Wide")
        );

    private static IEnumerable<TestCaseData> PoliciesByCost =>
        Policies.Select(name =>
            Landmarks.Contains(name) ? new TestCaseData(name) : new TestCaseData(name).SetCategory("Wide")
        );

    [TestCaseSource(nameof(Policies))]
    public void Every_path_is_taken_and_every_mutant_is_killed_or_proved_equivalent(string policy)
    {
        var found = PolicyCoverage.Of(PolicyCatalog.Find(policy)!, AllCases.AttributeCases);

        Assert.That(
            found.Rules.Where(r => r.IsLeft).Select(r => r.Rule.Name),
            Is.Empty,
            "rules that always or never hold, without a reason"
        );
        Assert.That(found.PathsReached, Is.EqualTo(found.Paths));
        Assert.That(found.Mutants.Where(m => m.Result == MutantResult.Left).Select(m => m.Mutant.Says), Is.Empty);
        Assert.That(
            found
                .Mutants.Where(m => m is { Result: MutantResult.Equivalent, Mutant.Kind: MutationKind.Removed })
                .Select(m => m.Mutant.Rule.Name),
            Is.SubsetOf(RuleReasons.All.Keys),
            "rules that nothing hangs on, without a reason to be there"
        );
        Assert.That(found.Count(MutantResult.Killed), Is.GreaterThan(found.Mutants.Count * 3 / 4));
    }

    [TestCaseSource(nameof(GenerationsByCost))]
    public void On_each_host_alone_the_quick_set_takes_every_path_and_notices_what_any_case_would_there(
        string generation
    )
    {
        foreach (var host in HostFacts.All)
        {
            var found = PolicyCoverage.Of(
                PolicyCatalog.Find(generation)!,
                CaseSpace.Buildable,
                c => Cover.Keys.Contains(c.Key),
                hosts: [host]
            );

            Assert.That(found.PathsReached, Is.EqualTo(found.Paths), host.ToString());
            Assert.That(
                found.Mutants.Where(m => m is { Result: MutantResult.Left, Case: not null }).Select(m => m.Mutant.Says),
                Is.Empty,
                host.ToString()
            );
        }
    }

    [TestCaseSource(nameof(Generations))]
    public void In_protected_mode_the_quick_set_meets_every_rule_that_is_about_it(string generation)
    {
        var policy = PolicyCatalog.Find(generation)!;
        var walk = new PolicyWalk(
            policy,
            [.. AllCases.Cases.OfType<AccessCase>().Where(c => Cover.Keys.Contains(c.Key))],
            HostFacts.Protected
        );
        var met = policy
            .RulesOf(walk.Paths.Keys.Aggregate(default(RuleSet), (all, path) => all | path.Rules))
            .Select(r => r.Name);

        Assert.That(
            met,
            Is.SupersetOf(
                policy.AllRules.Select(r => r.Name).Where(n => n.StartsWith("pkvm-", StringComparison.Ordinal))
            )
        );
    }

    [TestCaseSource(nameof(PoliciesByCost))]
    public void A_mutant_decides_otherwise_only_where_a_rule_that_it_touches_fires(string name)
    {
        var policy = PolicyCatalog.Find(name)!;
        // Cases with an alternative fault, or with a second fault.
        AttributeCase[] cases =
        [
            .. CaseSpace.Buildable.Where(c =>
                (c.Backing.Kind == VmaKind.MixedMap || c.Accesses[0] == Access.Exclusive)
                && c is { Extent: Extent.Page, Late: false, Mte: false }
            ),
        ];
        var walk = new PolicyWalk(policy, cases, HostFacts.All);
        foreach (var mutant in Mutants.Of(walk).Where(m => m.Touches != RuleSet.All))
            for (int point = 0; point < walk.Points; point++)
            {
                ref readonly var original = ref walk.Decision(point);
                if ((original.Path | original.RulesEvaluated).Overlaps(mutant.Touches))
                    continue;
                mutant.Policy.Decide(walk.HostOf(point), walk.CaseOf(point), out var mistaken);
                if (!original.Equals(mistaken))
                    Assert.Fail($"{mutant}: {walk.CaseOf(point)} with {walk.HostOf(point)}");
            }
    }

    [Test]
    public void A_mutation_can_set_everything_that_a_rule_can()
    {
        // Properties that Policy sets before it evaluates rules.
        string[] given = ["Access", "ExclusiveFault", "LeafLoose"];
        string[] sets =
        [
            .. typeof(Situation)
                .GetProperties()
                .Where(p => p.SetMethod is { IsPublic: true })
                .Select(p => p.Name)
                .Except(given),
        ];

        static string NameOf(DecisionPart part) =>
            part.Name switch
            {
                var name when name.StartsWith("the draft's ", StringComparison.Ordinal) => "Draft",
                var name when name.StartsWith("what is left open", StringComparison.Ordinal) => "Unspecified",
                "the old leaf" => "Leaf",
                var name => name.Replace(" ", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal),
            };

        Assert.That(DecisionPart.All.Select(NameOf).Distinct(), Is.EquivalentTo(sets).IgnoreCase);
    }

    [Test]
    public void The_quick_set_is_the_one_that_is_committed() =>
        Assert.That(
            CoveringSet.For(Mainline.All, CaseSpace.Buildable, HostFacts.All).Select(c => c.Key),
            Is.EqualTo(File.ReadAllLines(Repository.File("src/Harness.Cases/Cover.txt"))),
            "scripts/harness coverage --cover, into another file first, since the harness is built with this one"
        );

    [Test]
    public void A_rule_that_nothing_meets_is_reported()
    {
        var nothing = Mainline.V7_3.Rule("no-vma") with
        {
            Name = "never",
            When = (in s) => s.Kind == VmaKind.Hole && s.PfnMap,
        };

        var found = PolicyCoverage.Of(Mainline.V7_3.After("no-vma", nothing), AllCases.AttributeCases);

        Assert.That(found.IsComplete, Is.False);
        Assert.That(found.Rules.Single(r => r.IsLeft).Rule.Name, Is.EqualTo("never"));
        Assert.That(
            found.Mutants.Where(m => m.Result == MutantResult.Left).Select(m => m.Mutant.Rule.Name).Distinct(),
            Is.EqualTo(new[] { "never" })
        );
    }

    [Test]
    public void Cases_that_leave_an_input_out_leave_its_mutants_alive()
    {
        var found = PolicyCoverage.Of(Mainline.V7_2, CaseSpace.Buildable, c => c.Backing.Kind != VmaKind.GuestMemory);

        Assert.That(found.IsComplete, Is.False);
        Assert.That(found.PathsReached, Is.LessThan(found.Paths));
        Assert.That(
            found.Mutants.Where(m => m.Result == MutantResult.Left).Select(m => m.Mutant.Says),
            Does.Contain("without gmem-mte")
        );
    }

    [Test]
    public void Neighbours_change_places_and_the_last_of_a_stage_has_none()
    {
        var swapped = Mainline.V6_1.Swapped("no-vma");

        Assert.That(
            swapped.Rules(Stage.Lookup).Take(2).Select(r => r.Name),
            Is.EqualTo(new[] { "bar-not-mapped", "no-vma" })
        );
        Assert.That(() => Mainline.V6_1.Swapped("accept"), Throws.ArgumentException);
    }
}
