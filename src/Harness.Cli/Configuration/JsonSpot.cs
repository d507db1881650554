using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Harness.Cli.Configuration;

/// <summary>A JSON value with its line, for error messages; duplicate members are all kept.</summary>
internal sealed record JsonSpot(
    JsonTokenType Kind,
    int Line,
    string Text,
    IReadOnlyList<JsonMember> Members,
    IReadOnlyList<JsonSpot> Items
)
{
    /// <summary>The value for error messages, shortened.</summary>
    public string Shown =>
        Kind switch
        {
            JsonTokenType.StartObject => "an object",
            JsonTokenType.StartArray => "a list",
            JsonTokenType.String => JsonSerializer.Serialize(Text.Length > 60 ? Text[..57] + "..." : Text, s_plain),
            _ => Text,
        };

    private static readonly JsonSerializerOptions s_plain = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public JsonSpot? Member(string name) => Members.FirstOrDefault(m => m.Name == name)?.Value;

    /// <exception cref="JsonException">The text is not JSON; its line counts from 0.</exception>
    public static JsonSpot Parse(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(
            utf8,
            new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }
        );
        reader.Read();
        var lines = new Lines();
        var root = Value(ref reader, utf8, ref lines);
        reader.Read();
        return root;
    }

    private static JsonSpot Value(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, ref Lines lines)
    {
        int line = lines.At(utf8, (int)reader.TokenStartIndex);
        var kind = reader.TokenType;
        switch (kind)
        {
            case JsonTokenType.StartObject:
                var members = new List<JsonMember>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    int at = lines.At(utf8, (int)reader.TokenStartIndex);
                    string name = reader.GetString()!;
                    reader.Read();
                    members.Add(new JsonMember(name, at, Value(ref reader, utf8, ref lines)));
                }
                return new JsonSpot(kind, line, "", members, []);
            case JsonTokenType.StartArray:
                var items = new List<JsonSpot>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    items.Add(Value(ref reader, utf8, ref lines));
                return new JsonSpot(kind, line, "", [], items);
            case JsonTokenType.String:
                return new JsonSpot(kind, line, reader.GetString()!, [], []);
            default:
                return new JsonSpot(kind, line, Encoding.UTF8.GetString(reader.ValueSpan), [], []);
        }
    }

    public bool TryInteger(out long value)
    {
        value = 0;
        return Kind == JsonTokenType.Number
            && long.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Continues counting from the last requested position.</summary>
    private struct Lines
    {
        private int _offset;
        private int _line;

        public int At(ReadOnlySpan<byte> utf8, int offset)
        {
            _line += utf8[_offset..offset].Count((byte)'\n');
            _offset = offset;
            return _line + 1;
        }
    }
}

/// <summary>A member of an object, with the line of its name.</summary>
internal sealed record JsonMember(string Name, int Line, JsonSpot Value);
