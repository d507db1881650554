namespace Harness.Model.Ownership;

/// <summary>The inputs of a transition.</summary>
/// <param name="Host">The host's facts.</param>
/// <param name="Scenario">The VM and the memory.</param>
/// <param name="Operation">The operation.</param>
/// <param name="Page">The page's state before it.</param>
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

    /// <summary>The VMM's process accesses the page, in any way.</summary>
    public bool HostTouches => Operation is Operation.Load or Operation.Store or Operation.Copy or Operation.Peek;

    /// <summary>The guest accesses it.</summary>
    public bool GuestTouches => Operation is Operation.GuestLoad or Operation.GuestStore or Operation.GuestFetch;

    /// <summary>The guest accesses it, and marks the access as private or shared.</summary>
    public bool GuestSays => SaysPrivate || Operation is Operation.GuestLoadShared or Operation.GuestStoreShared;

    /// <summary>The guest accesses it through an address or a table entry marked private.</summary>
    public bool SaysPrivate => Operation is Operation.GuestLoadPrivate or Operation.GuestStorePrivate;

    /// <summary>The host's kernel accesses it outside any system call.</summary>
    public bool KernelTouches => Operation is Operation.Stray or Operation.Hibernate;

    /// <summary>The operation is done by the guest.</summary>
    public bool ByGuest =>
        Operation is >= Operation.GuestLoad and <= Operation.GuestUnshare or Operation.GuestLdp || GuestSays;
}

/// <summary>The subject of a lifecycle.</summary>
/// <param name="Vm">The kind of VM.</param>
/// <param name="Backing">The memory.</param>
/// <param name="Writable">PROT_READ|PROT_WRITE of the process's mapping, or PROT_READ alone.</param>
public sealed record Scenario(VmKind Vm, Backing Backing, bool Writable = true)
{
    /// <summary>
    /// A slot has two pages at each address: one of the private file, and one of the process for what the guest shares.
    /// </summary>
    public bool Twofold { get; init; }

    /// <summary>The page belongs to the kernel and stores the state of a VM; no process has it.</summary>
    public bool KernelsOwn { get; init; }

    /// <summary>The start of every lifecycle: only the process's memory exists.</summary>
    public PageState Start =>
        new() { Mapped = Twofold || Backing.Kind is not (VmaKind.GuestMemory or VmaKind.Hole), Disclosed = true };

    public override string ToString() =>
        KernelsOwn
            ? "a page of the kernel's own"
            : $"{OperationText.Word(Vm)} VM, {CaseText.Word(Backing)}{(Writable ? "" : ", read-only")}";
}
