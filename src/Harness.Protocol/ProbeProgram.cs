using System.Text.Json.Serialization;
using Harness.Protocol.Json;

namespace Harness.Protocol;

/// <summary>What becomes of the program when a step's system call returns an error.</summary>
[JsonConverter(typeof(CamelCaseEnum<OnError>))]
public enum OnError
{
    /// <summary>
    /// The step prepares the ground: its failure ends the program as <see cref="ObservationEnd.SetupFailed"/>.
    /// </summary>
    Fail,

    /// <summary>The error is an observation, and what follows would make no sense: the program ends well.</summary>
    End,

    /// <summary>The error is an observation, and the program goes on.</summary>
    Continue,
}

/// <summary>A case compiled to what the probe executes, in order. Holds no expectation.</summary>
/// <param name="Case">The id of the case, copied into the observation.</param>
/// <param name="DeadlineMs">Wall-clock limit for the whole program, in milliseconds on the target.</param>
/// <param name="Steps">Executed in order; whatever they open is closed in reverse order at the end.</param>
public sealed record ProbeProgram(string Case, int DeadlineMs, IReadOnlyList<Step> Steps);
