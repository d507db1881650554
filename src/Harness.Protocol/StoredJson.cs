using System.Text.Json;
using System.Text.Json.Nodes;

namespace Harness.Protocol;

/// <summary>Observations in a store, of this version of the protocol and of earlier ones.</summary>
public static class StoredJson
{
    /// <summary>Steps of version 2 that have another name now.</summary>
    private static readonly Dictionary<string, string> Former = new()
    {
        ["memory-file"] = "memfd",
        ["export-inserted"] = "export",
        ["map-into"] = "map",
        ["map-at"] = "map",
        ["hole-in"] = "hole",
        ["punch"] = "fallocate",
        ["bound-memslot"] = "memslot",
        ["bound-slot"] = "memslot",
    };

    /// <exception cref="ProtocolException">It is not an observation of any version.</exception>
    public static Observation ReadObservation(string text)
    {
        try
        {
            return
                JsonNode.Parse(text) is JsonObject root
                && root["steps"] is JsonArray { Count: > 0 } steps
                && steps[0] is JsonObject first
                && first.ContainsKey("values")
                ? Messages.ReadObservation(Upgraded(root, steps).ToJsonString())
                : Messages.ReadObservation(text);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new ProtocolException($"an observation: {e.Message}", e);
        }
    }

    private static JsonObject Upgraded(JsonObject root, JsonArray steps)
    {
        root["steps"] = new JsonArray([
            .. steps.Select(s => Upgraded(s as JsonObject ?? throw Without("an object for each step"))),
        ]);
        return root;
    }

    /// <summary>
    /// In version 2 the values that a step read were in an object, "values", and registers were keyed by name.
    /// </summary>
    private static JsonNode Upgraded(JsonObject step)
    {
        string op = step["op"]?.GetValue<string>() ?? throw Without("'op'");
        var result = new JsonObject
        {
            ["op"] = Former.GetValueOrDefault(op, op),
            ["errno"] = step["errno"]?.DeepClone(),
        };
        var values = step["values"] as JsonObject ?? throw Without("'values'");
        if (op == "get-registers" && !values.ContainsKey("failed") && values.Count > 0)
            result["registers"] = values.DeepClone();
        else
            foreach (var (name, value) in values)
                result[name] = value?.DeepClone();
        return result;
    }

    private static ProtocolException Without(string what) => new($"an observation: its steps have no {what}");
}
