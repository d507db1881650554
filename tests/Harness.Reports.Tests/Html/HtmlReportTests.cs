using System.Text.RegularExpressions;
using Harness.Reports.Html;
using Harness.Store;

namespace Harness.Reports.Tests.Html;

public sealed partial class HtmlReportTests
{
    /// <summary>
    /// Ends elements, attributes and scripts; is not valid text; reverses text; is double-encoded markup.
    /// </summary>
    private const string Hostile =
        "</script></title></style><script>window.hacked=1</script><img src=x onerror='window.hacked=2'>\" onfocus=\"window.hacked=3\" autofocus x='`${1}`--><!--&lt;&#60;\u0000\u0007\u001b[31m\u202e\u2066\u2028\ufeff\u200b]]>";

    private string _directory = "";

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("harness-html-").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_directory, recursive: true);

    [Test]
    public async Task The_same_store_gives_the_same_bytes()
    {
        var store = await SampleRuns.TwoNightsAsync(_directory);
        string once = Page(store);
        Assert.That(Page(store), Is.EqualTo(once));
    }

    [Test]
    public async Task The_page_names_nothing_that_a_browser_would_fetch()
    {
        string page = Page(await SampleRuns.TwoNightsAsync(_directory));
        Assert.Multiple(() =>
        {
            Assert.That(
                Link().Matches(page).Select(m => m.Groups[1].Value),
                Has.All.StartsWith("#").Or.StartsWith("data:")
            );
            Assert.That(page, Does.Not.Match(@"<[a-z]+[^>]*\s(src|srcset|action|poster|background|style)="));
            Assert.That(
                page,
                Does.Not.Contain("url(")
                    .And.Not.Contain("@import")
                    .And.Not.Contain("<iframe")
                    .And.Not.Contain("fetch(")
                    .And.Not.Contain("XMLHttpRequest")
            );
            Assert.That(page, Does.Contain("default-src &#39;none&#39;"));
        });
    }

    [Test]
    public async Task The_first_deviating_operation_of_a_lifecycle_is_marked()
    {
        string page = Page(await SampleRuns.LifecyclesAsync(_directory));
        Assert.Multiple(() =>
        {
            Assert.That(
                Regex.Count(page, "<tr class=\"differs\">"),
                Is.EqualTo(2),
                "one for the mismatch, one for the hang"
            );
            Assert.That(
                Regex.Count(page, "<tr class=\"after\">"),
                Is.EqualTo(40 - 5 + 40 - 3),
                "what is not judged any more"
            );
            Assert.That(page, Does.Match("<tr class=\"differs\"><th scope=\"row\">5 load"));
            Assert.That(Regex.Count(page, "<li class=\"contradicted\">"), Is.EqualTo(2));
            Assert.That(page, Does.Contain("SIGSEGV, SEGV_ACCERR, at 0xffff80001000"));
            Assert.That(page, Does.Contain("do=create,bind,guest-store,...,load (40 operations)"));
            Assert.That(page, Does.Contain("data-class=\"life:protected:anonymous:private\" data-access=\"guest\""));
        });
    }

    [Test]
    public async Task Foreign_content_is_escaped()
    {
        string page = Page(await SampleRuns.HostileAsync(_directory, Hostile));
        Assert.Multiple(() =>
        {
            Assert.That(Regex.Count(page, "<script"), Is.EqualTo(2), "the data and the script");
            Assert.That(Regex.Count(page, "</script"), Is.EqualTo(2));
            Assert.That(Regex.Count(page, "</style"), Is.EqualTo(1));
            Assert.That(page, Does.Not.Contain("<img"));
            Assert.That(page, Does.Not.Match("[\\x00-\\x09\\x0b-\\x1f\\x7f\\u0080-\\u009f]"));
            Assert.That(
                page,
                Does.Not.Match("[\\u200b-\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff]"),
                "what hides or turns text around is made visible"
            );
            Assert.That(page, Does.Contain(@"\u202e").And.Contain(@"\x1b[31m").And.Contain("&lt;/script&gt;"));
            Assert.That(page, Does.Contain("\\u003C/script\\u003E"), "in the data");
        });
    }

    [Test]
    public async Task A_mismatch_has_a_section_with_all_that_is_known()
    {
        var store = await SampleRuns.TwoNightsAsync(_directory);
        var run = store.Run()!;
        var row = store
            .Results(run.Run.Id, Verdicts.Mismatch)
            .First(r => r.Class.StartsWith("pfnmap", StringComparison.Ordinal));
        string page = Page(store);
        string section = page[page.IndexOf($"id=\"case-{row.CaseId}-fwb\"", StringComparison.Ordinal)..];
        section = section[..section.IndexOf("The case by its attributes", StringComparison.Ordinal)];
        string text = Regex.Replace(section, "<[^>]+>", " ");
        Assert.Multiple(() =>
        {
            Assert.That(text, Does.Contain(row.Title.Replace("'", "&#39;", StringComparison.Ordinal)));
            Assert.That(text, Does.Contain("The guest"), "the case in words");
            Assert.That(section, Does.Contain("class=\"differs\"").And.Contain("<mark>"));
            Assert.That(Regex.Count(section, "<li class=\"contradicted\">"), Is.EqualTo(1));
            Assert.That(
                section,
                Does.Match(
                    $"<li class=\"contradicted\">.*{SampleRuns.Rule}.*a page outside the kernel&#39;s memory map.*user_mem_abort"
                )
            );
            Assert.That(text, Does.Match(@"MemAttr").And.Match("0b0110").And.Match("forced"));
            Assert.That(Regex.Count(text, "kvm_pgtable_stage2_map addr=0x40000000"), Is.EqualTo(2), "both attempts");
            Assert.That(
                Regex.Matches(text, "said of ([0-9a-f]+)").Select(m => m.Groups[1].Value),
                Is.EqualTo(new[] { row.CaseId, row.CaseId }),
                "the log of this case alone"
            );
            Assert.That(text, Does.Contain($"scripts/harness run --target fwb --filter id={row.CaseId}"));
            Assert.That(
                text,
                Does.Contain($"scripts/harness repro {row.CaseId} --c --policy mainline-7.2")
                    .And.Contain($"scripts/harness evidence {row.CaseId} {run.Run.Id} --target fwb")
            );
        });
    }

    [Test]
    public async Task Cases_that_need_a_person_have_sections_and_others_are_grouped()
    {
        var store = await SampleRuns.TwoNightsAsync(_directory);
        var run = store.Run()!;
        string page = Page(store);
        var sections = Regex
            .Matches(page, "<details class=\"finding\" id=\"case-([0-9a-f]+)-")
            .Select(m => m.Groups[1].Value);
        var wanted = store
            .Results(run.Run.Id)
            .Where(r =>
                r.Verdict
                    is Verdicts.Mismatch
                        or Verdicts.Crash
                        or Verdicts.Hang
                        or Verdicts.Disagreement
                        or Verdicts.Unstable
            );
        Assert.That(sections, Is.EquivalentTo(wanted.Select(r => r.CaseId)));
        foreach (
            string verdict in new[]
            {
                Verdicts.ProbeError,
                Verdicts.Infrastructure,
                Verdicts.OutsideModel,
                Verdicts.Erratum,
            }
        )
            Assert.That(page, Does.Contain($"{verdict}, for a reason made up"));
    }

    [Test]
    public async Task A_thousand_mismatches_are_not_a_thousand_sections()
    {
        var store = await SampleRuns.LargeAsync(_directory, hosts: 3, cases: 2000);
        string page = Page(store);
        int mismatches = store.Results(store.Run()!.Run.Id, Verdicts.Mismatch).Count;
        Assert.That(
            Regex.Count(page, "<details class=\"finding\""),
            Is.EqualTo(Math.Min(mismatches, FindingGroup.Sections))
        );
        var groups = FindingGroup.Of([.. Enumerable.Range(0, 5000).Select(i => Row($"c{i}", "one")), Row("x", "two")]);
        Assert.That(
            groups.Select(g => (g.Count, g.InFull)),
            Is.EqualTo(new[] { (5000, FindingGroup.Sections - 1), (1, 1) }),
            "the small group gets its own"
        );
    }

    [Test]
    public async Task What_kernels_reported_is_a_section_and_part_of_its_finding_and_left_out_where_nothing_was()
    {
        const string title = "BUG: unable to handle kernel paging request in f";
        string page = Page(await SampleRuns.TwoNightsAsync(_directory));
        string section = Regex
            .Match(page, "<section id=\"kernel-reports\".*?</section>", RegexOptions.Singleline)
            .Value;

        Assert.Multiple(() =>
        {
            Assert.That(section, Does.Contain($"<b>{title}</b>").And.Contain("bad-access"));
            Assert.That(section, Does.Contain("earlier run").Or.Contain("not seen before"));
            Assert.That(page, Does.Contain("href=\"#kernel-reports\""));
            Assert.That(page, Does.Contain($"<li><b>{title}</b>, 2 times</li>"));
        });
        Assert.That(
            Page(await SampleRuns.LifecyclesAsync(_directory)),
            Does.Not.Contain("kernel-reports").And.Not.Contain("What kernels reported")
        );
    }

    [Test]
    public void Log_lines_do_not_change_the_reason()
    {
        var groups = FindingGroup.Of([
            .. Enumerable
                .Range(0, 3)
                .Select(i =>
                    Row($"c{i}", "rule", Verdicts.Crash) with
                    {
                        Reason = $"died by signal 9; the kernel logged: WARNING: PID: {i}",
                    }
                ),
        ]);
        Assert.That(groups.Select(g => (g.Reason, g.Count)), Is.EqualTo(new[] { ("died by signal 9", 3) }));
    }

    [Test]
    public async Task Changes_since_the_run_before_are_reported()
    {
        string page = Page(await SampleRuns.TwoNightsAsync(_directory));
        string changes = page[
            page.IndexOf("<section id=\"changes\"", StringComparison.Ordinal)..page.IndexOf(
                "<section id=\"matrix\"",
                StringComparison.Ordinal
            )
        ];
        string text = Regex.Replace(Regex.Replace(changes, "<[^>]+>", ""), @"\s+", " ");
        Assert.That(
            text,
            Does.Contain("Compared with 2026-11-20T04-12-33Z-aa11 (fwb, nofwb)")
                .And.Contain("regressions")
                .And.Match("Nothing earlier compares with lab")
        );
    }

    [Test]
    public async Task Without_an_earlier_run_it_says_so()
    {
        string page = Page(await SampleRuns.LargeAsync(_directory, hosts: 1, cases: 20));
        Assert.That(page, Does.Contain("No earlier run compares with this one"));
    }

    [Test]
    public async Task A_run_of_which_nothing_came_has_a_report_too()
    {
        var store = ResultStore.OpenOrCreate(Path.Combine(_directory, "empty.db"));
        await using (
            await store.BeginRunAsync(new RunRecord("r", DateTimeOffset.UnixEpoch, "harness run", "1", "m", null, null))
        ) { }
        string page = Page(store);
        Assert.That(
            page[page.IndexOf("<body>", StringComparison.Ordinal)..page.IndexOf("</main>", StringComparison.Ordinal)],
            Does.Contain("No mismatch, but the run is").And.Contain("No case was planned")
        );
    }

    [TestCase("0 hosts", "amber", "Nothing could be judged")]
    [TestCase("fwb: match match", "green", "Every kernel did what its policy allows: 2 of 2 judged cases match")]
    [TestCase("fwb: match known", "green", "Nothing new: 1 match, 1 known difference")]
    [TestCase("fwb: match mismatch", "red", "1 mismatch on the host contradicts 1 rule")]
    [TestCase("fwb: match mismatch; nofwb: mismatch", "red", "2 mismatches on both hosts contradict 1 rule")]
    [TestCase("a: crash; b: match; c: hang hang", "red", "1 crash and 2 hangs on 2 of 3 hosts")]
    [TestCase("fwb: match unstable unstable", "amber", "No mismatch, but 2 unstable cases")]
    [TestCase("fwb: skip", "amber", "Nothing could be judged")]
    public void The_first_line_is_a_summary(string hosts, string level, string what)
    {
        var summaries = hosts == "0 hosts" ? [] : hosts.Split("; ").Select((h, i) => Host(i, h)).ToList();
        var run = new RunSummary(
            new RunRecord("r", DateTimeOffset.UnixEpoch, "c", "1", "m", null, null),
            States.Finished,
            null,
            null,
            summaries
        );
        var rows = summaries
            .SelectMany(h =>
                h.Verdicts.SelectMany(v => Enumerable.Range(0, v.Value).Select(i => Row($"c{i}", "rule", v.Key)))
            )
            .Where(r => r.Verdict is not ("match" or "skip"));
        var line = Headline.Of(run, 2, FindingGroup.Of([.. rows]));
        Assert.That((line.Word, line.What), Is.EqualTo((level, what)));
    }

    [Test]
    public void A_run_that_matches_is_not_green_if_a_safety_property_was_broken()
    {
        var run = new RunSummary(
            new RunRecord("r", DateTimeOffset.UnixEpoch, "c", "1", "m", null, null),
            States.Finished,
            null,
            null,
            [Host(0, "fwb: match match")]
        );
        var broken = new BrokenProperties(
            [new("no-stale-data", "No guest ...", "a mail", 2, 2, 2, ["fwb"], "c0", "title", "fwb", "p")],
            2
        );
        var line = Headline.Of(run, 2, [], broken);

        Assert.That(line.Word, Is.EqualTo("amber"));
        Assert.That(line.What, Does.EndWith("; 1 safety property broken (2 cases)"));
        Assert.That(Headline.Of(run, 2, []).Word, Is.EqualTo("green"));
    }

    [Test]
    public void Broken_properties_are_a_section_near_the_top_and_left_out_where_there_are_none()
    {
        var broken = new BrokenProperties(
            [
                new(
                    "no-stale-data",
                    "No guest ...",
                    "a mail",
                    3,
                    2,
                    2,
                    ["fwb", "lab"],
                    "c0",
                    "title",
                    "fwb",
                    "mainline-6.1"
                ),
            ],
            3
        );
        var run = new RunSummary(
            new RunRecord("r", DateTimeOffset.UnixEpoch, "c", "1", "m", null, null),
            States.Finished,
            null,
            null,
            []
        );
        string section = Written(broken);
        Assert.Multiple(() =>
        {
            Assert.That(section, Does.Contain("id=\"properties\"").And.Contain("<b>no-stale-data</b>"));
            Assert.That(section, Does.Contain("2 match, 2 as its sources say").And.Contain("fwb, lab"));
            Assert.That(section, Does.Contain("explain c0 --policy mainline-6.1"));
        });
        Assert.That(Written(new BrokenProperties([], 0)), Is.Empty);

        string Written(BrokenProperties of)
        {
            using var text = new StringWriter();
            new PropertiesSection(run, of, KnownFindings.None).Write(new HtmlWriter(text));
            return text.ToString();
        }
    }

    [Test]
    public void Every_verdict_has_a_shape_of_its_own()
    {
        var shapes = Verdicts
            .All.Concat(["green", "amber", "red"])
            .Select(v => Regex.Match(Symbols.Sprite, $"<symbol id=\"s-{v}\"[^>]*>(.*?)</symbol>").Groups[1].Value)
            .ToList();
        Assert.That(shapes, Has.None.Empty.And.Unique);
    }

    [Test]
    public void Text_contrast_meets_WCAG_AA()
    {
        var tones = Palette.Tones.ToDictionary(t => t.Name);
        Assert.Multiple(() =>
        {
            foreach (var (text, on) in Palette.Pairs)
            {
                Assert.That(
                    Palette.Contrast(tones[text].Light, tones[on].Light),
                    Is.GreaterThanOrEqualTo(4.5),
                    $"{text} on {on}, light"
                );
                Assert.That(
                    Palette.Contrast(tones[text].Dark, tones[on].Dark),
                    Is.GreaterThanOrEqualTo(4.5),
                    $"{text} on {on}, dark"
                );
            }
        });
        Assert.That(Palette.Contrast("#000000", "#ffffff"), Is.EqualTo(21).Within(0.01));
    }

    [Test]
    public void Outcomes_are_distinguished_by_letter_and_by_colour()
    {
        Assert.That(OutcomeKind.All.Select(o => o.Letter), Is.Unique);
        Assert.That(OutcomeKind.All.Select(o => Palette.Tones.Single(t => t.Name == $"o-{o.Key}").Light), Is.Unique);
    }

    private static string Page(ResultStore store)
    {
        using var to = new StringWriter();
        new HtmlReport(store).Write(store.Run()!, to);
        return to.ToString();
    }

    private static ResultRow Row(string id, string rule, string verdict = Verdicts.Mismatch) =>
        new(
            "r",
            1,
            "fwb",
            0,
            id,
            "class",
            "title",
            "{}",
            verdict,
            Culprits.Kernel,
            "reason",
            "policy",
            rule,
            null,
            null,
            null,
            [],
            0,
            0,
            null,
            null,
            null,
            []
        );

    private static HostSummary Host(int id, string text)
    {
        string[] parts = text.Split(": ");
        string[] verdicts = parts[1].Split(' ');
        return new HostSummary(
            id,
            new HostRecord(parts[0], "qemu"),
            States.Finished,
            null,
            verdicts.Length,
            null,
            null,
            null,
            verdicts.GroupBy(v => v).ToDictionary(g => g.Key, g => g.Count()),
            new Dictionary<string, int>(),
            new Dictionary<string, int>()
        );
    }

    [GeneratedRegex("\\s(?:href|src)=\"([^\"]*)\"")]
    private static partial Regex Link();
}
