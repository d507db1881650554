using Harness.KernelMutants;
using Harness.Model.Policies;
using Harness.Model.Programs;
using Harness.Sabotage;

namespace Harness.EndToEnd;

public class KernelMutantListTests
{
    [Test]
    public void Every_rule_that_may_be_named_is_one_of_a_policy_or_of_programs()
    {
        var names = Mainline
            .All.SelectMany(p => p.Statements.Select(s => s.Name))
            .Concat(ProgramRules.All.Select(r => r.Name))
            .ToHashSet();

        Assert.That(KernelMutant.All.SelectMany(m => m.Rules).Distinct().Where(r => !names.Contains(r)), Is.Empty);
    }

    [Test]
    public void Names_are_unique_and_there_are_at_least_sixty()
    {
        Assert.That(KernelMutant.All.Select(m => m.Name), Is.Unique);
        Assert.That(KernelMutant.All, Has.Count.AtLeast(60));
    }

    [Test]
    public void No_pattern_is_longer_than_a_few_identifiers()
    {
        Assert.That(KernelMutant.All.Where(m => m.Find.Length > 80).Select(m => m.Name), Is.Empty);
    }

    [Test]
    public void The_document_has_the_table_of_what_was_measured()
    {
        var table = new StringWriter();
        MutantTable.Write(table, MutantRecord.File.Read());
        Assert.That(
            File.ReadAllText(Path.Combine(Cli.Root, "docs", "kernel-mutants.md")),
            Does.Contain(table.ToString()),
            "scripts/bench/kernel-mutants --table prints the table"
        );
    }

    [Test]
    public void What_cannot_be_noticed_does_not_lower_the_share()
    {
        var hidden = KernelMutant.All.First(m => m.Unobservable is not null);
        var open = KernelMutant.All.First(m => m.Unobservable is null);
        Measurement[] measured =
        [
            new(hidden.Name, "max/vhe", Outcome.Missed),
            new(open.Name, "max/vhe", Outcome.Quick) { Rules = [new NamedRule(open.Rules[0], 1)] },
        ];

        Assert.That(MutantTable.Summary(measured), Does.Contain("1 of the other 1 are noticed (100 %)"));
    }
}
