using Harness.Reports.Notices;
using Harness.Store;
using static Harness.Reports.Tests.NightHost;

namespace Harness.Reports.Tests.Notices;

public sealed class NoticeTests : NightsFixture
{
    private static KnownDifferenceRecord Entry(string name, int asked, int met) =>
        new(name, "{}", Culprits.Kernel, "a reason", null, false, asked, met);

    /// <summary>The notice of a night, which never exceeds its page.</summary>
    private NightlyMessage Of(RunSummary night)
    {
        var notice = NightlyMessage.Of(Nights.Store, night);
        Assert.That(notice.Lines, Has.Count.LessThanOrEqualTo(NightlyMessage.MostLines));
        Assert.That(
            notice.Lines.Select(l => l.Length),
            Is.All.LessThanOrEqualTo(NightlyMessage.Width),
            notice.ToString()
        );
        return notice;
    }

    [Test]
    public async Task The_first_night_has_nothing_to_compare_with()
    {
        var notice = Of(await Nights.AddAsync(NightHost.Of("fwb", "match", "match", "mismatch")));
        Assert.That(notice.Subject, Is.EqualTo("harness nightly: first night, 1 newly seen bad; 2 of 3 as predicted"));
        Assert.That(notice.Lines, Has.Some.EqualTo("the first of its kind: nothing to compare with"));
    }

    [Test]
    public async Task A_night_in_which_nothing_changed_says_so()
    {
        await Nights.AddAsync(NightHost.Of("fwb", "match", "match"));
        var tonight = await Nights.AddAsync(NightHost.Of("fwb", "match", "match"));
        var notice = Of(tonight);
        Assert.That(notice.Subject, Is.EqualTo("harness nightly: nothing changed; 2 of 2 as predicted"));
        Assert.That(
            notice.ToString(),
            Does.Not.Contain("REGRESSIONS")
                .And.Contain("harness compare night-1 night-2 --db \"$db\"")
                .And.Match("db=.*nightly.db\n")
        );
    }

    [Test]
    public async Task Unchanged_failures_are_counted_but_not_listed_as_news()
    {
        await Nights.AddAsync(NightHost.Of("fwb", "match", "mismatch"));
        Assert.That(
            Of(await Nights.AddAsync(NightHost.Of("fwb", "match", "mismatch"))).Subject,
            Is.EqualTo("harness nightly: nothing changed, 1 bad as before; 1 of 2 as predicted")
        );
    }

    [Test]
    public async Task Regressions_come_first_with_rule_prediction_and_observation()
    {
        await Nights.AddAsync(
            NightHost.Of("7.2/max/vhe", "match", "match", "match"),
            NightHost.Of("6.1/a76/vhe", "match")
        );
        var notice = Of(
            await Nights.AddAsync(
                NightHost.Of("7.2/max/vhe", "mismatch", "mismatch", "match"),
                NightHost.Of("6.1/a76/vhe", "match") with
                {
                    Lost = "QEMU did not boot within 120 s",
                }
            )
        );
        Assert.That(notice.Subject, Is.EqualTo("harness nightly: 2 regressions, 1 host lost; 1 of 4 as predicted"));
        string text = notice.ToString();
        Assert.That(
            text,
            Does.Contain(
                """
                REGRESSIONS 2
                  2 match -> mismatch on 7.2/max/vhe: rule-a
                    the kernel did something else
                    such as c0 title of c0
                      predicted does this
                      observed  does that

                UNAVAILABLE HOSTS 1
                  6.1/a76/vhe: QEMU did not boot within 120 s

                """
            )
        );
    }

    [Test]
    public async Task The_differing_end_of_a_long_outcome_is_shown()
    {
        const string Long =
            "registered; write: mapped Normal-WB rwx block; read: mapped Normal-WB rwx block; exec: mapped Normal-WB ";
        await Nights.AddAsync(NightHost.Of("fwb", new Said("match", Long + "rwx", Long + "rwx")));
        Assert.That(
            Of(await Nights.AddAsync(NightHost.Of("fwb", new Said("mismatch", Long + "rw-", Long + "rwx")))).ToString(),
            Does.Contain("Normal-WB rwx\n").And.Contain("Normal-WB rw-\n")
        );
    }

