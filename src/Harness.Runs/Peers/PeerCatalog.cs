using System.Text.Json;

namespace Harness.Runs.Peers;

/// <summary>The programs of the kernel's selftests about memory that arm64 compiles: peers.json.</summary>
public static class PeerCatalog
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    private static readonly Lazy<IReadOnlyList<PeerProgram>> s_all = new(Read);

    /// <summary>In the order in which they run.</summary>
    public static IReadOnlyList<PeerProgram> All => s_all.Value;

    /// <summary>
    /// Programs by their names; a name without arguments is each that begins with it and a colon, too.
    /// </summary>
    /// <param name="name">"dirty_log_test", "dirty_log_test:ring".</param>
    public static IReadOnlyList<PeerProgram> Named(string name) =>
        [.. All.Where(p => p.Name == name || p.Name.StartsWith(name + ":", StringComparison.Ordinal))];

    private static IReadOnlyList<PeerProgram> Read()
    {
        using var stream = typeof(PeerCatalog).Assembly.GetManifestResourceStream("peers.json")
            ?? throw new InvalidOperationException("peers.json is missing");
        return JsonSerializer.Deserialize<IReadOnlyList<PeerProgram>>(stream, s_json)!;
    }
}
