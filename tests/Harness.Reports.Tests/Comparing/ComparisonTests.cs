using Harness.Reports.Comparing;
using Harness.Store;
using Harness.Store.Comparing;
using static Harness.Reports.Tests.NightHost;

namespace Harness.Reports.Tests.Comparing;

public sealed class ComparisonTests : NightsFixture
{
    [Test]
    public void Every_two_verdicts_have_exactly_one_meaning()
    {
        var none = new[] { "skip", "infrastructure", "probe-error", "outside-model", "planned" };
        var good = new[] { "match", "erratum", "known" };
        var bad = new[] { "mismatch", "crash", "hang", "disagreement" };
        foreach (string from in Verdicts.All)
        foreach (string to in Verdicts.All)
        {
            ChangeKind? expected =
                from == "unstable" || to == "unstable" ? ChangeKind.Unstable
                : to == "unverified"
                    ? from == "unverified" ? null
                        : ChangeKind.Unverified
                : from == "unverified" && bad.Contains(to) ? ChangeKind.Regression
                : from == "unverified" && good.Contains(to) && to != "known" ? ChangeKind.Fix
                : good.Contains(from) && bad.Contains(to) ? ChangeKind.Regression
                : none.Contains(from) && bad.Contains(to) ? ChangeKind.GainedBad
                : none.Contains(from) && good.Contains(to) ? ChangeKind.Gained
                : !none.Contains(from) && none.Contains(to) ? ChangeKind.Lost
                : from == to || none.Contains(from) ? null
                : to == "known" ? ChangeKind.NowKnown
                : bad.Contains(from) && good.Contains(to) ? ChangeKind.Fix
                : (from, to) is ("known", "match" or "erratum") ? ChangeKind.Fix
                : bad.Contains(from) ? ChangeKind.OtherwiseBad
                : ChangeKind.OtherwiseGood;
            Assert.That(CaseChange.KindOf(from, to), Is.EqualTo(expected), $"{from} -> {to}");
        }
    }

    [Test]
    public async Task A_case_that_was_good_and_is_bad_is_a_regression_and_nothing_else_is()
    {
        var before = await Nights.AddAsync(Of("fwb", "match", "mismatch", "skip", "unstable", "match", "match"));
        var after = await Nights.AddAsync(Of("fwb", "mismatch", "match", "mismatch", "mismatch", "skip", "match"));
        var comparison = Comparison.Of(Nights.Store, before, after);
        Assert.Multiple(() =>
        {
            Assert.That(comparison.AreComparable);
            Assert.That(
                comparison.Groups.Select(g => (g.Kind, g.Examples[0].CaseId)),
                Is.EqualTo(
                    new[]
                    {
                        (ChangeKind.Regression, "c0"),
                        (ChangeKind.GainedBad, "c2"),
                        (ChangeKind.Unstable, "c3"),
                        (ChangeKind.Lost, "c4"),
                        (ChangeKind.Fix, "c1"),
                    }
                )
            );
            Assert.That(comparison.Compared, Is.EqualTo(4));
            Assert.That(comparison.Hosts.Single().Shared, Is.EqualTo(6));
        });
    }

    [Test]
    public async Task Whether_the_kernel_or_the_prediction_moved_is_reported()
    {
        var before = await Nights.AddAsync(
            Of(
                "fwb",
                new Said("match", "a", "a"),
                new Said("match", "a", "a"),
                new Said("match", "a", "a"),
                new Said("known", "a", "b"),
                new Said("match", "a", "a")
            )
        );
        var after = await Nights.AddAsync(
            Of(
                "fwb",
                new Said("mismatch", "b", "a"),
                new Said("mismatch", "a", "b"),
                new Said("mismatch", "b", "c"),
                new Said("mismatch", "a", "b"),
                new Said("crash", null, "a")
            )
        );
        var found = Comparison
            .Of(Nights.Store, before, after)
            .Groups.ToDictionary(g => g.Examples.Single().CaseId, g => g.Who);
        Assert.That(
            found,
            Is.EquivalentTo(
                new Dictionary<string, ChangedSide>
                {
                    ["c0"] = ChangedSide.Kernel,
                    ["c1"] = ChangedSide.Prediction,
                    ["c2"] = ChangedSide.Both,
                    ["c3"] = ChangedSide.Judgement,
                    ["c4"] = ChangedSide.Unknown,
                }
            )
        );
    }

    [Test]
    public async Task Three_hundred_equal_regressions_are_one_group_with_examples_or_all_of_them()
    {
        var before = await Nights.AddAsync(
            Of("fwb", [.. Enumerable.Repeat<Said>("match", 300)]),
            Of("nofwb", "match", "match")
        );
        var after = await Nights.AddAsync(
            Of("fwb", [.. Enumerable.Repeat<Said>("mismatch", 300)]),
            Of("nofwb", "mismatch", new Said("mismatch", "does that", Rule: "rule-b"))
        );
        var few = Comparison.Of(Nights.Store, before, after).Groups;
        var all = Comparison.Of(Nights.Store, before, after, int.MaxValue).Groups;
        Assert.Multiple(() =>
        {
            Assert.That(
                few.Select(g => (g.Rule, g.Cases, g.Examples.Count)),
                Is.EqualTo(new[] { ("rule-a", 301, 3), ("rule-b", 1, 1) })
            );
            Assert.That(few[0].Targets, Is.EquivalentTo(new Dictionary<string, int> { ["fwb"] = 300, ["nofwb"] = 1 }));
            Assert.That(all.Select(g => g.Examples.Count), Is.EqualTo(new[] { 301, 1 }));
        });
    }

