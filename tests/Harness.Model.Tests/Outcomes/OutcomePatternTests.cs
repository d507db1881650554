using Harness.Model.Migrations;
using Harness.Model.Outcomes;

namespace Harness.Model.Tests.Outcomes;

public sealed class OutcomePatternTests
{
    private static readonly CaseOutcome Fails = new PartsOutcome([
        new RegistrationPart(Errno.None),
        new AccessPart(Access.Read, Outcome.Mapped(new Leaf(MemoryType.NormalWriteBack, true, false, Block: true))),
        new AccessPart(Access.Write, Outcome.RunFails(Errno.ENOMEM)),
    ]);

    private static IEnumerable<TestCaseData> Patterns()
    {
        yield return Pattern(new() { Type = "run-fails", Errno = "ENOMEM" }, true);
        yield return Pattern(new() { Of = "write", Type = "run-fails" }, true);
        yield return Pattern(new() { Of = "read", Type = "run-fails" }, false);
        yield return Pattern(new() { Type = "run-fails", Errno = "EFAULT" }, false);
        yield return Pattern(
            new()
            {
                Of = "read",
                Memory = "Normal-WB",
                Write = true,
                Execute = false,
                Level = 2,
            },
            true
        );
        yield return Pattern(new() { Of = "read", Level = 3 }, false);
        yield return Pattern(new() { Of = "registration", Type = "accepted" }, true);
        yield return Pattern(new() { Stage = "resumed" }, false);
        yield return Pattern(new(), true);
    }

    private static TestCaseData Pattern(OutcomePattern pattern, bool matches) =>
        new TestCaseData(pattern, matches).SetArgDisplayNames(pattern.ToString());

    [TestCaseSource(nameof(Patterns))]
    public void Pattern_matches_where_one_part_has_all_its_fields(OutcomePattern pattern, bool matches) =>
        Assert.That(pattern.Matches(Fails), Is.EqualTo(matches));

    [Test]
    public void Pattern_of_a_migration_is_about_its_end()
    {
        var refused = new MigrationOutcome([new MigrationEnd(MigrationStage.Registration, Errno.EINVAL)], null, null);
        Assert.That(new OutcomePattern { Stage = "registration", Errno = "EINVAL" }.Matches(refused), Is.True);
        Assert.That(new OutcomePattern { Stage = "resumed" }.Matches(refused), Is.False);
        Assert.That(new OutcomePattern { Type = "mapped" }.Matches(refused), Is.False);
    }

    [Test]
    public void Nothing_observed_matches_the_empty_pattern_alone()
    {
        Assert.That(new OutcomePattern().Matches(null), Is.True);
        Assert.That(new OutcomePattern { Type = "mapped" }.Matches(null), Is.False);
    }

    [Test]
    public void Fault_names_the_word_that_can_never_match()
    {
        Assert.That(
            new OutcomePattern { Type = "mapt" }.Fault,
            Does.StartWith("'mapt' is not a valid type (allowed: accepted, ")
        );
        Assert.That(new OutcomePattern { Errno = "EVIL" }.Fault, Does.StartWith("'EVIL' is not a known errno"));
        Assert.That(
            new OutcomePattern { Memory = "WB" }.Fault,
            Does.Contain("allowed: Normal-WB, Normal-NC, Device-nGnRE")
        );
        Assert.That(new OutcomePattern { Stage = "end" }.Fault, Does.Contain("first-access"));
        Assert.That(
            new OutcomePattern
            {
                Of = "read",
                Type = "mapped",
                Errno = "EINVAL",
                Memory = "Normal-NC",
                Stage = "data",
            }.Fault,
            Is.Null
        );
    }
}
