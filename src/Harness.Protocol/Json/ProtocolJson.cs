using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Harness.Protocol.Json;

/// <summary>The first line, which has one member.</summary>
internal sealed record HelloLine(Hello Hello);

/// <summary>A request as far as it says what it is.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
internal sealed record RequestOutline(long Id, ProgramOutline? Run = null, FactsQuery? Facts = null);

/// <summary>A program without its steps.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
internal sealed record ProgramOutline(string Case, int DeadlineMs);

/// <summary>
/// How the protocol's types are JSON. What is read must have every member that is not optional, no other, each once and
/// each of its kind.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    AllowDuplicateProperties = false,
    MaxDepth = LineProtocol.DepthLimit,
    GenerationMode = JsonSourceGenerationMode.Metadata
)]
[JsonSerializable(typeof(HelloLine))]
[JsonSerializable(typeof(Request))]
[JsonSerializable(typeof(Reply))]
[JsonSerializable(typeof(RequestOutline))]
internal sealed partial class ProtocolJson : JsonSerializerContext;

/// <summary>The protocol's JSON as it is written: text as it is, but for what JSON must escape.</summary>
internal static class Lines
{
    public static ProtocolJson Json { get; } =
        new(
            new JsonSerializerOptions(ProtocolJson.Default.Options)
            {
                Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            }
        );
}
