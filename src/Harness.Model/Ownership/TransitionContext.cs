namespace Harness.Model.Ownership;

/// <summary>What a transition looks at: where it happens, and what is done.</summary>
/// <param name="Host">The host's facts.</param>
/// <param name="Scenario">The VM and the memory.</param>
/// <param name="Operation">What is done.</param>
/// <param name="Page">The page as it was before.</param>
public readonly record struct TransitionContext(HostFacts Host, Scenario Scenario, Operation Operation, PageState Page)
{
    public Backing Backing => Scenario.Backing;

    public bool Protected => Scenario.Vm == VmKind.Protected;

    public bool GuestMemory => Scenario.Backing.Kind == VmaKind.GuestMemory;

    /// <summary>is_protected_kvm_enabled().</summary>
    public bool UnderHypervisor => Host.Mode == KvmMode.Protected;

    /// <summary>GUEST_MEMFD_FLAG_MMAP.</summary>
    public bool MayBeMapped => (Backing.GuestMemory & GuestMemoryFlags.Mmap) != 0;

    /// <summary>GUEST_MEMFD_FLAG_INIT_SHARED.</summary>
    public bool InitShared => (Backing.GuestMemory & GuestMemoryFlags.InitShared) != 0;

    /// <summary>The VMM's process touches the page, in whatever way.</summary>
    public bool HostTouches => Operation is Operation.Load or Operation.Store or Operation.Copy or Operation.Peek;

    /// <summary>The guest touches it.</summary>
    public bool GuestTouches => Operation is Operation.GuestLoad or Operation.GuestStore or Operation.GuestFetch;

    /// <summary>The guest touches it, and says whether privately or not.</summary>
    public bool GuestSays => SaysPrivate || Operation is Operation.GuestLoadShared or Operation.GuestStoreShared;

    /// <summary>The guest touches it privately, by an address or a table entry that says so.</summary>
    public bool SaysPrivate => Operation is Operation.GuestLoadPrivate or Operation.GuestStorePrivate;

    /// <summary>The host's kernel touches it, on nobody's behalf.</summary>
    public bool KernelTouches => Operation is Operation.Stray or Operation.Hibernate;

    /// <summary>The guest does something.</summary>
    public bool ByGuest =>
        Operation is >= Operation.GuestLoad and <= Operation.GuestUnshare or Operation.GuestLdp || GuestSays;
}

/// <summary>What a lifecycle is about.</summary>
/// <param name="Vm">What kind of VM.</param>
/// <param name="Backing">The memory.</param>
/// <param name="Writable">PROT_READ|PROT_WRITE of the process's mapping, or PROT_READ alone.</param>
public sealed record Scenario(VmKind Vm, Backing Backing, bool Writable = true)
{
    /// <summary>
    /// A slot has two pages at each address: the private file's, and one of the process's own for what the guest
    /// shares.
    /// </summary>
    public bool Twofold { get; init; }

    /// <summary>The page is the kernel's own, of what a VM is made of; no process has it.</summary>
    public bool KernelsOwn { get; init; }

    /// <summary>Where every lifecycle begins: nothing is there but memory of the process's own.</summary>
    public PageState Start =>
        new() { Mapped = Twofold || Backing.Kind is not (VmaKind.GuestMemory or VmaKind.Hole), Disclosed = true };

    public override string ToString() =>
        KernelsOwn
            ? "a page of the kernel's own"
            : $"{OperationText.Word(Vm)} VM, {CaseText.Word(Backing)}{(Writable ? "" : ", read-only")}";
}
