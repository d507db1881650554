namespace Harness.EndToEnd;

/// <summary>Runs of several hosts on this machine, some of which are unavailable.</summary>
[Category("Qemu")]
public class ManyHostsTests
{
    /// <summary>Grace's GPU memory, read.</summary>
    private const string Grace = "f247a6ff73a2";

    [Test]
    [OnReadReleases("7.2", "6.12")]
    public async Task An_unavailable_host_affects_only_its_own_cases()
    {
        using var cli = new Cli();
        string configuration = cli.Write(
            "harness.json",
            """
            {
              "targets": { "dark": { "kind": "ssh", "destination": "root@127.0.0.1", "port": 1, "sshConfig": "none" } },
              "cpus": {
                "a76": { "cpu": "cortex-a76" },
                "none": { "cpu": "cortex-a0" }
              },
              "suites": {
                "nightly": {
                  "targets": ["dark"],
                  "groups": [{ "matrix": { "tracks": ["6.12", "7.2"], "cpus": ["a76", "none"], "except": ["6.12/none/*"] } }],
                  "filter": "id=f247a6ff73a2"
                }
              }
            }
            """
        );
        var end = await cli.RunAsync(
            "run",
            "--config",
            configuration,
            "--suite",
            "nightly",
            "--jobs",
            "1",
            "--db",
            cli.Database
        );

        Assert.That(end.Code, Is.EqualTo(3), end.Error + end.Out);
        var (_, results) = cli.Stored();
        Assert.Multiple(() =>
        {
            Assert.That(results["dark"].Single().Reason, Does.Contain("nothing listens at 127.0.0.1:1"));
            Assert.That(results["7.2/none/vhe"].Single().Reason, Does.Contain("cortex-a0"), "QEMU has no such CPU");
            Assert.That(results["7.2/a76/vhe"].Single().Observed, Does.StartWith("registration refused with EINVAL"));
            Assert.That(
                results["6.12/a76/vhe"].Single().Observed,
                Does.StartWith("registered; read: mapped Device-nGnRE rw-")
            );
            Assert.That(end.Out, Does.Contain("; 1 QEMU host at once (1 allowed); peak memory "));
        });

        var timeline = await cli.RunAsync("timeline", Grace, "--db", cli.Database);
        Assert.That(
            timeline.Out,
            Does.Contain("(7.2/a76/vhe)").And.Contains("(6.12/a76/vhe)").And.Not.Contains("BUT SEEN")
        );
    }

    /// <summary>Builds the images of more kernels: two minutes.</summary>
    [Test]
    [Category("Wide")]
    [OnReadReleases("7.2", "6.12")]
    public async Task A_bisection_over_booted_kernels_ends_in_the_first_that_refuses()
    {
        using var cli = new Cli();
        var end = await cli.RunAsync(
            "bisect",
            Grace,
            "--good",
            "6.16",
            "--bad",
            "6.18",
            "--cpu",
            "a76",
            "--config",
            Path.Combine(Cli.Root, "harness.json")
        );

        Assert.That(end.Code, Is.Zero, end.Error + end.Out);
        Assert.That(
            end.Out,
            Does.Match(@"6\.17 \(6\.17\.[0-9]+\+deb13-arm64\) is the first that decides differently from 6\.16")
        );
    }
}
