using Harness.Chaos;

namespace Harness.Sabotage;

/// <summary>
/// measured.json: what was noticed so far, line by line, in the order of sabotages.json. What is in it may only get
/// better.
/// </summary>
internal static class Record
{
    private static readonly MeasurementFile File = new(
        Path.Combine(Repository.Root, "tests", "Harness.Sabotage", "measured.json"),
        WrongDecision.All.Select(d => KeyValuePair.Create(d.Name, d.Rules))
    );

    public static IReadOnlyList<Measurement> Read() => File.Read();

    public static void Write(IReadOnlyList<Measurement> measured) => File.Write(measured);

    public static IReadOnlyList<string> Worse(IReadOnlyList<Measurement> before, IReadOnlyList<Measurement> now) =>
        File.Worse(before, now);
}
