namespace Harness.Model.Ownership;

/// <summary>What the page holds.</summary>
public enum Contents : byte
{
    Zero,

    /// <summary>What the host stored last.</summary>
    Host,

    /// <summary>What the guest stored last.</summary>
    Guest,

    /// <summary>What the guest stored last through an access that it marked as shared.</summary>
    Shared,

    /// <summary>Not specified by any source.</summary>
    Unknown,
}

/// <summary>The hypervisor's own access to the page, at EL2.</summary>
public enum HypervisorAccess : byte
{
    /// <summary>None: PKVM_NOPAGE.</summary>
    None,

    /// <summary>The host shares it: PKVM_PAGE_SHARED_BORROWED.</summary>
    Borrowed,

    /// <summary>It owns the page, and the host has no access: PKVM_PAGE_OWNED.</summary>
    Owned,
}

/// <summary>RIPAS: the state of a protected address that the RMM reports to the realm.</summary>
public enum RealmIpaState : byte
{
    Empty,
    Ram,
    Destroyed,
}

/// <summary>The guest's access to the page.</summary>
public enum PageAccess : byte
{
    /// <summary>None: its next access is a stage-2 fault.</summary>
    None,

    /// <summary>Its stage 2 maps a page that the host owns and can access, too.</summary>
    Mapped,

    /// <summary>It owns the page, and the host has no access: PKVM_PAGE_OWNED.</summary>
    Owned,

    /// <summary>It owns the page, and shares it with the host: PKVM_PAGE_SHARED_OWNED.</summary>
    Lent,

    /// <summary>The page was forcibly reclaimed from it: PKVM_POISON.</summary>
    Poisoned,
}

/// <summary>
/// One page of a VM's memory as the host, the hypervisor and the guest have it, and everything else that an operation's
/// result depends on. The host's and the hypervisor's side follow from the guest's: the host has no access to what the
/// guest owns, unless it is shared.
/// </summary>
public record struct PageState
{
    /// <summary>There is a VM.</summary>
    public bool Vm { get; set; }

    /// <summary>There is a memslot over the page.</summary>
    public bool Slot { get; set; }

    /// <summary>That memslot refers to the process's mapping of the guest_memfd, not to the guest_memfd.</summary>
    public bool Window { get; set; }

    /// <summary>There is a second memslot over it, of the same VM.</summary>
    public bool SecondSlot { get; set; }

    /// <summary>There is a memslot over it in a second VM.</summary>
    public bool OtherSlot { get; set; }

    /// <summary>The VMM's process has the page mapped.</summary>
    public bool Mapped { get; set; }

    /// <summary>The memory's descriptor is closed.</summary>
    public bool FileClosed { get; set; }

    /// <summary>A vCPU has run: the properties of the VM are fixed.</summary>
    public bool Ran { get; set; }

    public PageAccess Guest { get; set; }

    /// <summary>The second VM's guest's access to the page.</summary>
    public PageAccess Other { get; set; }

    /// <summary>The guest's leaf is executable.</summary>
    public bool Executable { get; set; }

    public Contents Holds { get; set; }

    /// <summary>The guest cannot continue: its next operation is the one that failed.</summary>
    public bool GuestEnded { get; set; }

    /// <summary>As <see cref="GuestEnded"/>, for the second VM's guest.</summary>
    public bool OtherEnded { get; set; }

    /// <summary>The VM's descriptors are closed.</summary>
    public bool Destroyed { get; set; }

    /// <summary>KVM_MEMORY_ATTRIBUTE_PRIVATE is set for the page's guest address.</summary>
    public bool Private { get; set; }

    /// <summary>The kernel's own mapping of the page is gone: set_direct_map_invalid_noflush().</summary>
    public bool NoDirectMap { get; set; }

    /// <summary>
    /// The guest disclosed the content of the page to the host: it shared the page, or never owned it.
    /// </summary>
    public bool Disclosed { get; set; }

    /// <summary>There is a second memslot at the page's guest address, over other memory.</summary>
    public bool OverSlot { get; set; }

    /// <summary>The private file has a page here.</summary>
    public bool Allocated { get; set; }

    /// <summary>The guest has the shared page at the same address: the process's own.</summary>
    public bool SharedMapped { get; set; }

    /// <summary>The content of the shared page at the same address.</summary>
    public Contents SharedHolds { get; set; }

    public HypervisorAccess Hypervisor { get; set; }

    /// <summary>The page's granule is in the physical address space of realms.</summary>
    public bool Delegated { get; set; }

    public RealmIpaState Ripas { get; set; }

    /// <summary>The host can access the content of the page: nothing beneath its kernel denies it.</summary>
    public readonly bool HostHas =>
        Guest != PageAccess.Owned && Other != PageAccess.Owned && Hypervisor != HypervisorAccess.Owned && !Delegated;
}
