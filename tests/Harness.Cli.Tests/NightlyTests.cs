using System.Text.Json;
using Harness.Analysis.Timelines;
using Harness.Cli.Actions;
using Harness.Cli.Configuration;

namespace Harness.Cli.Tests;

/// <summary>Many hosts and kernels: the command lines for suites as matrices, timelines and bisections.</summary>
public sealed class NightlyTests : CommandFixture
{
    private const string Nightly = """
        {
          "targets": { "lab": { "kind": "ssh", "destination": "root@lab" }, "fwb": { "kind": "qemu", "track": "7.2" } },
          "cpus": { "max": { "cpu": "max" }, "a76": { "cpu": "cortex-a76" } },
          "suites": {
            "default": { "targets": ["fwb"], "filter": "cover=yes" },
            "nightly": {
              "filter": "cover=yes",
              "groups": [
                { "matrix": { "tracks": ["6.1", "7.2"], "cpus": ["max", "a76"] } },
                { "matrix": { "tracks": ["7.2"], "cpus": ["max"], "modes": ["protected"] }, "filter": "access=read" }
              ]
            }
          }
        }
        """;

    [SetUp]
    public void WriteMatrix() => File.WriteAllText(Path.Combine(Directory, "harness.json"), Nightly);

    private async Task<RunRequest> Run(string arguments)
    {
        var (code, _, error) = await Harness($"run {arguments}");
        Assert.That(code, Is.Zero, error);
        return (RunRequest)Asked!;
    }

    [Test]
    public async Task Each_group_of_a_suite_runs_its_own_cases_and_a_filter_replaces_them()
    {
        var all = await Run("--suite nightly --jobs 3 --wait 10m");
        var filtered = await Run("--suite nightly --filter access=write");
        Assert.Multiple(() =>
        {
            Assert.That(
                all.Targets.Select(t => (t.Name, t.Filter)),
                Is.EqualTo(
                    new[]
                    {
                        ("6.1/max/vhe", "cover=yes"),
                        ("6.1/a76/vhe", "cover=yes"),
                        ("7.2/max/vhe", "cover=yes"),
                        ("7.2/a76/vhe", "cover=yes"),
                        ("7.2/max/protected", "access=read"),
                    }
                )
            );
            Assert.That((all.How.Jobs, all.Wait), Is.EqualTo(((int?)3, TimeSpan.FromMinutes(10))));
            Assert.That(
                (filtered.Filter, filtered.How.Jobs, filtered.Wait),
                Is.EqualTo(("access=write", (int?)null, TimeSpan.Zero))
            );
            Assert.That(filtered.Targets.Select(t => t.Filter), Is.All.Null);
        });
    }

    [Test]
    public async Task A_pattern_picks_hosts_of_the_suite_and_a_name_stands_for_itself()
    {
        var some = await Run("--suite nightly --target 7.2/* --target 6.1/max/vhe --target lab");
        var one = await Run("--target 7.0/a76/nvhe");
        Assert.Multiple(() =>
        {
            Assert.That(
                some.Targets.Select(t => (t.Name, t.Filter)),
                Is.EqualTo(
                    new[]
                    {
                        ("7.2/max/vhe", "cover=yes"),
                        ("7.2/a76/vhe", "cover=yes"),
                        ("7.2/max/protected", "access=read"),
                        ("6.1/max/vhe", "cover=yes"),
                        ("lab", null),
                    }
                )
            );
            Assert.That((one.Targets[0].Name, one.Filter), Is.EqualTo(("7.0/a76/nvhe", "cover=yes")));
            Assert.That(((QemuTargetConfiguration)one.Targets[0].Target).Mode, Is.EqualTo(KvmModeChoice.Nvhe));
        });
    }

    [Test]
    public async Task A_kernel_of_ones_own_is_booted_on_the_machines_of_the_suite_under_names_of_their_own()
    {
        var plain = await Run("--kernel linux --kernel-modules mods");
        var matrix = await Run("--suite nightly --kernel linux/Image");
        Assert.Multiple(() =>
        {
            Assert.That(plain.Targets.Select(t => t.Name), Is.EqualTo(new[] { "local/fwb" }));
            Assert.That(
                (plain.Kernel!.Path, plain.Kernel.Modules, plain.Kernel.Headers),
                Is.EqualTo((Path.Combine(Directory, "linux"), Path.Combine(Directory, "mods"), (string?)null))
            );
            Assert.That(((QemuTargetConfiguration)plain.Targets[0].Target).Track, Is.EqualTo("local"));
            Assert.That(
                matrix.Targets.Select(t => t.Name),
                Is.EqualTo(new[] { "local/max/vhe", "local/a76/vhe", "local/max/protected" })
            );
        });
    }

    [Test]
    public async Task A_bisection_takes_a_cpu_of_the_configuration()
    {
        Assert.That((await Harness("bisect f247a6ff73a2 --good 6.1 --bad 7.2")).Code, Is.Zero);
        var first = (BisectRequest)Asked!;
        Assert.That(
            (await Harness("bisect f247a6ff73a2 --good 6.1 --bad 7.2 --cpu a76/nvhe --package --json")).Code,
            Is.Zero
        );
        var second = (BisectRequest)Asked!;
        Assert.Multiple(() =>
        {
            Assert.That(
                (first.Case, first.Good, first.Bad, first.CpuName, first.Package),
                Is.EqualTo(("f247a6ff73a2", "6.1", "7.2", "max/vhe", false))
            );
            Assert.That(
                (second.CpuName, second.Cpu.Cpu, second.Mode, second.Package, second.Json),
                Is.EqualTo(("a76/nvhe", "cortex-a76", KvmModeChoice.Nvhe, true, true))
            );
        });
    }

