using System.Diagnostics;
using System.Text.Json;
using Harness.Cli.Configuration;

namespace Harness.Cli.Tests;

public sealed class InitTests : CommandFixture
{
    [Test]
    public async Task Init_writes_the_repositorys_configuration()
    {
        var (code, output, error) = await Harness("init lab");
        string file = Path.Combine(Directory, "lab", "harness.json");
        Assert.That((code, output), Is.EqualTo((0, file + "\n")), error);
        Assert.That(error, Does.Contain(Installation.Setup));
        var written = ConfigurationFile.Load(file);
        var own = ConfigurationFile.Load(Installation.ConfigurationFile!);
        Assert.That(Text(written), Is.EqualTo(Text(own)));

        // Editors find the schema beside it.
        Assert.That(File.ReadAllText(file), Does.Contain("\"$schema\": \"harness.schema.json\""));
        Assert.That(
            File.ReadAllText(Path.Combine(Directory, "lab", "harness.schema.json")),
            Is.EqualTo(File.ReadAllText(Path.Combine(Installation.Root!, "docs", "harness.schema.json")))
        );

        static string Text(HarnessConfiguration c) =>
            JsonSerializer.Serialize(c.Targets, ConfigurationSchema.Options)
            + JsonSerializer.Serialize(c.Cpus, ConfigurationSchema.Options)
            + JsonSerializer.Serialize(c.Suites, ConfigurationSchema.Options);
    }

    [Test]
    public async Task A_configuration_that_is_there_stays()
    {
        var (code, output, error) = await Harness("init");
        Assert.That((code, output), Is.EqualTo((2, "")));
        Assert.That(
            error,
            Is.EqualTo($"harness: {Directory}/harness.json already exists: remove it first, or name another folder\n")
        );
        Assert.That(File.ReadAllText(Path.Combine(Directory, "harness.json")), Is.EqualTo(Configuration));
        Assert.That(File.Exists(Path.Combine(Directory, "harness.schema.json")), Is.False);
    }

    [Test]
    public async Task Where_nothing_can_be_written_a_line_says_so()
    {
        var (code, _, error) = await Harness("init harness.json/lab");
        Assert.That(code, Is.EqualTo(2));
        Assert.That(
            error,
            Does.StartWith($"harness: {Directory}/harness.json/lab/harness.json can't be written: ")
                .And.Not.Contain("   at ")
        );
    }

    [Test]
    public void An_installed_program_has_its_own_files_even_in_a_repository()
    {
        string root = System.IO.Directory.CreateDirectory(Path.Combine(Directory, "repository")).FullName;
        string tool = System.IO.Directory.CreateDirectory(Path.Combine(root, "tools", "any")).FullName;
        File.WriteAllText(Path.Combine(root, "Harness.sln"), "");
        Assert.That(Installation.Find(tool), Is.EqualTo(root));
        System.IO.Directory.CreateDirectory(Path.Combine(tool, "guest-images"));
        Assert.That(Installation.Find(tool), Is.Null);
    }

    [TestCase("1.0.0-alpha.0.412+b3519e1c0f2a4d5e6f708192a3b4c5d6e7f80912", "1.0.0-alpha.0.412+b3519e1c0f2a")]
    [TestCase(
        "1.0.0-alpha.0.412+b3519e1c0f2a4d5e6f708192a3b4c5d6e7f80912.modified",
        "1.0.0-alpha.0.412+b3519e1c0f2a.modified"
    )]
    [TestCase("1.2.3+build.b3519e1c0f2a4d5e6f708192a3b4c5d6e7f80912", "1.2.3+build.b3519e1c0f2a")]
    [TestCase("1.2.3", "1.2.3")]
    public void The_commit_is_reported_with_twelve_digits(string version, string told) =>
        Assert.That(BuildVersion.Short(version), Is.EqualTo(told));

    [Test]
    public async Task The_version_names_a_commit_of_the_repository_that_it_was_built_in()
    {
        var (code, output, _) = await Harness("--version");
        Assert.That((code, output), Is.EqualTo((0, BuildVersion.Text + "\n")));
        if (!Path.Exists(Path.Combine(Installation.Root!, ".git")) || Processes.ProgramPath.Find("git") is null)
            return; // Sources without a history have no commit, and without git it can't be checked.
        Assert.That(output, Does.Match(@"^\d+\.\d+\.\d+[-.0-9a-z]*\+[0-9a-f]{12}(\.modified)?\n$"));
        string commit = BuildVersion.Text.Split('+')[1].Split('.')[0];
        using var git = Process.Start(
            new ProcessStartInfo("git", ["-C", Installation.Root!, "cat-file", "-t", commit])
            {
                RedirectStandardOutput = true,
            }
        )!;
        Assert.That(await git.StandardOutput.ReadToEndAsync(), Is.EqualTo("commit\n"));
    }
}
