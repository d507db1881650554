using System.Text.Json;
using System.Text.RegularExpressions;
using Harness.Processes;

namespace Harness.EndToEnd;

/// <summary>Real kernels: the policies of the model are compared with their behaviour.</summary>
[Category("Qemu")]
public class VerdictTests
{
    /// <summary>
    /// Grace's GPU memory: cacheable, outside the kernel's memory map, behind a shared VM_PFNMAP mapping.
    /// </summary>
    private const string Grace =
        $"memory=unknown & type=wb & backing=pfnmap & sharing=shared & any-uncached=no & vma=rw & slot=none & access=read & {Plain}";

    /// <summary>Slots of a few pages over memory that existed when they were registered, in VMs without tags.</summary>
    private const string Plain = "family=core & size=page & late=no & mte=no";

    [Test]
    [OnReadReleases("7.2", "6.12")]
    public async Task Cacheable_memory_outside_the_kernels_map_is_mapped_refused_or_silently_made_Device()
    {
        using var cli = new Cli();
        var end = await cli.RunAsync("run", "--suite", "all", "--filter", Grace, "--db", cli.Database);
        Assert.That(end.Code, Is.Zero, end.Error + end.Out);

        var (_, results) = cli.Stored();
        string Seen(string target) => results[target].Single().Observed!;
        Assert.That(Seen("fwb"), Does.StartWith("registered; read: mapped Normal-WB rwx"));
        Assert.That(Seen("nofwb"), Is.EqualTo("registration refused with EINVAL"));
        Assert.That(Seen("fwb-6.12"), Does.StartWith("registered; read: mapped Device-nGnRE rw-"));
        Assert.That(Seen("nofwb-6.12"), Does.StartWith("registered; read: mapped Device-nGnRE rw-"));
    }

    [Test]
    [OnReadReleases("7.2")]
    public async Task Two_hosts_match_their_policy_with_the_descriptor_wherever_a_mapping_exists()
    {
        using var cli = new Cli();
        var end = await cli.RunAsync(
            "run",
            "--target",
            "fwb",
            "--target",
            "nofwb",
            "--filter",
            $"vma=rw & slot!=ro+log & any-uncached=no & access!=ldxr & {Plain}",
            "--db",
            cli.Database
        );
        Assert.That(end.Code, Is.Zero, end.Error + end.Out);

        var (run, results) = cli.Stored();
        Assert.That(run.Hosts.Select(h => h.Host.Cpu), Is.EqualTo(new[] { "FWB, DIC, VHE", "no FWB, no DIC, VHE" }));
        foreach (string target in new[] { "fwb", "nofwb" })
        {
            Assert.That(results[target].Count(), Is.GreaterThanOrEqualTo(300));
            Assert.That(results[target].Select(r => r.Verdict), Is.All.EqualTo("match"));
            Assert.That(
                results[target].Where(r => r.Observed!.Contains("mapped ")),
                Is.Not.Empty.And.All.Matches<Store.ResultRow>(r => r.Evidence[0] == "pte")
            );
        }
    }

    [Test]
    [OnReadReleases("7.2")]
    public async Task A_wrong_policy_is_contradicted_by_name()
    {
        using var cli = new Cli();
        var end = await cli.RunAsync(
            "run",
            "--target",
            "fwb",
            "--target",
            "nofwb",
            "--policy",
            "mainline-6.9",
            "--filter",
            $"memory=unknown & type=wb & backing=pfnmap & vma=rw & slot=none & {Plain}",
            "--db",
            cli.Database
        );
        Assert.That(end.Code, Is.EqualTo(1), end.Error);

        var (_, results) = cli.Stored();
        var fwb = results["fwb"].Where(r => r.Verdict == "mismatch").ToList();
        Assert.That(fwb, Is.Not.Empty);
        Assert.That(fwb.Select(r => r.Rule), Does.Contain("device-unless-map-memory"));
        Assert.That(
            fwb,
            Is.All.Matches<Store.ResultRow>(r =>
                r.Attempts == 2 && r.Predicted != r.Observed && r.Reason!.Contains("mainline-6.9")
            )
        );
        var nofwb = results["nofwb"].Where(r => r.Verdict == "mismatch").ToList();
        Assert.That(
            nofwb.Select(r => r.Rule).Distinct(),
            Is.EqualTo(new[] { "accept" }),
            "a refusal that 6.12 does not know"
        );
        Assert.That(end.Out, Does.Contain("device-unless-map-memory").And.Contain("kvm_is_device_pfn"));

        string archive = Path.Combine(Path.GetDirectoryName(cli.Database)!, "e.tar.gz");
        var packed = await cli.RunAsync(
            "evidence",
            fwb[0].CaseId,
            "newest",
            "--target",
            "fwb",
            "--db",
            cli.Database,
            "--output",
            archive
        );
        Assert.That(packed.Code, Is.Zero, packed.Error);
        var page = (
            await new ProcessRunner().RunAsync(
                new ProcessSpec("tar", "-xzOf", archive, $"evidence-{fwb[0].CaseId}-fwb/README.txt")
            )
        ).EnsureSuccess();
        Assert.That(
            page.OutputText,
            Does.StartWith($"MISMATCH: KVM/arm64 stage-2 case {fwb[0].CaseId} on fwb\n")
                .And.Contain(fwb[0].Rule)
                .And.Not.Contain("Beware")
        );
    }

