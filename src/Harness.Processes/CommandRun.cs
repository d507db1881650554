using System.Diagnostics;
using CliWrap;

namespace Harness.Processes;

/// <summary>
/// A program that runs to its end. CliWrap starts it, writes its input and reads its output. When to stop waiting for
/// its streams, and how to end it, is decided here: CliWrap has no sessions, and waits for any other process that holds
/// a pipe.
/// </summary>
internal sealed class CommandRun : IAsyncDisposable
{
    /// <summary>
    /// Once the session has no process left, its streams must end; this limit is for a descendant that left the
    /// session.
    /// </summary>
    private static readonly TimeSpan LastDrain = TimeSpan.FromSeconds(2);

    private readonly ProcessSpec _spec;
    private readonly HeadBuffer _output;
    private readonly TailBuffer _errors;
    private readonly CancellationTokenSource _reading = new();
    private readonly CancellationTokenSource _feeding = new();
    private readonly TaskCompletionSource _outputRead = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _errorsRead = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<bool> _fed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<CommandResult> _whole;
    private bool _finished;

    private CommandRun(ProcessSpec spec)
    {
        _spec = spec;
        _output = new HeadBuffer(spec.CaptureLimit);
        _errors = new TailBuffer(spec.CaptureLimit);
        var command = SessionCommand.Of(spec);
        var wrapped = Cli.Wrap(command.Program)
            .WithArguments(command.Arguments)
            .WithEnvironmentVariables(spec.Environment)
            .WithWorkingDirectory(spec.WorkingDirectory ?? "")
            // The caller decides what an exit code means.
            .WithValidation(CommandResultValidation.None)
            .WithStandardInputPipe(PipeSource.Create((to, _) => Complete(_fed, () => FeedAsync(to))))
            .WithStandardOutputPipe(
                PipeTarget.Create((from, _) => Complete(_outputRead, () => ReadAsync(from, KeepAsync)))
            )
            .WithStandardErrorPipe(PipeTarget.Create((from, _) => Complete(_errorsRead, () => ReadAsync(from, bytes =>
                            {
                                _errors.Write(bytes.Span);
                                return ValueTask.CompletedTask;
                            }))));
        _whole = ProcessSpawner.Start(() => wrapped.ExecuteAsync(null, Started).Task);
    }

    /// <summary>The program and its descendants in the session.</summary>
    public ProcessSession Session { get; private set; } = null!;

    /// <summary>Completes when the program has ended, even if its streams are still open.</summary>
    public Task Gone { get; private set; } = null!;

    /// <summary>
    /// The tasks that read its output and write its input, from and to streams of the caller, which may fail (a full
    /// disk, for example).
    /// </summary>
    public IEnumerable<Task> Streams => [_outputRead.Task, _fed.Task];

    /// <exception cref="ProgramNotFoundException">There is no such program.</exception>
    public static CommandRun Start(ProcessSpec spec) => new(spec);

    /// <summary>Waits for the rest of a program that has ended. Afterwards its session is empty.</summary>
    /// <exception cref="Exception">A stream of the caller failed.</exception>
    public async Task<ProcessResult> FinishAsync(TimeSpan duration)
    {
        var read = Task.WhenAll(_outputRead.Task, _errorsRead.Task);
        bool inTime = await ChildProcess.EndsWithin(read, ChildProcess.Drain).ConfigureAwait(false);
        bool outputCut = !_outputRead.Task.IsCompleted,
            errorsCut = !_errorsRead.Task.IsCompleted,
            fed = _fed.Task.IsCompleted;
        await Session.KillAsync().ConfigureAwait(false); // Grandchildren may hold the pipe, or still run.
        if (!inTime && !await ChildProcess.EndsWithin(read, LastDrain).ConfigureAwait(false))
            await _reading.CancelAsync().ConfigureAwait(false);
        await read.ConfigureAwait(false);
        await _feeding.CancelAsync().ConfigureAwait(false);
        bool refused = !await _fed.Task.ConfigureAwait(false) || !fed;
        var exit = new ProcessExit((await _whole.ConfigureAwait(false)).ExitCode);
        _finished = true;
        return new ProcessResult(
            _spec,
            exit,
            _output.Content,
            _errors.ToArray(),
            _output.Truncated || outputCut,
            _errors.Truncated || errorsCut,
            refused,
            duration
        );
    }

    /// <summary>Ends the rest of the session.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_finished)
        {
            await Session.StopAsync(Gone, _spec.StopGrace).ConfigureAwait(false);
            await _reading.CancelAsync().ConfigureAwait(false);
            await _feeding.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(_outputRead.Task, _errorsRead.Task, _fed.Task, _whole)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        OpenSessions.Remove(Session);
        _reading.Dispose();
        _feeding.Dispose();
        _output.Dispose();
    }

    /// <summary>Called by CliWrap on the spawner's thread, after the process was started.</summary>
    private void Started(Process process)
    {
        Session = ProcessSession.Begun(process);
        Gone = process.WaitForExitAsync();
    }

    /// <summary>
    /// The result of a stream is awaited here and not by CliWrap, which would kill the program but not its session. Not
    /// on the thread of the caller, which is the spawner's.
    /// </summary>
    private static async Task Complete(TaskCompletionSource done, Func<Task> operation)
    {
        await Task.Yield();
        try
        {
            await operation().ConfigureAwait(false);
            done.SetResult();
        }
        catch (Exception e)
        {
            done.SetException(e);
        }
    }

    private static async Task Complete(TaskCompletionSource<bool> done, Func<Task<bool>> operation)
    {
        await Task.Yield();
        try
        {
            done.SetResult(await operation().ConfigureAwait(false));
        }
        catch (Exception e)
        {
            done.SetException(e);
        }
    }

    private async Task ReadAsync(Stream from, Func<ReadOnlyMemory<byte>, ValueTask> keep)
    {
        var buffer = new byte[64 << 10];
        try
        {
            int read;
            while ((read = await from.ReadAsync(buffer, _reading.Token).ConfigureAwait(false)) > 0)
                await keep(buffer.AsMemory(0, read)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_reading.IsCancellationRequested)
        {
            // The drain is over; missing output is flagged.
        }
    }

    private ValueTask KeepAsync(ReadOnlyMemory<byte> bytes)
    {
        if (_spec.OutputTo is { } to)
            return to.WriteAsync(bytes, CancellationToken.None);
        _output.Write(bytes.Span);
        return ValueTask.CompletedTask;
    }

    /// <returns>Whether all of the input was read.</returns>
    private async Task<bool> FeedAsync(Stream to)
    {
        try
        {
            switch (_spec.Input)
            {
                case ProcessInput.Bytes bytes:
                    return await WriteAsync(to, bytes.Content).ConfigureAwait(false);
                case ProcessInput.Copy copy:
                    var buffer = new byte[64 << 10];
                    int read;
                    while ((read = await copy.Source.ReadAsync(buffer, _feeding.Token).ConfigureAwait(false)) > 0)
                        if (!await WriteAsync(to, buffer.AsMemory(0, read)).ConfigureAwait(false))
                            return false;
                    return true;
                default:
                    throw new InvalidOperationException($"unknown input {_spec.Input.GetType().Name}");
            }
        }
        catch (OperationCanceledException) when (_feeding.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task<bool> WriteAsync(Stream to, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await to.WriteAsync(bytes, _feeding.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // EPIPE, or CliWrap has closed it at the end: the process no longer reads. Its exit code shows whether that
            // matters.
            return false;
        }
    }
}
