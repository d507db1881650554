using Harness.Model.Policies;
using Harness.Model.Programs;
using Harness.Sabotage;

namespace Harness.EndToEnd;

public class SabotageListTests
{
    [Test]
    public void Every_rule_that_may_be_named_is_one_of_a_policy_or_a_capability()
    {
        var names = Mainline
            .All.SelectMany(p => p.Statements.Select(s => s.Name).Concat(p.Capabilities.Select(c => c.RuleName)))
            .Concat(ProgramRules.All.Select(r => r.Name))
            .ToHashSet();

        Assert.That(WrongDecision.All.SelectMany(d => d.Rules).Where(r => !names.Contains(r)), Is.Empty);
    }

    [Test]
    public void Names_are_unique_and_there_are_at_least_forty()
    {
        Assert.That(WrongDecision.All.Select(d => d.Name), Is.Unique);
        Assert.That(WrongDecision.All, Has.Count.AtLeast(40));
    }

    [Test]
    public void Of_what_was_noticed_before_nothing_may_be_missed()
    {
        var decision = WrongDecision.Named("device-is-nc");
        var before = new Measurement(decision.Name, "7.2/max", Outcome.Quick)
        {
            Rules = [new NamedRule(decision.Rules[0], 3)],
        };

        Assert.That(Record.Worse([before], [before]), Is.Empty);
        Assert.That(
            Record.Worse([before], [before with { Outcome = Outcome.Missed, Rules = [] }]),
            Is.EqualTo(new[] { "device-is-nc on 7.2/max: Quick before, Missed now" })
        );
        Assert.That(
            Record.Worse([before], [before with { Rules = [new NamedRule("accept", 3)] }]),
            Is.EqualTo(new[] { "device-is-nc on 7.2/max: the right rule was named before, and isn't now" })
        );
    }

    [Test]
    public void The_document_has_the_table_of_what_was_measured()
    {
        var table = new StringWriter();
        SabotageTable.Write(table, Record.Read());
        Assert.That(
            File.ReadAllText(Path.Combine(Cli.Root, "docs", "sabotage.md")),
            Does.Contain(table.ToString()),
            "scripts/sabotage --table prints the table"
        );
    }
}
