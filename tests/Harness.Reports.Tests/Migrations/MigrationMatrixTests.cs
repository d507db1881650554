using Harness.Model.Migrations;
using Harness.Model.Outcomes;
using Harness.Reports.Migrations;
using Harness.Store;

namespace Harness.Reports.Tests.Migrations;

public sealed class MigrationMatrixTests
{
    /// <summary>As the model names them.</summary>
    private static readonly string[] s_stages =
    [
        "source",
        "dirty-log",
        "memory",
        "capability",
        "vm",
        "registration",
        "vcpu",
        "registers",
        "content",
        "first-run",
        "first-access",
        "data",
        "onward",
        "resumed",
    ];

    [Test]
    public void A_cell_reports_stage_errno_types_verdict_and_where_it_was_to_end()
    {
        var cell = new MigrationCell(
            Row(
                "a",
                "b",
                Verdicts.Mismatch,
                new("first-access", "EFAULT", "Normal-WB rwx block", null, "refused-in-time", "rule")
            ) with
            {
                PredictedJson = """{"stage":"registration","errno":"EINVAL","or_ends":[{"stage":"resumed"}]}""",
            }
        );
        Assert.Multiple(() =>
        {
            Assert.That(
                (cell.Stage, cell.Errno, cell.Ended, cell.TypeBefore, cell.TypeAfter),
                Is.EqualTo(("first-access", "EFAULT", "first-access EFAULT", "Normal-WB", (string?)null))
            );
            Assert.That(
                (cell.Violation, cell.ViolationRule, cell.PredictedElsewhere, cell.Differs),
                Is.EqualTo(("refused-in-time", "rule", "registration EINVAL or resumed", true))
            );
        });
        string typed = new MigrationOutcome(
            [new(MigrationStage.Capability), new(MigrationStage.Registration, Model.Errno.EINVAL)],
            null,
            null
        ).ToJson();
        MigrationCell Typed(string stage, string? errno) =>
            new(Row("a", "b", Verdicts.Mismatch, new(stage, errno)) with { PredictedJson = typed });
        Assert.That(
            Typed("resumed", null).PredictedElsewhere,
            Is.EqualTo("capability or registration EINVAL"),
            "one of several"
        );
        Assert.That(Typed("registration", "EINVAL").PredictedElsewhere, Is.Null);
    }

    [TestCase(Verdicts.Planned, "planned")]
    [TestCase(Verdicts.Skip, "-")]
    [TestCase(Verdicts.Infrastructure, "infra")]
    [TestCase(Verdicts.Unstable, "unst")]
    [TestCase(Verdicts.Crash, "crash")]
    public void A_case_without_result_has_no_stage(string verdict, string word)
    {
        var cell = new MigrationCell(
            Row(
                "a",
                "b",
                verdict,
                verdict == Verdicts.Planned
                    ? null
                    : new("resumed", null, "Normal-WB rwx", "Device-nGnRE rw", "no-silent-weakening")
            )
        );
        Assert.That(
            (cell.Stage, cell.Violation, cell.PredictedElsewhere, MigrationWord.Of(cell).Marked),
            Is.EqualTo(((string?)null, (string?)null, (string?)null, word))
        );
    }

    [Test]
    public void A_matrix_has_the_targets_in_the_order_of_the_run_and_no_cell_where_there_is_no_pair()
    {
        var matrices = MigrationMatrix.Of([
            Row("b", "a", Verdicts.Skip, null),
            Row("a", "c", Verdicts.Skip, null),
            Row("b", "b", Verdicts.Skip, null, "other"),
        ]);
        Assert.Multiple(() =>
        {
            Assert.That(matrices.Select(m => m.CaseId), Is.EqualTo(new[] { "id", "other" }));
            Assert.That(
                (matrices[0].Sources, matrices[0].Destinations),
                Is.EqualTo((new[] { "b", "a" }, new[] { "a", "c" }))
            );
            Assert.That(matrices[0]["b", "a"], Is.Not.Null);
            Assert.That(matrices[0]["b", "c"], Is.Null);
            Assert.That((matrices[1].Sources, matrices[1].Destinations), Is.EqualTo((new[] { "b" }, new[] { "b" })));
        });
    }

    [Test]
    public void Every_stage_has_a_word_of_its_own_long_and_short()
    {
        var cells = s_stages
            .Select(s => new MigrationCell(
                Row("a", "b", Verdicts.Match, new(s, s is "resumed" or "capability" or "data" ? null : "EIO"))
            ))
            .ToList();
        Assert.That(cells.Select(c => MigrationWord.Of(c).Text), Is.Unique);
        Assert.That(
            cells.Select(c => MigrationWord.Compact(c, MigrationWord.Errnos(cells)).Tight),
            Is.Unique.And.All.Property("Length").LessThanOrEqualTo(5)
        );
        Assert.That(
            cells.Select(c => MigrationWord.Of(c).Means),
            Is.Unique.And.None.Matches<string>(s_stages[..^1].Contains)
        );
    }

