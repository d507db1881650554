using Harness.Store;

namespace Harness.Reports;

/// <summary>What became of a machine of a pool, for people.</summary>
public static class PoolWords
{
    /// <summary>"gh200-a unhealthy: it was lost during its health check".</summary>
    public static string Of(PoolMachineRecord machine) =>
        $"{machine.Machine} {machine.State}{(machine.Reason is { } why ? $": {why.Split('\n')[0]}" : "")}";
}
