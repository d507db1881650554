namespace Harness.Processes;

/// <summary>Where a child's stdout goes.</summary>
public enum ChildOutput
{
    /// <summary>
    /// To whoever reads <see cref="ChildProcess.Output"/>; unread, it blocks the child when the pipe is full.
    /// </summary>
    Stream,

    /// <summary>
    /// Into <see cref="ChildProcess.ErrorTail"/>, among stderr: for programs whose stdout is only messages.
    /// </summary>
    Messages,
}

/// <summary>Starts programs on this machine.</summary>
public interface IProcessRunner
{
    /// <summary>
    /// Runs the program to its end. Nothing of its session is left when this returns or throws.
    /// An exit code other than 0 is a result; see <see cref="ProcessResult.EnsureSuccess"/>.
    /// </summary>
    /// <exception cref="ProgramNotFoundException">There is no such program.</exception>
    /// <exception cref="ProcessTimeoutException">The deadline passed.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the session was ended by SIGTERM, then
    /// SIGKILL.</exception>
    Task<ProcessResult> RunAsync(ProcessSpec spec, CancellationToken cancel = default);

    /// <summary>Starts a program that stays; the caller talks to it and disposes it.</summary>
    /// <exception cref="ProgramNotFoundException">There is no such program.</exception>
    ChildProcess Start(ProcessSpec spec, ChildOutput output = ChildOutput.Stream);
}
