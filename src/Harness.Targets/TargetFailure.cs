namespace Harness.Targets;

/// <summary>
/// What failed between the harness and a target. None of these is a result about the kernel under test.
/// </summary>
public enum TargetFailure
{
    /// <summary>Something that no other kind describes; the details have the message.</summary>
    Unknown,

    /// <summary>An option, path or setting is wrong on this side.</summary>
    Configuration,

    /// <summary>A program that the harness drives (ssh, QEMU) is not installed.</summary>
    ProgramMissing,

    /// <summary>The host's name does not resolve.</summary>
    NameNotFound,

    /// <summary>The host responds, but there is no listener at the port.</summary>
    Refused,

    /// <summary>No route to the host.</summary>
    Unreachable,

    /// <summary>No response in time.</summary>
    Timeout,

    /// <summary>
    /// The connection was accepted and closed before the ssh banner: a host that is booting, or that limits logins.
    /// </summary>
    ClosedEarly,

    /// <summary>The host key differs from the recorded one.</summary>
    HostKeyChanged,

    /// <summary>No host key is recorded.</summary>
    HostKeyUnknown,

    /// <summary>The host accepted none of our keys.</summary>
    Authentication,

    /// <summary>Client and server have no algorithm in common.</summary>
    Negotiation,

    /// <summary>An established connection ended.</summary>
    SessionLost,

    /// <summary>The host refused one more session on the connection.</summary>
    SessionRefused,

    /// <summary>QEMU did not start, or ended by itself.</summary>
    QemuDied,

    /// <summary>The guest did not come up within its deadline.</summary>
    BootTimeout,

    /// <summary>A file was corrupted or truncated in transit.</summary>
    Upload,

    /// <summary>The target's architecture is not the one that the probe is built for.</summary>
    WrongMachine,

    /// <summary>The target has no /dev/kvm.</summary>
    NoKvm,

    /// <summary>The login on the target doesn't have the required permissions.</summary>
    NoPermission,

    /// <summary>Another user has the target.</summary>
    Busy,

    /// <summary>The program that responds is not the probe, or not the probe that was sent.</summary>
    ProbeMismatch,

    /// <summary>The probe ended, or sent something invalid.</summary>
    ProbeFailed,
}
