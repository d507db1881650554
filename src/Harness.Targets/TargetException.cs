namespace Harness.Targets;

/// <summary>
/// A problem with a target: one line with what, where and what to do. Infrastructure, never a verdict on a kernel.
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

    /// <summary>The output of the programs involved, for people; may have many lines.</summary>
    public string? Details { get; } = string.IsNullOrWhiteSpace(details) ? null : details.TrimEnd();

    /// <summary>The serial console of a machine that ended, from its start on; null if there is none.</summary>
    public string? Console { get; init; }

    /// <summary>
    /// Whether the cause is a user's setting or a host that was never reached, as opposed to a failure during use.
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
