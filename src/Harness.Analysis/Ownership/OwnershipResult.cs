using System.Globalization;
using Harness.Model;
using Harness.Model.Ownership;

namespace Harness.Analysis.Ownership;

/// <summary>
/// A violation of one property of one system by one transition, with the shortest lifecycle that shows it.
/// </summary>
/// <param name="By">The transition that violates it.</param>
/// <param name="Points">How many operations in how many states show it.</param>
/// <param name="Host">The host of the example.</param>
/// <param name="Scenario">Its VM and memory.</param>
/// <param name="Steps">The example, from its start.</param>
public sealed record OwnershipBreach(
    Transition By,
    int Points,
    HostFacts Host,
    Scenario Scenario,
    IReadOnlyList<Step> Steps
)
{
    /// <summary>"protected VM, anonymous: create, bind, guest-load: KVM_RUN fails with EFAULT".</summary>
    public override string ToString() =>
        $"{Scenario}: {string.Join(", ", Steps.Select(s => OperationText.Word(s.Operation)))}: {Steps[^1].Outcome}";
}

/// <summary>The result of one property for one system.</summary>
/// <param name="Property">The property.</param>
/// <param name="Asked">
/// At how many operations in how many states it applied; 0 if it doesn't apply to the system.
/// </param>
/// <param name="Breaches">The violations, the shortest first; empty if it holds.</param>
public sealed record OwnershipResult(OwnershipProperty Property, int Asked, IReadOnlyList<OwnershipBreach> Breaches)
{
    public bool Holds => Breaches.Count == 0;

    public int Points => Breaches.Sum(b => b.Points);

    /// <summary>A dot if it holds, a dash if it doesn't apply, else how often it is violated.</summary>
    public string Cell =>
        !Holds ? Points.ToString(CultureInfo.InvariantCulture)
        : Asked == 0 ? "-"
        : ".";
}

/// <summary>One system against every property, over every reachable state.</summary>
/// <param name="System">The system.</param>
/// <param name="States">How many states there are, over its hosts, VMs and memory.</param>
/// <param name="Points">How many operations can be done in them.</param>
/// <param name="Taken">The transitions that decided at least one of them.</param>
/// <param name="Results">One for each property.</param>
public sealed record SystemAudit(
    OwnershipSystem System,
    int States,
    int Points,
    IReadOnlySet<string> Taken,
    IReadOnlyList<OwnershipResult> Results
)
{
    /// <summary>The transitions that no operation in any state takes.</summary>
    public IEnumerable<Transition> Untaken => System.Machine.Transitions.Where(t => !Taken.Contains(t.Name));

    public OwnershipResult Of(OwnershipProperty property) => Results.Single(r => r.Property == property);
}