    [Test]
    public async Task Cases_and_hosts_of_one_run_alone_are_new_or_vanished()
    {
        var before = await Nights.AddAsync(Of("fwb", "match", "match", "match"), Of("old", "match"));
        var after = await Nights.AddAsync(
            Of("fwb", "match") with
            {
                Cases = new Dictionary<string, Said>
                {
                    ["c0"] = "match",
                    ["n1"] = "match",
                    ["n2"] = "mismatch",
                },
            },
            Of("added", "mismatch", "skip")
        );
        var comparison = Comparison.Of(Nights.Store, before, after);
        Assert.Multiple(() =>
        {
            Assert.That(
                comparison.Hosts.Select(h => (h.Target, h.Before is null, h.After is null)),
                Is.EqualTo(new[] { ("fwb", false, false), ("added", true, false), ("old", false, true) })
            );
            Assert.That(comparison.Count(ChangeKind.NewBad), Is.EqualTo(2));
            Assert.That(comparison.Count(ChangeKind.New), Is.EqualTo(2));
            Assert.That(comparison.Count(ChangeKind.Vanished), Is.EqualTo(3));
            Assert.That(comparison.Count(ChangeKind.Regression), Is.Zero);
            Assert.That((comparison.Compared, comparison.AreComparable), Is.EqualTo((1, true)));
        });
    }

    [Test]
    public async Task Unlike_runs_are_not_called_comparable_and_say_how_they_differ()
    {
        var before = await Nights.AddAsync(Of("fwb", "match"));
        Nights.Model = "model-2";
        var after = await Nights.AddAsync(
            Of("fwb", new Said("mismatch", "does this", "does that")) with
            {
                Policy = "mainline-6.9",
                Capabilities = """{"errno":0,"vm":{"10":32767,"243":0},"system":{"243":{"errno":38}}}""",
            }
        );
        var comparison = Comparison.Of(Nights.Store, before, after);
        Assert.Multiple(() =>
        {
            Assert.That(comparison.AreComparable, Is.False);
            Assert.That(
                comparison.Hosts.Single().Unlike,
                Is.EqualTo(
                    new[]
                    {
                        new HostDifference("model hash", "model-1", "model-2"),
                        new HostDifference("policy", "mainline-7.2", "mainline-6.9"),
                        new HostDifference(
                            "capability 243 (ARM_CACHEABLE_PFNMAP_SUPPORTED) of /dev/kvm",
                            "errno 22",
                            "errno 38"
                        ),
                        new HostDifference("capability 243 (ARM_CACHEABLE_PFNMAP_SUPPORTED) of a VM", "1", "0"),
                    }
                )
            );
            Assert.That(
                comparison.Groups.Single(),
                Has.Property("Kind").EqualTo(ChangeKind.Regression).And.Property("Who").EqualTo(ChangedSide.Prediction)
            );
        });
    }

    [Test]
    public async Task Another_policy_is_reported_with_the_rules_that_one_side_alone_has()
    {
        var before = await Nights.AddAsync(Of("fwb", "match") with { Rules = ["first", "gone", "last"] });
        var after = await Nights.AddAsync(
            Of("fwb", "match") with
            {
                Policy = "mainline-7.2-without-gone",
                Rules = ["first", "last"],
            }
        );
        Assert.That(
            Comparison.Of(Nights.Store, before, after).Hosts.Single().Unlike,
            Is.EqualTo(
                new[]
                {
                    new HostDifference("policy", "mainline-7.2", "mainline-7.2-without-gone"),
                    new HostDifference("rules of one side alone", "gone", "none"),
                }
            )
        );
    }

    [Test]
    public async Task Another_kernel_is_what_one_compares()
    {
        var before = await Nights.AddAsync(Of("fwb", "match", "match"));
        var after = await Nights.AddAsync(
            Of("fwb", "match", new Said("match", "does more", "does more")) with
            {
                Kernel = "7.3.0-1",
            }
        );
        var comparison = Comparison.Of(Nights.Store, before, after);
        Assert.That(
            (comparison.AreComparable, comparison.Hosts.Single().Redecided, comparison.Groups.Count),
            Is.EqualTo((true, 1, 0))
        );
    }