    [TestCase(
        "run --target 7.2/a53/vhe",
        "harness: unknown target '7.2/a53/vhe' (allowed: lab, fwb; or TRACK/CPU/MODE with a CPU of max, a76)"
    )]
    [TestCase(
        "run --suite nightly --target 6.12/*",
        "harness: no host of the suite fits '6.12/*' (it has: 6.1/max/vhe, 6.1/a76/vhe, "
    )]
    [TestCase("run --jobs 0", "harness: --jobs: '0' is no number from 1 to 1000")]
    [TestCase("run --wait soon", "harness: --wait: 'soon' is no time (allowed: 90s, 10m, 2h)")]
    [TestCase(
        "run --target lab --kernel linux",
        "harness: --kernel: 'lab' boots its own kernel (allowed: hosts that QEMU boots)"
    )]
    [TestCase("run --kernel-modules mods", "harness: --kernel-modules and --kernel-headers go with --kernel")]
    [TestCase("bisect f247a6ff73a2 --good 6.1", "harness: Option '--bad' is required (scripts/harness bisect --help)")]
    [TestCase(
        "bisect f247a6ff73a2 --good 6.1 --bad 7.2 --cpu a53",
        "harness: unknown CPU 'a53' (allowed: max, a76, each with /vhe, /nvhe or /protected)"
    )]
    [TestCase("timeline nonesuch", "harness: case 'nonesuch', at 1: 'nonesuch' is not a word of a case")]
    [TestCase(
        "timeline f247a6ff73a2 --run --suite weekly",
        "harness: unknown suite 'weekly' (allowed: default, nightly)"
    )]
    public async Task Bad_usage_is_a_clear_line(string line, string message)
    {
        var (code, output, error) = await Harness(line);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error.Split('\n')[0], Does.Contain(message));
        Assert.That(output, Is.Empty);
    }

    [TestCase("90", 90)]
    [TestCase("90s", 90)]
    [TestCase("10m", 600)]
    [TestCase("2h", 7200)]
    [TestCase("0", 0)]
    public void A_time_is_a_number_with_a_unit(string text, int seconds) =>
        Assert.That(Duration.Parse(text), Is.EqualTo(TimeSpan.FromSeconds(seconds)));

    [TestCase("")]
    [TestCase("m")]
    [TestCase("-1s")]
    [TestCase("1.5h")]
    [TestCase("999999999999")]
    public void Parse_returns_null_for_invalid_durations(string text) => Assert.That(Duration.Parse(text), Is.Null);

    [Test]
    public async Task The_timeline_of_cacheable_device_memory_has_the_release_that_allows_it_and_the_refusal()
    {
        var (code, output, error) = await Harness("timeline f247a6ff73a2");
        Assert.That(code, Is.Zero, error);
        string[] lines = output.Split('\n');
        Assert.Multiple(() =>
        {
            Assert.That(lines[2], Does.Match("^ +with FWB and DIC +without FWB or without DIC$"));
            Assert.That(
                lines,
                Has.Some.Matches("^  6.16 +read: mapped Device-nGnRE rw- +read: mapped Device-nGnRE rw-$")
            );
            Assert.That(
                lines,
                Has.Some.Matches(@"^\* 6.17 +read: mapped Normal-WB rwx +registration refused with EINVAL$")
            );
            Assert.That(
                lines.Count(l =>
                    l.StartsWith("* 6.", StringComparison.Ordinal) || l.StartsWith("* 7.", StringComparison.Ordinal)
                ),
                Is.EqualTo(3),
                "a row and its two columns"
            );
            Assert.That(
                output,
                Does.Contain("+   cacheable-pfnmap-unsupported: ")
                    .And.Contains("kvm_arch_prepare_memory_region()")
                    .And.Contains("no kernel has been observed yet")
            );
        });
    }

    [Test]
    public async Task The_timeline_for_programs_is_a_line_for_each_release_and_kind_of_host()
    {
        var (_, output, _) = await Harness("timeline f247a6ff73a2 --json");
        var cells = output.TrimEnd().Split('\n').Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.That(
            cells.Select(c => c.GetProperty("release").GetString()).Distinct(),
            Is.EqualTo(Release.All.Select(r => r.Name))
        );
        Assert.That(
            cells.Select(c => c.GetProperty("release").GetString()),
            Has.Some.EqualTo("6.10 to 6.12.112").And.Some.EqualTo("7.3 and later")
        );
        var changed = cells.Where(c => c.GetProperty("change").GetString() == "decision").ToList();
        Assert.That(
            changed.Select(c => (c.GetProperty("release").GetString(), c.GetProperty("predicted").GetString())),
            Is.EqualTo(
                new[]
                {
                    ("6.17", "registered; read: mapped Normal-WB rwx"),
                    ("6.17", "registration refused with EINVAL"),
                }
            )
        );
    }
}
