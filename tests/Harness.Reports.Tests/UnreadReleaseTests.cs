using Harness.Reports.Html;
using Harness.Reports.Notices;
using Harness.Store;

namespace Harness.Reports.Tests;

/// <summary>
/// A host with a release that has not been read: every report shows what it decides differently, and how to find the
/// change.
/// </summary>
public class UnreadReleaseTests : NightsFixture
{
    private const string Sentence = "6.12.118 decides differently from 6.12.117 in 3 cases; it has not been read yet";

    private const string Command = "git log --oneline v6.12.117..v6.12.118 -- arch/arm64/kvm";

    private static NightHost Newer(params Said[] said) =>
        NightHost.Of("fwb-6.12", said) with
        {
            Kernel = "6.12.118-arm64",
            Policy = "mainline-6.12.113",
            Unread = ("6.12.118", "6.12.117"),
        };

    private static Said Otherwise(string rule) => new(Verdicts.Unverified, "does that", Rule: rule);

    private Task<RunSummary> NightAsync() =>
        Nights.AddAsync(
            Newer("match", Otherwise("host-huge-page"), Otherwise("host-huge-page"), Otherwise("writable"))
        );

    [Test]
    public async Task The_console_names_rules_examples_and_the_command()
    {
        var run = await NightAsync();
        var text = new StringWriter();

        new ConsoleReport(Nights.Store, ReportWriter.Plain(text)).Write(run);

        Assert.That(
            text.ToString(),
            Does.Contain($"UNVERIFIED {Sentence}")
                .And.Contain(Command)
                .And.Contain("--policy mainline-6.12.113")
                .And.Contain("6.12.118, unverified: judged as 6.12.117")
                .And.Match(@"2  host-huge-page\b")
                .And.Match(@"1  writable\b")
                .And.Not.Contain("MISMATCH")
        );
    }

    [Test]
    public async Task The_page_is_amber_and_says_the_same()
    {
        var run = await NightAsync();

        var page = new StringWriter();
        new HtmlReport(Nights.Store).Write(run, page);

        Assert.That(page.ToString(), Does.Contain(Sentence).And.Contain(Command).And.Contain("host-huge-page (2)"));
        Assert.That(ReportModel.Read(Nights.Store, run).Headline.Word, Is.EqualTo("amber"));
    }

    [Test]
    public async Task A_notice_leads_with_it()
    {
        await Nights.AddAsync(
            NightHost.Of("fwb-6.12", "match", "match", "match", "match") with
            {
                Policy = "mainline-6.12.113",
            }
        );
        var run = await NightAsync();

        var notice = NightlyMessage.Of(Nights.Store, run);

        Assert.That(notice.Subject, Does.StartWith("harness nightly: 6.12.118 decides differently"));
        var headings = notice
            .Lines.Where(l => l.Length > 0 && char.IsAsciiLetterUpper(l[0]) && !l.Any(char.IsAsciiLetterLower))
            .ToList();
        Assert.That(headings[0], Is.EqualTo("UNREAD RELEASES 1"));
        Assert.That(notice.ToString(), Does.Contain("2 host-huge-page, such as c1").And.Not.Contain("REGRESSIONS"));
        Assert.That(notice.Lines, Is.All.Matches<string>(l => l.Length <= NightlyMessage.Width));
    }

    [Test]
    public async Task An_unread_release_that_does_as_predicted_is_named_and_nothing_more()
    {
        var run = await Nights.AddAsync(Newer("match"));
        var text = new StringWriter();

        new ConsoleReport(Nights.Store, ReportWriter.Plain(text)).Write(run);

        Assert.That(
            text.ToString(),
            Does.Contain("6.12.118 has not been read yet; in every case that was run it decides as 6.12.117")
                .And.Not.Contain("git log")
        );
    }
}
