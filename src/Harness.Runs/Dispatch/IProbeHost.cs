namespace Harness.Runs.Dispatch;

/// <summary>A target as a run sees it: a place where a probe can be started, perhaps more than once.</summary>
public interface IProbeHost : IAsyncDisposable
{
    /// <summary>The target's name in harness.json.</summary>
    string Name { get; }

    /// <summary>
    /// What can be done before it is the host's turn, and takes nothing of what the turn is for: making its image.
    /// </summary>
    /// <param name="phase">Told what is being done.</param>
    /// <param name="cancel">Ends the attempt.</param>
    /// <exception cref="HostUnavailableException">The host can't be had, with the reason and what to do.</exception>
    Task PrepareAsync(Action<string> phase, CancellationToken cancel) => Task.CompletedTask;

    /// <summary>
    /// Boots or connects where that is still to be done, and starts a probe.
    /// </summary>
    /// <param name="phase">Told what is being done: "booting", "connecting", "deploying the probe".</param>
    /// <param name="cancel">Ends the attempt and cleans up.</param>
    /// <exception cref="HostUnavailableException">The host can't be had, with the reason and what to do.</exception>
    Task<IProbeLink> StartProbeAsync(Action<string> phase, CancellationToken cancel);

    /// <summary>
    /// PCI devices there that programs may use, by address ("0000:00:10.0"): those that the user named, and no others.
    /// </summary>
    IReadOnlyList<string> PciDevices => [];

    /// <summary>
    /// Why the host itself is gone (the emulator died, the connection broke), or null while it is there.
    /// </summary>
    string? Lost { get; }

    /// <summary>
    /// What the harness knows of the machine without asking it: QEMU's version and command line, its image's hash.
    /// </summary>
    IReadOnlyDictionary<string, string> Platform { get; }
}

/// <summary>A host can't be had at all. The message says which, why, and what to do.</summary>
public sealed class HostUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
