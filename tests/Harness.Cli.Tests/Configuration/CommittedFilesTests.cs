using Harness.Cli.Configuration;

namespace Harness.Cli.Tests.Configuration;

public sealed class CommittedFilesTests
{
    private static string Root { get; } =
        Path.GetDirectoryName(ConfigurationFile.Find(TestContext.CurrentContext.TestDirectory))!;

    [Test]
    public void The_committed_configuration_has_local_hosts_of_every_kernel_and_a_suite_for_all_of_them()
    {
        var configuration = ConfigurationFile.Load(Path.Combine(Root, ConfigurationFile.Name));
        Assert.That(configuration.Suites["default"].Targets, Is.EqualTo(new[] { "fwb", "nofwb" }));
        Assert.That(
            configuration.Suites["all"].Targets,
            Is.EqualTo(new[] { "fwb", "nofwb", "fwb-6.12", "nofwb-6.12" })
        );
        Assert.That(configuration.Targets.Keys, Is.EquivalentTo(configuration.Suites["cover"].Targets));
        Assert.That(configuration.Targets.Keys, Is.SupersetOf(configuration.Suites["all"].Targets));
        Assert.That(configuration.Schema, Is.EqualTo("docs/harness.schema.json"));
    }

    [Test]
    public void The_nightly_suite_has_every_track_with_every_cpu_and_all_modes()
    {
        var configuration = ConfigurationFile.Load(Path.Combine(Root, ConfigurationFile.Name));
        var names = configuration.HostsOf(configuration.Suites["nightly"]).Select(h => h.Name).ToList();
        string[] tracks = ["6.1", "6.12", "6.16", "6.17", "6.18", "6.19", "7.0", "7.1", "7.2", "7.3"];
        // Without CPUs that only reduce a host's features: by the kernel's arguments, or for mode nested.
        string[] cpus =
        [
            .. configuration.Cpus.Where(c => c.Value.KernelArguments is null && c.Key != "nv").Select(c => c.Key),
        ];
        Assert.That(names, Is.SupersetOf(tracks.SelectMany(t => cpus.Select(c => $"{t}/{c}/vhe"))));
        Assert.That(names, Does.Contain("7.2/nv/nested").And.Contain("7.3/nv/nested"));
        Assert.That(
            names.Select(n => n.Split('/')[2]).Distinct(),
            Is.EquivalentTo(new[] { "vhe", "nvhe", "protected", "nested" })
        );
    }

    /// <summary>
    /// After a change of the types: HARNESS_PROMOTE=1 dotnet test tests/Harness.Cli.Tests.Configuration, and review the
    /// diff.
    /// </summary>
    [TestCase("harness.schema.json")]
    [TestCase("known-differences.schema.json")]
    public void The_committed_schema_is_that_of_the_types(string name)
    {
        string path = Path.Combine(Root, "docs", name);
        string text = ConfigurationSchema.Text(
            name == "harness.schema.json" ? ConfigurationSchema.Create() : ConfigurationSchema.CreateKnown()
        );
        if (Environment.GetEnvironmentVariable("HARNESS_PROMOTE") == "1")
        {
            Assert.That(Environment.GetEnvironmentVariable("CI"), Is.Null.Or.Empty, "CI compares; it never promotes");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
        }
        Assert.That(
            File.Exists(path) ? File.ReadAllText(path) : "",
            Is.EqualTo(text),
            "to take over the change, run this test with HARNESS_PROMOTE=1"
        );
    }

    [Test]
    public void The_committed_known_differences_can_be_read() =>
        Assert.That(
            KnownDifferencesFile.Load(Path.Combine(Root, KnownDifferencesFile.Name)).Schema,
            Is.EqualTo("docs/known-differences.schema.json")
        );
}
