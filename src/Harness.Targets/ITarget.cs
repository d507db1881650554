using Harness.Targets.Deployment;
using Harness.Targets.Transport;

namespace Harness.Targets;

/// <summary>A machine that cases can run on. Opening it can mean to boot it.</summary>
public interface ITarget
{
    /// <summary>Its name in harness.json.</summary>
    string Name { get; }

    /// <summary>Makes the machine ready to take commands.</summary>
    /// <param name="progress">What is being done at the moment.</param>
    /// <param name="cancel">Stops it; nothing stays behind.</param>
    /// <exception cref="TargetException">With the kind of failure.</exception>
    Task<ITargetSession> OpenAsync(IProgress<TargetProgress>? progress = null, CancellationToken cancel = default);
}

/// <summary>What a target is, for the record of a run.</summary>
/// <param name="Kind">"qemu" or "ssh".</param>
/// <param name="QemuVersion">Null where there is no QEMU of ours.</param>
/// <param name="CommandLine">QEMU's, or null.</param>
public sealed record TargetOrigin(string Kind, string? QemuVersion, string? CommandLine);

/// <summary>An opened target. Disposing it closes the connection and stops what opening started.</summary>
public interface ITargetSession : IAsyncDisposable
{
    TargetOrigin Origin { get; }

    /// <summary>For commands, files and the probe.</summary>
    IConnection Connection { get; }

    /// <summary>The probe that the machine came up with; null where it has to be deployed.</summary>
    DeployedProbe? Probe { get; }

    /// <summary>
    /// Completes, with the reason as its result, when the machine or the connection is lost; never if the session is
    /// disposed before. Where both died, the reason is the machine's.
    /// </summary>
    Task<TargetException> Lost { get; }

    /// <summary>The end of the serial console, where the harness has it; else empty.</summary>
    string ConsoleTail { get; }
}
