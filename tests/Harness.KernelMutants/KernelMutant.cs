using System.Text.Json;
using Harness.Chaos;
using Harness.Sabotage;

namespace Harness.KernelMutants;

/// <summary>One wrong decision that is compiled into a kernel.</summary>
/// <param name="Name">Unique.</param>
/// <param name="File">The source file, relative to the kernel's tree.</param>
/// <param name="Function">The function in it that is changed.</param>
/// <param name="Find">
/// A regular expression that matches exactly once in that function; a space in it stands for any white space.
/// </param>
/// <param name="Replace">What takes its place: $0 is what was found, $1 its first group.</param>
/// <param name="Does">What goes wrong, in words.</param>
/// <param name="Rules">The rules of a policy that may be named for it; empty: no rule decides it.</param>
internal sealed record KernelMutant(
    string Name,
    string File,
    string Function,
    string Find,
    string Replace,
    string Does,
    IReadOnlyList<string> Rules
)
{
    private static readonly string[] Usual = ["max/vhe", "a76/vhe"];

    /// <summary>The hosts that it matters on, CPU/MODE; null: those of the default suite.</summary>
    public IReadOnlyList<string>? On { get; init; }

    /// <summary>Why it can't be noticed on a QEMU host; null: it can.</summary>
    public string? Unobservable { get; init; }

    /// <summary>mutants.json.</summary>
    public static IReadOnlyList<KernelMutant> All { get; } = Read();

    public IReadOnlyList<string> Hosts => On ?? Usual;

    public static KernelMutant Named(string name) => All.Single(m => m.Name == name);

    private static List<KernelMutant> Read()
    {
        using var file = System.IO.File.OpenRead(
            Path.Combine(Repository.Root, "tests", "Harness.KernelMutants", "mutants.json")
        );
        return JsonSerializer.Deserialize<List<KernelMutant>>(file, SabotageJson.Options)!;
    }
}
