using System.Diagnostics;

namespace Harness.Processes;

/// <inheritdoc cref="IProcessRunner"/>
public sealed class ProcessRunner : IProcessRunner
{
    /// <summary>Once nothing of the session lives, its streams must end; this is for a descendant that left the session.</summary>
    private static readonly TimeSpan LastDrain = TimeSpan.FromSeconds(2);

    public ChildProcess Start(ProcessSpec spec, ChildOutput output = ChildOutput.Stream) =>
        ChildProcess.Start(spec, output);

    public async Task<ProcessResult> RunAsync(ProcessSpec spec, CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        var clock = Stopwatch.StartNew();
        using var reading = new CancellationTokenSource();
        using var feeding = new CancellationTokenSource();
        using var head = new HeadBuffer(spec.CaptureLimit);
        await using var child = ChildProcess.Start(spec, ChildOutput.Stream, spec.CaptureLimit);

        var reader = ReadAsync(child.Output, spec.OutputTo, head, reading.Token);
        var feeder = FeedAsync(child.Input, spec.Input, feeding.Token);

        var inTime = await WaitAsync(child, reader, feeder, spec.Deadline, cancel).ConfigureAwait(false);
        if (!inTime)
            await child.StopAsync().ConfigureAwait(false);
        var duration = clock.Elapsed;

        var cut = !await ChildProcess.EndsWithin(reader, ChildProcess.Drain).ConfigureAwait(false);
        await child.Session.KillAsync().ConfigureAwait(false); // Grandchildren may hold the pipe, or just stay.
        if (cut && !await ChildProcess.EndsWithin(reader, LastDrain).ConfigureAwait(false))
            await reading.CancelAsync().ConfigureAwait(false);
        await reader.ConfigureAwait(false);

        var fed = feeder.IsCompleted;
        await feeding.CancelAsync().ConfigureAwait(false);
        var refused = !await feeder.ConfigureAwait(false) || !fed;
        var exit = await child.Exited.ConfigureAwait(false);

        cancel.ThrowIfCancellationRequested();
        var result = new ProcessResult(spec, exit, head.Content, child.ErrorTail.ToArray(), head.Truncated || cut,
            child.ErrorTail.Truncated || child.ErrorsCut, refused, duration);
        return inTime ? result : throw new ProcessTimeoutException(result, Patience.Scale(spec.Deadline!.Value));
    }

    /// <returns>False when the process must be stopped: deadline or cancellation.</returns>
    private static async Task<bool> WaitAsync(
        ChildProcess child, Task reader, Task feeder, TimeSpan? deadline, CancellationToken cancel)
    {
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        if (deadline is { } limit)
            timer.CancelAfter(Patience.Scale(limit));
        var stop = Task.Delay(Timeout.InfiniteTimeSpan, timer.Token);
        var watched = new List<Task> { child.Gone, stop, reader, feeder };
        while (true)
        {
            var first = await Task.WhenAny(watched).ConfigureAwait(false);
            if (first == child.Gone)
                return true;
            if (first == stop)
                return child.Gone.IsCompleted;
            if (first.IsFaulted)
                await first.ConfigureAwait(false); // The caller's own stream failed: a full disk, say.
            watched.Remove(first);
        }
    }

    private static async Task ReadAsync(Stream from, Stream? to, HeadBuffer head, CancellationToken cancel)
    {
        var buffer = new byte[64 << 10];
        while (true)
        {
            int read;
            try
            {
                read = await from.ReadAsync(buffer, cancel).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            if (read == 0)
                return;
            if (to is null)
                head.Write(buffer.AsSpan(0, read));
            else
                await to.WriteAsync(buffer.AsMemory(0, read), CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <returns>Whether all of the input was taken.</returns>
    private static async Task<bool> FeedAsync(Stream to, ProcessInput input, CancellationToken cancel)
    {
        try
        {
            return input switch
            {
                ProcessInput.Bytes bytes => await WriteAsync(to, bytes.Content, cancel).ConfigureAwait(false),
                ProcessInput.Copy copy => await CopyAsync(copy.Source, to, cancel).ConfigureAwait(false),
                _ => throw new ArgumentException($"unknown input {input.GetType().Name}", nameof(input)),
            };
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        finally
        {
            await to.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task<bool> CopyAsync(Stream from, Stream to, CancellationToken cancel)
    {
        var buffer = new byte[64 << 10];
        int read;
        while ((read = await from.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0)
            if (!await WriteAsync(to, buffer.AsMemory(0, read), cancel).ConfigureAwait(false))
                return false;
        return true;
    }

    private static async Task<bool> WriteAsync(Stream to, ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        try
        {
            await to.WriteAsync(bytes, cancel).ConfigureAwait(false);
            return true;
        }
        catch (IOException)
        {
            return false; // EPIPE: the process reads no more. Whether that matters, its exit code says.
        }
    }
}
