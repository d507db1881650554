using Harness.Store;

namespace Harness.Runs.Pools;

/// <summary>A machine of a pool.</summary>
/// <param name="Name">Its name in the pool.</param>
/// <param name="Create">Creates the host: anew for each attempt to use it.</param>
public sealed record PoolMachine(string Name, Func<Dispatch.IProbeHost> Create)
{
    /// <summary>One of <see cref="PoolStates"/>.</summary>
    internal string State { get; set; } = PoolStates.Unused;

    /// <summary>Why it was not used, or not until the end; or null.</summary>
    internal string? Reason { get; set; }
}
