using Harness.Model.Ownership;

namespace Harness.Model;

/// <summary>The words by which cases are written, filtered and hashed. Changing one changes case ids.</summary>
public static class CaseText
{
    public static string Word(VmaKind kind) => kind switch
    {
        VmaKind.Anonymous => "anonymous",
        VmaKind.PfnMap => "pfnmap",
        VmaKind.MixedMap => "mixedmap",
        VmaKind.Secret => "secretmem",
        VmaKind.Hole => "hole",
        _ => "gmem",
    };

    public static string Word(KernelMap memory) => memory switch
    {
        KernelMap.Known => "known",
        KernelMap.Unknown => "unknown",
        _ => "unheld",
    };

    public static string Word(VmaMemoryType type) => type switch
    {
        VmaMemoryType.WriteBack => "wb",
        VmaMemoryType.NonCacheable => "nc",
        VmaMemoryType.DeviceNGnRE => "ngnre",
        _ => "ngnrne",
    };

    public static string Word(Sharing sharing) => sharing == Sharing.Shared ? "shared" : "private";

    public static string Word(GuestMemoryFlags flags) => flags switch
    {
        GuestMemoryFlags.None => "none",
        GuestMemoryFlags.Mmap => "mmap",
        GuestMemoryFlags.InitShared => "init-shared",
        _ => "mmap+init-shared",
    };

    public static string Word(Provider provider) => provider switch
    {
        Provider.Usual => "usual",
        Provider.Thp => "thp",
        Provider.NoThp => "no-thp",
        Provider.Memfd => "memfd",
        Provider.HugeTlb => "hugetlb",
        Provider.File => "file",
        Provider.UdmaBuf => "udmabuf",
        Provider.DevMem => "devmem",
        Provider.Sysfs => "sysfs",
        Provider.Vfio => "vfio",
        Provider.ExporterFault => "exporter-fault",
        Provider.ExporterNotified => "exporter-notified",
        Provider.ExporterScattered => "exporter-scattered",
        _ => "exporter-huge",
    };

    public static string Word(Access access) => access switch
    {
        Access.Read => "read",
        Access.Write => "write",
        Access.Execute => "exec",
        Access.Exclusive => "ldxr",
        Access.LoadPostIndexed => "ldr-post",
        Access.StorePostIndexed => "str-post",
        Access.LoadPreIndexed => "ldr-pre",
        Access.StorePreIndexed => "str-pre",
        Access.LoadPair => "ldp",
        Access.StorePair => "stp",
        Access.LoadVector => "ldr-q",
        Access.StoreVector => "str-q",
        _ => "read-next",
    };

    public static string Word(SlotFlags flags) => flags switch
    {
        SlotFlags.None => "none",
        SlotFlags.LogDirtyPages => "log",
        SlotFlags.ReadOnly => "ro",
        _ => "ro+log",
    };

    public static string Word(Extent extent) => extent switch
    {
        Extent.Page => "page",
        Extent.Block => "block",
        _ => "skewed",
    };

    /// <summary>
    /// "pfnmap:unknown:wb:shared:any vma=rw slot=none read,write": the backing, the VMA's protection, the slot's flags and
    /// the accesses; then what is out of the ordinary: "size=block", "late", "restored", "mte", "before=hole", "placed=overlapping",
    /// "then=munmap", "by=memfd", "s1=nc op=unaligned-load". Of a page's lifecycle: "gmem:mmap vma=rw life=ordinary do=create,bind,guest-load".
    /// </summary>
    public static string Key(Case c) => Memory(c)
        + (c is LifecycleCase lifecycle ? Operations(lifecycle) : Slot((AttributeCase)c))
        + By(c)
        + (c is GuestCase guest ? Guest(guest) : "");

    private static string Memory(Case c) => $"{Word(c.Backing)} vma={(c.VmaWritable ? "rw" : "r")}";

    private static string By(Case c) => c.Backing.Provider == Provider.Usual ? "" : $" by={Word(c.Backing.Provider)}";

    private static string Guest(GuestCase c) => $" s1={GuestText.Word(c.Use.StageOne)} op={GuestText.Word(c.Use.Operation)}";

    private static string Operations(LifecycleCase c) => $" life={OperationText.Word(c.Vm)} do={c.Operations}";

