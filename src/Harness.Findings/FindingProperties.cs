using Harness.Model.Migrations;
using Harness.Model.Ownership;
using Harness.Model.Safety;

namespace Harness.Findings;

/// <summary>The properties that a finding may break.</summary>
public static class FindingProperties
{
    /// <summary>For what costs something, but breaks none.</summary>
    public const string None = "none";

    private static readonly Dictionary<string, string> s_says = SafetyProperties
        .All.Concat(SafetyProperties.OfPrograms)
        .Select(p => (p.Name, p.Says))
        .Concat(OwnershipProperties.All.Select(p => (p.Name, p.Says)))
        .Concat(MigrationProperty.All.Select(p => (p.Name, p.Says)))
        .DistinctBy(p => p.Name)
        .ToDictionary(p => p.Name, p => p.Says);

    public static IReadOnlyCollection<string> Names { get; } = [.. s_says.Keys, None];

    /// <summary>What must hold; null for <see cref="None"/>.</summary>
    public static string? Says(string name) => s_says.GetValueOrDefault(name);
}
