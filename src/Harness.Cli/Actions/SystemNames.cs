using Harness.Cases.Filter;
using Harness.Model.Ownership;
using Harness.Model.Ownership.Machines;

namespace Harness.Cli.Actions;

internal static class SystemNames
{
    /// <summary>The named systems, or all if none is named.</summary>
    /// <exception cref="UsageException">There is no such system.</exception>
    public static IReadOnlyList<OwnershipSystem> Several(string[]? names) =>
        names is { Length: > 0 } ? [.. names.Distinct().Select(Find)] : Systems.All;

    private static OwnershipSystem Find(string name) =>
        Systems.Find(name)
        ?? throw new UsageException(
            $"unknown system '{name}'{NearestWord.Hint(name, Systems.All.Select(s => s.Name))} (allowed: {string.Join(", ", Systems.All.Select(s => s.Name))})"
        );
}
