namespace Harness.Store;

/// <summary>What became of a machine of a pool in a run.</summary>
/// <param name="Machine">Its name in the pool.</param>
/// <param name="State">One of <see cref="PoolStates"/>.</param>
/// <param name="Reason">Why it was not used, or not until the end; or null.</param>
public sealed record PoolMachineRecord(string Machine, string State, string? Reason);

/// <summary>The words of <see cref="PoolMachineRecord.State"/>.</summary>
public static class PoolStates
{
    /// <summary>Its host's cases were executed there.</summary>
    public const string Used = "used";

    /// <summary>Another was used before it was its turn.</summary>
    public const string Unused = "unused";

    /// <summary>Another user had it.</summary>
    public const string Busy = "busy";

    /// <summary>It failed its health check.</summary>
    public const string Unhealthy = "unhealthy";

    /// <summary>It could not be reached, or the probe could not be started there.</summary>
    public const string Unreachable = "unreachable";

    /// <summary>It was used, and lost.</summary>
    public const string Lost = "lost";
}
