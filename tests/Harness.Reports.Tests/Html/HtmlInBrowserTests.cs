using Harness.Chromium;
using Harness.Reports.Html;
using Harness.Reports.Tests.Migrations;
using Harness.Store;

namespace Harness.Reports.Tests.Html;

/// <summary>Reports in Chromium. Screenshots are left in the test's working directory, for people.</summary>
[Category("Slow")]
public sealed class HtmlInBrowserTests
{
    private const string Rows = "document.querySelectorAll('#rows .row')";

    private string _directory = "";
    private Browser _browser = null!;
    private BrowserPage _page = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        Assert.That(Browser.Program, Is.Not.Null, "Chromium is missing: scripts/setup --tests installs it");
        _directory = Directory.CreateTempSubdirectory("harness-html-").FullName;
        Write(await SampleRuns.TwoNightsAsync(_directory), "night");
        Write(await SampleRuns.LargeAsync(_directory, hosts: 1, cases: 10_000), "large");
        Write(
            await SampleRuns.HostileAsync(
                _directory,
                "</script><script>hacked=1</script><img src=x onerror=hacked=2>\"'`\u0000\u202e&lt;\n#"
            ),
            "hostile"
        );
        Directory.CreateDirectory(Path.Combine(_directory, "many"));
        Write(await SampleRuns.LargeAsync(Path.Combine(_directory, "many"), hosts: 58, cases: 105), "many");
        Write(await SampleRuns.LifecyclesAsync(_directory), "lives");
        foreach (var (name, targets) in new[] { ("pairs", PairRuns.Four), ("pairs144", PairRuns.Twelve) })
            Write(
                await PairRuns.AllPairsAsync(
                    Directory.CreateDirectory(Path.Combine(_directory, "of-" + name)).FullName,
                    targets
                ),
                name
            );
        _browser = await Browser.StartAsync();
    }

    [OneTimeTearDown]
    public async Task EndAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        if (_directory.Length > 0)
            Directory.Delete(_directory, recursive: true);
    }

    [SetUp]
    public async Task OpenPage()
    {
        _page = await _browser.PageAsync();
        await _page.ShapeAsync(1280, 900);
    }

    [TearDown]
    public Task ClosePage() => _page.CloseAsync();

    [Test]
    public async Task It_fits_and_fetches_nothing(
        [Values("night", "large", "hostile", "many", "lives", "pairs", "pairs144")] string report,
        [Values(390, 1280, 2560)] int width,
        [Values] bool dark
    )
    {
        await _page.ShapeAsync(width, width < 500 ? 844 : 1000, dark, mobile: width < 500);
        await _page.GoAsync(Address(report));
        await _page.AskAsync<bool>("document.querySelectorAll('details').forEach(d => d.open = true) || true");
        await _page.DrawnAsync();
        await Picture($"{report}-{width}-{(dark ? "dark" : "light")}");
        Assert.Multiple(async () =>
        {
            Assert.That(
                await _page.AskAsync<int>(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                ),
                Is.Zero,
                "it scrolls sideways"
            );
            Assert.That(
                await _page.AskAsync<string>(Overflowing),
                Is.Empty,
                "reaches out of the window, and out of nothing that scrolls"
            );
            Assert.That(_page.Requests, Has.All.StartsWith(Address(report)).Or.StartsWith("data:"));
            Assert.That(_page.Complaints, Is.Empty);
            Assert.That(
                await _page.AskAsync<string>("getComputedStyle(document.body).backgroundColor"),
                Is.EqualTo(dark ? "rgb(21, 24, 27)" : "rgb(251, 251, 250)")
            );
        });
    }

    [Test]
    public async Task Its_sections_can_be_seen(
        [Values("summary", "findings", "changes", "matrix", "details", "hosts", "list")] string section,
        [Values(390, 1280)] int width
    )
    {
        await _page.ShapeAsync(width, width < 500 ? 844 : 1000, mobile: width < 500);
        await _page.GoAsync(Address("night") + "#" + section);
        await _page.DrawnAsync();
        await Picture($"section-{section}-{width}");
        Assert.That(
            await _page.AskAsync<bool>(
                $"(() => {{ const r = document.getElementById('{section}').getBoundingClientRect(); return r.top < innerHeight && r.bottom > 0; }})()"
            ),
            Is.True
        );
    }

    [Test]
    public async Task Nothing_hostile_runs()
    {
        await _page.GoAsync(Address("hostile"));
        await _page.AskAsync<bool>("document.querySelectorAll('#rows .row').forEach(r => r.click()) || true");
        Assert.That(await _page.AskAsync<string>("typeof hacked"), Is.EqualTo("undefined"));
        Assert.That(await _page.AskAsync<int>("document.images.length"), Is.Zero);
        Assert.That(
            await _page.AskAsync<string>("document.querySelector('.facts code').textContent"),
            Does.StartWith("</script><script>hacked=1</script><img").And.Contain(@"\x00\u202e&lt;\x0a#")
        );
    }

    [Test]
    public async Task Without_scripts_everything_but_the_list_is_there()
    {
        await _page.ScriptsAsync(false);
        await _page.GoAsync(Address("night"));
        await Picture("without-scripts", whole: true);
        await _page.ScriptsAsync(true);
        Assert.Multiple(async () =>
        {
            foreach (
                string what in new[]
                {
                    "#headline",
                    "#findings .contents",
                    "#changes .tally",
                    ".matrix td",
                    "details.host",
                    "details.finding",
                    "noscript p",
                }
            )
                Assert.That(
                    await _page.AskAsync<bool>($"document.querySelector('{what}').getClientRects().length > 0"),
                    Is.True,
                    what
                );
            foreach (string what in new[] { "#filters", "#browser", "#theme", ".copy" })
                Assert.That(
                    await _page.AskAsync<bool>($"document.querySelector('{what}').getClientRects().length > 0"),
                    Is.False,
                    what
                );
        });
    }

    [Test]
    public async Task Words_are_searched_for_and_all_of_them_must_be_there()
    {
        await _page.GoAsync(Address("night"));
        await _page.PressAsync("/");
        await _page.TypeAsync("pfnmap nofwb MAPPED slot=none");
        var store = ResultStore.Open(Path.Combine(_directory, "results.db"));
        int expected = store
            .Results(store.Run()!.Run.Id)
            .Count(r =>
                r.Target == "nofwb"
                && r.Title.Contains("pfnmap", StringComparison.Ordinal)
                && r.Title.Contains("slot=none", StringComparison.Ordinal)
                && r.Observed?.Contains("mapped", StringComparison.Ordinal) == true
            );
        Assert.That(expected, Is.GreaterThan(5));
        Assert.That(await Found(), Is.EqualTo(expected));
        Assert.That(
            await _page.AskAsync<bool>(
                $"[...{Rows}].every(r => r.textContent.includes('pfnmap') && r.textContent.includes('nofwb'))"
            ),
            Is.True
        );
    }

    [Test]
    public async Task The_search_is_kept_in_the_address()
    {
        await _page.GoAsync(Address("night"));
        await Choose("verdict", "mismatch");
        await Choose("host", "fwb");
        await Choose("access", "read");
        int found = await Found();
        string hash = await _page.AskAsync<string>("location.hash");
        Assert.That(hash, Does.Contain("verdict=mismatch").And.Contain("host=fwb").And.Contain("access=read"));
        await _page.GoAsync("about:blank");
        await _page.GoAsync(Address("night") + hash);
        Assert.That(
            (await Found(), await _page.AskAsync<string>("document.getElementById('f-verdict').value")),
            Is.EqualTo((found, "mismatch"))
        );
        var store = ResultStore.Open(Path.Combine(_directory, "results.db"));
        Assert.That(
            found,
            Is.EqualTo(
                    store
                        .Results(store.Run()!.Run.Id, Verdicts.Mismatch)
                        .Count(r => r.Title.Split(' ')[3].Split(',').Contains("read"))
                )
                .And.GreaterThan(0)
        );
    }

    [Test]
    public async Task The_keyboard_is_enough()
    {
        await _page.GoAsync(Address("night"));
        await _page.PressAsync("/");
        await _page.TypeAsync("mismatch pfnmap");
        await _page.PressAsync("ArrowDown");
        string first = await Selected();
        await _page.PressAsync("j");
        string second = await Selected();
        await _page.PressAsync("k");
        Assert.That((first, second), Is.EqualTo((await Selected(), second)).And.Not.EqualTo((first, first)));
        Assert.That(
            await _page.AskAsync<string>("document.getElementById('one').textContent"),
            Does.Contain(first).And.Contain("run it again")
        );
        await _page.PressAsync("Enter");
        await _page.DrawnAsync();
        Assert.That(await _page.AskAsync<string>("location.hash"), Does.StartWith("#case-" + first));
        Assert.That(await _page.AskAsync<bool>("document.querySelector('details.finding:target').open"), Is.True);
        await Picture("finding");
        await _page.PressAsync("Escape");
        Assert.That(await _page.AskAsync<string>("document.activeElement.id"), Is.EqualTo("rows"));
        await _page.PressAsync("/");
        await _page.PressAsync("Escape");
        Assert.That(await _page.AskAsync<string>("document.getElementById('q').value"), Is.Empty);
    }

    [Test]
    public async Task A_cell_of_the_matrix_lists_its_cases()
    {
        await _page.GoAsync(Address("night"));
        await _page.AskAsync<bool>("document.querySelector('.matrix td[tabindex=\"0\"]').focus() || true");
        await _page.PressAsync("ArrowDown");
        await _page.PressAsync("ArrowRight");
        string cell = await _page.AskAsync<string>("document.activeElement.title");
        await _page.PressAsync("Enter");
        await _page.DrawnAsync();
        Assert.That(cell, Does.StartWith("anonymous:private write on nofwb: "));
        Assert.That(
            await _page.AskAsync<string>("location.hash"),
            Is.EqualTo("#host=nofwb&class=anonymous%3Aprivate&access=write")
        );
        Assert.That(await Found(), Is.GreaterThan(0));
        Assert.That(
            await _page.AskAsync<bool>(
                $"[...{Rows}].every(r => r.textContent.includes('anonymous:private') && r.textContent.includes('write') && r.textContent.includes('nofwb'))"
            ),
            Is.True
        );
    }

    [Test]
    public async Task Ten_thousand_results_are_not_ten_thousand_elements()
    {
        await _page.GoAsync(Address("large"));
        Assert.That(await Found(), Is.EqualTo(10_000));
        for (int i = 0; i < 4; i++)
        {
            await _page.AskAsync<bool>($"(document.getElementById('rows').scrollTop = {i} * 120000) >= 0");
            await _page.DrawnAsync();
            int drawn = await _page.AskAsync<int>($"{Rows}.length");
            Assert.That(drawn, Is.InRange(10, 60));
        }
        await _page.AskAsync<bool>("document.getElementById('q').focus() || true");
        await _page.TypeAsync("number=9999");
        Assert.That((await Found(), await _page.AskAsync<int>($"{Rows}.length")), Is.EqualTo((1, 1)));
        Assert.That(await _page.AskAsync<int>("document.querySelectorAll('*').length"), Is.LessThan(8000));
    }

    [Test]
    public async Task Cells_for_58_hosts_can_be_distinguished([Values(1280, 2560)] int width)
    {
        await _page.ShapeAsync(width, 1200);
        await _page.GoAsync(Address("many") + "#matrix");
        await _page.DrawnAsync();
        await Picture($"58-hosts-{width}");
        Assert.Multiple(async () =>
        {
            Assert.That(
                await _page.AskAsync<int>("document.querySelectorAll('.matrix thead th.host').length"),
                Is.EqualTo(58)
            );
            Assert.That(
                await _page.AskAsync<double>(
                    "Math.min(...[...document.querySelectorAll('.matrix td')].map(c => Math.min(c.offsetWidth, c.offsetHeight)))"
                ),
                Is.GreaterThanOrEqualTo(18)
            );
            Assert.That(
                await _page.AskAsync<bool>(
                    "[...document.querySelectorAll('.matrix td:not(.mixed):not(.o-void)')].every(c => c.textContent.length == 1)"
                ),
                Is.True
            );
        });
    }

    [Test]
    public async Task Migrations_are_seen_and_reported(
        [Values("pairs", "pairs144")] string report,
        [Values(390, 1280)] int width,
        [Values] bool dark
    )
    {
        await _page.ShapeAsync(width, width < 500 ? 844 : 1000, dark, mobile: width < 500);
        await _page.GoAsync(Address(report) + "#moves");
        await _page.DrawnAsync();
        await Picture($"moves-{report}-{width}-{(dark ? "dark" : "light")}");
        await _page.AskAsync<bool>("(document.querySelector('#moved-b2b2b2b2b2b2').scrollIntoView(), true)");
        await _page.AskAsync<bool>(
            "[...document.querySelectorAll('#moved-b2b2b2b2b2b2 td')].find(t => t.ariaLabel.includes('breaks no-silent')).click() || true"
        );
        await _page.DrawnAsync();
        await Picture($"move-{report}-{width}-{(dark ? "dark" : "light")}");
        string told = await _page.AskAsync<string>("document.querySelector('#moved-b2b2b2b2b2b2 .move').innerText");
        Assert.Multiple(async () =>
        {
            Assert.That(
                told,
                Does.Contain("breaks")
                    .And.Contain("no-silent-weakening, by device-unless-map-memory")
                    .And.Contain("Normal-WB rwx before, Device-nGnRE rw after")
                    .And.Contain("12.4 ms: 4.1 on the source")
                    .And.Match("scripts/harness migrate b2b2b2b2b2b2 --from [67]")
            );
            Assert.That(
                await _page.AskAsync<int>(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                ),
                Is.Zero,
                "it scrolls sideways"
            );
            Assert.That(
                await _page.AskAsync<int>("document.querySelectorAll('#matrix, .matrix').length"),
                Is.Zero,
                "pairs are no columns of decisions"
            );
            Assert.That(
                await _page.AskAsync<int>("document.querySelectorAll('details.host').length"),
                Is.EqualTo(report == "pairs" ? 4 : 12)
            );
            Assert.That(
                await _page.AskAsync<double>(
                    "Math.min(...[...document.querySelectorAll('.moves td')].map(c => Math.min(c.offsetWidth, c.offsetHeight)))"
                ),
                Is.GreaterThanOrEqualTo(20)
            );
            Assert.That(
                await _page.AskAsync<bool>(
                    "[...document.querySelectorAll('.moves td')].every(t => t.scrollWidth <= t.clientWidth)"
                ),
                Is.True,
                "words fit their cells"
            );
            Assert.That(_page.Complaints, Is.Empty);
        });
    }

    [Test]
    public async Task Arrows_lead_from_migration_to_migration_and_names_stay_in_sight()
    {
        await _page.ShapeAsync(390, 844, mobile: true);
        await _page.GoAsync(Address("pairs144"));
        const string table = "document.querySelector('#moved-b2b2b2b2b2b2 table')";
        Assert.That(
            await _page.AskAsync<int>("document.querySelectorAll('.moves td[tabindex=\"0\"]').length"),
            Is.EqualTo(4),
            "one stop of the tab key for each matrix"
        );
        await _page.AskAsync<bool>($"{table}.querySelector('td[tabindex=\"0\"]').focus() || true");
        for (int i = 0; i < 9; i++)
            await _page.PressAsync("ArrowRight");
        await _page.PressAsync("ArrowDown");
        await _page.DrawnAsync();
        await Picture("moves-keyboard-390");
        Assert.Multiple(async () =>
        {
            Assert.That(
                await _page.AskAsync<string>("document.querySelector('#moved-b2b2b2b2b2b2 .move h4').innerText"),
                Does.StartWith("6.12/a710/vhe \u2192 7.2/max/vhe")
            );
            Assert.That(await _page.AskAsync<double>($"{table}.parentNode.scrollLeft"), Is.GreaterThan(0));
            Assert.That(
                await _page.AskAsync<double>(
                    $"document.activeElement.parentNode.cells[0].getBoundingClientRect().left"
                ),
                Is.InRange(0, 40),
                "whose line it is"
            );
            Assert.That(
                await _page.AskAsync<bool>(
                    "document.activeElement.getBoundingClientRect().left >= document.activeElement.parentNode.cells[0].getBoundingClientRect().right - 1"
                ),
                Is.True,
                "not below the name"
            );
        });
    }

    /// <summary>A4 less a centimetre on either side is 718 px wide.</summary>
    [Test]
    public async Task On_paper_a_matrix_of_12_targets_is_whole()
    {
        await _page.ShapeAsync(718, 1000, media: "print");
        await _page.GoAsync(Address("pairs144"));
        await _page.AskAsync<bool>("(document.querySelector('#moved-b2b2b2b2b2b2').scrollIntoView(), true)");
        await _page.DrawnAsync();
        await Picture("moves-print");
        Assert.That(
            await _page.AskAsync<double>(
                "Math.max(...[...document.querySelectorAll('.moves table')].map(t => t.getBoundingClientRect().right))"
            ),
            Is.LessThanOrEqualTo(718)
        );
        Assert.That(
            await _page.AskAsync<string>("getComputedStyle(document.querySelector('.moves')).maxHeight"),
            Is.EqualTo("none"),
            "nothing is scrolled away"
        );
    }

    [Test]
    public async Task A_migration_that_contradicts_leads_to_its_section_and_nothing_offers_what_is_for_cases()
    {
        await _page.GoAsync(Address("pairs"));
        await _page.AskAsync<bool>(
            "[...document.querySelectorAll('#moved-b2b2b2b2b2b2 td')].find(t => t.ariaLabel.includes('predicted: resumed')).click() || true"
        );
        await _page.AskAsync<bool>("document.querySelector('#moved-b2b2b2b2b2b2 .move a').click() || true");
        await _page.DrawnAsync();
        await Picture("move-finding");
        string finding = await _page.AskAsync<string>("document.querySelector('details.finding:target').textContent");
        Assert.That(
            finding,
            Does.Contain("scripts/harness migrate b2b2b2b2b2b2 --from 6.12/a76/vhe --to 6.12/max/vhe")
                .And.Contain("A VM over this memory is moved: a shared VM_PFNMAP mapping")
                .And.Not.Contain("harness repro")
                .And.Not.Contain("harness run")
        );
        await _page.GoAsync(Address("pairs") + "#verdict=mismatch");
        await _page.AskAsync<bool>("document.querySelector('#rows .row').click() || true");
        Assert.That(
            await _page.AskAsync<string>("document.getElementById('one').textContent"),
            Does.Contain("scripts/harness migrate b2b2b2b2b2b2 --from 6.12/a76/vhe --to 6.12/max/vhe")
                .And.Not.Contain("repro")
        );
    }

    [Test]
    public async Task Light_and_dark_can_be_chosen()
    {
        await _page.GoAsync(Address("night"));
        const string background = "getComputedStyle(document.body).backgroundColor";
        string light = await _page.AskAsync<string>(background);
        await _page.AskAsync<bool>("document.getElementById('theme').click() || true");
        string dark = await _page.AskAsync<string>(background);
        await _page.AskAsync<bool>("document.getElementById('theme').click() || true");
        Assert.That(
            (light, dark, await _page.AskAsync<string>(background)),
            Is.EqualTo(("rgb(251, 251, 250)", "rgb(21, 24, 27)", "rgb(251, 251, 250)"))
        );
    }

    [Test]
    public async Task On_paper_each_finding_begins_a_page_and_is_whole()
    {
        await _page.GoAsync(Address("night"));
        byte[] paper = await _page.PrintAsync();
        string file = Path.Combine(TestContext.CurrentContext.WorkDirectory, "html-report.pdf");
        await File.WriteAllBytesAsync(file, paper);
        TestContext.AddTestAttachment(file);
        int findings = await _page.AskAsync<int>("document.querySelectorAll('details.finding').length");
        int pages = System.Text.RegularExpressions.Regex.Count(
            System.Text.Encoding.Latin1.GetString(paper),
            @"/Type\s*/Page\b"
        );
        Assert.That(pages, Is.GreaterThan(findings));
        await _page.ShapeAsync(800, 1000, media: "print");
        await _page.DrawnAsync();
        await Picture("print", whole: true);
        Assert.That(
            await _page.AskAsync<bool>(
                "[...document.querySelectorAll('details.finding .compared')].every(t => t.getClientRects().length > 0)"
            ),
            Is.True,
            "closed sections are printed, too"
        );
    }

    [Test]
    public async Task The_report_is_usable_with_a_screen_reader()
    {
        await _page.GoAsync(Address("night"));
        Assert.Multiple(async () =>
        {
            Assert.That(await _page.AskAsync<int>("document.querySelectorAll('h1').length"), Is.EqualTo(1));
            Assert.That(
                await _page.AskAsync<string>(
                    "[...document.querySelectorAll('main > section')].filter(s => !s.getAttribute('aria-label') && !document.getElementById(s.getAttribute('aria-labelledby'))?.textContent).map(s => s.id).join()"
                ),
                Is.Empty
            );
            Assert.That(
                await _page.AskAsync<string>(
                    "[...document.querySelectorAll('input,select,button')].filter(i => !i.labels?.length && !i.textContent && !i.ariaLabel).map(i => i.id).join()"
                ),
                Is.Empty
            );
            Assert.That(
                await _page.AskAsync<string>(
                    "(() => { const ids = [...document.querySelectorAll('[id]')].map(e => e.id); return ids.filter((id, i) => ids.indexOf(id) !== i).join(); })()"
                ),
                Is.Empty,
                "ids are unique"
            );
            Assert.That(
                await _page.AskAsync<string>(
                    "[...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.getAttribute('href').slice(1)).filter(h => h && !h.includes('=') && !document.getElementById(h)).join()"
                ),
                Is.Empty,
                "links lead somewhere"
            );
            Assert.That(
                await _page.AskAsync<string>(
                    "(() => { let last = 1; return [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].filter(h => { const n = +h.tagName[1], bad = n > last + 1; last = n; return bad; }).map(h => h.textContent).join(); })()"
                ),
                Is.Empty,
                "no heading skips a level"
            );
        });
    }

    /// <summary>Elements that extend beyond the window without being inside something that scrolls.</summary>
    private const string Overflowing = """
        [...document.querySelectorAll('body *')].filter(e => {
          const r = e.getBoundingClientRect();
          if (!r.width || r.right <= document.documentElement.clientWidth + 1 || e.closest('.skip')) return false;
          for (let p = e.parentElement; p; p = p.parentElement) if (getComputedStyle(p).overflowX !== 'visible') return false;
          return true;
        }).slice(0, 5).map(e => e.tagName + '.' + e.className).join()
        """;

    private async Task<int> Found() =>
        await _page.AskAsync<int>("parseInt(document.getElementById('count').textContent.replace(/\\u2009/g, ''))");

    private Task<string> Selected() =>
        _page.AskAsync<string>("document.querySelector('.row[aria-selected=true] code').textContent");

    private Task Choose(string name, string value) =>
        _page.AskAsync<bool>(
            $"(() => {{ const s = document.getElementById('f-{name}'); s.value = '{value}'; s.dispatchEvent(new Event('change')); return true; }})()"
        );

    private async Task Picture(string name, bool whole = false)
    {
        string file = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"html-{name}.png");
        await _page.ShootAsync(file, whole);
        TestContext.AddTestAttachment(file);
    }

    private string Address(string report) => $"file://{_directory}/{report}.html";

    private void Write(ResultStore store, string name)
    {
        using var to = new StreamWriter(Path.Combine(_directory, name + ".html"));
        new HtmlReport(store).Write(store.Run()!, to);
    }
}
