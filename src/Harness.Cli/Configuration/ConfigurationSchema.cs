using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;

namespace Harness.Cli.Configuration;

/// <summary>
/// The JSON schemas of harness.json and known-differences.json, generated from the types. Files are checked against
/// them.
/// </summary>
public static class ConfigurationSchema
{
    /// <summary>The JSON options of the configuration's files.</summary>
    public static JsonSerializerOptions Options { get; } =
        new(JsonSerializerOptions.Strict)
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            ReadCommentHandling = JsonCommentHandling.Skip,
            AllowTrailingCommas = true,
            AllowOutOfOrderMetadataProperties = true,
        };

    /// <summary>A fresh copy of the schema of harness.json.</summary>
    public static JsonObject Create() =>
        Of(typeof(HarnessConfiguration), "Targets and suites of the arm64 KVM stage-2 harness");

    /// <summary>A fresh copy of the schema of known-differences.json.</summary>
    public static JsonObject CreateKnown() =>
        Of(
            typeof(KnownDifferencesConfiguration),
            "Known differences between kernels and the policies of the arm64 KVM stage-2 harness"
        );

    private static JsonObject Of(Type type, string title)
    {
        var schema = Options
            .GetJsonSchemaAsNode(
                type,
                new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Annotate }
            )
            .AsObject();
        Inline(schema, schema);
        schema.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.Insert(1, "title", title);
        return schema;
    }

    /// <summary>The text as committed: indented, LF, with a newline at the end.</summary>
    public static string Text(JsonObject schema) =>
        schema.ToJsonString(
            new JsonSerializerOptions
            {
                WriteIndented = true,
                NewLine = "\n",
                Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            }
        ) + "\n";

    /// <summary>
    /// The exporter uses references for repeated schemas; a copy is easier to read and to check against.
    /// </summary>
    private static void Inline(JsonNode? node, JsonObject root)
    {
        if (node is JsonArray list)
        {
            foreach (var item in list)
                Inline(item, root);
        }
        if (node is not JsonObject schema)
            return;
        foreach (var (name, value) in schema.ToList())
        {
            if (value is JsonObject inner && inner["$ref"] is { } reference)
                schema[name] = ((string)reference!)[2..].Split('/').Aggregate((JsonNode)root, Member).DeepClone();
            Inline(schema[name], root);
        }
    }

    /// <summary>A step of a reference: the name of a member, or the number of an item.</summary>
    private static JsonNode Member(JsonNode at, string part) =>
        at is JsonArray list ? list[int.Parse(part, CultureInfo.InvariantCulture)]! : at[part]!;

    private static JsonNode Annotate(JsonSchemaExporterContext context, JsonNode node)
    {
        // Shared schemas are annotated at their first use.
        if (
            node is not JsonObject schema
            || schema.ContainsKey("$ref")
            || context.PropertyInfo?.AttributeProvider is not { } member
        )
            return node;
        foreach (var attribute in member.GetCustomAttributes(inherit: false))
            Annotate(schema, attribute);
        return schema;
    }

    private static void Annotate(JsonObject schema, object attribute)
    {
        switch (attribute)
        {
            case DescriptionAttribute says:
                schema.Insert(0, "description", says.Description);
                break;
            case RangeAttribute range:
                schema["minimum"] = (int)range.Minimum;
                schema["maximum"] = (int)range.Maximum;
                break;
            case RegularExpressionAttribute pattern:
                schema["pattern"] = pattern.Pattern;
                break;
            case KeyPatternAttribute keys:
                schema["propertyNames"] = new JsonObject { ["pattern"] = keys.Pattern };
                break;
            case ItemPatternAttribute items:
                schema["items"]!["pattern"] = items.Pattern;
                break;
            case MinLengthAttribute least:
                schema[schema.ContainsKey("items") ? "minItems" : "minProperties"] = least.Length;
                break;
        }
    }
}
