namespace Harness.Model.Ownership;

/// <summary>The input of a walk: a VM with its memory, and the possible operations on the page.</summary>
/// <param name="Scenario">The VM and the memory.</param>
/// <param name="Operations">All possible operations.</param>
public sealed record OwnershipWalk(Scenario Scenario, IReadOnlyList<Operation> Operations);

/// <summary>
/// A way to protect a guest's memory from its host: a machine, its scenarios, and how accesses find their page.
/// </summary>
/// <param name="Name">Short and stable.</param>
/// <param name="Machine">Its transitions.</param>
/// <param name="Hosts">The hosts that it can distinguish.</param>
/// <param name="Walks">The VMs and memory, and the operations.</param>
/// <param name="Resolve">How a guest access finds its page.</param>
public sealed record OwnershipSystem(
    string Name,
    Machine Machine,
    IReadOnlyList<HostFacts> Hosts,
    IReadOnlyList<OwnershipWalk> Walks,
    Resolver Resolve
)
{
    public string Summary => Machine.Summary;

    /// <summary>No kernel that was read has it: it exists only in mails and specifications.</summary>
    public bool ModelOnly { get; init; }

    /// <summary>
    /// A stage 2 or a granule protection table beneath the host's kernel makes the kernel fault on a page that it
    /// doesn't own. Not claimed for TDX and SEV: no source read here describes what their kernel gets.
    /// </summary>
    public bool DeniesKernel { get; init; }

    /// <summary>Its cost, for systems that are compared by it; else null.</summary>
    public string? Cost { get; init; }

    public override string ToString() => Name;
}
