using Harness.Reports;
using Harness.Reports.Tests.Html;
using Harness.Store;

namespace Harness.Site.Tests;

/// <summary>Pages as files.</summary>
public sealed class SiteFilesTests
{
    private string _directory = "";
    private ResultStore _store = null!;

    private string Site => Path.Combine(_directory, "site");

    [SetUp]
    public async Task StartAsync()
    {
        _directory = Directory.CreateTempSubdirectory("harness-site-").FullName;
        _store = await SampleRuns.TwoNightsAsync(_directory);
    }

    [TearDown]
    public void End() => Directory.Delete(_directory, recursive: true);

    private Task<int> WriteAsync(
        bool everyCase = false,
        Action<int, int>? written = null,
        CancellationToken cancel = default
    ) => SiteFiles.WriteAsync([_store], Site, everyCase, KnownFindings.None, written ?? ((_, _) => { }), cancel);

    [Test]
    public async Task Every_link_of_every_page_is_a_file([Values] bool everyCase)
    {
        int pages = await WriteAsync(everyCase);

        string[] files = Directory.GetFiles(Site, "*.html", SearchOption.AllDirectories);
        var missing =
            from file in files
            let path = Path.GetRelativePath(Site, file)
            from link in Links.Of(File.ReadAllText(file), path)
            where !File.Exists(Path.Combine(Site, Uri.UnescapeDataString(link)))
            select $"{path}: {link}";
        int cases = Directory.GetFiles(Path.Combine(Site, "cases")).Length;
        Assert.Multiple(() =>
        {
            Assert.That(missing.Distinct(), Is.Empty);
            Assert.That(files, Has.Length.EqualTo(pages));
            Assert.That(cases, everyCase ? Is.EqualTo(_store.FindCases([], 1_000_000).Count) : Is.GreaterThan(0));
        });
    }

    [Test]
    public async Task An_earlier_site_is_replaced_and_anything_else_is_not_touched()
    {
        await WriteAsync();
        string stray = Path.Combine(Site, "runs", "pruned.html");
        await File.WriteAllTextAsync(stray, "x");
        await WriteAsync();
        Assert.That(File.Exists(stray), Is.False);

        File.Delete(Path.Combine(Site, SiteFiles.Marker));
        Assert.That(() => WriteAsync(), Throws.InstanceOf<IOException>().With.Message.Contains("not of a site"));
        Assert.That(File.Exists(Path.Combine(Site, "index.html")));
    }

    [Test]
    public void An_interrupted_one_leaves_nothing()
    {
        using var cancel = new CancellationTokenSource();

        Assert.That(
            () =>
                WriteAsync(
                    written: (done, _) =>
                    {
                        if (done == 5)
                            cancel.Cancel();
                    },
                    cancel: cancel.Token
                ),
            Throws.InstanceOf<OperationCanceledException>()
        );
        Assert.That(Directory.GetDirectories(_directory), Is.Empty);
    }

    [Test]
    public async Task Progress_counts_to_the_number_of_pages()
    {
        var counts = new List<(int Done, int All)>();

        int pages = await WriteAsync(written: (done, all) => counts.Add((done, all)));

        Assert.That(counts, Is.EqualTo(Enumerable.Range(1, pages).Select(n => (n, pages))));
    }
}
