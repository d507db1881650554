using System.Text.Json;
using Harness.Chaos;

namespace Harness.Sabotage;

/// <summary>
/// measured.json: what was noticed so far, line by line, in the order of sabotages.json. What is in it may only get
/// better.
/// </summary>
internal static class Record
{
    public static string File { get; } = Path.Combine(Repository.Root, "tests", "Harness.Sabotage", "measured.json");

    public static IReadOnlyList<Measurement> Read() =>
        System.IO.File.Exists(File)
            ? JsonSerializer.Deserialize<List<Measurement>>(System.IO.File.ReadAllText(File), SabotageJson.Options)!
            : [];

    /// <summary>Measurements take the place of older ones of the same wrong decision and target.</summary>
    public static void Write(IReadOnlyList<Measurement> measured)
    {
        var order = WrongDecision.All.Select(d => d.Name).ToList();
        var all = Read()
            .Where(m => !measured.Any(n => (n.Name, n.Target) == (m.Name, m.Target)))
            .Concat(measured)
            .OrderBy(m => order.IndexOf(m.Name))
            .ThenBy(m => m.Target, StringComparer.Ordinal);
        System.IO.File.WriteAllText(
            File,
            "[\n"
                + string.Join(",\n", all.Select(m => "  " + JsonSerializer.Serialize(m, SabotageJson.Options)))
                + "\n]\n"
        );
    }

    /// <summary>
    /// What was noticed before and isn't now, or named the right rule before and doesn't now: one line each.
    /// </summary>
    public static IReadOnlyList<string> Worse(IReadOnlyList<Measurement> before, IReadOnlyList<Measurement> now) =>
        [
            .. from m in now
            let b = before.FirstOrDefault(b => (b.Name, b.Target) == (m.Name, m.Target))
            where b is not null
            let rules = WrongDecision.Named(m.Name).Rules
            let what = m.Outcome < b.Outcome && b.IsNoticed ? $"{b.Outcome} before, {m.Outcome} now"
            : b.IsRight(rules) && !m.IsRight(rules) ? "the right rule was named before, and isn't now"
            : null
            where what is not null
            select $"{m.Name} on {m.Target}: {what}",
        ];
}