    private static string Slot(AttributeCase c) => $" slot={Word(c.Slot)} {c.Accesses}"
        + (c.Extent == Extent.Page ? "" : $" size={Word(c.Extent)}")
        + (c.Late ? " late" : "")
        + (c.Restored ? " restored" : "")
        + (c.Mte ? " mte" : "")
        + (c.Beside is null ? "" : $" {Word(c.Beside)}")
        + (c.Placement == Placement.Ordinary ? "" : $" placed={Word(c.Placement)}")
        + (c.Change is null ? "" : $" then={Word(c.Change)}");

    /// <summary>"before=hole", or "after=anonymous:private:r" where the VMA may only be read.</summary>
    public static string Word(Neighbour beside) =>
        $"{(beside.First ? "before" : "after")}={Word(beside.Backing)}{(beside.Writable ? "" : ":r")}";

    public static string Word(Placement placement) => placement switch
    {
        Placement.Ordinary => "ordinary",
        Placement.Adjoining => "adjoining",
        Placement.AddressUnaligned => "gpa-unaligned",
        Placement.HostUnaligned => "hva-unaligned",
        Placement.SizeUnaligned => "size-unaligned",
        Placement.Wrapping => "wrapping",
        Placement.Absent => "absent",
        Placement.Overlapping => "overlapping",
        _ => "beyond-ipa",
    };

    /// <summary>"munmap", "map(pfnmap:unknown:wb:shared)".</summary>
    public static string Word(LiveChange change) => change.Kind switch
    {
        ChangeKind.Unmap => "munmap",
        ChangeKind.MoveMapping => "mremap",
        ChangeKind.ProtectRead => "mprotect-read",
        ChangeKind.ProtectNone => "mprotect-none",
        ChangeKind.Replace => $"map({Word(change.To!)})",
        ChangeKind.Store => "store",
        ChangeKind.LogOn => "log-on",
        ChangeKind.LogOff => "log-off",
        ChangeKind.LogOnOff => "log-on-off",
        ChangeKind.ToggleReadOnly => "readonly",
        ChangeKind.DeleteSlot => "delete",
        ChangeKind.RecreateSlot => "recreate",
        ChangeKind.MoveSlot => "move",
        ChangeKind.PunchHole => "punch",
        _ => "close",
    };

    public static string Word(Backing b) => b.Kind switch
    {
        VmaKind.Anonymous => $"anonymous:{Word(b.Sharing)}",
        VmaKind.Secret or VmaKind.Hole => Word(b.Kind),
        VmaKind.GuestMemory => $"gmem:{Word(b.GuestMemory)}{(b.Bound ? ":bound" : "")}",
        _ => $"{Word(b.Kind)}:{Word(b.Memory)}:{Word(b.Type)}:{Word(b.Sharing)}{(b.AllowAnyUncached ? ":any" : "")}",
    };

    /// <summary>The named attributes that filters and reports use.</summary>
    public static IReadOnlyDictionary<string, string> Attributes(Case c)
    {
        var (slot, guest, lifecycle) = (c as AttributeCase, c as GuestCase, c as LifecycleCase);
        return new Dictionary<string, string>
        {
            ["id"] = c.Id,
            ["key"] = c.Key,
            ["backing"] = Word(c.Backing.Kind),
            ["memory"] = Word(c.Backing.Memory),
            ["type"] = Word(c.Backing.Type),
            ["sharing"] = Word(c.Backing.Sharing),
            ["any-uncached"] = YesNo(c.Backing.AllowAnyUncached),
            ["provider"] = Word(c.Backing.Provider),
            ["gmem"] = Word(c.Backing.GuestMemory),
            ["bound"] = YesNo(c.Backing.Bound),
            ["vma"] = c.VmaWritable ? "rw" : "r",
            ["slot"] = Word(slot?.Slot ?? SlotFlags.None),
            ["access"] = slot?.Accesses.ToString() ?? "",
            ["size"] = Word(slot?.Extent ?? Extent.Page),
            ["late"] = YesNo(slot is { Late: true }),
            ["mte"] = YesNo(slot is { Mte: true }),
            ["beside"] = slot?.Beside is { } beside ? Word(beside.Backing.Kind) : "nothing",
            ["placed"] = Word(slot?.Placement ?? Placement.Ordinary),
            ["then"] = slot?.Change is { } change ? Word(change) : "nothing",
            ["s1"] = guest is null ? "off" : GuestText.Word(guest.StageOne),
            ["life"] = lifecycle is null ? "none" : OperationText.Word(lifecycle.Vm),
            ["do"] = lifecycle?.Operations.ToString() ?? "",
            ["op"] = guest is null ? "" : GuestText.Word(guest.Use.Operation),
        };
    }

    private static string YesNo(bool value) => value ? "yes" : "no";
}