    [Test]
    public async Task The_subject_names_the_host_where_there_is_room()
    {
        await Nights.AddAsync(NightHost.Of("7.2/max/vhe", "match", "match"));
        Assert.That(
            Of(await Nights.AddAsync(NightHost.Of("7.2/max/vhe", "mismatch", "match"))).Subject,
            Is.EqualTo("harness nightly: 1 regression on 7.2/max/vhe; 1 of 2 as predicted")
        );
    }

    [Test]
    public async Task A_host_that_is_lost_once_is_news_and_after_that_it_is_still_not_there()
    {
        await Nights.AddAsync(NightHost.Of("fwb", "match"), NightHost.Of("lab", "match", "match"));
        var first = await Nights.AddAsync(
            NightHost.Of("fwb", "match"),
            NightHost.Of("lab", "match", "match") with
            {
                Lost = "no route",
            }
        );
        Assert.That(Of(first).Subject, Is.EqualTo("harness nightly: 1 host lost (lab); 1 of 3 as predicted"));
        Assert.That(Of(first).ToString(), Does.Not.Contain("without an answer"));
        var second = await Nights.AddAsync(
            NightHost.Of("fwb", "match"),
            NightHost.Of("lab", "match", "match") with
            {
                Lost = "no route",
            }
        );
        Assert.That(Of(second).Subject, Is.EqualTo("harness nightly: 1 host still unavailable; 1 of 3 as predicted"));
    }

    [Test]
    public async Task Subject_says_all_hosts_lost()
    {
        await Nights.AddAsync(NightHost.Of("fwb", "match"), NightHost.Of("lab", "match"));
        Assert.That(
            Of(
                await Nights.AddAsync(
                    NightHost.Of("fwb", "match") with
                    {
                        Lost = "no image",
                    },
                    NightHost.Of("lab", "match") with
                    {
                        Lost = "no route",
                    }
                )
            ).Subject,
            Is.EqualTo("harness nightly: all 2 hosts lost; 0 of 2 as predicted")
        );
    }

    [Test]
    public async Task An_interrupted_night_says_so_first()
    {
        await Nights.AddAsync(NightHost.Of("fwb", "match", "match", "match"));
        var notice = Of(
            await Nights.AddAsync(States.Interrupted, NightHost.Of("fwb", "mismatch", "planned", "planned"))
        );
        Assert.That(
            notice.Subject,
            Is.EqualTo("harness nightly: interrupted, 1 regression, 2 cases lost; 0 of 3 as predicted")
        );
    }

    [Test]
    public async Task A_night_after_an_interrupted_one_is_compared_with_the_last_that_was_finished()
    {
        await Nights.AddAsync(NightHost.Of("fwb", "match", "match"));
        await Nights.AddAsync(States.Interrupted, NightHost.Of("fwb", "match", "planned"));
        Assert.That(
            Of(await Nights.AddAsync(NightHost.Of("fwb", "match", "mismatch"))).Subject,
            Is.EqualTo("harness nightly: 1 regression on fwb; 1 of 2 as predicted")
        );
    }

    [Test]
    public async Task A_known_difference_that_no_longer_applies_is_reported()
    {
        await Nights.AddAsync(NightHost.Of("fwb", "known", "match") with { Known = [Entry("entry-1", 1, 1)] });
        var notice = Of(
            await Nights.AddAsync(NightHost.Of("fwb", "match", "match") with { Known = [Entry("entry-1", 1, 0)] })
        );
        Assert.That(
            notice.Subject,
            Is.EqualTo("harness nightly: 1 known difference stale, 1 fixed; 2 of 2 as predicted")
        );
        Assert.That(
            notice.ToString(),
            Does.Contain("STALE KNOWN DIFFERENCES 1\n  entry-1: none of 1 case still differs on fwb\n")
        );
    }

    [Test]
    public async Task Unstable_cases_are_reported_and_are_no_regression()
    {
        await Nights.AddAsync(NightHost.Of("fwb", "match", "match"));
        var notice = Of(await Nights.AddAsync(NightHost.Of("fwb", "unstable", "match")));
        Assert.That(notice.Subject, Is.EqualTo("harness nightly: 1 unstable; 1 of 2 as predicted"));
        Assert.That(
            notice.ToString(),
            Does.Contain("UNSTABLE 1\n  1 match -> unstable on fwb: rule-a\n    c0 title of c0\n")
        );
    }

    [Test]
    public async Task A_night_after_the_model_changed_is_not_compared()
    {
        await Nights.AddAsync(NightHost.Of("fwb", "match"));
        Nights.Model = "model-2";
        var notice = Of(await Nights.AddAsync(NightHost.Of("fwb", "match")));
        Assert.That(notice.Subject, Is.EqualTo("harness nightly: nothing comparable before; 1 of 1 as predicted"));
        Assert.That(notice.Lines, Has.Some.StartsWith("1 host without a comparable run before: new, or model,"));
    }

