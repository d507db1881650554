namespace Harness.Runs.Resuming;

/// <summary>What can be known of the process that executes a run.</summary>
public enum ExecutorState
{
    Runs,
    Ended,

    /// <summary>It can't be seen from here.</summary>
    Unknown,
}
