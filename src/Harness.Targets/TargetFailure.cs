namespace Harness.Targets;

/// <summary>
/// What went wrong between the harness and a target. None of these says anything about the kernel under test.
/// </summary>
public enum TargetFailure
{
    /// <summary>Something that no other kind describes; the details have its words.</summary>
    Unknown,

    /// <summary>An option, path or setting is wrong on this side.</summary>
    Configuration,

    /// <summary>A program that the harness drives (ssh, QEMU) is not installed.</summary>
    ProgramMissing,

    /// <summary>The host's name does not resolve.</summary>
    NameNotFound,

    /// <summary>The host answers, nothing listens at the port.</summary>
    Refused,

    /// <summary>No route to the host.</summary>
    Unreachable,

    /// <summary>No answer in time.</summary>
    Timeout,

    /// <summary>
    /// The connection was accepted and closed before ssh spoke: a host that is booting, or that limits logins.
    /// </summary>
    ClosedEarly,

    /// <summary>The host key is another than the one recorded.</summary>
    HostKeyChanged,

    /// <summary>No host key is recorded.</summary>
    HostKeyUnknown,

    /// <summary>The host accepted none of our keys.</summary>
    Authentication,

    /// <summary>The two ssh programs have no algorithm in common.</summary>
    Negotiation,

    /// <summary>An established connection ended.</summary>
    SessionLost,

    /// <summary>The host refused one more session on the connection.</summary>
    SessionRefused,

    /// <summary>QEMU did not start, or ended by itself.</summary>
    QemuDied,

    /// <summary>The guest did not come up within its deadline.</summary>
    BootTimeout,

    /// <summary>A file did not arrive as it was sent.</summary>
    Upload,

    /// <summary>The target's processors are not those that the probe is built for.</summary>
    WrongMachine,

    /// <summary>The target has no /dev/kvm.</summary>
    NoKvm,

    /// <summary>The login on the target may not do what is needed.</summary>
    NoPermission,

    /// <summary>Somebody else uses the target.</summary>
    Busy,

    /// <summary>What answers is not the probe, or not the probe that was sent.</summary>
    ProbeMismatch,

    /// <summary>The probe ended, or said something that the protocol does not know.</summary>
    ProbeFailed,
}
