using System.Diagnostics;

namespace Harness.Processes;

/// <summary>A running program with its two streams. Disposing it ends its whole session.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private const int TailCapacity = 64 << 10;

    /// <summary>
    /// How long a finished process's streams may stay open before a descendant is assumed to hold them.
    /// </summary>
    internal static readonly TimeSpan Drain = TimeSpan.FromMilliseconds(500);

    private readonly Process _process;
    private readonly Stream _errors;
    private readonly Task _pumps;
    private readonly CancellationTokenSource _pumping = new();
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildProcess(ProcessSpec spec, Process process, ProcessSession session, ChildOutput output, TailBuffer tail)
    {
        Spec = spec;
        _process = process;
        Input = process.StandardInput.BaseStream;
        Output = process.StandardOutput.BaseStream;
        _errors = process.StandardError.BaseStream;
        Session = session;
        ErrorTail = tail;
        var errors = PumpAsync(_errors, ErrorTail, _pumping.Token);
        _pumps =
            output == ChildOutput.Stream ? errors : Task.WhenAll(errors, PumpAsync(Output, ErrorTail, _pumping.Token));
        Exited = WatchAsync();
    }

    public ProcessSpec Spec { get; }

    /// <summary>The child's pid, which is also the id of its session.</summary>
    public int Pid => Session.Leader.Pid;

    /// <summary>The child and its descendants in the session.</summary>
    public ProcessSession Session { get; }

    /// <summary>The child's stdin. Disposing it closes the child's stdin. Not buffered.</summary>
    public Stream Input { get; }

    /// <summary>
    /// The child's stdout, for one reader; with <see cref="ChildOutput.Messages"/> it is already in use.
    /// </summary>
    public Stream Output { get; }

    /// <summary>The last 64 KiB of stderr.</summary>
    public TailBuffer ErrorTail { get; }

    /// <summary>Completes once the child has ended and its stderr is read; never faults.</summary>
    public Task<ProcessExit> Exited { get; }

    /// <summary>Completes when the child has ended, before its remaining stderr is read.</summary>
    internal Task Gone => _gone.Task;

    internal static ChildProcess Start(ProcessSpec spec, ChildOutput output)
    {
        var command = SessionCommand.Of(spec);
        var start = new ProcessStartInfo(command.Program, command.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = spec.WorkingDirectory ?? "",
        };
        foreach (var (name, value) in spec.Environment)
            start.Environment[name] = value;
        var process = ProcessSpawner.Start(() => Process.Start(start))
            ?? throw new InvalidOperationException("no process was started");
        var session = ProcessSession.Begun(process);
        return new ChildProcess(spec, process, session, output, new TailBuffer(TailCapacity));
    }

    /// <summary>
    /// SIGTERM, a wait of <see cref="ProcessSpec.StopGrace"/>, then SIGKILL of the rest of the session.
    /// </summary>
    public async Task<ProcessExit> StopAsync()
    {
        await Session.StopAsync(_gone.Task, Spec.StopGrace).ConfigureAwait(false);
        return await Exited.ConfigureAwait(false);
    }

    /// <summary>SIGKILL of the whole session.</summary>
    public async Task<ProcessExit> KillAsync()
    {
        await Session.KillAsync().ConfigureAwait(false);
        return await Exited.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        OpenSessions.Remove(Session);
        // Process.Dispose does not close streams that were handed out.
        await Input.DisposeAsync().ConfigureAwait(false);
        await Output.DisposeAsync().ConfigureAwait(false);
        await _errors.DisposeAsync().ConfigureAwait(false);
        _process.Dispose();
        _pumping.Dispose();
    }

    private async Task<ProcessExit> WatchAsync()
    {
        // Waits only for the process's end: with streams that we read ourselves, this does not wait for theirs.
        await _process.WaitForExitAsync().ConfigureAwait(false);
        _gone.SetResult();
        if (!await EndsWithin(_pumps, Drain).ConfigureAwait(false))
        {
            await _pumping.CancelAsync().ConfigureAwait(false);
            await _pumps.ConfigureAwait(false);
        }
        return new ProcessExit(_process.ExitCode);
    }

    internal static async Task<bool> EndsWithin(Task task, TimeSpan time) =>
        await Task.WhenAny(task, Task.Delay(TimeoutScale.Scale(time))).ConfigureAwait(false) == task;

    private static async Task PumpAsync(Stream from, TailBuffer to, CancellationToken cancel)
    {
        var buffer = new byte[16 << 10];
        try
        {
            int read;
            while ((read = await from.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0)
                to.Write(buffer.AsSpan(0, read));
        }
        catch (OperationCanceledException)
        {
            // The drain is over; missing output is flagged.
        }
    }
}
