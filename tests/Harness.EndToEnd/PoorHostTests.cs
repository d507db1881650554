using Harness.Store;

namespace Harness.EndToEnd;

/// <summary>Hosts that lack something: each runs what it can, and reports for the rest what it lacks.</summary>
[Category("Qemu")]
public class PoorHostTests
{
    /// <summary>Four cases over anonymous memory, and as many over a driver's.</summary>
    private const string Eight =
        "family=core & slot=none & vma=rw & size=page & late=no & mte=no & access!=ldxr & access!=\"exec,write\" & access!=\"write,exec\" & sharing=shared & (backing=anonymous | (memory=unknown & type=wb & any-uncached=no & backing=pfnmap))";

    private const string Hosts = """
        {
          "targets": {
            "no-exporter": { "kind": "qemu", "track": "7.2", "cpu": "max,pauth-impdef=on,sve=off,sme=off", "kernelArguments": ["harness.exporter=off"] },
            "no-tracefs": { "kind": "qemu", "track": "7.2", "cpu": "max,pauth-impdef=on,sve=off,sme=off", "kernelArguments": ["harness.tracefs=off"] },
            "no-root": { "kind": "qemu", "track": "7.2", "cpu": "cortex-a76", "user": "lab" },
            "no-kvm": { "kind": "qemu", "track": "7.2", "cpu": "cortex-a76", "kernelArguments": ["kvm-arm.mode=none"] },
          },
          "suites": {}
        }
        """;

    [Test]
    [OnReadReleases("7.2", "6.12")]
    public async Task A_host_without_the_module_tracefs_root_or_KVM_runs_what_it_can_and_says_why_the_rest_is_skipped()
    {
        using var cli = new Cli();
        string configuration = cli.Write("harness.json", Hosts);
        string[] targets = ["no-exporter", "no-tracefs", "no-root", "no-kvm"];
        var end = await cli.RunAsync([
            "run",
            "--config",
            configuration,
            .. targets.SelectMany(t => new[] { "--target", t }),
            "--filter",
            Eight,
            "--db",
            cli.Database,
        ]);

        Assert.That(end.Code, Is.Zero, end.Error + end.Out);
        var (run, results) = cli.Stored();
        HostSummary Host(string name) => run.Hosts.Single(h => h.Host.Target == name);
        void Check(string target, int matches, string evidence, string? reason)
        {
            var matched = results[target].Where(r => r.Verdict == "match").ToList();
            Assert.That(matched, Has.Count.EqualTo(matches), target);
            Assert.That(matched.Select(r => r.Evidence[0]), Is.All.EqualTo(evidence), target);
            var rest = results[target].Except(matched).ToList();
            Assert.That(rest, Has.Count.EqualTo(8 - matches), target);
            Assert.That(rest, Is.All.Matches<ResultRow>(r => r.Verdict == "skip" && r.Reason == reason), target);
        }

        Check(
            "no-exporter",
            4,
            "trace",
            "needs the exporter module (/dev/stage2-exporter) for its backing, which is not loaded there"
        );
        Check("no-tracefs", 8, "pte", null);
        Check(
            "no-root",
            4,
            "exit",
            "needs the exporter module (/dev/stage2-exporter) for its backing, which only root may use"
        );
        Check("no-kvm", 0, "", "there is no /dev/kvm there: boot a kernel with KVM at EL2");

        // An ordinary account can't read the log: FWB is unknown, DIC is known from the probe's own CTR_EL0.
        Assert.That(Host("no-root").Host.Cpu, Is.EqualTo("FWB unknown, no DIC, VHE or nVHE"));
        Assert.That(Host("no-root").Host.Facts, Does.Contain("the kernel's log can't be read (errno 1)"));
        Assert.That(Host("no-tracefs").Host.Cpu, Is.EqualTo("FWB, DIC, VHE"));
        Assert.That(Host("no-kvm").Host.Evidence, Is.Empty);
    }
}
