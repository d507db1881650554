using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Harness.Model.Outcomes;

/// <summary>
/// A stage-2 descriptor that was read. It contains an address, which differs from run to run, so it is not part of an
/// outcome.
/// </summary>
/// <param name="Of">The access, change or operation after which it was read: "read", "munmap".</param>
/// <param name="Descriptor">The descriptor.</param>
public sealed record ReadDescriptor(string Of, StageTwoDescriptor Descriptor)
{
    /// <summary><c>[{"of":"read","descriptor":"0x00400000a00004c7","level":3}]</c>; null for none.</summary>
    public static string? ToJson(IReadOnlyList<ReadDescriptor> descriptors) =>
        descriptors.Count == 0
            ? null
            : JsonSerializer.Serialize(
                [
                    .. descriptors.Select(d => new DescriptorJson
                    {
                        Of = d.Of,
                        Descriptor = $"0x{d.Descriptor.Raw:x16}",
                        Level = d.Descriptor.Level,
                    }),
                ],
                DescriptorJsonContext.Default.DescriptorJsonArray
            );

    /// <summary>Empty for null.</summary>
    /// <exception cref="JsonException">It is not a list of descriptors.</exception>
    public static IReadOnlyList<ReadDescriptor> Parse(string? json) =>
        json is null
            ? []
            :
            [
                .. JsonSerializer
                    .Deserialize(json, DescriptorJsonContext.Default.DescriptorJsonArray)!
                    .Select(d => new ReadDescriptor(
                        d.Of,
                        new StageTwoDescriptor(
                            ulong.Parse(d.Descriptor.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                            d.Level
                        )
                    )),
            ];

    public override string ToString() => $"{Of}: {Descriptor}";
}

internal sealed record DescriptorJson
{
    public required string Of { get; init; }

    /// <summary>"0x" and 16 hexadecimal digits.</summary>
    public required string Descriptor { get; init; }

    public required int Level { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DescriptorJson[]))]
internal sealed partial class DescriptorJsonContext : JsonSerializerContext;
