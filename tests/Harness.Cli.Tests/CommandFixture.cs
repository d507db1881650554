using Harness.Cli.Actions;

namespace Harness.Cli.Tests;

/// <summary>
/// Runs the command line in this process, in its own directory, with actions that only record their requests.
/// </summary>
public abstract class CommandFixture
{
    protected string Directory { get; private set; } = "";

    /// <summary>The request of the last action.</summary>
    protected object? Asked { get; private set; }

    /// <summary>What an action does after it recorded its request.</summary>
    protected Func<HarnessConsole, CancellationToken, Task<int>> Behaviour { get; set; } =
        (_, _) => Task.FromResult(ExitCodes.Ok);

    /// <summary>Whether the program's own actions are executed.</summary>
    protected bool Real { get; set; }

    protected const string Configuration = """
        {
          "targets": {
            "fwb": { "kind": "qemu", "track": "7.2" },
            "lab": { "kind": "ssh", "destination": "root@lab", "port": 2222 },
          },
          "suites": {
            "default": { "targets": ["fwb"] },
            "night": { "targets": ["lab", "fwb"], "filter": "backing=pfnmap", "policy": "mainline-7.2" },
            "moves": { "targets": ["lab", "fwb"], "pairs": true },
          },
        }
        """;

    [SetUp]
    public void MakeDirectory()
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("harness-cli-").FullName;
        File.WriteAllText(Path.Combine(Directory, "harness.json"), Configuration);
        Behaviour = (_, _) => Task.FromResult(ExitCodes.Ok);
        Asked = null;
        Real = false;
    }

    [TearDown]
    public void RemoveDirectory() => System.IO.Directory.Delete(Directory, recursive: true);

    protected async Task<(int Code, string Out, string Error)> Harness(string line, CancellationToken cancel = default)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        var console = new HarnessConsole(output, error, false, false, Directory);
        string[] args = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int code = await HarnessCommand.InvokeAsync(args, console, Real ? HarnessActions.Real : Recording, cancel);
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>Actions that need machines only record their requests.</summary>
    protected HarnessActions Recording =>
        new()
        {
            Run = Note,
            Resume = Note,
            Cases = CasesAction.ExecuteAsync,
            Explain = Note,
            Repro = Note,
            Evidence = Note,
            Identify = Note,
            Explore = Note,
            Peers = Note,
            VerifyFindings = Note,
            Bisect = Note,
            Timeline = TimelineAction.ExecuteAsync,
            Migrate = Note,
            CheckTarget = Note,
            PrepareTarget = Note,
            BuildImages = Note,
            ListImages = Note,
        };

    private Task<int> Note(object request, HarnessConsole console, CancellationToken cancel)
    {
        Asked = request;
        return Behaviour(console, cancel);
    }
}
