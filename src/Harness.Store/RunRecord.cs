namespace Harness.Store;

/// <summary>A run before it starts.</summary>
/// <param name="Id">Unique in the database; see <see cref="RunId"/>.</param>
/// <param name="CommandLine">As the user typed it.</param>
/// <param name="ModelHash">Identifies the policies and rules; runs of different models are compared with care.</param>
/// <param name="ProbeHash">Identifies the probe's bundle; null if no probe was built.</param>
/// <param name="Policy">The requested policy; null if each host has the policy of its kernel.</param>
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
    /// <summary>The requested suite, or null.</summary>
    public string? Suite { get; init; }

    /// <summary>The rest of the request, JSON, so that an interrupted run can be resumed; or null.</summary>
    public string? Request { get; init; }

    /// <summary>The process that executes it, JSON; or null.</summary>
    public string? Executor { get; init; }

    /// <summary>Which part of a whole run it is; null if it was not cut.</summary>
    public ShardRecord? Shard { get; init; }
}
