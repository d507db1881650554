using System.Diagnostics;

namespace Harness.Chaos;

/// <summary>How a harness ended.</summary>
internal sealed record Ending(int Code, string Out, string Error)
{
    public string All => Out + Error;

    /// <summary>The last line of its messages, for reports.</summary>
    public string LastLine => Error.TrimEnd().Split('\n')[^1];
}

/// <summary>A harness that a trial started, as users start it.</summary>
internal sealed class HarnessProcess : IDisposable
{
    public const string Mark = "HARNESS_CHAOS";

    private readonly Process _process;

    private HarnessProcess(Process process)
    {
        _process = process;
        process.StandardInput.Close();
        Ended = EndAsync(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
    }

    public int Pid => _process.Id;

    public Task<Ending> Ended { get; }

    /// <param name="program">harness.dll.</param>
    /// <param name="place">Where it may write.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="environment">Changes to the environment.</param>
    public static HarnessProcess Start(
        string program,
        Workplace place,
        IEnumerable<string> arguments,
        IEnumerable<KeyValuePair<string, string>> environment
    )
    {
        // SIGINT that a shell in the background ignores is inherited; env executes dotnet in place.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", program, .. arguments])
        {
            WorkingDirectory = place.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["TMPDIR"] = place.Temporary;
        start.Environment[Mark] = place.Mark;
        // The runtime's sockets for debuggers stay behind when it is killed.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        // As scripts/harness sets it for runs.
        start.Environment["DOTNET_TC_CallCountingDelayMs"] = "BB8";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new HarnessProcess(Process.Start(start)!);
    }

    public void Signal(int signal) => _ = ProcessTree.Kill(Pid, signal);

    /// <summary>Closes the reading ends of its output.</summary>
    public void CloseOutput()
    {
        _process.StandardOutput.Close();
        _process.StandardError.Close();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private async Task<Ending> EndAsync(Task<string> output, Task<string> error)
    {
        await _process.WaitForExitAsync().ConfigureAwait(false);
        return new Ending(
            _process.ExitCode,
            await ReadAsync(output).ConfigureAwait(false),
            await ReadAsync(error).ConfigureAwait(false)
        );
    }

    private static async Task<string> ReadAsync(Task<string> stream)
    {
        try
        {
            return await stream.ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            return ""; // closed by the trial
        }
    }
}
