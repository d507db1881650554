namespace Harness.Model;

/// <summary>The words by which cases are written, filtered and hashed. Changing one changes case ids.</summary>
public static class CaseText
{
    public static string Word(VmaKind kind) => kind switch
    {
        VmaKind.Anonymous => "anonymous",
        VmaKind.PfnMap => "pfnmap",
        _ => "mixedmap",
    };

    public static string Word(KernelMap memory) => memory == KernelMap.Known ? "known" : "unknown";

    public static string Word(VmaMemoryType type) => type switch
    {
        VmaMemoryType.WriteBack => "wb",
        VmaMemoryType.NonCacheable => "nc",
        VmaMemoryType.DeviceNGnRE => "ngnre",
        _ => "ngnrne",
    };

    public static string Word(Sharing sharing) => sharing == Sharing.Shared ? "shared" : "private";

    public static string Word(Access access) => access switch
    {
        Access.Read => "read",
        Access.Write => "write",
        _ => "exec",
    };

    public static string Word(SlotFlags flags) => flags switch
    {
        SlotFlags.None => "none",
        SlotFlags.LogDirtyPages => "log",
        SlotFlags.ReadOnly => "ro",
        _ => "ro+log",
    };

    /// <summary>
    /// "pfnmap:unknown:wb:shared:any vma=rw slot=none read,write": the backing, the VMA's protection, the slot's flags and
    /// the accesses.
    /// </summary>
    public static string Key(Case c) =>
        $"{Word(c.Backing)} vma={(c.VmaWritable ? "rw" : "r")} slot={Word(c.Slot)} {c.Accesses}";

    public static string Word(Backing b) => b.Kind == VmaKind.Anonymous
        ? $"anonymous:{Word(b.Sharing)}"
        : $"{Word(b.Kind)}:{Word(b.Memory)}:{Word(b.Type)}:{Word(b.Sharing)}{(b.AllowAnyUncached ? ":any" : "")}";

    /// <summary>The named attributes that filters and reports use.</summary>
    public static IReadOnlyDictionary<string, string> Attributes(Case c) => new Dictionary<string, string>
    {
        ["id"] = c.Id,
        ["key"] = c.Key,
        ["backing"] = Word(c.Backing.Kind),
        ["memory"] = Word(c.Backing.Memory),
        ["type"] = Word(c.Backing.Type),
        ["sharing"] = Word(c.Backing.Sharing),
        ["any-uncached"] = c.Backing.AllowAnyUncached ? "yes" : "no",
        ["vma"] = c.VmaWritable ? "rw" : "r",
        ["slot"] = Word(c.Slot),
        ["access"] = c.Accesses.ToString(),
    };
}
