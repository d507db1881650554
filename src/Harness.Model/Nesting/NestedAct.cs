using Harness.Model.Dimensions;

namespace Harness.Model.Nesting;

/// <summary>What is done in a case about nested virtualization, at the current page.</summary>
public enum NestedDeed : byte
{
    /// <summary>The next page becomes the current one: its memory, and how the guest hypervisor maps it.</summary>
    Page,

    /// <summary>The nested guest's LDR of 32 bits.</summary>
    Read,

    /// <summary>The nested guest's STR of 32 bits.</summary>
    Write,

    /// <summary>The nested guest's fetch.</summary>
    Execute,

    /// <summary>
    /// LDR of the same address with the first bit set that the guest hypervisor's stage 2 doesn't translate.
    /// </summary>
    ReadBeyond,

    /// <summary>The guest hypervisor changes its descriptor of the page.</summary>
    Map,

    /// <summary>The guest hypervisor's TLBI IPAS2E1IS of the page, and TLBI VMALLE1IS.</summary>
    Invalidate,

    /// <summary>The guest hypervisor's TLBI VMALLS12E1IS.</summary>
    InvalidateAll,

    /// <summary>The host's mprotect(2) of the page with PROT_READ.</summary>
    Protect,

    /// <summary>The host's madvise(2) of the page with MADV_DONTNEED.</summary>
    Discard,

    /// <summary>The slot is deleted.</summary>
    Delete,
}

/// <summary>One act.</summary>
/// <param name="Deed">What is done.</param>
/// <param name="Memory">For <see cref="NestedDeed.Page"/>.</param>
/// <param name="Mapping">For <see cref="NestedDeed.Page"/> and <see cref="NestedDeed.Map"/>.</param>
public readonly record struct NestedAct(
    NestedDeed Deed,
    NestedMemory Memory = NestedMemory.None,
    NestedMapping Mapping = default
)
{
    private const string MapPrefix = "map-";

    public static Words<NestedDeed> Deeds { get; } =
        new()
        {
            { NestedDeed.Page, "page", "the next page" },
            { NestedDeed.Read, "read", "the nested guest reads" },
            { NestedDeed.Write, "write", "the nested guest writes" },
            { NestedDeed.Execute, "exec", "the nested guest fetches" },
            {
                NestedDeed.ReadBeyond,
                "read-beyond",
                "the nested guest reads at that address, and the first bit beyond the guest hypervisor's stage 2"
            },
            { NestedDeed.Map, "map", "the guest hypervisor maps" },
            { NestedDeed.Invalidate, "tlbi", "the guest hypervisor invalidates the address" },
            { NestedDeed.InvalidateAll, "tlbi-all", "the guest hypervisor invalidates everything of its guest" },
            { NestedDeed.Protect, "host-protect", "the host removes the permission to write" },
            { NestedDeed.Discard, "host-discard", "the host discards the page" },
            { NestedDeed.Delete, "host-delete", "the host deletes the slot" },
        };

    /// <summary>The access of the nested guest; null for other acts.</summary>
    public Access? Access =>
        Deed switch
        {
            NestedDeed.Read or NestedDeed.ReadBeyond => Model.Access.Read,
            NestedDeed.Write => Model.Access.Write,
            NestedDeed.Execute => Model.Access.Execute,
            _ => null,
        };

    /// <summary>The guest hypervisor does it.</summary>
    public bool IsHypervisors => Deed is NestedDeed.Map or NestedDeed.Invalidate or NestedDeed.InvalidateAll;

    /// <summary>KVM drops every shadow of the VM, all of its address space.</summary>
    public bool DropsAll =>
        Deed is NestedDeed.InvalidateAll or NestedDeed.Protect or NestedDeed.Discard or NestedDeed.Delete;

    /// <summary>"plain.rw", "read", "map-r".</summary>
    public string Name =>
        Deed switch
        {
            NestedDeed.Page => $"{NestedMemories.All.Of(Memory)}.{Mapping.Name}",
            NestedDeed.Map => MapPrefix + Mapping.Name,
            _ => Deeds.Of(Deed),
        };

    /// <summary>The act of a name.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static NestedAct Parse(string name)
    {
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        if (
            name.StartsWith(MapPrefix, StringComparison.Ordinal)
            && NestedMapping.Find(name[MapPrefix.Length..]) is { } changed
        )
            return new NestedAct(NestedDeed.Map, Mapping: changed);
        if (
            dot > 0
            && NestedMemories.All.Find(name[..dot]) is { } memory
            && NestedMapping.Find(name[(dot + 1)..]) is { } mapping
        )
            return new NestedAct(NestedDeed.Page, memory, mapping);
        return Deeds.Find(name) is { } deed and not (NestedDeed.Page or NestedDeed.Map)
            ? new NestedAct(deed)
            : throw new ArgumentException($"'{name}' is not an act", nameof(name));
    }

    /// <summary>"the guest hypervisor maps a slot of anonymous memory by a leaf that permits reads".</summary>
    public override string ToString() =>
        Deed switch
        {
            NestedDeed.Page =>
                $"a page of its own; there is {NestedMemories.All.PhraseOf(Memory)}, and in the guest hypervisor's stage 2 {Mapping}",
            NestedDeed.Map => $"the guest hypervisor's descriptor becomes {Mapping}",
            _ => Deeds.PhraseOf(Deed),
        };
}
