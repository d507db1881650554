using System.Text.Json.Serialization;
using Harness.Protocol.Json;

namespace Harness.Protocol;

/// <summary>How a program ended.</summary>
[JsonConverter(typeof(CamelCaseEnum<ObservationEnd>))]
public enum ObservationEnd
{
    /// <summary>Every step was executed, or one ended the program by its <see cref="OnError.End"/>.</summary>
    Completed,

    /// <summary>
    /// A step with <see cref="OnError.Fail"/> returned an error: the case did not reach the part under test.
    /// </summary>
    SetupFailed,

    /// <summary>The deadline passed; the worker was killed.</summary>
    Hang,

    /// <summary>The worker died by a signal or ran out of memory.</summary>
    Crash,

    /// <summary>The probe itself failed: an exception, an invalid step.</summary>
    ProbeError,
}

/// <summary>The raw result of a program, without interpretation.</summary>
/// <param name="Case">The program's case id.</param>
/// <param name="End">How it ended.</param>
/// <param name="Detail">For every end but Completed: what happened, as text.</param>
/// <param name="Micros">Time in the probe, in microseconds.</param>
/// <param name="Steps">The results of the executed steps, in program order.</param>
/// <param name="KernelLog">Lines the kernel logged meanwhile, without their time stamps.</param>
public sealed record Observation(
    string Case,
    ObservationEnd End,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Detail,
    long Micros,
    IReadOnlyList<StepResult> Steps,
    IReadOnlyList<string> KernelLog
)
{
    /// <summary>
    /// Of a program that is <see cref="ProbeProgram.Timed"/>: microseconds of each executed step, then of closing what
    /// they opened.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? StepMicros { get; init; }

    /// <summary>The process that ran the program, as the kernel's log names it; null from older probes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Pid { get; init; }

    /// <summary>The result of a step; null if the program ended before it.</summary>
    public StepResult? Find(StepHandle step) => step.Index < Steps.Count ? Steps[step.Index] : null;

    /// <summary>The result of a step; null if the program ended before it.</summary>
    /// <exception cref="ProtocolException">Another kind of step was executed in its place.</exception>
    public TResult? Find<TResult>(StepHandle<TResult> step)
        where TResult : StepResult =>
        Find((StepHandle)step) is not { } result
            ? null
            : result as TResult
                ?? throw new ProtocolException(
                    $"the observation's step {step.Index} is {result.Op}, which differs from its program"
                );
}
