namespace Harness.Protocol;

/// <summary>What becomes of the program when a step's system call returns an error.</summary>
public enum OnError
{
    /// <summary>The step prepares the ground: its failure ends the program as <see cref="ObservationEnd.SetupFailed"/>.</summary>
    Fail,

    /// <summary>The error is an observation, and what follows would make no sense: the program ends well.</summary>
    End,

    /// <summary>The error is an observation, and the program goes on.</summary>
    Continue,
}

/// <summary>One ioctl, mmap, host access or guest run. <paramref name="Op"/> is one of <see cref="Steps"/>' names.</summary>
public sealed record Step(string Op, Fields Args, OnError OnError = OnError.Fail);

/// <summary>A case compiled to what the probe executes, in order. Holds no expectation.</summary>
/// <param name="Case">The id of the case, copied into the observation.</param>
/// <param name="DeadlineMs">Wall-clock limit for the whole program, in milliseconds on the target.</param>
/// <param name="Steps">Executed in order; whatever they open is closed in reverse order at the end.</param>
public sealed record ProbeProgram(string Case, int DeadlineMs, IReadOnlyList<Step> Steps);
