using Harness.Targets.Deployment;
using Harness.Targets.Transport;

namespace Harness.Targets;

/// <summary>A machine that cases can run on. Opening it may boot it.</summary>
public interface ITarget
{
    /// <summary>Its name in harness.json.</summary>
    string Name { get; }

    /// <summary>Makes the machine ready for commands.</summary>
    /// <param name="progress">The current step.</param>
    /// <param name="cancel">Stops it and cleans up.</param>
    /// <exception cref="TargetException">With the kind of failure.</exception>
    Task<ITargetSession> OpenAsync(IProgress<TargetProgress>? progress = null, CancellationToken cancel = default);
}

/// <summary>Describes a target in the record of a run.</summary>
/// <param name="Kind">"qemu" or "ssh".</param>
/// <param name="QemuVersion">Null for a lab host.</param>
/// <param name="CommandLine">QEMU's, or null.</param>
public sealed record TargetOrigin(string Kind, string? QemuVersion, string? CommandLine);

/// <summary>An opened target. Disposing it closes the connection and stops what opening started.</summary>
public interface ITargetSession : IAsyncDisposable
{
    TargetOrigin Origin { get; }

    /// <summary>For commands, files and the probe.</summary>
    IConnection Connection { get; }

    /// <summary>The probe that the machine booted with; null if it must be deployed.</summary>
    DeployedProbe? Probe { get; }

    /// <summary>
    /// Completes, with the reason as its result, when the machine or the connection is lost; never if the session is
    /// disposed before. If both are lost, the reason is the machine's.
    /// </summary>
    Task<TargetException> Lost { get; }

    /// <summary>The end of the serial console, if the harness has it; else empty.</summary>
    string ConsoleTail { get; }
}
