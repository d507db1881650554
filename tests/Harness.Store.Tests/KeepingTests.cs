using Harness.Store.Keeping;

namespace Harness.Store.Tests;

public sealed class KeepingTests : StoreFixture
{
    private string Other => Database + ".other";

    private static async Task WriteAsync(
        ResultStore store,
        string id,
        int hours,
        string state = States.Finished,
        string target = "fwb",
        int cases = 3,
        string rule = "r"
    )
    {
        await using var writer = await store.BeginRunAsync(ARun(id, Started.AddHours(hours)));
        long host = await writer.AddHostAsync(new HostRecord(target, "qemu"));
        await writer.PlanAsync(host, Cases(cases));
        await writer.DescribeHostAsync(host, new HostRecord(target, "qemu", Policy: "p"));
        await writer.AddRulesAsync("model-1", "p", [new RuleRecord(rule, "registration", "kvm_main.c", "says")]);
        await writer.AddKnownAsync(
            host,
            [new KnownDifferenceRecord("k", "{}", Culprits.Kernel, "why", null, false, 1, 1)]
        );
        foreach (var c in Cases(cases))
            await writer.RecordAsync(
                c.Id == "case-001"
                    ? new ResultRecord(
                        host,
                        c.Id,
                        Verdicts.Known,
                        Known: "k",
                        Attempts: [new("{\"n\":1}"), new("{\"n\":2}")]
                    )
                    {
                        KernelReports = [new("WARNING in f", "warning", KernelReportCauses.Kernel, 2)],
                        Breaches = [new("no-harm", "Nothing harms.", "a mail", true)],
                    }
                    : new ResultRecord(
                        host,
                        c.Id,
                        Verdicts.Match,
                        Path: [new("registration", rule), new("1 read", c.Id)],
                        Evidence: ["pte"],
                        Attempts: [new("{}")]
                    )
            );
        await writer.FinishHostAsync(host, state == States.Finished ? States.Finished : States.Failed);
        await writer.FinishAsync(state);
    }

    private ResultStore Two()
    {
        ResultStore.OpenOrCreate(Other);
        return ResultStore.OpenOrCreate(Database);
    }

    [Test]
    public async Task Runs_of_other_files_are_taken_with_all_they_hold()
    {
        var store = Two();
        await WriteAsync(store, "here", 0, rule: "a");
        var lab = ResultStore.OpenOrCreate(Other);
        await WriteAsync(lab, "there", 1, target: "gh200", rule: "b");
        await WriteAsync(lab, "later", 2, state: States.Failed, target: "gh200", rule: "b", cases: 5);

        var merged = store.Merge([Other]);
        Assert.That(
            merged.Select(m => (m.Run, m.Result, m.Hosts, m.Results)),
            Is.EqualTo(new[] { ("there", "taken", 1, 3), ("later", "taken", 1, 5) })
        );
        foreach (string run in new[] { "there", "later" })
        {
            var (a, b) = (store.Run(run)!, lab.Run(run)!);
            Assert.That(a.Run, Is.EqualTo(b.Run));
            Assert.That(
                (a.State, a.FinishedUtc, a.Hosts[0].FirstResultUtc, a.Hosts[0].Known[0]),
                Is.EqualTo((b.State, b.FinishedUtc, b.Hosts[0].FirstResultUtc, b.Hosts[0].Known[0]))
            );
            Assert.That(
                store.Results(run).Select(r => (r.CaseId, r.Verdict, string.Join(',', r.Path), r.StoredUtc)),
                Is.EqualTo(lab.Results(run).Select(r => (r.CaseId, r.Verdict, string.Join(',', r.Path), r.StoredUtc)))
            );
            Assert.That(store.Observations(a.Hosts[0].Id, "case-001"), Is.EqualTo(new[] { "{\"n\":1}", "{\"n\":2}" }));
        }
        Assert.That(store.Check(), Has.Property("Faults").Empty.And.Property("Runs").EqualTo(3));
        Assert.That(store.Merge([Other]).Select(m => m.Result), Is.All.EqualTo(MergeResults.Same));
        Assert.That(store.Check().Runs, Is.EqualTo(3));
    }

    [Test]
    public async Task A_run_that_is_there_with_other_content_is_refused_and_nothing_is_taken()
    {
        var store = Two();
        await WriteAsync(store, "one", 0);
        var lab = ResultStore.OpenOrCreate(Other);
        await WriteAsync(lab, "new", -1);
        await WriteAsync(lab, "one", 0, cases: 2);
        Assert.That(
            () => store.Merge([Other]),
            Throws
                .TypeOf<StoreException>()
                .With.Message.Contains(
                    "run one already exists with other content (finished, 2 verdicts; here finished, 3 verdicts)"
                )
        );
        Assert.That(store.Runs().Select(r => r.Run.Id), Is.EqualTo(new[] { "one" }));
        Assert.That(store.Check().Faults, Is.Empty);
    }

