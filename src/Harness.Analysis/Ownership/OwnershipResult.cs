using System.Globalization;
using Harness.Model;
using Harness.Model.Ownership;

namespace Harness.Analysis.Ownership;

/// <summary>
/// What breaks one property of one system by one transition, by the shortest lifecycle that shows it.
/// </summary>
/// <param name="By">The transition that did it.</param>
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

/// <summary>Whether one system has one property.</summary>
/// <param name="Property">The property.</param>
/// <param name="Asked">At how many operations in how many states it was about something; 0 where the system says
/// nothing about it.</param>
/// <param name="Breaches">What breaks it, the shortest first; empty where it holds.</param>
public sealed record OwnershipResult(OwnershipProperty Property, int Asked, IReadOnlyList<OwnershipBreach> Breaches)
{
    public bool Holds => Breaches.Count == 0;

    public int Points => Breaches.Sum(b => b.Points);

    /// <summary>
    /// A dot where it holds, a dash where the system says nothing about it, else how often it is broken.
    /// </summary>
    public string Cell =>
        !Holds ? Points.ToString(CultureInfo.InvariantCulture)
        : Asked == 0 ? "-"
        : ".";
}

/// <summary>One system against every property, over every state that can be reached.</summary>
/// <param name="System">The system.</param>
/// <param name="States">How many states there are, over its hosts, VMs and memory.</param>
/// <param name="Points">How many operations can be done in them.</param>
/// <param name="Taken">The transitions that decided one of them at least.</param>
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
