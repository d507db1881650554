using System.Diagnostics;
using Harness.Store;

namespace Harness.EndToEnd;

/// <summary>The result of a command line.</summary>
internal sealed record CliResult(int Code, string Out, string Error);

/// <summary>The command line as users start it: as a process, in its own folder.</summary>
internal sealed class Cli : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("harness-e2e-").FullName;

    /// <summary>The repository that the tests were built in.</summary>
    public static string Root { get; } = FindRoot();

    public string Database => Path.Combine(_folder, "results.db");

    public string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    public Process Start(params string[] arguments)
    {
        // If a shell starts the tests in the background, SIGINT is ignored and that is inherited; env executes dotnet
        // in place.
        var start = new ProcessStartInfo(
            "env",
            ["--default-signal=INT", "dotnet", Path.Combine(AppContext.BaseDirectory, "harness.dll"), .. arguments]
        )
        {
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        return Process.Start(start)!;
    }

    public async Task<CliResult> RunAsync(params string[] arguments) => await EndAsync(Start(arguments));

    public static async Task<CliResult> EndAsync(Process process)
    {
        using (process)
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return new CliResult(process.ExitCode, await output, await error);
        }
    }

    /// <summary>The stored results of the only run, by target.</summary>
    public (RunSummary Run, ILookup<string, ResultRow> Results) Stored()
    {
        var store = ResultStore.Open(Database);
        var run = store.Run()!;
        Assert.That(store.Check().Faults, Is.Empty);
        return (run, store.Results(run.Run.Id).ToLookup(r => r.Target));
    }

    /// <summary>Waits until the run in progress has stored this many matches.</summary>
    /// <param name="matches">On all hosts.</param>
    /// <param name="ended">The run's process; waiting stops when it has ended.</param>
    /// <returns>False if it ended with fewer.</returns>
    public async Task<bool> MatchesAsync(int matches, Task ended)
    {
        while (true)
        {
            bool last = ended.IsCompleted;
            try
            {
                if (
                    ResultStore.Open(Database).Run() is { } run
                    && run.Hosts.Sum(h => h.Verdicts.GetValueOrDefault(Verdicts.Match)) >= matches
                )
                    return true;
            }
            catch (StoreException)
            {
                // The file doesn't exist yet.
            }
            if (last)
                return false;
            await Task.WhenAny(ended, Task.Delay(100));
        }
    }

    /// <summary>A fixed seed, unless HARNESS_SEED sets another.</summary>
    public static Random Chance()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("HARNESS_SEED"), out int given) ? given : 1;
        TestContext.Progress.WriteLine($"HARNESS_SEED={seed}");
        return new Random(seed);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string FindRoot()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "Harness.sln")))
            at = at.Parent!;
        return at.FullName;
    }
}
