using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Harness.Cases.Filter;

namespace Harness.Cli.Configuration;

/// <summary>
/// Checks a value against a schema and collects all errors. Supports the keywords that <see
/// cref="ConfigurationSchema"/> uses; another one is an error of this program.
/// </summary>
internal sealed class SchemaCheck(string file)
{
    private readonly List<ConfigurationFault> _faults = [];

    public IReadOnlyList<ConfigurationFault> Faults => _faults;

    public void Check(JsonSpot value, JsonObject schema, string path)
    {
        if (schema.ContainsKey("anyOf"))
        {
            CheckKinds(value, schema, path);
            return;
        }
        if (!HasType(value, schema, path))
            return;
        foreach (var (keyword, rule) in schema)
            CheckKeyword(value, schema, keyword, rule!, path);
    }

    public void Fault(int line, string path, string what) =>
        _faults.Add(new ConfigurationFault(file, line, path, what));

    /// <summary>A member's path: names with a dot are quoted.</summary>
    public static string Join(string path, string name)
    {
        string shown =
            name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '$')
                ? name
                : $"\"{name}\"";
        return path.Length == 0 ? shown : $"{path}.{shown}";
    }

    private void CheckKeyword(JsonSpot value, JsonObject schema, string keyword, JsonNode rule, string path)
    {
        switch (keyword)
        {
            case "$schema" or "title" or "description" or "default" or "type" or "additionalProperties" or "required":
                break;
            case "enum"
                when value.Kind is not JsonTokenType.String
                    || !rule.AsArray().Any(a => a?.GetValue<string>() == value.Text):
                Fault(
                    value.Line,
                    path,
                    $"{value.Shown} is not known{Near(value, rule.AsArray())} (allowed: {List(rule.AsArray().Select(a => a?.ToString() ?? "null"))})"
                );
                break;
            case "properties":
                CheckMembers(value, rule.AsObject(), schema, path);
                break;
            case "propertyNames" when value.Kind is JsonTokenType.StartObject:
                foreach (var member in value.Members.Where(m => !Fits(m.Name, rule["pattern"]!)))
                    Fault(member.Line, Join(path, member.Name), $"the name does not fit (allowed: {rule["pattern"]})");
                break;
            case "items" when value.Kind is JsonTokenType.StartArray:
                for (int i = 0; i < value.Items.Count; i++)
                    Check(value.Items[i], rule.AsObject(), $"{path}[{i}]");
                break;
            case "minItems" when value.Items.Count < (int)rule:
                Fault(value.Line, path, $"the list is too short (allowed: {rule} or more)");
                break;
            case "minProperties" when value.Members.Count < (int)rule:
                Fault(value.Line, path, $"there are too few (allowed: {rule} or more)");
                break;
            case "minimum" when value.TryInteger(out long n) && (n < (int)rule || n > (int)schema["maximum"]!):
                Fault(value.Line, path, $"{n} is out of range (allowed: {rule} to {schema["maximum"]})");
                break;
            case "pattern" when value.Kind is JsonTokenType.String && !Fits(value.Text, rule):
                Fault(value.Line, path, $"{value.Shown} does not fit (allowed: {rule})");
                break;
            case "enum"
            or "propertyNames"
            or "items"
            or "minItems"
            or "minProperties"
            or "minimum"
            or "maximum"
            or "pattern":
                break;
            default:
                throw new NotSupportedException($"schema keyword {keyword}");
        }
        if (
            keyword == "type"
            && schema["additionalProperties"] is JsonObject values
            && value.Kind is JsonTokenType.StartObject
        )
            CheckDictionary(value, values, path);
    }

    private void CheckDictionary(JsonSpot value, JsonObject schema, string path)
    {
        Duplicates(value, path);
        foreach (var member in value.Members)
            Check(member.Value, schema, Join(path, member.Name));
    }

    private void CheckMembers(JsonSpot value, JsonObject properties, JsonObject schema, string path)
    {
        if (value.Kind is not JsonTokenType.StartObject)
            return;
        Duplicates(value, path);
        foreach (var member in value.Members)
        {
            if (properties[member.Name] is { } rule)
                Check(member.Value, rule.AsObject(), Join(path, member.Name));
            else
                Fault(
                    member.Line,
                    Join(path, member.Name),
                    $"unknown key{NearestWord.Hint(member.Name, properties.Select(p => p.Key))} (allowed: {List(properties.Select(p => p.Key))})"
                );
        }
        foreach (var name in schema["required"]?.AsArray().Select(n => (string)n!) ?? [])
            if (value.Member(name) is null)
                Fault(value.Line, path, $"'{name}' is missing{Why(properties[name])}");
    }

    private static string Near(JsonSpot value, JsonArray allowed) =>
        value.Kind is JsonTokenType.String
            ? NearestWord.Hint(value.Text, allowed.Select(a => a?.ToString() ?? ""))
            : "";

    /// <summary>In .NET a closing $ allows a trailing line feed; in JSON schemas it doesn't.</summary>
    private static bool Fits(string text, JsonNode pattern) =>
        !text.EndsWith('\n') && Regex.IsMatch(text, (string)pattern!);

    private static string Why(JsonNode? schema) =>
        schema is JsonObject o && o["description"] is { } says ? $": {((string)says!).TrimEnd('.')}" : "";

    private void Duplicates(JsonSpot value, string path)
    {
        foreach (
            var again in value
                .Members.GroupBy(m => m.Name)
                .SelectMany(g => g.Skip(1).Select(m => (m, First: g.First())))
        )
            Fault(again.m.Line, Join(path, again.m.Name), $"the key is given twice (first in line {again.First.Line})");
    }

    /// <summary>The alternatives of a schema are distinguished by the constant member "kind".</summary>
    private void CheckKinds(JsonSpot value, JsonObject schema, string path)
    {
        if (value.Kind is not JsonTokenType.StartObject)
        {
            Fault(value.Line, path, $"{value.Shown} is of the wrong type (allowed: object)");
            return;
        }
        var kinds = schema["anyOf"]!
            .AsArray()
            .ToDictionary(k => (string)k!["properties"]!["kind"]!["const"]!, k => k!.AsObject());
        var kind = value.Member("kind");
        if (kind is null)
        {
            Fault(value.Line, path, $"'kind' is missing (allowed: {List(kinds.Keys)})");
        }
        else if (kind.Kind is not JsonTokenType.String || !kinds.TryGetValue(kind.Text, out var chosen))
        {
            Fault(kind.Line, Join(path, "kind"), $"{kind.Shown} is not known (allowed: {List(kinds.Keys)})");
        }
        else
        {
            var rest = (JsonObject)chosen.DeepClone();
            rest["properties"]!["kind"] = new JsonObject();
            Check(value, rest, path);
        }
    }

    private bool HasType(JsonSpot value, JsonObject schema, string path)
    {
        var allowed = schema["type"] switch
        {
            null => [],
            JsonArray many => many.Select(t => (string)t!).ToList(),
            var one => [(string)one!],
        };
        if (allowed.Count == 0 || allowed.Any(t => Is(value, t)))
            return true;
        Fault(value.Line, path, $"{value.Shown} is of the wrong type (allowed: {List(allowed)})");
        return false;
    }

    private static bool Is(JsonSpot value, string type) =>
        type switch
        {
            "object" => value.Kind is JsonTokenType.StartObject,
            "array" => value.Kind is JsonTokenType.StartArray,
            "string" => value.Kind is JsonTokenType.String,
            "integer" => value.TryInteger(out _),
            "null" => value.Kind is JsonTokenType.Null,
            "boolean" => value.Kind is JsonTokenType.True or JsonTokenType.False,
            _ => throw new NotSupportedException($"schema type {type}"),
        };

    private static string List(IEnumerable<string> words) => string.Join(", ", words);
}
