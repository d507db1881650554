namespace Harness.Model.Ownership;

/// <summary>What a transition looks at: where it happens, and what is done.</summary>
/// <param name="Host">The host's facts.</param>
/// <param name="Setting">The VM and the memory.</param>
/// <param name="Act">What is done.</param>
/// <param name="Page">The page as it was before.</param>
public readonly record struct Moment(HostFacts Host, Setting Setting, Act Act, PageState Page)
{
    public Backing Backing => Setting.Backing;

    public bool Protected => Setting.Vm == VmKind.Protected;

    public bool GuestMemory => Setting.Backing.Kind == VmaKind.GuestMemory;

    /// <summary>is_protected_kvm_enabled().</summary>
    public bool UnderHypervisor => Host.Mode == KvmMode.Protected;

    /// <summary>GUEST_MEMFD_FLAG_MMAP.</summary>
    public bool MayBeMapped => (Backing.GuestMemory & GuestMemoryFlags.Mmap) != 0;

    /// <summary>GUEST_MEMFD_FLAG_INIT_SHARED.</summary>
    public bool InitShared => (Backing.GuestMemory & GuestMemoryFlags.InitShared) != 0;

    /// <summary>The VMM's process touches the page, in whatever way.</summary>
    public bool HostTouches => Act is Act.Load or Act.Store or Act.Copy or Act.Peek;

    /// <summary>The guest touches it.</summary>
    public bool GuestTouches => Act is Act.GuestLoad or Act.GuestStore or Act.GuestFetch;

    /// <summary>The guest touches it, and says whether privately or not.</summary>
    public bool GuestSays => SaysPrivate || Act is Act.GuestLoadShared or Act.GuestStoreShared;

    /// <summary>The guest touches it privately, by an address or a table entry that says so.</summary>
    public bool SaysPrivate => Act is Act.GuestLoadPrivate or Act.GuestStorePrivate;

    /// <summary>The host's kernel touches it, on nobody's behalf.</summary>
    public bool KernelTouches => Act is Act.Stray or Act.Hibernate;

    /// <summary>The guest does something.</summary>
    public bool ByGuest => Act is >= Act.GuestLoad and <= Act.GuestUnshare or Act.GuestLdp || GuestSays;
}

/// <summary>What a lifecycle is about.</summary>
/// <param name="Vm">What kind of VM.</param>
/// <param name="Backing">The memory.</param>
/// <param name="Writable">PROT_READ|PROT_WRITE of the process's mapping, or PROT_READ alone.</param>
public sealed record Setting(VmKind Vm, Backing Backing, bool Writable = true)
{
    /// <summary>A slot has two pages at each address: the private file's, and one of the process's own for what the guest shares.</summary>
    public bool Twofold { get; init; }

    /// <summary>The page is the kernel's own, of what a VM is made of; no process has it.</summary>
    public bool KernelsOwn { get; init; }

    /// <summary>Where every lifecycle begins: nothing is there but memory of the process's own.</summary>
    public PageState Start => new()
    {
        Mapped = Twofold || Backing.Kind is not (VmaKind.GuestMemory or VmaKind.Hole), Disclosed = true,
    };

    public override string ToString() => KernelsOwn ? "a page of the kernel's own"
        : $"{ActText.Word(Vm)} VM, {CaseText.Word(Backing)}{(Writable ? "" : ", read-only")}";
}
