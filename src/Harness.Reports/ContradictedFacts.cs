using System.Text.Json;

namespace Harness.Reports;

/// <summary>What a host's sources contradict each other about, as the run stored it.</summary>
internal static class ContradictedFacts
{
    /// <param name="facts">The stored facts of a host, or null.</param>
    /// <returns>"FWB: its sources contradict each other: ..."; nothing where the run was stored by a version that settled nothing.</returns>
    public static IEnumerable<string> Of(string? facts)
    {
        if (facts is null)
            return [];
        using var document = JsonDocument.Parse(facts);
        if (!document.RootElement.TryGetProperty("settled", out var settled))
            return [];
        return [.. settled.EnumerateObject().Where(f => IsContradicted(f.Value)).Select(f => $"{f.Name}: {f.Value.GetProperty("unknown").GetString()}")];
    }

    private static bool IsContradicted(JsonElement fact) =>
        fact.GetProperty("unknown").ValueKind == JsonValueKind.String && fact.GetProperty("by").EnumerateObject().Any();
}
