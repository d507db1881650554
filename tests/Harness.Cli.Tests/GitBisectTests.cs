using System.Diagnostics;
using System.Text;

namespace Harness.Cli.Tests;

/// <summary>
/// Exit codes for `git bisect run`. The kernel is a tree with an Image that contains its decision
/// (tests/Harness.FakeKernel); the command line, the judge and the store are real, and so is git.
/// </summary>
[NonParallelizable]
[Category("Slow")]
public sealed class GitBisectTests
{
    private const string Configuration = """
        {
          "targets": { "fwb": { "kind": "qemu", "track": "7.2" } },
          "suites": { "default": { "targets": ["fwb"] } },
        }
        """;

    // Device on 6.12, write-back on 7.2.
    private const string Case = "f247a6ff73a2";
    private const string Ask = $"run --kernel . --filter id={Case} --policy mainline-6.9 --git-bisect";

    private string _folder = "";

    private string Tree => Path.Combine(_folder, "linux");

    [SetUp]
    public void MakeFolder()
    {
        _folder = Directory.CreateTempSubdirectory("harness-bisect-").FullName;
        File.WriteAllText(Path.Combine(_folder, "harness.json"), Configuration);
        Directory.CreateDirectory(Tree);
    }

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase("device", 0, "0, good: 1 match")]
    [TestCase("write-back", 1, "1, bad: 1 mismatch")]
    [TestCase("refused", 1, "1, bad: 1 mismatch")]
    [TestCase("panic", 125, "125, unknown: the host does not boot: Kernel panic")]
    [TestCase("error", 125, "125, unknown: 1 probe-error")]
    [TestCase("either", 125, "125, unknown: 1 unstable")]
    public async Task A_commit_is_good_or_bad_or_is_unknown(string decides, int code, string why)
    {
        Build(decides);
        var end = await Harness(Ask);
        Assert.That(end.Code, Is.EqualTo(code), end.Text);
        Assert.That(end.Text, Does.Contain($"harness: git bisect: {why}"));
    }

    /// <summary>
    /// In a run, a deviation of an unread release is not the kernel's fault; in a search for a commit it is the answer.
    /// </summary>
    [Test]
    public async Task A_deviating_unread_release_is_a_bad_commit()
    {
        Build("refused", release: "7.3.9999");
        string ask = $"run --kernel . --filter id={Case}";
        var end = await Harness(ask);
        Assert.That(end.Code, Is.EqualTo(ExitCodes.Unverified), end.Text);
        end = await Harness(ask + " --git-bisect");
        Assert.That(end.Code, Is.EqualTo(1), end.Text);
        Assert.That(
            end.Text,
            Does.Contain(
                "harness: --git-bisect without --policy: each commit is judged by the policy of its own version"
            )
        );
        Build("write-back", release: "7.3.9999");
        Assert.That((await Harness(ask + " --git-bisect")).Code, Is.Zero);
    }

    [Test]
    public async Task Without_the_option_the_same_run_has_the_usual_codes_and_a_build_that_is_missing_is_usage()
    {
        Build("panic");
        Assert.That((await Harness(Ask.Replace(" --git-bisect", ""))).Code, Is.EqualTo(ExitCodes.Infrastructure));
        File.Delete(Path.Combine(Tree, Image));
        Assert.That((await Harness(Ask.Replace(" --git-bisect", ""))).Code, Is.EqualTo(ExitCodes.Usage));
        Assert.That((await Harness(Ask)).Code, Is.EqualTo(125), "a commit that was not built can't be told");
    }

    /// <summary>git would treat 2 as a bad commit: an invalid command line must stop it.</summary>
    [TestCase("run --kernel . --filter id=" + Case + " --policy nonesuch --git-bisect", "nonesuch")]
    [TestCase("run --kernel . --filter id=0000 --git-bisect", "")]
    [TestCase("run --kernel /nosuch --filter id=" + Case + " --git-bisect", "/nosuch does not exist")]
    [TestCase("run --kernel . --target nowhere --git-bisect", "unknown target 'nowhere'")]
    [TestCase("run --kernel . --filtre x --git-bisect", "--filtre")]
    [TestCase("run --kernel . --git-bisec", "--git-bisec")]
    [TestCase("run --kernel . --jobs 0 --git-bisect", "--jobs: '0' is no number from 1 to 1000")]
    [TestCase("run --resume last --git-bisect", "--resume: --git-bisect can't be changed")]
    public async Task Bad_usage_stops_the_bisection_and_stores_nothing(string line, string message)
    {
        Build("device");
        var end = await Harness(line);
        Assert.That(end.Code, Is.EqualTo(128), end.Text);
        Assert.That(end.Text, Does.StartWith("harness: ").And.Contain(message).And.Not.Contain("   at "));
        Assert.That(Path.Combine(_folder, "results.db"), Does.Not.Exist);
    }

    [Test]
    public async Task A_kernel_that_is_not_there_is_one_line_and_stores_nothing()
    {
        var end = await Harness("run --kernel /nosuch");
        Assert.That(end.Code, Is.EqualTo(ExitCodes.Usage));
        Assert.That(
            end.Text,
            Is.EqualTo("harness: /nosuch does not exist: give an arm64 Image, or the tree in which it was built\n")
        );
        Assert.That(Path.Combine(_folder, "results.db"), Does.Not.Exist);
    }

    [Test]
    public async Task A_kernel_alone_says_what_it_costs_before_the_run()
    {
        Build("device");
        var end = await Harness($"run --kernel {Image} --filter id={Case} --policy mainline-6.9");
        Assert.That(
            end.Text,
            Does.Contain("has no exporter module: nothing to build it against is given (--kernel-headers)")
                .And.Contain("without it 1 of 1 cases are skipped")
        );
        File.WriteAllText(Path.Combine(Tree, ".config"), "CONFIG_MEMFD_CREATE=y\n# CONFIG_SECRETMEM is not set\n");
        end = await Harness($"run --kernel . --filter id={Case} --policy mainline-6.9");
        Assert.That(
            end.Text,
            Does.Contain("CONFIG_SECRETMEM: cases of secret memory (memfd_secret) are skipped")
                .And.Contain("CONFIG_VFIO_IOMMU_TYPE1 or CONFIG_IOMMUFD")
                .And.Not.Contain("CONFIG_MEMFD_CREATE")
        );
    }

    [Test]
    public async Task Git_bisect_run_ends_in_the_commit_that_changed_the_decision()
    {
        await Git("init", "-q", ".");
        // The fifth can't be booted, and the build of the third fails.
        string?[] history = ["device", "device", null, "device", "panic", "write-back", "write-back", "write-back"];
        var commits = new List<string>();
        for (int i = 0; i < history.Length; i++)
        {
            if (history[i] is { } decides)
                Build(decides);
            else
                File.Delete(Path.Combine(Tree, Image));
            File.WriteAllText(Path.Combine(Tree, "CHANGES"), $"{i}\n");
            await Git("add", "-A");
            await Git("commit", "-q", "-m", $"commit {i}");
            commits.Add((await Git("rev-parse", "HEAD")).Text.Trim());
        }
        await Git("bisect", "start", commits[^1], commits[0]);
        var end = await Git([
            "bisect",
            "run",
            "dotnet",
            Program,
            .. Ask.Split(' '),
            "--db",
            Path.Combine(_folder, "results.db"),
        ]);

        // The commit before the change could not be tested, so git reports both.
        Assert.That(end.Text, Does.Contain(commits[4]).And.Contain(commits[5]).And.Not.Contain(commits[6]), end.Text);
        Assert.That(end.Text, Does.Contain("There are only 'skip'ped commits left to test"));
    }

    [Test]
    public async Task Git_bisect_run_stops_where_the_command_line_is_wrong()
    {
        await Git("init", "-q", ".");
        var commits = new List<string>();
        for (int i = 0; i < 5; i++)
        {
            Build(i < 2 ? "device" : "write-back", i);
            await Git("add", "-A");
            await Git("commit", "-q", "-m", $"commit {i}");
            commits.Add((await Git("rev-parse", "HEAD")).Text.Trim());
        }
        await Git("bisect", "start", commits[^1], commits[0]);
        var wrong = await Git([
            "bisect",
            "run",
            "dotnet",
            Program,
            .. Ask.Replace("mainline-6.9", "mainline-6.99").Split(' '),
        ]);
        Assert.That(wrong.Code, Is.Not.Zero);
        Assert.That(wrong.Text, Does.Contain("exit code 128").And.Not.Contain("first bad commit"));

        var end = await Git(["bisect", "run", "dotnet", Program, .. Ask.Split(' ')]);
        Assert.That(end.Text, Does.Contain($"{commits[2]} is the first bad commit"));
    }

    /// <summary>scripts/harness builds first if sources changed, and a failed build is not a bad commit.</summary>
    [TestCase("run --kernel . --git-bisect", 198)]
    [TestCase("run --kernel .", 70)]
    public async Task A_harness_that_can_not_be_built_stops_the_bisection(string line, int code)
    {
        string scripts = Directory.CreateDirectory(Path.Combine(_folder, "scripts")).FullName;
        File.Copy(Path.Combine(Installation.Root!, "scripts/harness"), Path.Combine(scripts, "harness"));
        File.WriteAllText(Path.Combine(scripts, "build"), "#!/bin/sh\nexit 70\n");
        File.SetUnixFileMode(Path.Combine(scripts, "build"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.That(
            (await Start("bash", [Path.Combine(scripts, "harness"), .. line.Split(' ')])).Code,
            Is.EqualTo(code)
        );
    }

    private const string Image = "arch/arm64/boot/Image";

    private static string Program => Path.Combine(AppContext.BaseDirectory, "Harness.FakeKernel.dll");

    /// <summary>
    /// The output of make: the header described in booting.rst, the banner, and the text that the fake host reads.
    /// </summary>
    private void Build(string decides, int build = 1, string release = "7.2.12-00003-g0123456789ab")
    {
        byte[] header = new byte[64];
        "ARM\x64"u8.CopyTo(header.AsSpan(56));
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(Tree, Image))!);
        File.WriteAllBytes(
            Path.Combine(Tree, Image),
            [.. header, .. Encoding.ASCII.GetBytes($"Linux version {release} (gcc) #{build}\ndecides: {decides}\n")]
        );
    }

    private Task<(int Code, string Text)> Harness(string line) => Start("dotnet", [Program, .. line.Split(' ')]);

    private Task<(int Code, string Text)> Git(params string[] arguments) =>
        Start(
            "git",
            [
                "-c",
                "user.name=toy",
                "-c",
                "user.email=toy@localhost",
                "-c",
                "init.defaultBranch=main",
                "-c",
                "advice.detachedHead=false",
                .. arguments,
            ]
        );

    private async Task<(int Code, string Text)> Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Tree,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["LC_ALL"] = "C";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await error + await output);
    }
}
