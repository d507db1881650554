using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Harness.Reports;

/// <summary>JSON for programs that read line by line: one object per line, each with a "type".</summary>
internal sealed class JsonLines(TextWriter writer)
{
    private static readonly JsonWriterOptions s_options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <param name="type">The kind of the object.</param>
    /// <param name="members">Writes the rest of it.</param>
    public void Line(string type, Action<Utf8JsonWriter> members)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, s_options))
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            members(json);
            json.WriteEndObject();
        }
        // Always LF, whatever the writer's newline is.
        writer.Write(JsonText.Printable(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length)) + "\n");
    }

    /// <summary>An array of objects, in the order given.</summary>
    public static void Objects<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> members)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            members(item);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>An object of numbers, in the order given.</summary>
    public static void Counts(Utf8JsonWriter json, string name, IEnumerable<KeyValuePair<string, int>> counts)
    {
        json.WriteStartObject(name);
        foreach (var (word, count) in counts)
            json.WriteNumber(word, count);
        json.WriteEndObject();
    }
}