    [Test]
    public async Task A_case_with_an_id_of_another_case_there_is_refused_but_not_one_that_reports_more()
    {
        var store = Two();
        await WriteAsync(store, "one", 0);
        await WriteAsync(ResultStore.OpenOrCreate(Other), "two", 1);
        Tamper(
            "UPDATE test_case SET definition = '{\"number\":0,\"cover\":\"yes\",\"added\":\"later\"}' WHERE id = 'case-000'"
        );
        Assert.That(store.Merge([Other]).Single().Result, Is.EqualTo(MergeResults.Taken));
        await WriteAsync(ResultStore.OpenOrCreate(Other), "three", 2);
        Tamper("UPDATE test_case SET definition = '{\"number\":9}' WHERE id = 'case-000'");
        Assert.That(
            () => store.Merge([Other]),
            Throws.TypeOf<StoreException>().With.Message.Contains("case case-000 is another than the one there")
        );
        Assert.That(store.Runs(), Has.Count.EqualTo(2));
    }

    [Test]
    public async Task A_run_in_progress_a_missing_file_and_the_file_itself_are_not_taken()
    {
        var store = Two();
        var lab = ResultStore.OpenOrCreate(Other);
        await using (await lab.BeginRunAsync(ARun("busy")))
        {
            Assert.That(store.Merge([Other]).Single().Result, Is.EqualTo(MergeResults.Running));
            Assert.That(store.Runs(), Is.Empty);
        }
        Assert.That(
            () => store.Merge([Other, Database + ".nil"]),
            Throws.TypeOf<StoreException>().With.Message.EndsWith("does not exist")
        );
        Assert.That(store.Runs(), Is.Empty, "what was taken of the first file is given back");
        Assert.That(
            () => store.Merge([Database]),
            Throws.TypeOf<StoreException>().With.Message.Contains("into itself")
        );
    }

    [TestCase(
        "2runs",
        "e keep one of the newest 2;d keep one of the newest 2;c remove older than the newest 2;b keep the last finished run of gh200;a remove older than the newest 2"
    )]
    [TestCase(
        "1d",
        "e keep of the last 1 days;d keep of the last 1 days;c remove older than 1 days;b keep the last finished run of gh200;a remove older than 1 days"
    )]
    public async Task Prune_lists_kept_runs_first_with_reason(string keep, string expected)
    {
        var store = ResultStore.OpenOrCreate(Database);
        await WriteAsync(store, "a", 0);
        await WriteAsync(store, "b", 1, target: "gh200", cases: 7, rule: "only there");
        await WriteAsync(store, "c", 2, state: States.Failed, cases: 9);
        await WriteAsync(store, "d", 30);
        await WriteAsync(store, "e", 31);
        var plan = store.PlanPruning(Retention.Parse(keep)!, Started.AddHours(40));
        Assert.That(
            string.Join(';', plan.Select(p => $"{p.Run} {(p.Kept ? "keep" : "remove")} {p.Why}")),
            Is.EqualTo(expected)
        );
        Assert.That(store.Runs(), Has.Count.EqualTo(5), "a plan removes nothing");

        var done = store.Prune(plan);
        Assert.That(
            (done.Runs, done.Cases, done.Paths, done.NotShrunk),
            Is.EqualTo((2, 2, 6, (string?)null)),
            "cases 7 and 8, and the paths of 3 to 8, were of run c alone"
        );
        Assert.That(store.Runs().Select(r => r.Run.Id), Is.EqualTo(new[] { "e", "d", "b" }));
        Assert.That(store.Check(), Has.Property("Faults").Empty.And.Property("Results").EqualTo(13));
    }

    [Test]
    public async Task A_run_in_progress_is_never_removed()
    {
        var store = ResultStore.OpenOrCreate(Database);
        await using var busy = await store.BeginRunAsync(ARun("busy"));
        await WriteAsync(store, "new", 1);
        var plan = store.PlanPruning(Retention.Parse("1")!, Started);
        Assert.That(
            plan.Single(p => p.Run == "busy"),
            Has.Property("Kept").True.And.Property("Why").Contains("in progress")
        );
        store.Prune([.. plan.Select(p => p with { Kept = false })]);
        Assert.That(
            store.Runs().Select(r => r.Run.Id),
            Is.EqualTo(new[] { "busy" }),
            "not even where the plan is older than the run"
        );
    }

    [Test]
    public async Task Prune_makes_the_next_newest_result_the_latest()
    {
        var store = ResultStore.OpenOrCreate(Database);
        foreach (var (id, hours) in new[] { ("a", 0), ("b", 1), ("c", 2) })
            await WriteAsync(store, id, hours);
        Tamper("PRAGMA foreign_keys = ON; DELETE FROM run WHERE id = 'c'");
        Assert.That(store.Check().Faults, Is.Empty);
        Assert.That(
            store.Read(c => c.Rows("SELECT DISTINCT run FROM latest_verdict", r => r.Text("run"))),
            Is.EqualTo(new[] { "b" })
        );
    }

    [TestCase("0")]
    [TestCase("d")]
    [TestCase("-3d")]
    [TestCase("3 days")]
    public void An_invalid_retention_is_refused(string text) => Assert.That(Retention.Parse(text), Is.Null);
}
