namespace Harness.Model.Ownership;

/// <summary>What is walked through: a VM with its memory, and what is done about the page.</summary>
/// <param name="Scenario">The VM and the memory.</param>
/// <param name="Operations">All that may be done.</param>
public sealed record OwnershipWalk(Scenario Scenario, IReadOnlyList<Operation> Operations);

/// <summary>
/// A way to keep a guest's memory from its host: a machine, what it is about, and how accesses find their page.
/// </summary>
/// <param name="Name">Short and stable.</param>
/// <param name="Machine">Its transitions.</param>
/// <param name="Hosts">The hosts that it can tell apart.</param>
/// <param name="Walks">The VMs and memory that there are, and the operations.</param>
/// <param name="Resolve">How an access of the guest's finds its page.</param>
public sealed record OwnershipSystem(
    string Name,
    Machine Machine,
    IReadOnlyList<HostFacts> Hosts,
    IReadOnlyList<OwnershipWalk> Walks,
    Resolver Resolve
)
{
    public string Summary => Machine.Summary;

    /// <summary>No kernel that was read has it: it comes from mails and specifications alone.</summary>
    public bool ModelOnly { get; init; }

    /// <summary>
    /// Something beneath the host's kernel, a stage 2 or a granule protection table, makes the kernel fault on a page
    /// that it has not. Not claimed of TDX and SEV: nothing read here says what their kernel gets.
    /// </summary>
    public bool DeniesKernel { get; init; }

    /// <summary>What it costs to have it, where that is what the question is; else null.</summary>
    public string? Cost { get; init; }

    public override string ToString() => Name;
}
