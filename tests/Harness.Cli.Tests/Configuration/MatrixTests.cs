using System.Text;
using Harness.Cli.Configuration;

namespace Harness.Cli.Tests.Configuration;

/// <summary>Suites with hosts that are a product of axes.</summary>
public sealed class MatrixTests
{
    private const string Good = """
        {
          "targets": { "lab": { "kind": "ssh", "destination": "root@lab" } },
          "cpus": {
            "max": { "cpu": "max,sve=off" },
            "mte": { "cpu": "max", "machine": ["mte=on"], "memoryMiB": 4096 },
          },
          "suites": {
            "nightly": {
              "filter": "cover=yes",
              "groups": [
                { "matrix": { "tracks": ["6.1", "7.2"], "cpus": ["max", "mte"], "except": ["6.1/mte/*"] } },
                { "matrix": { "tracks": ["7.2"], "cpus": ["max"], "modes": ["nvhe", "protected"] }, "filter": "access=read" },
                { "targets": ["lab"] }
              ]
            }
          }
        }
        """;

    private static HarnessConfiguration Parse(string text) =>
        ConfigurationFile.Parse(Encoding.UTF8.GetBytes(text), "/etc/lab/harness.json");

    [Test]
    public void A_matrix_is_every_track_with_every_cpu_in_every_mode_but_what_is_left_out()
    {
        var configuration = Parse(Good);
        var hosts = configuration.HostsOf(configuration.Suites["nightly"]);
        Assert.That(
            hosts.Select(h => (h.Name, h.Filter)),
            Is.EqualTo(
                new[]
                {
                    ("6.1/max/vhe", "cover=yes"),
                    ("7.2/max/vhe", "cover=yes"),
                    ("7.2/mte/vhe", "cover=yes"),
                    ("7.2/max/nvhe", "access=read"),
                    ("7.2/max/protected", "access=read"),
                    ("lab", "cover=yes"),
                }
            )
        );
        var mte = (QemuTargetConfiguration)hosts[2].Target;
        Assert.That(
            (mte.Track, mte.Cpu, mte.MemoryMiB, mte.KernelMemoryMiB, mte.Mode),
            Is.EqualTo(("7.2", "max", 4096, 1536, KvmModeChoice.Vhe))
        );
        Assert.That(mte.Machine, Is.EqualTo(new[] { "mte=on" }));
        Assert.That(((QemuTargetConfiguration)hosts[4].Target).Mode, Is.EqualTo(KvmModeChoice.Protected));
    }

    [TestCase("7.0/mte/nvhe", "7.0/mte/nvhe", KvmModeChoice.Nvhe)]
    [TestCase("7.0/max", "7.0/max/vhe", KvmModeChoice.Vhe)]
    [TestCase("7.2@7.2.9+deb13/max", "7.2@7.2.9+deb13/max/vhe", KvmModeChoice.Vhe)]
    public void Any_track_with_any_cpu_has_a_name_whether_or_not_a_suite_has_it(
        string asked,
        string name,
        KvmModeChoice mode
    )
    {
        var found = Parse(Good).Find(asked)!.Value;
        Assert.That((found.Name, ((QemuTargetConfiguration)found.Target).Mode), Is.EqualTo((name, mode)));
    }

    [TestCase("7.0")]
    [TestCase("7.0/min/vhe")]
    [TestCase("7.0/max/VHE")]
    [TestCase("7.0/max/vhe/x")]
    [TestCase("../max/vhe")]
    [TestCase("/max")]
    public void Other_names_stand_for_nothing(string name) => Assert.That(Parse(Good).Find(name), Is.Null);

