using Harness.Analysis.Coverage;
using Harness.Model;
using Harness.Model.Ownership;

namespace Harness.Analysis.Differences;

/// <summary>A case about who has a page that two policies tell apart.</summary>
/// <param name="Case">The case.</param>
/// <param name="Host">On which kind of host.</param>
/// <param name="At">The index of the first operation that ends otherwise.</param>
/// <param name="A">How it ends under the first, in words.</param>
/// <param name="B">How it ends under the second.</param>
public sealed record PartedLifecycle(LifecycleCase Case, HostFacts Host, int At, string A, string B)
{
    public override string ToString() =>
        $"{Case.Id}, {Case.Scenario}, operation {At + 1}, {OperationText.Word(Case.Operations[At])}: {A} -> {B}";
}

/// <summary>In what two policies differ as to who may have a page.</summary>
/// <param name="Transitions">What only one has, or each has in its own way: null where it has none of that
/// name.</param>
/// <param name="Parted">How many cases, each on each kind of host, they tell apart.</param>
/// <param name="Asked">Of how many.</param>
/// <param name="Examples">For each operation and pair of ends at which they part the plainest, the commonest
/// first.</param>
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
    /// <param name="lives">The cases to tell them by.</param>
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
