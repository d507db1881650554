namespace Harness.Targets;

/// <summary>
/// Trouble with a target: one line that says what, where and what to do. Infrastructure, never a verdict on a kernel.
/// </summary>
public sealed class TargetException(
    TargetFailure failure,
    string target,
    string message,
    string? details = null,
    Exception? inner = null
) : Exception($"target '{target}': {message}", inner)
{
    public TargetFailure Failure { get; } = failure;

    public string Target { get; } = target;

    /// <summary>What the programs involved said, for a person to read; may have many lines.</summary>
    public string? Details { get; } = string.IsNullOrWhiteSpace(details) ? null : details.TrimEnd();

    /// <summary>
    /// Whether a user's setting is at fault or a host that was never reached, as opposed to something that broke
    /// while it was used.
    /// </summary>
    public bool IsBeforeUse =>
        Failure
            is not (
                TargetFailure.Unknown
                or TargetFailure.SessionLost
                or TargetFailure.SessionRefused
                or TargetFailure.QemuDied
                or TargetFailure.BootTimeout
                or TargetFailure.Upload
                or TargetFailure.Busy
                or TargetFailure.ProbeFailed
            );
}
