using System.Text.Json;
using Harness.Reports.Comparing;
using Harness.Store;
using static Harness.Reports.Tests.NightHost;

namespace Harness.Reports.Tests.Comparing;

public sealed class ComparisonTextTests : NightsFixture
{
    private string Text(RunSummary before, RunSummary after, int examples = Comparison.FewExamples)
    {
        using var text = new StringWriter { NewLine = "\n" };
        new ComparisonText(ReportWriter.Plain(text)).Write(
            Comparison.Of(Nights.Store, before, after, examples),
            before,
            after
        );
        return string.Join('\n', text.ToString().Split('\n').Select(l => l.TrimEnd()));
    }

    [Test]
    public async Task A_regression_shows_rule_prediction_and_observation_of_both_sides()
    {
        var before = await Nights.AddAsync(
            Of("fwb", new Said("match", "mapped wb", "mapped wb", "dic-executable"), "match", "match"),
            Of("old", "match")
        );
        var after = await Nights.AddAsync(
            Of("fwb", new Said("mismatch", "mapped wb", "mapped nc", "device"), "skip", "match") with
            {
                Policy = "mainline-6.9",
                Kernel = "7.2.1",
            }
        );
        Assert.That(
            Text(before, after),
            Is.EqualTo(
                """
                before night-1  finished  harness run --suite nightly
                after  night-2  finished  harness run --suite nightly

                NOT comparable: only shared cases follow, and different verdicts may be due to these differences
                  differs     policy: mainline-7.2 -> mainline-6.9
                  compared    2 cases that both judged, of 3 that both ran, on 1 host
                  left out    1 case that one side did not judge; host old, only before (1 case)
                  fwb         kernel 7.2.0-1 -> 7.2.1

                regression 1
                       1  match -> mismatch  device  (the kernel did the same; the prediction changed)
                              on fwb 1
                  case        c0 on fwb  title of c0
                    rule      before: dic-executable
                              after:  device
                    predicted before: mapped wb
                              after:  mapped nc
                    observed  mapped wb  (both)

                lost 1
                       1  match -> skip
                              on fwb 1
                  reason      skip for a reason
                  case        c1 on fwb  title of c1

                vanished 1
                       1  match, no longer run
                              on old 1
                  case        c0 on old  title of c0

                1 regression, 1 lost, 1 vanished; 1 of 2 cases that both judged as before

                """
            )
        );
    }

    [Test]
    public async Task Many_equal_changes_are_one_paragraph_unless_all_are_requested()
    {
        var before = await Nights.AddAsync(Of("fwb", [.. Enumerable.Repeat<Said>("match", 300)]));
        var after = await Nights.AddAsync(Of("fwb", [.. Enumerable.Repeat<Said>("mismatch", 300)]));
        Assert.That(
            Text(before, after).Split('\n'),
            Has.Length.LessThan(35).And.Some.EndsWith("and 297 more (--all lists them)")
        );
        Assert.That(
            Text(before, after, int.MaxValue).Split('\n').Count(l => l.StartsWith("  case ", StringComparison.Ordinal)),
            Is.EqualTo(300)
        );
    }

    [Test]
    public async Task Runs_without_a_case_in_common_say_that_nothing_could_be_compared()
    {
        var before = await Nights.AddAsync(Of("fwb", "match"));
        var after = await Nights.AddAsync(Of("nofwb", "match"));
        Assert.That(
            Text(before, after),
            Does.Contain("the two have no host in common").And.Contain("nothing could be compared")
        );
    }

    [Test]
    public async Task Programs_get_the_documented_members_one_object_a_line()
    {
        var before = await Nights.AddAsync(Of("fwb", "match", "skip"));
        var after = await Nights.AddAsync(Of("fwb", "mismatch", "mismatch") with { Policy = "mainline-6.9" });
        using var text = new StringWriter { NewLine = "\r\n" };
        new ComparisonJson(text).Write(Comparison.Of(Nights.Store, before, after), before, after);
        var lines = text.ToString().TrimEnd('\n').Split('\n').Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.That(
            lines.Select(l => l.GetProperty("type").GetString()),
            Is.EqualTo(
                new[]
                {
                    "comparison",
                    "compared-host",
                    "change-group",
                    "change",
                    "change-group",
                    "change",
                    "compared-total",
                }
            )
        );
        Assert.That(lines[3].GetProperty("after").GetProperty("observed").GetString(), Is.EqualTo("does that"));
        Assert.That(lines[^1].GetProperty("changes").GetProperty("regression").GetInt32(), Is.EqualTo(1));
        string documented = File.ReadAllText(Repository.File("docs/results.md"));
        foreach (var line in lines)
        {
            var members = line.EnumerateObject().ToList();
            string row = documented
                .Split('\n')
                .Single(l => l.StartsWith($"| `{members[0].Value.GetString()}` | `", StringComparison.Ordinal));
            Assert.That(
                System
                    .Text.RegularExpressions.Regex.Matches(row.Split('|')[2], "`([A-Za-z]+)`")
                    .Select(m => m.Groups[1].Value),
                Is.EqualTo(members.Skip(1).Select(m => m.Name))
            );
        }
    }

    [Test]
    public async Task What_only_the_kernels_of_the_second_run_reported_follows_the_changes()
    {
        var before = await Nights.AddAsync(Of("fwb", "match"));
        var after = await Nights.AddAsync(Of("fwb", "match"));
        using var text = new StringWriter { NewLine = "\n" };
        new ComparisonText(ReportWriter.Plain(text)).Write(
            Comparison.Of(Nights.Store, before, after),
            before,
            after,
            [new("WARNING in f", "warning", KernelReportCauses.Kernel, 2, ["fwb"], ["c"], 0, null)]
        );

        Assert.That(
            text.ToString(),
            Does.Contain("kernels report what they did not\n       2  WARNING in f (on fwb)  not seen before\n")
        );
    }
}
