namespace Harness.Store;

/// <summary>What a run is before it starts.</summary>
/// <param name="Id">Unique in the database; see <see cref="RunId"/>.</param>
/// <param name="CommandLine">As the user typed it.</param>
/// <param name="ModelHash">Identifies the policies and rules; runs of different models are compared with care.</param>
/// <param name="ProbeHash">Identifies the probe's bundle; null where no probe was built.</param>
/// <param name="Policy">The policy asked for; null where each host has the policy of its kernel.</param>
public sealed record RunRecord(
    string Id,
    DateTimeOffset StartedUtc,
    string CommandLine,
    string HarnessVersion,
    string ModelHash,
    string? ProbeHash,
    string? Policy
)
{
    /// <summary>The suite asked for, or null.</summary>
    public string? Suite { get; init; }

    /// <summary>What else the command asked for, JSON, so that an interrupted run can go on; or null.</summary>
    public string? Request { get; init; }

    /// <summary>The process that executes it, JSON; or null.</summary>
    public string? Executor { get; init; }
}
