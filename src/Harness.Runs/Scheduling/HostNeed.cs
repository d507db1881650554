namespace Harness.Runs.Scheduling;

/// <summary>The resources of this machine that a host needs while it runs.</summary>
/// <param name="Jobs">Job slots; 0 for a remote machine.</param>
/// <param name="MemoryMiB">At most.</param>
public sealed record HostNeed(int Jobs, int MemoryMiB)
{
    /// <summary>A remote machine: it needs nothing here.</summary>
    public static HostNeed Elsewhere { get; } = new(0, 0);
}