    [TestCase(
        "\"cpus\": [\"max\", \"mte\"]",
        "\"cpus\": [\"max\", \"mtx\"]",
        "F:11: suites.nightly.groups[0].matrix.cpus[1]: \"mtx\" is not one of 'cpus': did you mean 'max'? (allowed: max, mte)",
        "F:11: suites.nightly.groups[0].matrix.except[0]: \"6.1/mte/*\" fits no host of the matrix"
    )]
    [TestCase(
        "[\"6.1\", \"7.2\"]",
        "[\"6.1\", \"6.1\"]",
        "F:11: suites.nightly.groups[0].matrix.tracks[1]: \"6.1\" is listed twice"
    )]
    [TestCase(
        "[\"6.1\", \"7.2\"]",
        "[]",
        "F:11: suites.nightly.groups[0].matrix.tracks: the list is too short (allowed: 1 or more)",
        "F:11: suites.nightly.groups[0].matrix.except[0]: \"6.1/mte/*\" fits no host of the matrix"
    )]
    [TestCase(
        "\"tracks\": [\"7.2\"], ",
        "",
        "F:12: suites.nightly.groups[1].matrix: 'tracks' is missing: Kernel tracks, as in guest-images"
    )]
    [TestCase(
        "\"nvhe\", \"protected\"",
        "\"nvhe\", \"vhe\"",
        "F:12: suites.nightly.groups[1].matrix: 7.2/max/vhe is in suites.nightly.groups[0].matrix already: a host runs once"
    )]
    [TestCase(
        "\"nvhe\", \"protected\"",
        "\"hyp\"",
        "F:12: suites.nightly.groups[1].matrix.modes[0]: \"hyp\" is not known (allowed: vhe, nvhe, protected, nested)"
    )]
    [TestCase(
        "6.1/mte/*",
        "6.1/*",
        "F:11: suites.nightly.groups[0].matrix.except[0]: \"6.1/*\" does not fit (allowed: ^[a-z0-9._*?-]+/[a-z0-9._*?-]+/[a-z*?]+$)"
    )]
    [TestCase(
        "6.1/mte/*",
        "6.2/mte/*",
        "F:11: suites.nightly.groups[0].matrix.except[0]: \"6.2/mte/*\" fits no host of the matrix"
    )]
    [TestCase("6.1/mte/*", "*/*/*", "F:11: suites.nightly.groups[0].matrix.except: it leaves no host")]
    [TestCase(
        "{ \"targets\": [\"lab\"] }",
        "{ \"filter\": \"access=read\" }",
        "F:13: suites.nightly.groups[2]: the group has no hosts (allowed: 'targets', 'matrix', or both)"
    )]
    [TestCase(
        "{ \"targets\": [\"lab\"] }",
        "{ \"targets\": [\"lab\", \"lab\"] }",
        "F:13: suites.nightly.groups[2].targets[1]: \"lab\" is listed twice"
    )]
    [TestCase(
        "\"filter\": \"cover=yes\",",
        "\"targets\": [\"lab\"],",
        "F:13: suites.nightly.groups[2].targets[0]: lab is in suites.nightly.targets already: a host runs once"
    )]
    [TestCase(
        "\"memoryMiB\": 4096",
        "\"memoryMiB\": 1024",
        "F:5: cpus.mte.kernelMemoryMiB: 1536 leaves nothing of the machine's 1024 MiB (allowed: less than memoryMiB)"
    )]
    [TestCase(
        "\"max\": {",
        "\"m/x\": {",
        "F:4: cpus.\"m/x\": the name does not fit (allowed: ^[a-z0-9][a-z0-9._-]*$)",
        "F:11: suites.nightly.groups[0].matrix.cpus[0]: \"max\" is not one of 'cpus': did you mean 'm/x'? (allowed: m/x, mte)",
        "F:12: suites.nightly.groups[1].matrix.cpus[0]: \"max\" is not one of 'cpus': did you mean 'm/x'? (allowed: m/x, mte)"
    )]
    public void A_fault_of_a_matrix_is_named_with_its_line_its_path_and_what_is_allowed(
        string good,
        string bad,
        params string[] expected
    )
    {
        Assert.That(Good.Contains(good, StringComparison.Ordinal), "the test case replaces nothing");
        var thrown = Assert.Throws<ConfigurationException>(() => Parse(Good.Replace(good, bad)));
        Assert.That(
            thrown!.Faults.Select(f => f.ToString().Replace("/etc/lab/harness.json", "F")),
            Is.EqualTo(expected)
        );
    }

    [Test]
    public void A_suite_runs_single_hosts_unless_it_has_pairs()
    {
        var configuration = Parse(
            Good.Replace("\"filter\": \"cover=yes\",", "\"filter\": \"backing=pfnmap\", \"pairs\": true,")
                .Replace(", \"filter\": \"access=read\"", ", \"filter\": null")
        );
        Assert.That(Parse(Good).Suites["nightly"].Pairs, Is.False);
        Assert.That(configuration.Suites["nightly"].Pairs, Is.True);
        Assert.That(
            configuration.HostsOf(configuration.Suites["nightly"]).Select(h => h.Filter),
            Is.All.EqualTo("backing=pfnmap")
        );
    }

    [TestCase(
        "true",
        "F:12: suites.nightly.groups[1].filter: with 'pairs' all hosts run the same migrations (allowed: the suite's 'filter' alone)"
    )]
    [TestCase("1", "F:9: suites.nightly.pairs: 1 is of the wrong type (allowed: boolean)")]
    public void A_fault_of_a_suite_of_pairs_is_named_with_its_line(string pairs, string expected)
    {
        var thrown = Assert.Throws<ConfigurationException>(() =>
            Parse(Good.Replace("\"filter\": \"cover=yes\",", $"\"pairs\": {pairs},"))
        );
        Assert.That(
            thrown!.Faults.Select(f => f.ToString().Replace("/etc/lab/harness.json", "F")),
            Is.EqualTo(new[] { expected })
        );
    }

    [Test]
    public void The_default_suite_has_no_pairs()
    {
        string bad =
            """{ "targets": { "lab": { "kind": "ssh", "destination": "root@lab" } }, "suites": { "default": { "targets": ["lab"], "pairs": true } } }""";
        Assert.That(
            () => Parse(bad),
            Throws
                .TypeOf<ConfigurationException>()
                .With.Message.StartsWith(
                    "/etc/lab/harness.json:1: suites.default.pairs: a run without arguments takes this suite"
                )
        );
    }

    [Test]
    public void A_suite_without_hosts_is_a_fault()
    {
        string bad =
            """{ "targets": { "lab": { "kind": "ssh", "destination": "root@lab" } }, "suites": { "empty": { "filter": "x" } } }""";
        Assert.That(
            () => Parse(bad),
            Throws
                .TypeOf<ConfigurationException>()
                .With.Message.EqualTo(
                    "/etc/lab/harness.json:1: suites.empty: the suite has no hosts (allowed: 'targets', 'matrix', 'groups')"
                )
        );
    }
}
