namespace Harness.Model.Tests.Tables;

/// <summary>
/// The columns of the tables, packed into one word with one bit set for each column: a row that admits a set of values
/// of each matches if no bit is outside its mask. The values are in the order of the model's enums.
/// </summary>
public static class Inputs
{
    private static readonly List<Column> Known = [];

    public static readonly Column Kind = Add("backing", "anonymous", "pfnmap", "mixedmap", "secretmem", "hole", "gmem");
    public static readonly Column GuestMemory = Add("gmem", "none", "mmap", "init-shared", "mmap+init-shared");
    public static readonly Column Bound = Add("bound", "no", "yes");
    public static readonly Column Pfn = Add("pfn", "known", "unknown", "unheld");
    public static readonly Column Page = Add("page", "backing", "copy");
    public static readonly Column Prot = Add("prot", "wb", "nc", "ngnre", "ngnrne");
    public static readonly Column Share = Add("share", "shared", "private");
    public static readonly Column AnyUncached = Add("any", "no", "yes");
    public static readonly Column Vma = Add("vma", "r", "rw");
    public static readonly Column ReadOnly = Add("ro", "no", "yes");
    public static readonly Column Log = Add("log", "no", "yes");
    public static readonly Column Extent = Add("extent", "page", "block", "skewed");
    public static readonly Column Late = Add("late", "no", "yes");
    public static readonly Column Mte = Add("mte", "no", "yes");
    public static readonly Column Access = Add("access", "read", "write", "exec", "ldxr");
    public static readonly Column Fault = Add("fault", "translation", "permission");
    public static readonly Column StageTwo = Add("s2", "normal", "nc", "device");
    public static readonly Column Fwb = Add("fwb", "no", "yes");
    public static readonly Column Dic = Add("dic", "no", "yes");
    public static readonly Column HostMte = Add("hostmte", "no", "yes");

    /// <summary>The columns about a host, a VM, a slot and an access to it.</summary>
    public static IReadOnlyList<Column> OfCases { get; } = [.. Known];

    /// <summary>In a separate word, with a host's inputs: no lookup needs both a case and a capability.</summary>
    public static readonly Column Capability = new(
        "cap",
        0,
        ["81", "205", "231", "232", "233", "234", "235", "236", "243", "244", "245"]
    );

    public static readonly Column Descriptor = new("fd", Capability.Values.Count, ["vm", "system"]);

    /// <summary>The columns about a capability and a host.</summary>
    public static IReadOnlyList<Column> OfCapabilities { get; } = [Capability, Descriptor, Fwb, Dic, HostMte];

    /// <summary>A host's inputs.</summary>
    public static ulong Of(HostFacts host) => Fwb.Bit(host.Fwb) | Dic.Bit(host.Dic) | HostMte.Bit(host.Mte);

    /// <summary>A case's inputs, without the access, the fault and the page, which change.</summary>
    public static ulong Of(AttributeCase c) =>
        Kind.Bit((int)c.Backing.Kind)
        | GuestMemory.Bit((int)c.Backing.GuestMemory)
        | Bound.Bit(c.Backing.Bound)
        | Prot.Bit((int)c.Backing.Type)
        | Share.Bit((int)c.Backing.Sharing)
        | AnyUncached.Bit(c.Backing.AllowAnyUncached)
        | Vma.Bit(c.VmaWritable)
        | ReadOnly.Bit((c.Slot & SlotFlags.ReadOnly) != 0)
        | Log.Bit((c.Slot & SlotFlags.LogDirtyPages) != 0)
        | Extent.Bit((int)c.Extent)
        | Late.Bit(c.Late)
        | Mte.Bit(c.Mte);

    private static Column Add(string name, params string[] values)
    {
        var column = new Column(name, Known.Count == 0 ? 0 : Known[^1].Shift + Known[^1].Values.Count, values);
        if (column.Shift + values.Length > 64)
            throw new TableException($"column {name} finds no room in a word of 64 bits");
        Known.Add(column);
        return column;
    }
}
