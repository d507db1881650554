using System.Text.Json;

namespace Harness.Cli.Configuration;

/// <summary>
/// How long a case takes on each target, as "harness db times" prints it: the same file on every controller that
/// executes a shard, so that all cut the run in the same way.
/// </summary>
internal static class ShardTimesFile
{
    private const string Member = "secondsPerCase";

    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    /// <summary>No case takes longer; the time of a host is calculated from it.</summary>
    private const double Most = 100_000;

    public static string Text(IReadOnlyDictionary<string, double> secondsPerCase)
    {
        var sorted = secondsPerCase
            .OrderBy(t => t.Key, StringComparer.Ordinal)
            .Select(t => KeyValuePair.Create(t.Key, Math.Round(t.Value, 6)));
        return JsonSerializer.Serialize(
            new Dictionary<string, Dictionary<string, double>> { [Member] = new(sorted) },
            s_indented
        );
    }

    /// <exception cref="UsageException">It can't be read, or is not such a file.</exception>
    public static IReadOnlyDictionary<string, double> Load(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            if (
                document.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty(Member, out var times)
                && times.ValueKind == JsonValueKind.Object
            )
                return times.EnumerateObject().ToDictionary(t => t.Name, t => Seconds(path, t));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new UsageException($"--shard-times {path}: {e.Message}");
        }
        throw new UsageException(
            $"--shard-times {path}: it has no object \"{Member}\" (write it with {Hint.Program} db times FILE)"
        );
    }

    private static double Seconds(string path, JsonProperty time) =>
        time.Value.ValueKind == JsonValueKind.Number && time.Value.TryGetDouble(out double s) && s is >= 0 and <= Most
            ? s
            : throw new UsageException(
                $"--shard-times {path}: the time of '{time.Name}' is not a number of seconds (it is {time.Value.GetRawText()})"
            );
}
