namespace Harness.Processes;

/// <summary>Where a child's stdout goes.</summary>
public enum ChildOutput
{
    /// <summary>
    /// To the reader of <see cref="ChildProcess.Output"/>; without a reader, it blocks the child when the pipe is full.
    /// </summary>
    Stream,

    /// <summary>
    /// To <see cref="ChildProcess.ErrorTail"/>, like stderr: for programs that only write messages to stdout.
    /// </summary>
    Messages,
}

/// <summary>Starts programs on this machine.</summary>
public interface IProcessRunner
{
    /// <summary>
    /// Runs the program to its end. Its session is empty when this returns or throws. An exit code other than 0 is a
    /// result; see <see cref="ProcessResult.EnsureSuccess"/>.
    /// </summary>
    /// <exception cref="ProgramNotFoundException">There is no such program.</exception>
    /// <exception cref="ProcessTimeoutException">The deadline passed.</exception>
    /// <exception cref="OperationCanceledException">
    /// Cancelled; the session was ended by SIGTERM, then SIGKILL.
    /// </exception>
    Task<ProcessResult> RunAsync(ProcessSpec spec, CancellationToken cancel = default);

    /// <summary>Starts a long-running program; the caller uses its streams and disposes it.</summary>
    /// <exception cref="ProgramNotFoundException">There is no such program.</exception>
    ChildProcess Start(ProcessSpec spec, ChildOutput output = ChildOutput.Stream);
}
