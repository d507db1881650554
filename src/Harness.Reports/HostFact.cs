using System.Text.Json;

namespace Harness.Reports;

/// <summary>A fact about a host, as settled by the harness from several sources.</summary>
/// <param name="Value">Null if it is unknown.</param>
/// <param name="Unknown">Why, or null.</param>
/// <param name="Contradicted">It is unknown since its sources contradict each other.</param>
/// <param name="By">Each source and its value.</param>
internal sealed record HostFact(
    string Name,
    string? Value,
    string? Unknown,
    bool Contradicted,
    IReadOnlyList<(string Source, string Says)> By
)
{
    /// <param name="facts">The stored facts of a host, or null.</param>
    public static IReadOnlyList<HostFact> Of(string? facts)
    {
        if (facts is null)
            return [];
        using var document = JsonDocument.Parse(facts);
        if (
            document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("settled", out var settled)
            || settled.ValueKind != JsonValueKind.Object
        )
            return [];
        return
        [
            .. settled
                .EnumerateObject()
                .Select(f =>
                {
                    if (f.Value.ValueKind != JsonValueKind.Object)
                        return new HostFact(f.Name, f.Value.ToString(), null, false, []);
                    string? unknown = Text(f.Value, "unknown");
                    (string, string)[] by =
                        f.Value.TryGetProperty("by", out var sources) && sources.ValueKind == JsonValueKind.Object
                            ? [.. sources.EnumerateObject().Select(s => (s.Name, s.Value.ToString()))]
                            : [];
                    return new HostFact(
                        f.Name,
                        Text(f.Value, "value"),
                        unknown,
                        unknown is not null && by.Length > 0,
                        by
                    );
                }),
        ];
    }

    private static string? Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value.ToString() : null;
}
