using System.Text.Json;
using Harness.Chaos;

namespace Harness.Sabotage;

/// <summary>One wrong decision that the module stage2_sabotage makes KVM take.</summary>
/// <param name="Name">As the module knows it.</param>
/// <param name="Function">The kernel function that it is in; some kernels have it under another name.</param>
/// <param name="Does">What goes wrong, in words.</param>
/// <param name="Rules">The rules of a policy that may be named for it; empty: no rule decides it.</param>
internal sealed record WrongDecision(string Name, string Function, string Does, IReadOnlyList<string> Rules)
{
    /// <summary>The first kernel track that has the decision; null: all have it.</summary>
    public string? Since { get; init; }

    /// <summary>The kinds of CPU that it matters on; null: all.</summary>
    public IReadOnlyList<string>? Cpus { get; init; }

    /// <summary>The host is damaged afterwards: a guest could write to memory that is somebody else's now.</summary>
    public bool Reboot { get; init; }

    /// <summary>sabotages.json.</summary>
    public static IReadOnlyList<WrongDecision> All { get; } = Read();

    public static WrongDecision Named(string name) => All.Single(d => d.Name == name);

    public bool Concerns(SabotageTarget target) =>
        (Cpus is null || Cpus.Contains(target.Cpu))
        && (Since is null || Version.Parse(Since) <= Version.Parse(target.Track));

    private static List<WrongDecision> Read()
    {
        using var file = File.OpenRead(Path.Combine(Repository.Root, "tests", "Harness.Sabotage", "sabotages.json"));
        return JsonSerializer.Deserialize<List<WrongDecision>>(file, SabotageJson.Options)!;
    }
}
