using Harness.Analysis.Coverage;
using Harness.Model;
using Harness.Model.Ownership;

namespace Harness.Analysis.Differences;

/// <summary>A lifecycle case that distinguishes two policies.</summary>
/// <param name="Case">The case.</param>
/// <param name="Host">On which kind of host.</param>
/// <param name="At">The index of the first operation that ends differently.</param>
/// <param name="A">How it ends under the first, as text.</param>
/// <param name="B">How it ends under the second.</param>
public sealed record PartedLifecycle(LifecycleCase Case, HostFacts Host, int At, string A, string B)
{
    public override string ToString() =>
        $"{Case.Id}, {Case.Scenario}, operation {At + 1}, {OperationText.Word(Case.Operations[At])}: {A} -> {B}";
}

/// <summary>How two policies differ in page ownership.</summary>
/// <param name="Transitions">
/// Transitions that only one has, or that differ: null where one has none of that name.
/// </param>
/// <param name="Parted">How many cases, each on each kind of host, distinguish them.</param>
/// <param name="Asked">Of how many.</param>
/// <param name="Examples">
/// The simplest example for each operation and pair of different ends, the most common first.
/// </param>
public sealed record OwnershipDifference(
    IReadOnlyList<(Transition? A, Transition? B)> Transitions,
    int Parted,
    int Asked,
    IReadOnlyList<(PartedLifecycle Example, int Count)> Examples
)
{
    /// <summary>The machines are the same.</summary>
    public bool IsNone => Transitions.Count == 0 && Parted == 0;

    /// <param name="a">The first.</param>
    /// <param name="b">The second.</param>
    /// <param name="lives">The cases to compare them on.</param>
    public static OwnershipDifference Between(Machine a, Machine b, IReadOnlyList<LifecycleCase> lives)
    {
        if (ReferenceEquals(a, b))
            return new([], 0, lives.Count * MachineCoverage.Hosts.Count, []);
        PartedLifecycle[] parted =
        [
            .. from c in lives.OrderBy(Complexity.Cost)
            from host in MachineCoverage.Hosts
            let at = a.PartsFrom(b, host, c.Scenario, c.Operations)
            where at is not null
            select new PartedLifecycle(c, host, at.Value, Word(a, host, c, at.Value), Word(b, host, c, at.Value)),
        ];
        return new OwnershipDifference(
            [
                .. a
                    .Transitions.Where(t => !b.Transitions.Contains(t))
                    .Select(t => ((Transition?)t, b.Has(t.Name) ? b.Transition(t.Name) : null)),
                .. b.Transitions.Where(t => !a.Has(t.Name)).Select(t => ((Transition?)null, (Transition?)t)),
            ],
            parted.Length,
            lives.Count * MachineCoverage.Hosts.Count,
            [
                .. parted
                    .GroupBy(p => (p.Case.Operations[p.At], p.A, p.B))
                    .OrderByDescending(g => g.Count())
                    .Select(g => (g.First(), g.Count())),
            ]
        );
    }

    private static string Word(Machine machine, HostFacts host, LifecycleCase c, int at) =>
        machine.Follow(host, c.Scenario, c.Operations).ElementAtOrDefault(at)?.Outcome.ToString() ?? "can't be done";
}
