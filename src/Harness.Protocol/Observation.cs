namespace Harness.Protocol;

public enum ObservationEnd
{
    /// <summary>Every step was executed, or one ended the program as its <see cref="OnError.End"/> foresaw.</summary>
    Completed,

    /// <summary>A step with <see cref="OnError.Fail"/> returned an error: the case never got as far as its question.</summary>
    SetupFailed,

    /// <summary>The deadline passed; the worker was killed.</summary>
    Hang,

    /// <summary>The worker died by a signal or ran out of memory.</summary>
    Crash,

    /// <summary>The probe itself failed: an exception, a step it does not know.</summary>
    ProbeError,
}

/// <summary>What one step returned.</summary>
/// <param name="Index">Position in the program, from 0.</param>
/// <param name="Op">Copied from the step.</param>
/// <param name="Errno">0, or the positive errno of the system call.</param>
/// <param name="Values">What else the step read, by name; see <see cref="Steps"/>.</param>
public sealed record StepResult(int Index, string Op, int Errno, Fields Values);

/// <summary>What happened when a program ran: raw, without interpretation.</summary>
/// <param name="Case">The program's case id.</param>
/// <param name="End">How it ended.</param>
/// <param name="Detail">For every end but Completed: what happened, in words.</param>
/// <param name="Micros">Time in the probe, in microseconds.</param>
/// <param name="Steps">The results of the steps executed, in order.</param>
/// <param name="KernelLog">Lines the kernel logged meanwhile, without their time stamps.</param>
public sealed record Observation(
    string Case,
    ObservationEnd End,
    string? Detail,
    long Micros,
    IReadOnlyList<StepResult> Steps,
    IReadOnlyList<string> KernelLog);