    /// <summary>
    /// On a CPU without FWB: 7.2 refuses cacheable device memory at registration, by the rule that is removed here.
    /// </summary>
    [Test]
    [OnReadReleases("7.2")]
    public async Task A_removed_rule_shows_in_every_output_and_nothing_else_does()
    {
        const string Rule = "cacheable-pfnmap-unsupported";
        using var cli = new Cli();
        string[] run =
        [
            "run",
            "--target",
            "nofwb",
            "--filter",
            "(family=core & cover=yes & access=read & slot=none) | id=f247a6ff73a2",
            "--db",
            cli.Database,
        ];
        Assert.That((await cli.RunAsync(run)).Code, Is.Zero);
        string report = Path.Combine(Path.GetDirectoryName(cli.Database)!, "report.html");
        Assert.That(
            (
                await cli.RunAsync([
                    .. run,
                    "--policy",
                    $"{OnReadReleasesAttribute.ChoiceOf("7.2")!.Policy!.Name}-without-{Rule}",
                ])
            ).Code,
            Is.EqualTo(1)
        );

        var (_, results) = cli.Stored();
        var differs = results["nofwb"].Where(r => r.Verdict != "match").ToList();
        Assert.That(
            differs.Select(r => (r.Verdict, r.Rule, r.Observed)),
            Is.EqualTo(new[] { ("mismatch", "accept", "registration refused with EINVAL") })
        );
        string id = differs[0].CaseId;

        var compared = await cli.RunAsync("compare", "--json", "--db", cli.Database);
        Assert.That(compared.Code, Is.EqualTo(1));
        var changes = Lines(compared.Out).Where(l => l.GetProperty("type").GetString() == "change").ToList();
        Assert.That(
            changes.Select(c => (c.GetProperty("kind").GetString(), c.GetProperty("case").GetString())),
            Is.EqualTo(new[] { ("regression", id) })
        );
        Assert.That(
            (await cli.RunAsync("compare", "--db", cli.Database)).Out,
            Does.Contain("the kernel did the same; the prediction changed")
                .And.Contain(Rule)
                .And.Contain("NOT comparable")
        );

        Assert.That((await cli.RunAsync("report", "--html", report, "--db", cli.Database)).Code, Is.EqualTo(1));
        Assert.That(File.ReadAllText(report), Does.Contain("1 mismatch").And.Contain(id));
        Assert.That(
            Regex.Count((await cli.RunAsync("export", "--format", "junit", "--db", cli.Database)).Out, "<failure "),
            Is.EqualTo(1)
        );
        Assert.That(
            Regex.Count((await cli.RunAsync("export", "--format", "ktap", "--db", cli.Database)).Out, "(?m)^ +not ok "),
            Is.EqualTo(1)
        );
        Assert.That(
            Regex.Count(
                (await cli.RunAsync("export", "--format", "kcidb", "--db", cli.Database)).Out,
                "\"status\": ?\"FAIL\""
            ),
            Is.EqualTo(1)
        );
        Assert.That(
            Regex.Count((await cli.RunAsync("export", "--format", "csv", "--db", cli.Database)).Out, ",mismatch,"),
            Is.EqualTo(1)
        );
    }

    private static IEnumerable<JsonElement> Lines(string text) =>
        text.TrimEnd().Split('\n').Select(l => JsonDocument.Parse(l).RootElement);
}
