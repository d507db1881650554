namespace Harness.Runs.Sharding;

/// <summary>A host of a run that is to be cut into shards.</summary>
/// <param name="Name">Its target.</param>
/// <param name="Cases">How many.</param>
/// <param name="MicrosPerCase">The time of one, as measured or estimated.</param>
/// <param name="CanBeCut">
/// Whether several controllers may have parts of its cases: each boots a host of its own. A machine is there only once.
/// </param>
public sealed record ShardHost(string Name, int Cases, long MicrosPerCase, bool CanBeCut)
{
    /// <summary>The estimated time to start a host and connect to it.</summary>
    public const long MicrosToStart = 5_000_000;

    /// <summary>The time of all its cases, with its start.</summary>
    public long Micros => MicrosToStart + Cases * MicrosPerCase;
}

/// <summary>Cases of a host that are executed together.</summary>
/// <param name="Host">Its number in the run.</param>
/// <param name="First">The first case's number in the host's plan.</param>
/// <param name="Count">How many.</param>
/// <param name="Micros">The estimated time, without the start of the host.</param>
public readonly record struct ShardPart(int Host, int First, int Count, long Micros);
