using System.Diagnostics;
using Harness.Processes;
using Harness.Targets;
using Harness.Targets.Transport;

namespace Harness.Runs.Tests.Peers;

/// <summary>This machine's shell as a host.</summary>
internal sealed class LocalShell : IConnection
{
    private readonly TaskCompletionSource<TargetException> _lost = new();

    /// <summary>Loses the connection at a command that contains it.</summary>
    public string? LosesAt { get; init; }

    public List<string> Commands { get; } = [];

    public string Target => "local";

    public Task<TargetException> Lost => _lost.Task;

    public async Task<CommandResult> ExecAsync(
        string command,
        ProcessInput? input = null,
        TimeSpan? deadline = null,
        CancellationToken cancel = default
    )
    {
        Commands.Add(command);
        if (LosesAt is { } word && command.Contains(word, StringComparison.Ordinal))
        {
            var loss = new TargetException(TargetFailure.SessionLost, Target, "the connection was lost");
            _lost.TrySetResult(loss);
            throw loss;
        }
        var clock = Stopwatch.StartNew();
        var result = await new ProcessRunner().RunAsync(
            new ProcessSpec("sh", ["-c", command]) { Input = input ?? ProcessInput.Nothing },
            cancel
        );
        return new CommandResult(result.ExitCode, result.OutputText, result.ErrorText, clock.Elapsed);
    }

    public Task<ILineChannel> StartAsync(string command, CancellationToken cancel = default) =>
        throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
