using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Harness.Reports.Exports;
using Harness.Reports.Html;
using Harness.Reports.Tests.Exports;
using Harness.Store;

namespace Harness.Reports.Tests;

/// <summary>Every verdict through every output: the console, HTML, JUnit, KTAP, kcidb, and the exit code.</summary>
public sealed class VerdictOutputTests : NightsFixture
{
    /// <summary>Duplicated on purpose: what a user sees of each verdict.</summary>
    private static IEnumerable<TestCaseData> Expected()
    {
        // console tone page JUnit KTAP kcidb exit
        yield return Row(Verdicts.Match, TextTone.Good, "good", "green", "passed", "ok", "PASS", 0);
        yield return Row(Verdicts.Erratum, TextTone.Doubtful, "note", "green", "passed", "ok", "PASS", 0);
        yield return Row(Verdicts.Known, TextTone.Doubtful, "note", "green", "skipped", "ok XFAIL", "FAIL", 0);
        yield return Row(Verdicts.Unverified, TextTone.Doubtful, "doubt", "amber", "skipped", "ok SKIP", "SKIP", 4);
        yield return Row(Verdicts.Mismatch, TextTone.Bad, "bad", "red", "failure", "not ok", "FAIL", 1);
        yield return Row(Verdicts.Disagreement, TextTone.Bad, "bad", "red", "failure", "not ok", "FAIL", 1);
        yield return Row(Verdicts.Unstable, TextTone.Doubtful, "doubt", "amber", "error", "not ok ERROR", "ERROR", 3);
        yield return Row(Verdicts.OutsideModel, TextTone.Doubtful, "note", "amber", "skipped", "ok SKIP", "SKIP", 0);
        yield return Row(Verdicts.Crash, TextTone.Bad, "bad", "red", "failure", "not ok", "FAIL", 1);
        yield return Row(Verdicts.Hang, TextTone.Bad, "bad", "red", "failure", "not ok TIMEOUT", "FAIL", 1);
        yield return Row(Verdicts.ProbeError, TextTone.Doubtful, "doubt", "amber", "error", "not ok ERROR", "ERROR", 3);
        yield return Row(
            Verdicts.Infrastructure,
            TextTone.Doubtful,
            "doubt",
            "amber",
            "error",
            "not ok ERROR",
            "ERROR",
            3
        );
        yield return Row(Verdicts.Skip, TextTone.Faint, "soft", "amber", "skipped", "ok SKIP", "SKIP", 3);
        yield return Row(Verdicts.Planned, TextTone.Faint, "soft", "amber", "error", "not ok ERROR", "MISS", 3);
    }

    private static TestCaseData Row(
        string verdict,
        TextTone console,
        string tone,
        string page,
        string junit,
        string ktap,
        string kcidb,
        int exit
    ) =>
        new TestCaseData(verdict, console, tone, page, junit, ktap, kcidb, exit).SetName(
            $"A_{verdict.Replace('-', '_')}_means_the_same_in_every_output"
        );

    [TestCaseSource(nameof(Expected))]
    public async Task Every_output_shows(
        string verdict,
        TextTone console,
        string tone,
        string page,
        string junit,
        string ktap,
        string kcidb,
        int exit
    )
    {
        var run = await Nights.AddAsync(NightHost.Of("fwb", verdict));
        string text = Written(w => new ConsoleReport(Nights.Store, ReportWriter.Plain(w)).Write(run));
        string html = Written(w => new HtmlReport(Nights.Store).Write(run, w));
        var testcase = XDocument
            .Parse(Written(w => new JunitExport(Nights.Store, w).Write(run)))
            .Descendants("testcase")
            .Single();
        var subtest = KtapReader
            .Read(Written(w => new KtapExport(Nights.Store, w).Write(run)))
            .Single()
            .Subtests.Single();
        using var submission = JsonDocument.Parse(Written(w => new KcidbExport(Nights.Store, w, "lab").Write(run)));
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Match($@"(?m)^  {verdict} +1\b"));
            Assert.That(VerdictTones.Of(verdict), Is.EqualTo(console));
            Assert.That(html, Does.Contain($"<a href=\"#verdict={verdict}\" class=\"{tone}\">"));
            Assert.That(Regex.Match(html, "<title>(\\w+):").Groups[1].Value, Is.EqualTo(page));
            Assert.That(
                testcase.Elements().Select(e => e.Name.LocalName).FirstOrDefault(n => n != "system-out", "passed"),
                Is.EqualTo(junit)
            );
            Assert.That(new KtapResult(subtest.Ok, subtest.Directive).ToString(), Is.EqualTo(ktap));
            Assert.That(
                submission.RootElement.GetProperty("tests")[0].GetProperty("status").GetString(),
                Is.EqualTo(kcidb)
            );
            Assert.That(RunExit.Of(run), Is.EqualTo(exit));
        });
    }

    [Test]
    public void Every_verdict_is_in_the_table_once_and_in_the_order_of_its_enum() =>
        Assert.That(Verdicts.Table.Select(v => v.Kind), Is.EqualTo(Enum.GetValues<VerdictKind>()));

    [Test]
    public void Every_verdict_is_expected_here() =>
        Assert.That(Expected().Select(row => row.Arguments[0]), Is.EqualTo(Verdicts.All));

    private static string Written(Action<TextWriter> write)
    {
        using var text = new StringWriter();
        write(text);
        return text.ToString();
    }
}
