using System.Diagnostics;

namespace Harness.Processes;

/// <inheritdoc cref="IProcessRunner"/>
public sealed class ProcessRunner : IProcessRunner
{
    public ChildProcess Start(ProcessSpec spec, ChildOutput output = ChildOutput.Stream) =>
        ChildProcess.Start(spec, output);

    public async Task<ProcessResult> RunAsync(ProcessSpec spec, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        var clock = Stopwatch.StartNew();
        await using var run = CommandRun.Start(spec);

        var inTime = await WaitAsync(run, spec.Deadline, cancel).ConfigureAwait(false);
        if (!inTime)
            await run.Session.StopAsync(run.Gone, spec.StopGrace).ConfigureAwait(false);
        var result = await run.FinishAsync(clock.Elapsed).ConfigureAwait(false);

        cancel.ThrowIfCancellationRequested();
        return inTime ? result : throw new ProcessTimeoutException(result, TimeoutScale.Scale(spec.Deadline!.Value));
    }

    /// <returns>False if the process must be stopped: deadline or cancellation.</returns>
    private static async Task<bool> WaitAsync(CommandRun run, TimeSpan? deadline, CancellationToken cancel)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        if (deadline is { } limit)
            timer.CancelAfter(TimeoutScale.Scale(limit));
        var stop = Task.Delay(Timeout.InfiniteTimeSpan, timer.Token);
        var watched = new List<Task>([run.Gone, stop, .. run.Streams]);
        while (true)
        {
            var first = await Task.WhenAny(watched).ConfigureAwait(false);
            if (first == run.Gone)
                return true;
            if (first == stop)
                return run.Gone.IsCompleted;
            if (first.IsFaulted)
                await first.ConfigureAwait(false); // The caller's own stream failed, for example by a full disk.
            watched.Remove(first);
        }
    }
}
