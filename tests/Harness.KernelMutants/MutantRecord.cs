using System.Text.Json;
using Harness.Chaos;
using Harness.Images;
using Harness.Sabotage;

namespace Harness.KernelMutants;

/// <summary>
/// measured.json: what was noticed so far. What is in it may only get better. And the cache's history: every
/// measurement with its time, for the table over time.
/// </summary>
internal static class MutantRecord
{
    public static MeasurementFile File { get; } =
        new(
            Path.Combine(Repository.Root, "tests", "Harness.KernelMutants", "measured.json"),
            KernelMutant.All.Select(m => KeyValuePair.Create(m.Name, m.Rules))
        );

    private static string Home => Path.Combine(ImageStore.DefaultFolder, "kernel-mutants");

    /// <summary>JSON lines, one for each measurement.</summary>
    public static string History => Path.Combine(Home, "history.jsonl");

    // Those of one round, which --resume continues.
    private static string Round => Path.Combine(Home, "round.jsonl");

    /// <summary>What the current round has measured.</summary>
    /// <param name="resume">Continue it; otherwise a new one begins.</param>
    public static List<Measurement> Begin(bool resume)
    {
        Directory.CreateDirectory(Home);
        if (!resume)
            System.IO.File.Delete(Round);
        return System.IO.File.Exists(Round)
            ?
            [
                .. System
                    .IO.File.ReadLines(Round)
                    .Select(l => JsonSerializer.Deserialize<Measurement>(l, SabotageJson.Options)!),
            ]
            : [];
    }

    public static void Add(Measurement measured)
    {
        string row = JsonSerializer.Serialize(measured, SabotageJson.Options);
        System.IO.File.AppendAllText(Round, row + "\n");
        string entry = JsonSerializer.Serialize(
            new HistoryEntry(DateTimeOffset.UtcNow, HarnessCommit(), measured),
            SabotageJson.Options
        );
        System.IO.File.AppendAllText(History, entry + "\n");
    }

    private static string HarnessCommit()
    {
        string head = Path.Combine(Repository.Root, ".cache", "build", "stamp");
        return System.IO.File.Exists(head) ? System.IO.File.ReadAllText(head).Trim() : "";
    }

    private sealed record HistoryEntry(DateTimeOffset At, string Harness, Measurement Measurement);
}
