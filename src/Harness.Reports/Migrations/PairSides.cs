using System.Text.Json;
using Harness.Store;

namespace Harness.Reports.Migrations;

/// <summary>A pair's record taken apart: what tells machines apart is that of both, "SOURCE -> DESTINATION".</summary>
internal static class PairSides
{
    private const string Arrow = " -> ";

    /// <summary>How a program's JSON of a pair names its sides, and a prediction's path its steps.</summary>
    public const string Source = "source";

    public const string Destination = "destination";

    public static bool IsPair(HostRecord host) => host is { Kind: HostKinds.Pair, Source: not null, Destination: not null };

    /// <summary>The two hosts of a pair, as far as its record tells; each of no kind of its own.</summary>
    public static (HostRecord Source, HostRecord Destination) Of(HostRecord pair) => (Side(pair, pair.Source!, 0), Side(pair, pair.Destination!, 1));

    /// <summary>One side of "SOURCE -> DESTINATION"; where it is no two, the same for both.</summary>
    /// <param name="side">0 for the source, 1 for the destination.</param>
    /// <returns>Null where nothing is known.</returns>
    public static string? Of(string? both, int side) =>
        both is null ? null : (both.Split(Arrow) is { Length: 2 } sides ? sides[side] : both) is { Length: > 0 } one and not "none" ? one : null;

    private static HostRecord Side(HostRecord pair, string target, int side)
    {
        string name = side == 0 ? Source : Destination;
        return new HostRecord(target, "of pairs", Of(pair.KernelRelease, side), Of(pair.KernelVersion, side), Of(pair.BuildId, side), Of(pair.Cpu, side),
            Of(pair.QemuVersion, side), Of(pair.QemuCommandLine, side), Of(pair.BootId, side), Of(pair.ImageHash, side),
            Member(pair.Capabilities, name), Member(pair.Facts, name), pair.Evidence,
            // Where one policy is named, it is the destination's.
            side == 1 || pair.Policy?.Contains(Arrow, StringComparison.Ordinal) == true ? Of(pair.Policy, side) : null, Of(pair.Platform, side));
    }

    private static string? Member(string? json, string name)
    {
        if (json is null)
            return null;
        using var document = JsonDocument.Parse(json);
        return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(name, out var of) ? of.GetRawText() : null;
    }
}
