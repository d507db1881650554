using System.Diagnostics;

namespace Harness.Cli.Tests;

/// <summary>The command line as a process of its own.</summary>
internal sealed class HarnessProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    public HarnessProcess(string directory, params string[] arguments)
        : this(directory, [], arguments) { }

    /// <param name="before">A program that starts it, such as nohup.</param>
    public HarnessProcess(string directory, string[] before, string[] arguments)
    {
        string[] all = [.. before, "dotnet", typeof(HarnessCommand).Assembly.Location, .. arguments];
        var start = new ProcessStartInfo(all[0], all[1..])
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        _process = Process.Start(start)!;
        _output = _process.StandardOutput.ReadToEndAsync();
        _error = _process.StandardError.ReadToEndAsync();
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Sends a signal by its name, "HUP".</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    public async Task<(int Code, string Out, string Error)> EndAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await _process.WaitForExitAsync(limit.Token);
        return (_process.ExitCode, await _output, await _error);
    }

    public static Task<(int Code, string Out, string Error)> RunAsync(string directory, params string[] arguments) =>
        new HarnessProcess(directory, arguments).EndAsync();

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
