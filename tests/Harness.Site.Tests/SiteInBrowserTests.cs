using System.Net;
using Harness.Chromium;
using Harness.Reports;
using Harness.Reports.Tests.Html;
using Harness.Runs.Resuming;
using Harness.Store;

namespace Harness.Site.Tests;

/// <summary>Pages in Chromium. Screenshots are left in the test's working directory, for people.</summary>
[Category("Slow")]
public sealed class SiteInBrowserTests
{
    private string _directory = "";
    private ResultStore _store = null!;
    private SiteServer _server = null!;
    private Browser _browser = null!;
    private BrowserPage _page = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        Assert.That(Browser.Program, Is.Not.Null, "Chromium is missing: scripts/setup --tests installs it");
        _directory = Directory.CreateTempSubdirectory("harness-site-").FullName;
        _store = await SampleRuns.TwoNightsAsync(_directory);
        var many = await SampleRuns.LargeAsync(_directory, hosts: 58, cases: 105);
        _server = await SiteServer.StartAsync([_store, many], new IPEndPoint(IPAddress.Loopback, 0));
        _browser = await Browser.StartAsync();
    }

    [OneTimeTearDown]
    public async Task EndAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
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

    private static IEnumerable<string> Pages =>
        [
            "index",
            "runs",
            "run",
            "suite",
            "hosts",
            "host",
            "kernels",
            "kernel",
            "findings",
            "finding",
            "rules",
            "rule",
            "case",
            "compare",
            "compared",
            "search",
        ];

    /// <summary>The layout does not depend on the colours.</summary>
    private static IEnumerable<(int Width, bool Dark)> Shapes =>
        [(390, false), (1280, false), (1280, true), (2560, false)];

    private Address Of(string page)
    {
        var content = new Library([_store]).Read();
        var run = content.Runs[0];
        var finding = content.Findings.First(f => f.Verdict == Verdicts.Mismatch);
        return page switch
        {
            "run" => Address.Run(run.Id),
            "suite" => Address.Suite(content.Suites[0].Name),
            "host" => Address.Host(run.Run.Hosts[0].Host.Target),
            "kernel" => Address.Kernel(content.Kernels[0]),
            "finding" => Address.Finding(finding.Id),
            "rule" => Address.Rule(SampleRuns.Rule),
            "case" => Address.Case(finding.Seen[0].Example),
            "compared" => Address.Comparison(content.Runs[1].Id, run.Id),
            _ => new Address(page + ".html"),
        };
    }

    [Test]
    public async Task A_page_fits_and_nothing_is_wrong_with_it(
        [ValueSource(nameof(Pages))] string page,
        [ValueSource(nameof(Shapes))] (int Width, bool Dark) shape
    )
    {
        var (width, dark) = shape;
        await _page.ShapeAsync(width, width < 500 ? 844 : 1000, dark, mobile: width < 500);
        await _page.GoAsync($"{_server.Url}/{Of(page)}");
        await _page.DrawnAsync();
        await _page.ShootAsync(Picture($"{page}-{width}-{(dark ? "dark" : "light")}"));

        Assert.Multiple(async () =>
        {
            Assert.That(
                await _page.AskAsync<int>(
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                ),
                Is.LessThanOrEqualTo(0),
                "it scrolls sideways"
            );
            Assert.That(
                await _page.AskAsync<string>("getComputedStyle(document.documentElement).colorScheme"),
                Is.EqualTo(dark ? "dark" : "light")
            );
            Assert.That(await _page.AskAsync<int>("document.querySelectorAll('h1').length"), Is.GreaterThan(0));
            Assert.That(_page.Complaints, Is.Empty);
            Assert.That(_page.Requests, Has.All.StartsWith(_server.Url).Or.StartsWith("data:"));
        });
    }

    [Test]
    public async Task The_list_of_runs_is_filtered_and_the_address_has_the_filter()
    {
        const string shown = "[...document.querySelectorAll('#runs tbody tr')].filter(r => !r.hidden).length";
        await _page.GoAsync($"{_server.Url}/{Address.Runs}");
        int all = await _page.AskAsync<int>(shown);

        await _page.PressAsync("/");
        await _page.TypeAsync("2026-11-20");
        string address = await _page.AskAsync<string>("location.search");
        int some = await _page.AskAsync<int>(shown);
        await _page.GoAsync($"{_server.Url}/{Address.Runs}{address}");

        Assert.Multiple(async () =>
        {
            Assert.That((all, some), Is.EqualTo((3, 1)));
            Assert.That(await _page.AskAsync<int>(shown), Is.EqualTo(1));
            Assert.That(
                await _page.AskAsync<string>("document.getElementById('runs-count').textContent"),
                Is.EqualTo("1 of 3 runs")
            );
        });
    }

    [Test]
    public async Task Dark_stays_dark_on_the_next_page()
    {
        await _page.GoAsync($"{_server.Url}/");
        await _page.ClickAsync("#theme");
        await _page.GoAsync($"{_server.Url}/{Address.Hosts}");

        Assert.That(await _page.AskAsync<string>("document.documentElement.dataset.theme"), Is.EqualTo("dark"));
    }

    [Test]
    public async Task Every_page_is_reached_by_keyboard_with_a_visible_focus()
    {
        await _page.GoAsync($"{_server.Url}/");
        await _page.PressAsync("Tab");
        string first = await _page.AskAsync<string>("document.activeElement.className");
        await _page.PressAsync("Tab");
        await _page.PressAsync("Tab");

        Assert.Multiple(async () =>
        {
            Assert.That(first, Is.EqualTo("skip"));
            Assert.That(await _page.AskAsync<string>("document.activeElement.textContent"), Is.EqualTo("Runs"));
            Assert.That(
                await _page.AskAsync<string>("getComputedStyle(document.activeElement).outlineStyle"),
                Is.EqualTo("solid")
            );
        });
    }

    [Test]
    public async Task Pages_show_everything_without_scripts()
    {
        await _page.ScriptsAsync(false);
        await _page.GoAsync($"{_server.Url}/{Address.Runs}");

        Assert.That(
            await _page.AskAsync<int>("[...document.querySelectorAll('#runs tbody tr')].filter(r => !r.hidden).length"),
            Is.EqualTo(3)
        );
    }

    [Test]
    public async Task A_run_that_goes_on_is_followed_to_its_end()
    {
        string directory = Directory.CreateTempSubdirectory("harness-site-").FullName;
        try
        {
            var store = ResultStore.OpenOrCreate(Path.Combine(directory, "results.db"));
            await using var server = await SiteServer.StartAsync([store], new IPEndPoint(IPAddress.Loopback, 0));
            await using var writer = await store.BeginRunAsync(
                new RunRecord("now", DateTimeOffset.UtcNow, "harness run", "1", "model", null, null)
                {
                    Executor = Executor.ThisProcess.Text,
                }
            );
            long host = await writer.AddHostAsync(new HostRecord("fwb", "qemu"));
            await writer.PlanAsync(host, [new("c0", "anon", "title 0", "{}"), new("c1", "anon", "title 1", "{}")]);
            await _page.GoAsync($"{server.Url}/");
            await _page.UntilAsync("document.querySelector('.live progress').value === 0");

            await writer.RecordAsync(new ResultRecord(host, "c0", Verdicts.Match, Culprits.None));
            await _page.UntilAsync("document.querySelector('.live progress')?.value === 1");
            await writer.RecordAsync(new ResultRecord(host, "c1", Verdicts.Match, Culprits.None));
            await writer.FinishHostAsync(host, States.Finished);
            await writer.FinishAsync(States.Finished);
            await _page.UntilAsync("!document.querySelector('.live') && !!document.querySelector('.headline.good')");

            Assert.That(_page.Complaints, Is.Empty);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Test]
    public async Task Files_work_without_a_server()
    {
        string site = Path.Combine(_directory, "files");
        await SiteFiles.WriteAsync([_store], site, false, KnownFindings.None, (_, _) => { }, CancellationToken.None);

        await _page.GoAsync(new Uri(Path.Combine(site, "index.html")).AbsoluteUri);
        await _page.ClickAsync(".headline a");
        await _page.UntilAsync("document.querySelectorAll('#rows .row').length > 0");
        await _page.ClickAsync("header a[href='../findings.html']");
        await _page.UntilAsync("document.querySelectorAll('#findings tbody tr').length > 0");
        await _page.ShootAsync(Picture("file-findings"));

        Assert.Multiple(async () =>
        {
            Assert.That(
                await _page.AskAsync<string>("getComputedStyle(document.querySelector('.bar')).position"),
                Is.EqualTo("sticky")
            );
            Assert.That(_page.Complaints, Is.Empty);
            Assert.That(_page.Requests, Has.All.StartsWith("file://").Or.StartsWith("data:"));
        });
    }

    private static string Picture(string name) =>
        Path.Combine(
            Directory.CreateDirectory(Path.Combine(TestContext.CurrentContext.WorkDirectory, "site-pictures")).FullName,
            name + ".png"
        );
}
