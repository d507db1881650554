using System.Text.Json.Serialization;
using Harness.Protocol.Json;

namespace Harness.Protocol;

/// <summary>How the program continues when a step's system call returns an error.</summary>
[JsonConverter(typeof(CamelCaseEnum<OnError>))]
public enum OnError
{
    /// <summary>
    /// The step is a prerequisite: its failure ends the program as <see cref="ObservationEnd.SetupFailed"/>.
    /// </summary>
    Fail,

    /// <summary>The error is an observation, and later steps would be meaningless: the program completes.</summary>
    End,

    /// <summary>The error is an observation, and the program continues.</summary>
    Continue,
}

/// <summary>A case compiled to what the probe executes, in order. It contains no expectation.</summary>
/// <param name="Case">The id of the case, copied into the observation.</param>
/// <param name="DeadlineMs">Wall-clock limit for the whole program, in milliseconds on the target.</param>
/// <param name="Steps">Executed in order; everything that they open is closed in reverse order at the end.</param>
/// <param name="Alone">
/// No other program may run on the host at the same time: it changes or reads what all of them share.
/// </param>
public sealed record ProbeProgram(
    string Case,
    int DeadlineMs,
    IReadOnlyList<Step> Steps,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Alone = false
)
{
    /// <summary>The observation has <see cref="Observation.StepMicros"/>: for profiles.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Timed { get; init; }
}
