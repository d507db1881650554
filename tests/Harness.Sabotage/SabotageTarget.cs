namespace Harness.Sabotage;

/// <summary>A kernel track on a kind of CPU: "7.2/max".</summary>
internal sealed record SabotageTarget(string Track, string Cpu)
{
    private static readonly Dictionary<string, (string Cpu, string[] Machine)> Kinds = new()
    {
        ["max"] = (Chaos.Guest.Cpu, []),
        ["a710"] = ("cortex-a710", []),
        ["a76"] = ("cortex-a76", []),
        ["mte"] = (Chaos.Guest.Cpu, ["mte=on"]),
    };

    /// <summary>"max, a710, a76, mte".</summary>
    public static string Cpus => string.Join(", ", Kinds.Keys);

    public string QemuCpu => Kinds[Cpu].Cpu;

    public IReadOnlyList<string> Machine => Kinds[Cpu].Machine;

    /// <summary>Null if it is none.</summary>
    public static SabotageTarget? Parse(string text) =>
        text.Split('/') is [var track, var cpu] && Version.TryParse(track, out _) && Kinds.ContainsKey(cpu)
            ? new SabotageTarget(track, cpu)
            : null;

    public override string ToString() => $"{Track}/{Cpu}";
}
