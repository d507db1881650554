namespace Harness.Store.Tests;

public sealed class BreachTests : StoreFixture
{
    private static BreachRecord Breach(string name, bool predicted, string says = "") =>
        new(name, says.Length == 0 ? $"{name} must hold" : says, "a mail", predicted);

    private static async Task NightAsync(
        ResultStore store,
        string id,
        string target,
        params (string Verdict, BreachRecord[] Breaches)[] results
    )
    {
        await using var writer = await store.BeginRunAsync(ARun(id, Started));
        long host = await writer.AddHostAsync(new HostRecord(target, "qemu"));
        var cases = Cases(results.Length);
        await writer.PlanAsync(host, cases);
        await writer.DescribeHostAsync(host, new HostRecord(target, "qemu", "6.1.0", Policy: "mainline-6.1"));
        for (int i = 0; i < results.Length; i++)
            await writer.RecordAsync(
                new ResultRecord(host, cases[i].Id, results[i].Verdict, Policy: "mainline-6.1")
                {
                    Breaches = results[i].Breaches,
                }
            );
        await writer.FinishHostAsync(host, States.Finished);
        await writer.FinishAsync(States.Finished);
    }

    [Test]
    public async Task The_properties_of_a_run_are_counted_and_an_example_is_one_that_no_policy_predicts()
    {
        var store = ResultStore.OpenOrCreate(Database);
        await NightAsync(store, "other", "fwb", (Verdicts.Match, [Breach("a", true)]));
        await NightAsync(
            store,
            "night",
            "fwb",
            (Verdicts.Match, [Breach("a", true), Breach("b", true)]),
            (Verdicts.Mismatch, [Breach("a", false)]),
            (Verdicts.Match, [Breach("b", true), Breach("c", true)]),
            (Verdicts.Match, [Breach("b", true)]),
            (Verdicts.Match, [])
        );

        var broken = store.BrokenProperties("night");
        Assert.That(broken.Cases, Is.EqualTo(4));
        Assert.That(
            broken.Properties.Select(p => (p.Name, p.Says, p.Cases, p.Matches, p.Predicted, p.CaseId, p.Policy)),
            Is.EqualTo(
                new[]
                {
                    ("a", "a must hold", 2, 1, 1, "case-001", "mainline-6.1"),
                    ("b", "b must hold", 3, 3, 3, "case-000", "mainline-6.1"),
                    ("c", "c must hold", 1, 1, 1, "case-002", "mainline-6.1"),
                }
            )
        );
        Assert.That(store.BrokenProperties("other").Properties.Single().Targets, Is.EqualTo(new[] { "fwb" }));
    }

    [Test]
    public async Task A_run_without_any_has_none()
    {
        var store = ResultStore.OpenOrCreate(Database);
        await NightAsync(store, "night", "fwb", (Verdicts.Match, []));
        Assert.That(store.BrokenProperties("night"), Has.Property("Cases").Zero.And.Property("Properties").Empty);
    }

    [Test]
    public async Task The_view_has_each_host_with_what_the_property_says_in_its_newest_words()
    {
        var store = ResultStore.OpenOrCreate(Database);
        await NightAsync(store, "night-1", "fwb", (Verdicts.Match, [Breach("a", true, "old words")]));
        await NightAsync(
            store,
            "night-2",
            "nofwb",
            (Verdicts.Skip, [Breach("a", true, "new words")]),
            (Verdicts.Match, [Breach("a", false, "new words")])
        );
        Assert.That(
            store.Read(c =>
                c.Rows(
                    """
                    SELECT run || ' ' || target || ' ' || kernel_release || ' ' || property || ' ' || says || ' ' || cases || ' ' || matches
                      || ' ' || predicted || ' ' || example AS text FROM properties ORDER BY run
                    """,
                    r => r.Text("text")
                )
            ),
            Is.EqualTo(
                new[]
                {
                    "night-1 fwb 6.1.0 a new words 1 1 1 case-000",
                    "night-2 nofwb 6.1.0 a new words 2 1 1 case-000",
                }
            )
        );
    }
}
