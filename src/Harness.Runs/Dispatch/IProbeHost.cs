using Harness.Runs.KernelLogs;
using Harness.Targets.Transport;

namespace Harness.Runs.Dispatch;

/// <summary>A target of a run: a probe can be started on it, more than once if necessary.</summary>
public interface IProbeHost : IAsyncDisposable
{
    /// <summary>The target's name in harness.json.</summary>
    string Name { get; }

    /// <summary>
    /// Work that can be done before it is the host's turn, without the resources that the turn is for: building its
    /// image.
    /// </summary>
    /// <param name="phase">Called for each phase.</param>
    /// <param name="cancel">Ends the attempt.</param>
    /// <exception cref="HostUnavailableException">The host is unavailable, with the reason and what to do.</exception>
    Task PrepareAsync(Action<string> phase, CancellationToken cancel) => Task.CompletedTask;

    /// <summary>Boots or connects if that has not been done, and starts a probe.</summary>
    /// <param name="phase">Called for each phase: "booting", "connecting", "deploying the probe".</param>
    /// <param name="cancel">Ends the attempt and cleans up.</param>
    /// <exception cref="HostUnavailableException">The host is unavailable, with the reason and what to do.</exception>
    Task<IProbeLink> StartProbeAsync(Action<string> phase, CancellationToken cancel);

    /// <summary>
    /// PCI devices there that programs may use, by address ("0000:00:10.0"): only those named by the user.
    /// </summary>
    IReadOnlyList<string> PciDevices => [];

    /// <summary>
    /// Which machine of a pool it is now, or null: facts are those of the machine, and another one is checked.
    /// </summary>
    string? Machine => null;

    /// <summary>What became of each machine of a pool; empty if it is not a pool.</summary>
    IReadOnlyList<Store.PoolMachineRecord> Pool => [];

    /// <summary>Why the host itself is lost (the emulator died, the connection broke); null if it is not.</summary>
    string? Lost { get; }

    /// <summary>For commands, once a probe was started; null if it takes none, or is lost.</summary>
    IConnection? Connection => null;

    /// <summary>
    /// The folder there for what is stored and executed, if the configuration names it; null: one is found.
    /// </summary>
    string? Folder => null;

    /// <summary>
    /// What its kernel reported last, if that ended it: read from the console of a machine that the harness booted.
    /// </summary>
    KernelReport? Crash { get; }

    /// <summary>How many programs the probe runs side by side at most; null: it decides.</summary>
    int? Workers { get; }

    /// <summary>
    /// What the harness knows about the machine itself: QEMU's version and command line, its image's hash.
    /// </summary>
    IReadOnlyDictionary<string, string> Platform { get; }
}

/// <summary>A host is unavailable. The message says which, why, and what to do.</summary>
public sealed class HostUnavailableException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The numbers of the programs that the probe had and did not answer; empty if it had none.</summary>
    public IReadOnlyList<int> InFlight { get; init; } = [];
}
