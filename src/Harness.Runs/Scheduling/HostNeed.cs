namespace Harness.Runs.Scheduling;

/// <summary>What a host takes of this machine while it runs.</summary>
/// <param name="Jobs">Of how many may run at once; 0 for a machine of its own.</param>
/// <param name="MemoryMiB">At most.</param>
public sealed record HostNeed(int Jobs, int MemoryMiB)
{
    /// <summary>A machine that exists elsewhere: it takes nothing here.</summary>
    public static HostNeed Elsewhere { get; } = new(0, 0);
}
