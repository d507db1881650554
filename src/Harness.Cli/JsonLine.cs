using System.Text.Encodings.Web;
using System.Text.Json;
using Harness.Reports;

namespace Harness.Cli;

/// <summary>JSON for programs: one object per line, members in camel case, with minimal escaping.</summary>
internal static class JsonLine
{
    private static readonly JsonSerializerOptions s_options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
    };

    public static void Write(TextWriter output, object value) =>
        output.Write(JsonText.Printable(JsonSerializer.Serialize(value, s_options)) + "\n");
}
