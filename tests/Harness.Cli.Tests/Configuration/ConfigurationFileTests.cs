using System.Text;
using System.Text.RegularExpressions;
using Harness.Cli.Configuration;

namespace Harness.Cli.Tests.Configuration;

public sealed partial class ConfigurationFileTests
{
    private const string Good = """
        {
          // a comment, and trailing commas
          "targets": {
            "fwb": { "track": "7.2", "kind": "qemu", },
            "gh200": { "kind": "ssh", "destination": "root@gh200", "identityFile": "keys/lab", "knownHostsFile": "~/known", "hostKeys": "accept-new" },
          },
          "suites": { "default": { "targets": ["fwb"] } },
        }
        """;

    /// <summary>Every attribute of a filter.</summary>
    [GeneratedRegex(@"\(allowed: id, key, [^)]*\)")]
    private static partial Regex Attributes();

    private static HarnessConfiguration Parse(string text) =>
        ConfigurationFile.Parse(Encoding.UTF8.GetBytes(text), "/etc/lab/harness.json");

    private static string[] Faults(string text)
    {
        var thrown = Assert.Throws<ConfigurationException>(() => Parse(text));
        return [.. thrown!.Faults.Select(f => f.ToString().Replace("/etc/lab/harness.json", "F"))];
    }

