using System.Diagnostics;
using System.Text.RegularExpressions;
using Harness.Cli.Actions;
using Harness.Cli.Configuration;
using Harness.Runs.Sharding;

namespace Harness.Cli.Tests;

/// <summary>The files for test engines in docs/engines: their commands are valid, and they can be parsed.</summary>
public sealed partial class EngineFilesTests : CommandFixture
{
    private static string Folder { get; } = Path.Combine(Installation.Root!, "docs", "engines");

    /// <summary>What the engines set, for the second of four shards.</summary>
    private static readonly Dictionary<string, string> s_variables = new()
    {
        ["SLURM_ARRAY_TASK_ID"] = "2",
        ["SLURM_ARRAY_TASK_COUNT"] = "4",
        ["SLURM_ARRAY_JOB_ID"] = "17",
        ["SLURM_CPUS_PER_TASK"] = "1",
        ["NIGHT"] = "17",
        ["CI_NODE_INDEX"] = "2",
        ["CI_NODE_TOTAL"] = "4",
        ["CI_PIPELINE_ID"] = "17",
        ["SHARD"] = "2",
        ["BUILD_TAG"] = "17",
    };

    private static IEnumerable<TestCaseData> Written() =>
        System
            .IO.Directory.GetFiles(Folder)
            .SelectMany(file =>
                Command()
                    .Matches(File.ReadAllText(file).Replace("\\\n", " "))
                    .Select(m =>
                        new TestCaseData(m.Groups[1].Value).SetArgDisplayNames(Path.GetFileName(file), m.Value)
                    )
            );

    [SetUp]
    public void Configure()
    {
        File.Copy(
            Path.Combine(Installation.Root!, ConfigurationFile.Name),
            Path.Combine(Directory, ConfigurationFile.Name),
            true
        );
        File.WriteAllText(
            Path.Combine(Directory, "board.json"),
            """{ "targets": { "board": { "kind": "ssh", "destination": "root@board" } }, "suites": {} }"""
        );
    }

    [TestCaseSource(nameof(Written))]
    public async Task A_command_is_valid(string command)
    {
        string[] args = await ArgumentsAsync(command);
        var error = new StringWriter();
        var console = new HarnessConsole(TextWriter.Null, error, false, false, Directory);
        Assert.That(HarnessCommand.FaultsOf(args, console, HarnessActions.Real), Is.Empty);
        if (args[0] != "run")
            return;
        int code = await HarnessCommand.InvokeAsync(args, console, Recording);
        Assert.That((code, error.ToString()), Is.EqualTo((0, "")));
        var request = (RunRequest)Asked!;
        Assert.That(request.Targets, Is.Not.Empty);
        if (request.Shard is { } shard)
            Assert.That((shard.Part, shard.Night), Is.EqualTo((new Shard(2, 4), "17")));
        else
            Assert.That(request.How.Signals, "a board is not cut");
    }

    [Test]
    public void Every_file_has_commands() =>
        Assert.That(
            Written().Select(c => c.ArgDisplayNames![0]).Distinct(),
            Is.EquivalentTo(System.IO.Directory.GetFiles(Folder).Select(Path.GetFileName))
        );

    [TestCase("gitlab-ci.yml")]
    [TestCase("lava.yaml")]
    public void It_is_YAML(string file)
    {
        if (RunOf("python3", ["-c", "import yaml"]) != 0)
            Assert.Ignore("python3-yaml is not installed");
        Assert.That(
            RunOf("python3", ["-c", "import sys, yaml; yaml.safe_load(open(sys.argv[1]))", Path.Combine(Folder, file)]),
            Is.Zero
        );
    }

    [TestCase("slurm.sh")]
    [TestCase("slurm-merge.sh")]
    public void It_is_a_shell_script(string file) =>
        Assert.That(RunOf("bash", ["-n", Path.Combine(Folder, file)]), Is.Zero);

    private static int RunOf(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>The arguments as a shell passes them, up to what follows the command.</summary>
    private async Task<string[]> ArgumentsAsync(string command)
    {
        var start = new ProcessStartInfo(
            "bash",
            ["-c", $"harness() {{ printf '%s\\0' \"$@\" >&3; exit; }}; exec 3>&1 >/dev/null; harness {command}"]
        )
        {
            WorkingDirectory = Directory,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in s_variables)
            start.Environment[name] = value;
        using var bash = Process.Start(start)!;
        string output = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();
        return output.Split('\0')[..^1];
    }

    [GeneratedRegex("""(?:^|[\s'";])(?:harness|"\$harness") ((?:run|db|report|export) [^'\n]+)""")]
    private static partial Regex Command();
}
