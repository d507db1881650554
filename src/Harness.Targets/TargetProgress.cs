namespace Harness.Targets;

/// <summary>The steps of preparing a target.</summary>
public enum TargetStep
{
    CleanedUp,
    StartingQemu,
    Booting,
    Saving,
    Restoring,

    /// <summary>A snapshot can't be made or does not start: the machine boots.</summary>
    NoSnapshot,
    LoggingIn,
    Connecting,

    /// <summary>The host can't lock: others may use it at the same time.</summary>
    NotLocked,

    /// <summary>Another user has the host, and we wait.</summary>
    InUse,
}

/// <summary>The current step.</summary>
/// <param name="Step">Which step it is.</param>
/// <param name="Text">A short description for people.</param>
public readonly record struct TargetProgress(TargetStep Step, string Text);