    [Test]
    public async Task The_worst_of_nights_still_fits_on_its_page()
    {
        string[] verdicts =
        [
            "mismatch",
            "crash",
            "hang",
            "disagreement",
            "unstable",
            "skip",
            "match",
            "known",
            "probe-error",
            "erratum",
        ];
        NightHost Host(int h, int shift) =>
            NightHost.Of(
                $"a-track-with-a-long-name-{h}/max/protected",
                [
                    .. Enumerable
                        .Range(0, 60)
                        .Select(i => new Said(
                            verdicts[(i + (shift * (i % 7))) % 10],
                            $"outcome {i} " + new string('x', 200),
                            "p",
                            $"rule-{i}",
                            $"reason {i}\nwith \u001b lines"
                        )),
                ]
            ) with
            {
                Known =
                [
                    .. Enumerable.Range(0, 30).Select(k => Entry($"an entry with quite a long name, number {k}", 3, 0)),
                ],
            };
        await Nights.AddAsync([.. Enumerable.Range(0, 12).Select(h => Host(h, 0)), NightHost.Of("gone", "match")]);
        var notice = Of(
            await Nights.AddAsync(
                States.Failed,
                [
                    .. Enumerable
                        .Range(0, 12)
                        .Select(h =>
                            h % 2 == 0 ? Host(h, 3) : Host(h, 3) with { Lost = "it burnt down " + new string('y', 300) }
                        ),
                ]
            )
        );
        Assert.That(
            notice.Subject,
            Does.StartWith("harness nightly: ").And.EndsWith("as predicted").And.Contains("regressions")
        );
        Assert.That(notice.Lines, Has.Count.GreaterThan(45));
        Assert.That(notice.ToString(), Does.Not.Contain("\u001b").And.Contain("more of ").And.Contain("and 29 more"));
    }

    [Test]
    public async Task Commands_that_are_too_long_for_a_line_are_still_one_to_a_shell()
    {
        var page = new Page(40);
        string word = "/" + new string('a', 100);
        page.Command(["harness", "compare", "night-1", "night-2", "--db", word, "end"]);
        Assert.That(page.Lines.Select(l => l.Length), Is.All.LessThanOrEqualTo(40));
        using var shell = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("/bin/sh")
            {
                ArgumentList =
                {
                    "-c",
                    "set -- " + string.Join('\n', page.Lines).TrimStart() + "\nprintf '%s\\n' \"$@\"",
                },
                RedirectStandardOutput = true,
            }
        )!;
        string said = await shell.StandardOutput.ReadToEndAsync();
        await shell.WaitForExitAsync();
        Assert.That(said, Is.EqualTo($"harness\ncompare\nnight-1\nnight-2\n--db\n{word}\nend\n"));
    }

    [Test]
    public async Task It_leads_with_the_safety_properties_that_are_broken_also_where_everything_matches()
    {
        var bad = new Said("match") { Breaks = ["no-stale-data"] };
        await Nights.AddAsync(NightHost.Of("fwb", bad, "match", "match"));
        var notice = Of(
            await Nights.AddAsync(
                NightHost.Of("fwb", bad, bad, bad with { Breaks = ["no-stale-data", "only-its-memory"] })
            )
        );
        Assert.That(
            notice.Subject,
            Is.EqualTo("harness nightly: 2 safety properties newly broken on fwb; 3 of 3 as predicted")
        );
        string text = notice.ToString();
        Assert.That(
            text,
            Does.Contain(
                """
                SAFETY PROPERTIES BROKEN 2
                  3 no-stale-data on fwb, 2 new
                    no-stale-data must hold.
                  1 only-its-memory on fwb, new
                    only-its-memory must hold.
                """
            )
        );
    }

    [Test]
    public async Task Very_many_broken_properties_leave_room_for_the_rest()
    {
        var bad = new Said("match") { Breaks = [.. Enumerable.Range(0, 12).Select(i => $"property-{i:00}")] };
        var notice = Of(await Nights.AddAsync(NightHost.Of("fwb", bad, "mismatch")));
        Assert.That(notice.ToString(), Does.Contain("SAFETY PROPERTIES BROKEN 12").And.Contain("and 6 more"));
    }
}