    [Test]
    public void Omitted_settings_have_defaults_and_paths_are_relative_to_the_file()
    {
        var configuration = Parse(Good);
        Assert.That(
            configuration.Targets["fwb"],
            Is.EqualTo(new QemuTargetConfiguration("7.2", "max", 2, 2048, 1536, KvmModeChoice.Vhe, null))
        );
        Assert.That(
            configuration.Targets["gh200"],
            Is.EqualTo(
                new SshTargetConfiguration(
                    "root@gh200",
                    null,
                    "/etc/lab/keys/lab",
                    HostKeyChoice.AcceptNew,
                    Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), "known"),
                    null
                )
            )
        );
        Assert.That(configuration.Suites["default"].Targets, Is.EqualTo(new[] { "fwb" }));
    }

    [TestCase(
        "\"track\"",
        "\"trakc\"",
        "F:4: targets.fwb.trakc: unknown key: did you mean 'track'? (allowed: kind, track, cpu, cpus, memoryMiB, kernelMemoryMiB, mode, kernelArguments, machine, user, pciMemory)",
        "F:4: targets.fwb: 'track' is missing: The kernel track of the guest image, as in guest-images"
    )]
    [TestCase("\"7.2\"", "7.2", "F:4: targets.fwb.track: 7.2 is of the wrong type (allowed: string)")]
    [TestCase(
        "\"7.2\"",
        "\"../7.2\"",
        "F:4: targets.fwb.track: \"../7.2\" does not fit (allowed: ^[a-z0-9][a-z0-9._-]*$)"
    )]
    [TestCase(
        "\"7.2\"",
        "\"7.2\\n\"",
        "F:4: targets.fwb.track: \"7.2\\n\" does not fit (allowed: ^[a-z0-9][a-z0-9._-]*$)"
    )]
    [TestCase("\"7.2\"", "\"7.2\", \"cpus\": 1", "F:4: targets.fwb.cpus: 1 is out of range (allowed: 2 to 64)")]
    [TestCase(
        "\"7.2\"",
        "\"7.2\", \"cpus\": 2.5",
        "F:4: targets.fwb.cpus: 2.5 is of the wrong type (allowed: integer)"
    )]
    [TestCase(
        "\"7.2\"",
        "\"7.2\", \"cpus\": 99999999999999999999",
        "F:4: targets.fwb.cpus: 99999999999999999999 is of the wrong type (allowed: integer)"
    )]
    [TestCase(
        "\"7.2\"",
        "\"7.2\", \"mode\": \"VHE\"",
        "F:4: targets.fwb.mode: \"VHE\" is not known: did you mean 'vhe'? (allowed: vhe, nvhe, protected, nested)"
    )]
    [TestCase(
        "\"7.2\"",
        "\"7.2\", \"mode\": 1",
        "F:4: targets.fwb.mode: 1 is not known (allowed: vhe, nvhe, protected, nested)"
    )]
    [TestCase(
        "\"7.2\"",
        "\"7.2\", \"kernelArguments\": [\"quiet\", \"a b\"]",
        "F:4: targets.fwb.kernelArguments[1]: \"a b\" does not fit (allowed: ^[^\\s]+$)"
    )]
    [TestCase(
        "\"7.2\"",
        "\"7.2\", \"memoryMiB\": 1024",
        "F:4: targets.fwb.kernelMemoryMiB: 1536 leaves nothing of the machine's 1024 MiB (allowed: less than memoryMiB)"
    )]
    [TestCase(
        "\"7.2\"",
        "\"7.2\", \"track\": \"6.12\"",
        "F:4: targets.fwb.track: the key is given twice (first in line 4)"
    )]
    [TestCase("\"qemu\"", "\"gem5\"", "F:4: targets.fwb.kind: \"gem5\" is not known (allowed: qemu, ssh, pool)")]
    [TestCase("\"kind\": \"qemu\",", "", "F:4: targets.fwb: 'kind' is missing (allowed: qemu, ssh, pool)")]
    [TestCase(
        "root@gh200",
        "-oProxyCommand=x",
        "F:5: targets.gh200.destination: \"-oProxyCommand=x\" does not fit (allowed: ^[^-\\s][^\\s]*$)"
    )]
    [TestCase(
        "\"accept-new\"",
        "\"no\"",
        "F:5: targets.gh200.hostKeys: \"no\" is not known (allowed: strict, accept-new)"
    )]
    [TestCase(
        "\"hostKeys\"",
        "\"port\": 0, \"hostKeys\"",
        "F:5: targets.gh200.port: 0 is out of range (allowed: 1 to 65535)"
    )]
    [TestCase(
        "\"gh200\"",
        "\"GH 200\"",
        "F:5: targets.\"GH 200\": the name does not fit (allowed: ^[a-z0-9][a-z0-9._-]*$)"
    )]
    [TestCase(
        "[\"fwb\"]",
        "[\"fwb\", \"fbw\"]",
        "F:7: suites.default.targets[1]: \"fbw\" is not a target: did you mean 'fwb'? (allowed: fwb, gh200)"
    )]
    [TestCase("[\"fwb\"]", "[\"fwb\", \"fwb\"]", "F:7: suites.default.targets[1]: \"fwb\" is listed twice")]
    [TestCase("[\"fwb\"]", "[]", "F:7: suites.default.targets: the list is too short (allowed: 1 or more)")]
    [TestCase("[\"fwb\"]", "null", "F:7: suites.default.targets: null is of the wrong type (allowed: array)")]
    [TestCase("{ \"targets\": [\"fwb\"] }", "7", "F:7: suites.default: 7 is of the wrong type (allowed: object)")]
    [TestCase(
        "[\"fwb\"]",
        "[\"fwb\"], \"filter\": \"slot=none & backign=pfnmap\"",
        "F:7: suites.default.filter: 'slot=none & backign=pfnmap', at 13: 'backign' is not an attribute: did you mean 'backing'? (allowed: A)"
    )]
    [TestCase(
        "[\"fwb\"]",
        "[\"fwb\"], \"pairs\": false, \"groups\": [ { \"targets\": [\"gh200\"], \"filter\": \"(access=read\" } ]",
        "F:7: suites.default.groups[0].filter: '(access=read', at 1: this ( is not closed"
    )]
    [TestCase(
        "[\"fwb\"]",
        "[\"fwb\"], \"filter\": \" \"",
        "F:7: suites.default.filter: it is empty (allowed: an expression; \"*\" is every case)"
    )]
    [TestCase(
        "[\"fwb\"]",
        "[\"fwb\"], \"policy\": \"mainlin-7.2\"",
        "F:7: suites.default.policy: unknown policy 'mainlin-7.2': did you mean 'mainline-7.2'? (scripts/harness policies lists all)"
    )]
    public void A_fault_is_named_with_its_line_its_path_and_what_is_allowed(
        string good,
        string bad,
        params string[] expected
    )
    {
        Assert.That(Good.Contains(good, StringComparison.Ordinal), "the test case replaces nothing");
        var faults = Faults(Good.Replace(good, bad)).Select(f => Attributes().Replace(f, "(allowed: A)"));
        Assert.That(faults, Is.EqualTo(expected));
    }

    [Test]
    public void All_faults_are_named_at_once_in_the_order_of_the_lines()
    {
        string bad = Good.Replace("\"7.2\"", "\"7.2\", \"cpus\": 0")
            .Replace("\"accept-new\"", "\"no\"")
            .Replace("[\"fwb\"]", "[\"x\"]");
        Assert.That(Faults(bad).Select(f => f.Split(' ')[0]), Is.EqualTo(new[] { "F:4:", "F:5:", "F:7:" }));
    }

    [TestCase("{\n \"targets\": {\n", "F:3: ")]
    [TestCase("{ } { }", "F:1: not JSON")]
    [TestCase("", "F:1: not JSON")]
    [TestCase("[]", "F:1: a list is of the wrong type (allowed: object)")]
    [TestCase("null", "F:1: null is of the wrong type (allowed: object)")]
    [TestCase("{}", "F:1: 'targets' is missing")]
    public void A_file_that_is_not_a_configuration_is_one_clear_error(string text, string expected) =>
        Assert.That(Faults(text)[0], Does.StartWith(expected));

    [Test]
    public void Text_that_is_not_utf8_is_named_with_its_line()
    {
        byte[] bytes = [.. "{\n\""u8, 0xff, .. "\": 1}"u8];
        Assert.That(
            () => ConfigurationFile.Parse(bytes, "F"),
            Throws.TypeOf<ConfigurationException>().With.Message.EqualTo("F:2: the text is not UTF-8")
        );
    }

    [Test]
    public void A_byte_order_mark_is_no_fault()
    {
        byte[] bytes = [0xef, 0xbb, 0xbf, .. Encoding.UTF8.GetBytes(Good)];
        Assert.That(ConfigurationFile.Parse(bytes, "/etc/F").Targets, Has.Count.EqualTo(2));
    }

    [Test]
    public void A_missing_file_is_one_clear_line() =>
        Assert.That(
            () => ConfigurationFile.Load("/nowhere/harness.json"),
            Throws
                .TypeOf<ConfigurationException>()
                .With.Message.EqualTo("/nowhere/harness.json: the file does not exist")
        );
}