    [Test]
    public void Two_errnos_of_a_stage_are_distinguished_where_there_is_no_room_for_either()
    {
        var cells = new[] { "EINVAL", "EPERM" }
            .Select(e => new MigrationCell(Row("a", "b", Verdicts.Match, new("registration", e))))
            .ToList();
        Assert.That(
            cells.Select(c => MigrationWord.Compact(c, MigrationWord.Errnos(cells)).Text),
            Is.EqualTo(new[] { "reg1", "reg2" })
        );
    }

    [TestCase("Normal-WB rwx", "Normal-WB rwx", null, "ok", "ok")]
    [TestCase("Normal-WB rwx", "Device-nGnRE rw", "no-silent-weakening", "ok WB>Dev !", "W>D!")]
    [TestCase("Normal-WB rwx", "Normal-NC rwx", "no-silent-weakening", "ok WB>NC !", "W>N!")]
    [TestCase("Device-nGnRE rw", "Device-nGnRE rw", null, "ok Dev", "Dev")]
    [TestCase("Device-nGnRE rw", null, null, "ok ?", "ok?")]
    public void A_vm_that_resumed_reports_its_memory(
        string before,
        string? after,
        string? broken,
        string full,
        string compact
    )
    {
        var cell = new MigrationCell(Row("a", "b", Verdicts.Match, new("resumed", null, before, after, broken)));
        Assert.That(
            (MigrationWord.Of(cell).Marked, MigrationWord.Compact(cell, MigrationWord.Errnos([cell])).Tight),
            Is.EqualTo((full, compact))
        );
    }

    [TestCase("*", "*", "every pair")]
    [TestCase("6.12/max 6.12/a710 6.12/a76", "*", "from 6.12/* to any")]
    [TestCase("6.12/max 6.12/a710 7.2/max 7.2/a710", "6.12/max 6.12/a710 6.12/a76", "from any with FWB to 6.12/*")]
    [TestCase("*", "6.12/a710 7.2/a710", "from any to */a710")]
    [TestCase("*", "6.12/a76 7.2/a76", "from any to */a76")]
    [TestCase("6.12/max", "7.2/a76", "from 6.12/max to 7.2/a76")]
    [TestCase("6.12/max 6.12/a710", "7.2/a76", "from 6.12/* with FWB to 7.2/a76")]
    public void Pairs_are_named_in_few_words(string from, string to, string words)
    {
        var targets = (
            from track in new[] { "6.12", "7.2" }
            from cpu in new[] { "max", "a710", "a76" }
            select Target($"{track}/{cpu}", cpu)
        ).ToList();
        string[] names = [.. targets.Select(t => t.Name)];
        (string, string)[] all = [.. names.SelectMany(s => names.Select(d => (s, d)))];
        string[] Set(string some) => some == "*" ? names : some.Split(' ');
        Assert.That(
            new PairWords(targets).Of([.. Set(from).SelectMany(s => Set(to).Select(d => (s, d)))], all),
            Is.EqualTo(words)
        );
    }

    [Test]
    public void Pairs_of_targets_with_any_name_are_reported_by_their_kernels_and_many_are_counted()
    {
        PairTarget[] targets =
        [
            .. Enumerable
                .Range(0, 8)
                .Select(i => new PairTarget(new HostRecord($"t{i}", "qemu", i < 4 ? $"6.1.{i}" : "7.2.0"))),
        ];
        (string, string)[] all = [.. from s in targets from d in targets select (s.Name, d.Name)];
        Assert.That(
            new PairWords(targets).Of([.. from s in targets[..4] from d in targets select (s.Name, d.Name)], all),
            Is.EqualTo("from kernel 6.1 to any")
        );
        Assert.That(
            new PairWords(targets).Of([.. from s in targets[1..7] select (s.Name, "t0")], all),
            Is.EqualTo("from t1, t2, t3 and 3 more to t0")
        );
        Assert.That(
            new PairWords(targets).Of([.. targets.Select(t => (t.Name, t.Name))], all),
            Does.StartWith("from t0 to t0; ").And.EndsWith("; and 4 more")
        );
    }

    private static PairTarget Target(string name, string cpu) =>
        new(new HostRecord(name, "qemu"))
        {
            Facts = new Dictionary<string, bool> { ["FWB"] = cpu != "a76", ["DIC"] = cpu == "max" },
        };

    private static MigrationRow Row(
        string from,
        string to,
        string verdict,
        MigrationRecord? became,
        string id = "id"
    ) => new(1, from, to, id, "migration:x", "title", "{}", verdict, Culprits.None, null, null, became);
}
