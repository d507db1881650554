namespace Harness.Targets;

/// <summary>What is being done to make a target ready.</summary>
public enum TargetStep
{
    CleanedUp,
    StartingQemu,
    Booting,
    LoggingIn,
    Connecting,

    /// <summary>The host can't lock: others may use it at the same time.</summary>
    NotLocked,

    /// <summary>Somebody else uses the host, and it is waited for.</summary>
    InUse,
}

/// <summary>What is being done at the moment.</summary>
/// <param name="Step">Which step it is.</param>
/// <param name="Text">For people, in a few words.</param>
public readonly record struct TargetProgress(TargetStep Step, string Text);
