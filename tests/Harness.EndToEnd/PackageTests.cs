using System.Diagnostics;
using Harness.Store;

namespace Harness.EndToEnd;

/// <summary>The harness as a tool, installed without the repository.</summary>
public sealed class PackageTests
{
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("harness-tool-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Installed_into_an_empty_folder_it_runs_a_case_on_a_booted_host()
    {
        foreach (string name in (string[])["home", "packages", "lab"])
            Directory.CreateDirectory(Path.Combine(_folder, name));
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "nuget.config"),
            """<configuration><packageSources><clear /><add key="here" value="packages" /></packageSources></configuration>"""
        );
        await DoneAsync(
            "dotnet",
            "pack",
            Path.Combine(Cli.Root, "src", "Harness.Cli"),
            "-c",
            "Release",
            "--no-build",
            "-o",
            Path.Combine(_folder, "packages")
        );
        await DoneAsync(
            "dotnet",
            "tool",
            "install",
            "stage2-harness",
            "--prerelease",
            "--tool-path",
            Path.Combine(_folder, "tool"),
            "--configfile",
            Path.Combine(_folder, "nuget.config")
        );

        string harness = Path.Combine(_folder, "tool", "harness");
        string version = (await DoneAsync(harness, "--version")).Out.TrimEnd();
        var begun = await DoneAsync(harness, "init");
        Assert.That(
            begun.Error,
            Does.Contain($"{_folder}/tool/.store/"),
            "the script that installs packages comes along"
        );
        await DoneAsync(harness, "run", "--target", "fwb", "--filter", "id=f247a6ff73a2");

        var store = ResultStore.Open(Path.Combine(_folder, "lab", "results.db"));
        var run = store.Run()!;
        Assert.That((run.State, run.Run.HarnessVersion), Is.EqualTo((States.Finished, version)));
        Assert.That(
            store.Results(run.Run.Id).Single(),
            Has.Property("CaseId").EqualTo("f247a6ff73a2").And.Property("Verdict").EqualTo(Verdicts.Match)
        );
        Assert.That(
            (await DoneAsync(harness, "repro", "f247a6ff73a2", "--c")).Out,
            Does.Contain($"Written by harness {version}.")
        );
    }

    /// <summary>In an empty folder, with an empty home directory; only the guest images are shared.</summary>
    private async Task<CliResult> DoneAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Path.Combine(_folder, "lab"),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["HARNESS_CACHE"] = Images.ImageStore.DefaultFolder;
        start.Environment["HOME"] = start.Environment["DOTNET_CLI_HOME"] = Path.Combine(_folder, "home");
        start.Environment["DOTNET_NOLOGO"] = start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        var result = await Cli.EndAsync(Process.Start(start)!);
        Assert.That(result.Code, Is.Zero, $"{program} {string.Join(' ', arguments)}\n{result.Out}\n{result.Error}");
        return result;
    }
}
