using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Harness.Protocol.Json;

/// <summary>Values of an enum by their names: "setupFailed". No numbers.</summary>
internal sealed class CamelCaseEnum<T>()
    : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;

/// <summary>Values of an enum by their names: "vbar_el1". No numbers.</summary>
internal sealed class SnakeCaseEnum<T>()
    : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;

/// <summary>A register's id as sixteen hex digits: "603000000013c080".</summary>
internal sealed class RegisterIdConverter : JsonConverter<ulong>
{
    private const int Digits = 16;

    public override ulong Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String
        && reader.GetString() is { Length: Digits } text
        && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong id)
            ? id
            : throw new JsonException("not the id of a register, which has sixteen hex digits");

    public override void Write(Utf8JsonWriter writer, ulong value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString("x16", CultureInfo.InvariantCulture));
}

/// <summary>Bytes as two hex digits each, in memory order.</summary>
internal sealed class HexConverter : JsonConverter<byte[]>
{
    public override byte[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            return reader.TokenType == JsonTokenType.String
                ? Convert.FromHexString(reader.GetString()!)
                : throw new JsonException("not text of two hex digits for each byte");
        }
        catch (FormatException e)
        {
            throw new JsonException("not text of two hex digits for each byte", e);
        }
    }

    public override void Write(Utf8JsonWriter writer, byte[] value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Convert.ToHexStringLower(value));
}

/// <summary>Words of 32 bits; of several zeros in a row, minus their number.</summary>
internal sealed class WordsConverter : JsonConverter<IReadOnlyList<uint>>
{
    /// <summary>The words of a list, so that a short text can't ask for much memory: 4 MiB.</summary>
    public const int Limit = 1 << 20;

    public override IReadOnlyList<uint> Read(
        ref Utf8JsonReader reader,
        Type typeToConvert,
        JsonSerializerOptions options
    )
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException("not a list of words");
        var words = new List<uint>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (
                reader.TokenType != JsonTokenType.Number
                || !reader.TryGetInt64(out long number)
                || number is < -Limit or > uint.MaxValue
                || words.Count + Math.Max(1, -number) > Limit
            )
                throw new JsonException(
                    $"word {words.Count}: not a number of 32 bits, or of zeros, up to {Limit} in all"
                );
            if (number >= 0)
                words.Add((uint)number);
            else
                words.AddRange(new uint[-number]);
        }
        return words;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<uint> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        for (int i = 0; i < value.Count; )
        {
            int zeros = 0;
            while (i + zeros < value.Count && value[i + zeros] == 0)
                zeros++;
            if (zeros > 1)
                writer.WriteNumberValue(-zeros);
            else
                writer.WriteNumberValue(value[i]);
            i += Math.Max(1, zeros);
        }
        writer.WriteEndArray();
    }
}

/// <summary>An object with any members: objects, lists, texts, flags, null and integers of up to 64 bits.</summary>
internal sealed class FieldsConverter : JsonConverter<Fields>
{
    public override Fields Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.StartObject
            ? Object(ref reader)
            : throw new JsonException("an object is expected");

    public override void Write(Utf8JsonWriter writer, Fields value, JsonSerializerOptions options) =>
        Write(writer, value);

    private static Fields Object(ref Utf8JsonReader reader)
    {
        var items = new List<KeyValuePair<string, object?>>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            if (!names.Add(name))
                throw new JsonException($"'{name}' is given twice");
            reader.Read();
            items.Add(new(name, Value(ref reader)));
        }
        return Fields.Adopt([.. items]);
    }

    private static List<object?> List(ref Utf8JsonReader reader)
    {
        var items = new List<object?>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            items.Add(Value(ref reader));
        return items;
    }

    private static object? Value(ref Utf8JsonReader reader) =>
        reader.TokenType switch
        {
            JsonTokenType.StartObject => Object(ref reader),
            JsonTokenType.StartArray => List(ref reader),
            JsonTokenType.String => reader.GetString(),
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            JsonTokenType.Null => null,
            _ when reader.TryGetInt64(out long signed) => signed,
            _ when reader.TryGetUInt64(out ulong unsigned) => unsigned,
            _ => throw new JsonException("a number that is not an integer of 64 bits"),
        };

    private static void Write(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case Fields fields:
                writer.WriteStartObject();
                foreach (var (name, of) in fields)
                {
                    writer.WritePropertyName(name);
                    Write(writer, of);
                }
                writer.WriteEndObject();
                break;
            case IReadOnlyList<object?> list:
                writer.WriteStartArray();
                foreach (object? item in list)
                    Write(writer, item);
                writer.WriteEndArray();
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case ulong number:
                writer.WriteNumberValue(number);
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }
}
