using System.Net;
using System.Security.Cryptography;
using Harness.Reports.Tests.Html;
using Harness.Runs.Resuming;
using Harness.Store;

namespace Harness.Site.Tests;

/// <summary>Pages as a server answers them.</summary>
public sealed class SiteServerTests
{
    private const string Older = "2026-11-20T04-12-33Z-aa11";
    private const string Newer = "2026-11-21T04-12-33Z-bb22";

    private string _directory = "";
    private ResultStore _store = null!;
    private SiteServer _server = null!;
    private HttpClient _http = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _directory = Directory.CreateTempSubdirectory("harness-site-").FullName;
        _store = await SampleRuns.TwoNightsAsync(_directory);
        _server = await SiteServer.StartAsync([_store], new IPEndPoint(IPAddress.Loopback, 0));
        _http = Client(_server);
    }

    [OneTimeTearDown]
    public async Task EndAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Test]
    public async Task Every_link_of_every_page_leads_to_a_page()
    {
        var seen = await CrawlAsync(_http);

        Assert.Multiple(() =>
        {
            Assert.That(seen.Where(p => p.Value != HttpStatusCode.OK), Is.Empty);
            foreach (
                string area in (string[])
                    ["runs/", "suites/", "hosts/", "kernels/", "rules/", "findings/", "cases/", "compare/"]
            )
                Assert.That(seen.Keys, Has.Some.StartsWith(area));
        });
    }

    [Test]
    public async Task Every_result_that_is_not_a_match_is_on_the_page_of_its_finding()
    {
        var library = new Library([_store]).Read();
        foreach (
            var row in _store
                .Results(Newer)
                .Where(r => r.Verdict is not (Verdicts.Match or Verdicts.Skip or Verdicts.Planned))
        )
        {
            var finding = library.Findings.Single(f => f.Id == Finding.IdOf(row.Verdict, row.Rule, row.Reason));
            Assert.That(
                await _http.GetStringAsync(Address.Finding(finding.Id).Path),
                Does.Contain($"../cases/{row.CaseId}.html")
            );
        }
        Assert.That(
            library
                .Findings.Where(f => f.Kind == FindingKind.Verdict)
                .Sum(f => f.Seen.Where(s => s.Run.Id == Newer).Sum(s => s.Cases)),
            Is.EqualTo(
                _store.Results(Newer).Count(r => r.Verdict is not (Verdicts.Match or Verdicts.Skip or Verdicts.Planned))
            )
        );
    }

    [Test]
    public async Task A_run_page_has_the_report_of_the_run_and_leads_to_the_one_before()
    {
        string page = await _http.GetStringAsync(Address.Run(Newer).Path);

        using var report = new StringWriter();
        new Reports.Html.HtmlReport(_store).Write(_store.Run(Newer)!, report);
        string headline = report.ToString().Split("<h1")[1].Split("</h1>")[0];
        Assert.That(page, Does.Contain(headline).And.Contains($"{Older}.html").And.Contains($"{Older}..{Newer}.html"));
    }

    [Test]
    public async Task Any_two_runs_are_compared()
    {
        var answer = await _http.GetAsync($"{Address.Compare.Path}?before={Newer}&after={Older}");

        Assert.That(answer.RequestMessage!.RequestUri!.AbsolutePath, Is.EqualTo($"/compare/{Newer}..{Older}.html"));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("Changes").And.Contains("tally"));
    }

    [Test]
    public async Task A_search_finds_cases_hosts_and_rules_and_needs_every_word()
    {
        string id = _store.Results(Newer)[0].CaseId;
        string target = _store.Run(Newer)!.Hosts[0].Host.Target;

        Assert.Multiple(async () =>
        {
            Assert.That(await SearchAsync(id), Does.Contain($"cases/{id}.html"));
            Assert.That(await SearchAsync($"host {target}"), Does.Contain("hosts/").And.Not.Contains("cases/"));
            Assert.That(await SearchAsync(SampleRuns.Rule), Does.Contain("rules/"));
            Assert.That(await SearchAsync($"{id} nosuchword"), Does.Contain("0 pages"));
        });
    }

    [TestCase("nosuch.html")]
    [TestCase("runs/nosuch.html")]
    [TestCase("cases/nosuch.html")]
    [TestCase("hosts/..%2f..%2fetc%2fpasswd.html")]
    public async Task What_is_not_there_is_not_found_in_words(string path)
    {
        var answer = await _http.GetAsync(path);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("There is no such page"));
    }

    [Test]
    public async Task It_only_reads()
    {
        Dictionary<string, string> Hashes() =>
            Directory
                .GetFiles(_directory)
                .ToDictionary(f => f, f => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f))));
        var before = Hashes();

        await CrawlAsync(_http);
        var post = await _http.PostAsync("/", new StringContent("x"));

        Assert.That(post.StatusCode, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
        Assert.That(Hashes(), Is.EqualTo(before));
    }

    [Test]
    public async Task Another_name_of_this_machine_is_refused_so_that_no_other_site_can_read_it()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { Host = "evil.example" } };

        var answer = await _http.SendAsync(request);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.MisdirectedRequest));
    }

    [Test]
    public async Task Pages_may_fetch_nothing_from_elsewhere_and_run_no_script_of_a_value()
    {
        var answer = await _http.GetAsync("/");

        Assert.That(
            answer.Headers.GetValues("Content-Security-Policy").Single(),
            Does.StartWith("default-src 'none';").And.Contains("script-src 'self'").And.Not.Contains("unsafe")
        );
    }

    [Test]
    public async Task Hostile_text_is_text_on_every_page()
    {
        string directory = Directory.CreateTempSubdirectory("harness-site-").FullName;
        try
        {
            var store = await SampleRuns.HostileAsync(
                directory,
                "</script><script>hacked=1</script><img src=x onerror=hacked=2>\"'`\u202e&lt;\n#"
            );
            await using var server = await SiteServer.StartAsync([store], new IPEndPoint(IPAddress.Loopback, 0));
            using var http = Client(server);
            await CrawlAsync(http, (path, html) =>
            {
                Assert.That(html, Does.Not.Contain("<script>hacked"), path);
                Assert.That(html, Does.Not.Contain("<img"), path);
                Assert.That(html, Does.Not.Contain("\u202e").And.Not.Contains("&#x202E;"), path);
            });
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Test]
    public async Task A_run_that_goes_on_is_shown_as_far_as_it_is()
    {
        string directory = Directory.CreateTempSubdirectory("harness-site-").FullName;
        try
        {
            var store = ResultStore.OpenOrCreate(Path.Combine(directory, "results.db"));
            await using var server = await SiteServer.StartAsync([store], new IPEndPoint(IPAddress.Loopback, 0));
            using var http = Client(server);
            Assert.That(await http.GetStringAsync("/"), Does.Contain("No run is stored yet"));

            await using var writer = await store.BeginRunAsync(
                new RunRecord("now", DateTimeOffset.UtcNow, "harness run", "1", "model", null, null)
                {
                    Executor = Executor.ThisProcess.Text,
                }
            );
            long host = await writer.AddHostAsync(new HostRecord("fwb", "qemu"));
            await writer.PlanAsync(host, [new("c0", "anon", "title 0", "{}"), new("c1", "anon", "title 1", "{}")]);
            await writer.RecordAsync(new ResultRecord(host, "c0", Verdicts.Match, Culprits.None));
            string running = await http.GetStringAsync("/");
            await writer.RecordAsync(new ResultRecord(host, "c1", Verdicts.Match, Culprits.None));
            await writer.FinishHostAsync(host, States.Finished);
            await writer.FinishAsync(States.Finished);
            string finished = await http.GetStringAsync("/");

            Assert.Multiple(() =>
            {
                Assert.That(running, Does.Contain("data-live").And.Contains("1 of 2 cases have a verdict"));
                Assert.That(finished, Does.Not.Contain("data-live").And.Contains("as predicted"));
            });
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Test]
    public async Task Runs_of_several_databases_are_on_one_site()
    {
        string directory = Directory.CreateTempSubdirectory("harness-site-").FullName;
        try
        {
            var other = await SampleRuns.LargeAsync(directory, hosts: 2, cases: 20);
            await using var server = await SiteServer.StartAsync(
                [_store, other],
                new IPEndPoint(IPAddress.Loopback, 0)
            );
            using var http = Client(server);

            string runs = await http.GetStringAsync(Address.Runs.Path);
            string compared = await http.GetStringAsync(Address.Comparison(Older, other.Run()!.Run.Id).Path);

            Assert.That(runs, Does.Contain(Newer).And.Contains(other.Run()!.Run.Id));
            Assert.That(compared, Does.Contain("in different databases"));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Test]
    public async Task A_database_that_vanishes_is_said_so_and_comes_back()
    {
        string directory = Directory.CreateTempSubdirectory("harness-site-").FullName;
        try
        {
            var store = await SampleRuns.TwoNightsAsync(directory);
            await using var server = await SiteServer.StartAsync([store], new IPEndPoint(IPAddress.Loopback, 0));
            using var http = Client(server);
            File.Move(store.Path, store.Path + ".away");
            var gone = await http.GetAsync("/");
            File.Move(store.Path + ".away", store.Path);
            var back = await http.GetAsync("/");

            Assert.Multiple(async () =>
            {
                Assert.That(gone.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
                Assert.That(await gone.Content.ReadAsStringAsync(), Does.Contain("does not exist"));
                Assert.That(back.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            });
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private Task<string> SearchAsync(string text) =>
        _http.GetStringAsync($"{Address.Search.Path}?q={Uri.EscapeDataString(text)}");

    private static HttpClient Client(SiteServer server) => new() { BaseAddress = new Uri(server.Url) };

    /// <summary>Follows all links from the first page.</summary>
    private static async Task<IReadOnlyDictionary<string, HttpStatusCode>> CrawlAsync(
        HttpClient http,
        Action<string, string>? look = null
    )
    {
        var seen = new Dictionary<string, HttpStatusCode>();
        var left = new Queue<string>(["index.html"]);
        while (left.TryDequeue(out string? path))
        {
            if (seen.ContainsKey(path))
                continue;
            var answer = await http.GetAsync(path);
            seen[path] = answer.StatusCode;
            string text = await answer.Content.ReadAsStringAsync();
            if (answer.Content.Headers.ContentType?.MediaType != "text/html")
                continue;
            look?.Invoke(path, text);
            foreach (string link in Links.Of(text, path))
                left.Enqueue(link);
        }
        return seen;
    }
}
