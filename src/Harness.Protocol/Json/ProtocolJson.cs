using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Harness.Protocol.Json;

/// <summary>The first line, which has one member.</summary>
internal sealed record HelloLine(Hello Hello);

/// <summary>The part of a request that identifies it.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
internal sealed record RequestOutline(long Id, ProgramOutline? Run = null, FactsQuery? Facts = null);

/// <summary>A program without its steps.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Skip)]
internal sealed record ProgramOutline(string Case, int DeadlineMs, bool Alone = false);

/// <summary>
/// The JSON form of the protocol's types. Input must have every member that is not optional and no others, each once
/// and of the right kind.
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

/// <summary>The protocol's JSON as written: only characters that JSON requires are escaped.</summary>
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
