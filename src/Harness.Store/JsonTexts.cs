using System.Text.Json.Nodes;

namespace Harness.Store;

/// <summary>Arrays of texts, as json_group_array() makes them.</summary>
internal static class JsonTexts
{
    public static IReadOnlyList<string> Sorted(string json) =>
        [.. JsonNode.Parse(json)!.AsArray().Select(n => n!.GetValue<string>()).Order(StringComparer.Ordinal)];
}
