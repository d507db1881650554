namespace Harness.Protocol;

/// <summary>What the harness sends. Exactly one of the two members is there.</summary>
/// <param name="Id">Chosen by the harness, repeated in the reply.</param>
/// <param name="Run">The program to run.</param>
/// <param name="Facts">What is wanted of the host's facts; empty for all.</param>
public sealed record Request(long Id, ProbeProgram? Run, Fields? Facts);

/// <summary>What the probe answers. Exactly one of the three members is there.</summary>
/// <param name="Id">That of the request; 0 where the request had none that could be read.</param>
/// <param name="Observation">Of a program.</param>
/// <param name="Facts">Of the host.</param>
/// <param name="Error">Why there is no answer: a request that is none, facts that could not be collected.</param>
public sealed record Reply(long Id, Observation? Observation, Fields? Facts, string? Error);

/// <summary>What a request is, without its steps: what is needed to pass it on and to wait for it.</summary>
public sealed record RequestHead(long Id, bool IsFacts, string Case, int DeadlineMs);
