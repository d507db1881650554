using System.Text.Json;
using Harness.Reports.Html;
using Harness.Store;

namespace Harness.Reports.Tests;

/// <summary>Programs of other test suites, as people and programs read them.</summary>
public sealed class PeerTextTests
{
    private static PeerRow Row(string name, PeerRecord? record) =>
        new(1, "fwb", "7.3.4", new PeerPlan(name, "arm64/" + name, "-m 6", "family=core"), record);

    private static readonly PeerRow[] s_rows =
    [
        Row(
            "passes",
            new PeerRecord("passes", PeerStates.Passed, null, PeerRelations.Same, null)
            {
                Source = "linux-source-7.3 7.3.4-1",
                ExitCode = 0,
                Agreed = 3,
                Unanswered = 1,
                DurationMicros = 12_340_000,
            }
        ),
        Row(
            "fails",
            new PeerRecord("fails", PeerStates.Failed, "x.c:1: a == b", PeerRelations.Explained, "QEMU's fault.")
            {
                ExitCode = 254,
                KernelReports = ["WARNING in f"],
            }
        ),
        Row("waits", null),
    ];

    [Test]
    public void For_people_both_are_side_by_side_with_the_reasons()
    {
        using var text = new StringWriter { NewLine = "\n" };
        new PeerText(ReportWriter.Plain(text)).Write(s_rows);
        Assert.That(
            text.ToString(),
            Is.EqualTo(
                """
                fwb  7.3.4
                  selftests of linux-source-7.3 7.3.4-1
                  program                               peer       time  ours
                  passes                                passed     12 s  3 as predicted, 1 without an answer
                  fails                                 failed      0 s  no case
                      the peer: x.c:1: a == b
                      kernel: WARNING in f
                      differs, explained: QEMU's fault.
                  waits                                 planned

                1 passed, 1 failed, 1 planned; 1 as ours, 1 otherwise, explained

                """
            )
        );
    }

    [Test]
    public void On_a_page_they_are_a_table_with_the_same_words_and_nothing_where_there_are_none()
    {
        string Page(IReadOnlyList<PeerRow> rows)
        {
            using var text = new StringWriter();
            new PeersSection(rows).Write(new HtmlWriter(text));
            return text.ToString();
        }

        string page = Page(s_rows);
        Assert.That(
            page,
            Does.Contain("1 passed, 1 failed, 1 planned; 1 as ours, 1 otherwise, explained")
                .And.Contain("<b>passed</b></td><td>3 as predicted, 1 without an answer</td><td><b>the same</b></td>")
                .And.Contain("x.c:1: a == b")
                .And.Contain("WARNING in f")
                .And.Contain("<b>differs, explained</b> <span class=\"soft\">QEMU&#39;s fault.</span>")
                .And.Contain("<td colspan=\"3\">planned</td>")
        );
        Assert.That(Page([]), Is.Empty);
    }

    [Test]
    public void For_programs_a_member_without_a_value_is_null()
    {
        using var text = new StringWriter { NewLine = "\n" };
        PeerJson.Write("run-1", s_rows, text);
        var lines = text.ToString()
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => JsonDocument.Parse(l).RootElement)
            .ToList();

        Assert.That(
            lines.Select(l => l.GetProperty("outcome").GetString()),
            Is.EqualTo(new[] { "passed", "failed", "planned" })
        );
        Assert.That(lines.Select(l => l.EnumerateObject().Count()).Distinct().Count(), Is.EqualTo(1));
        Assert.That(lines[1].GetProperty("kernelReports")[0].GetString(), Is.EqualTo("WARNING in f"));
        Assert.That(lines[2].GetProperty("exitCode").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(lines[0].GetProperty("seconds").GetDouble(), Is.EqualTo(12.3));
    }
}
