using System.Text.Json.Serialization;
using Harness.Protocol.Json;

namespace Harness.Protocol;

/// <summary>How a program ended.</summary>
[JsonConverter(typeof(CamelCaseEnum<ObservationEnd>))]
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

    /// <summary>The probe itself failed: an exception, a step that makes no sense.</summary>
    ProbeError,
}

/// <summary>What happened when a program ran: raw, without interpretation.</summary>
/// <param name="Case">The program's case id.</param>
/// <param name="End">How it ended.</param>
/// <param name="Detail">For every end but Completed: what happened, in words.</param>
/// <param name="Micros">Time in the probe, in microseconds.</param>
/// <param name="Steps">The results of the steps executed: the first is the program's first step's, and so on.</param>
/// <param name="KernelLog">Lines the kernel logged meanwhile, without their time stamps.</param>
public sealed record Observation(
    string Case,
    ObservationEnd End,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Detail,
    long Micros,
    IReadOnlyList<StepResult> Steps,
    IReadOnlyList<string> KernelLog);