    [Test]
    public async Task Unchanged_failures_are_listed_only_if_they_fail_differently()
    {
        var before = await Nights.AddAsync(Of("fwb", "mismatch", "mismatch", "mismatch"));
        var after = await Nights.AddAsync(Of("fwb", "mismatch", new Said("mismatch", "does a third thing"), "hang"));
        var comparison = Comparison.Of(Nights.Store, before, after, int.MaxValue);
        Assert.That(
            comparison.Groups.SelectMany(g => g.Examples).Select(c => (c.Kind, c.CaseId)),
            Is.EquivalentTo(new[] { (ChangeKind.OtherwiseBad, "c1"), (ChangeKind.OtherwiseBad, "c2") })
        );
    }

    [Test]
    public async Task Each_host_is_compared_with_its_own_newest_comparable_predecessor()
    {
        await Nights.AddAsync(Of("fwb", "match"), Of("nofwb", "mismatch"));
        await Nights.AddAsync(Of("fwb", "mismatch"), Of("nofwb", "match") with { Policy = "mainline-6.9" });
        var tonight = await Nights.AddAsync(Of("fwb", "match"), Of("nofwb", "match"), Of("first", "match"));
        var comparison = Comparison.WithPrevious(Nights.Store, tonight);
        Assert.Multiple(() =>
        {
            Assert.That(
                comparison.Hosts.Select(h => (h.Target, h.Before?.Run.Id)),
                Is.EqualTo(new[] { ("fwb", "night-2"), ("nofwb", "night-1"), ("first", null) })
            );
            Assert.That(comparison.Count(ChangeKind.Fix), Is.EqualTo(2));
        });
    }

    [Test]
    public async Task An_unavailable_host_is_lost_against_the_last_time_it_answered()
    {
        await Nights.AddAsync(Of("fwb", "match", "match"));
        await Nights.AddAsync(Of("fwb", "match", "match") with { Lost = "no route" });
        var tonight = await Nights.AddAsync(Of("fwb", "match", "match") with { Lost = "no route to host" });
        var host = Comparison.WithPrevious(Nights.Store, tonight).Hosts.Single();
        Assert.That((host.Before!.Run.Id, host.IsLost, host.Unlike.Count), Is.EqualTo(("night-1", true, 0)));
    }

    [Test]
    public async Task A_night_is_compared_with_a_night_and_not_with_what_somebody_ran_in_between()
    {
        await Nights.AddAsync(Of("fwb", "match", "match"), Of("gone", "match"));
        Nights.Suite = null;
        await Nights.AddAsync(Of("fwb", "mismatch"));
        Nights.Suite = "nightly";
        var tonight = await Nights.AddAsync(Of("fwb", "match", "match"));
        var comparison = Comparison.WithPrevious(Nights.Store, tonight);
        Assert.That(
            comparison.Hosts.Select(h => (h.Target, h.Before?.Run.Id, h.After is null)),
            Is.EqualTo(new[] { ("fwb", "night-1", false), ("gone", "night-1", true) })
        );
    }

    [Test]
    public async Task A_group_of_what_was_lost_says_why()
    {
        var before = await Nights.AddAsync(Of("fwb", "match", "match", "match"));
        var after = await Nights.AddAsync(
            Of(
                "fwb",
                new Said("skip", Reason: "needs MTE"),
                new Said("skip", Reason: "needs MTE"),
                new Said("probe-error", Reason: "out of memory")
            )
        );
        Assert.That(
            Comparison.Of(Nights.Store, before, after).Groups.Select(g => (g.Kind, g.Reason, g.Cases)),
            Is.EqualTo(new[] { (ChangeKind.Lost, "needs MTE", 2), (ChangeKind.Lost, "out of memory", 1) })
        );
    }

    [Test]
    public async Task Properties_that_are_violated_on_one_side_are_changes_although_all_match()
    {
        var bad = new Said("match") { Breaks = ["no-stale-data", "only-its-memory"] };
        var before = await Nights.AddAsync(
            Of("fwb", bad, bad with { Breaks = ["no-stale-data"] }, "match", "skip"),
            Of("nofwb", "match", "match")
        );
        var after = await Nights.AddAsync(
            Of("fwb", bad with { Breaks = ["no-stale-data"] }, bad, bad, bad),
            Of("nofwb", "match", bad with { Breaks = ["only-its-memory"] }),
            Of("new", bad)
        );
        var comparison = Comparison.Of(Nights.Store, before, after);
        Assert.That(
            comparison.Properties.Select(p => (p.Name, p.IsNew, p.Cases, p.Predicted, p.CaseId)),
            Is.EqualTo(
                new[]
                {
                    ("only-its-memory", true, 3, 3, "c1"),
                    ("no-stale-data", true, 1, 1, "c2"),
                    ("only-its-memory", false, 1, 1, "c0"),
                }
            )
        );
        Assert.That(comparison.Properties[0].Targets, Is.EquivalentTo(Counts(("fwb", 2), ("nofwb", 1))));
        Assert.That(comparison.Groups.Select(g => g.Kind), Has.None.EqualTo(ChangeKind.Regression));

        static Dictionary<string, int> Counts(params (string, int)[] of) => of.ToDictionary(c => c.Item1, c => c.Item2);
    }
}
