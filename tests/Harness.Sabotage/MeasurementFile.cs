using System.Text.Json;

namespace Harness.Sabotage;

/// <summary>A file of measurements, one a line, in the order of the wrong decisions.</summary>
/// <param name="path">The file.</param>
/// <param name="decisions">The wrong decisions by name, each with the rules that may be named for it.</param>
internal sealed class MeasurementFile(string path, IEnumerable<KeyValuePair<string, IReadOnlyList<string>>> decisions)
{
    private readonly List<string> _order = [.. decisions.Select(d => d.Key)];
    private readonly Dictionary<string, IReadOnlyList<string>> _rules = decisions.ToDictionary();

    public IReadOnlyList<Measurement> Read() =>
        File.Exists(path)
            ? JsonSerializer.Deserialize<List<Measurement>>(File.ReadAllText(path), SabotageJson.Options)!
            : [];

    /// <summary>Measurements take the place of older ones of the same wrong decision and target.</summary>
    public void Write(IReadOnlyList<Measurement> measured)
    {
        var all = Read()
            .Where(m => !measured.Any(n => (n.Name, n.Target) == (m.Name, m.Target)))
            .Concat(measured)
            .OrderBy(m => _order.IndexOf(m.Name))
            .ThenBy(m => m.Target, StringComparer.Ordinal);
        File.WriteAllText(
            path,
            "[\n"
                + string.Join(",\n", all.Select(m => "  " + JsonSerializer.Serialize(m, SabotageJson.Options)))
                + "\n]\n"
        );
    }

    /// <summary>
    /// What was noticed before and isn't now, or named the right rule before and doesn't now: one line each.
    /// </summary>
    public IReadOnlyList<string> Worse(IReadOnlyList<Measurement> before, IReadOnlyList<Measurement> now) =>
        [
            .. from m in now
            let b = before.FirstOrDefault(b => (b.Name, b.Target) == (m.Name, m.Target))
            where b is not null
            let rules = _rules[m.Name]
            let what = m.Outcome < b.Outcome && b.IsNoticed ? $"{b.Outcome} before, {m.Outcome} now"
            : b.IsRight(rules) && !m.IsRight(rules) ? "the right rule was named before, and isn't now"
            : null
            where what is not null
            select $"{m.Name} on {m.Target}: {what}",
        ];
}
