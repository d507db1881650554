using System.Net;
using System.Net.Sockets;
using Harness.Cli.Actions;
using Harness.Store;

namespace Harness.Cli.Tests;

/// <summary>The command line around the pages over all runs; tests/Harness.Site.Tests has the pages.</summary>
public sealed class SiteVerbsTests : CommandFixture
{
    private static readonly string[] s_listen =
    [
        "8080 = 127.0.0.1:8080",
        "0 = 127.0.0.1:0",
        "0.0.0.0 = 0.0.0.0:8273",
        "192.0.2.1:80 = 192.0.2.1:80",
        "::1 = [::1]:8273",
        "[::1]:80 = [::1]:80",
        "localhost = 127.0.0.1:8273",
        "localhost:80 = 127.0.0.1:80",
        "abc =",
        "70000 =",
        "1.2.3.4:70000 =",
        "lab:80 =",
        " =",
    ];

    [TestCaseSource(nameof(s_listen))]
    public void An_address_to_listen_on_is_a_port_an_address_or_both(string row)
    {
        string[] parts = row.Split('=');

        Assert.That(ServeAction.Parse(parts[0].Trim())?.ToString() ?? "", Is.EqualTo(parts[1].Trim()));
    }

    [Test]
    public async Task Where_the_server_can_not_listen_is_one_line()
    {
        ResultStore.OpenOrCreate(Path.Combine(Directory, "results.db"));
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        var (code, output, error) = await Harness($"serve --listen {((IPEndPoint)taken.LocalEndpoint).Port}");
        var elsewhere = await Harness("serve --listen 203.0.113.7:80");
        var wrong = await Harness("serve --listen nowhere");

        Assert.Multiple(() =>
        {
            Assert.That((code, output), Is.EqualTo((2, "")));
            Assert.That(error, Does.Contain("in use").And.Contains("--listen 0"));
            Assert.That((elsewhere.Code, elsewhere.Error.Count(c => c == '\n')), Is.EqualTo((2, 1)));
            Assert.That((wrong.Code, wrong.Error.Count(c => c == '\n')), Is.EqualTo((2, 1)));
        });
    }

    [TestCase("serve --db missing.db")]
    [TestCase("site out --db missing.db")]
    public async Task A_missing_database_is_named_and_nothing_is_written(string command)
    {
        var (code, _, error) = await Harness(command);

        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain("missing.db does not exist"));
        Assert.That(
            System.IO.Directory.EnumerateFileSystemEntries(Directory).Select(Path.GetFileName),
            Is.EqualTo(new[] { "harness.json" })
        );
    }

    [Test]
    public async Task A_site_is_written_and_a_directory_with_something_else_is_not()
    {
        ResultStore.OpenOrCreate(Path.Combine(Directory, "results.db"));

        var (code, output, error) = await Harness("site out");
        var refused = await Harness("site .");

        Assert.Multiple(() =>
        {
            Assert.That((code, output), Is.EqualTo((0, "")));
            Assert.That(error, Does.Contain(Path.Combine(Directory, "out", "index.html")));
            Assert.That(File.Exists(Path.Combine(Directory, "out", "runs.html")));
            Assert.That(refused.Code, Is.EqualTo(2));
            Assert.That(refused.Error, Does.Contain("not of a site"));
        });
    }
}
