namespace Harness.Reports.Html;

/// <summary>A case in sentences, from the attributes of its definition.</summary>
internal static class CaseWords
{
    /// <summary>Attributes that say nothing when they have these values.</summary>
    private static readonly Dictionary<string, string> s_ordinary = new(StringComparer.Ordinal)
    {
        ["any-uncached"] = "no", ["provider"] = "usual", ["gmem"] = "none", ["bound"] = "no", ["late"] = "no", ["mte"] = "no",
        ["beside"] = "nothing", ["placed"] = "ordinary", ["then"] = "nothing", ["s1"] = "off", ["op"] = "", ["slot"] = "none", ["size"] = "page",
        ["life"] = "none", ["do"] = "", ["access"] = "", ["precopy"] = "no", ["asks"] = "no", ["registers"] = "some", ["ipa"] = "40", ["quick"] = "no",
    };

    /// <summary>What is worth a line of its own beside the sentence: without id and key, and without what is as ever.</summary>
    public static IEnumerable<(string Name, string Value)> Telling(ReportedCase c)
    {
        string backing = Of(c, "backing");
        return c.Attributes.Where(a => a.Key is not ("id" or "key" or "cover") && s_ordinary.GetValueOrDefault(a.Key) != a.Value
                && !(a.Key is "memory" or "type" && backing is not ("pfnmap" or "mixedmap"))
                && !(a.Key is "sharing" && backing is "hole" or "secretmem" or "gmem"))
            .Select(a => (a.Key, a.Key == "do" ? a.Value.Replace(",", ", ", StringComparison.Ordinal) : a.Value));
    }

    public static string Sentence(ReportedCase c)
    {
        if (Of(c, "backing").Length == 0)
            return "";
        if (Of(c, "precopy").Length > 0)
            return Moved(c);
        if (c.Operations.Count > 0)
            return $"{Backing(c)}{(Of(c, "vma") == "r" ? ", mapped read-only by userspace" : "")}, in the lifecycle of {(Of(c, "life") == "protected" ? "a protected VM" : "an ordinary VM")}: "
                + $"{c.Operations.Count} operations about one page of it, from {c.Operations[0]} to {c.Operations[^1]}.";
        string slot = Of(c, "slot") switch { "log" => "a memslot that logs dirty pages", "ro" => "a read-only memslot", "ro+log" => "a read-only memslot that logs dirty pages", _ => "a memslot" };
        string size = Of(c, "size") switch { "block" => ", 2 MiB and aligned to it", "skewed" => ", 2 MiB, its addresses skewed against each other", _ => "" };
        string late = Of(c, "late") == "yes" ? ", put in place of plain memory after the slot was registered" : "";
        string mte = Of(c, "mte") == "yes" ? " The VM has memory tags (MTE)." : "";
        string beside = Of(c, "beside") is "nothing" or "" ? "" : $" A second VMA lies behind the slot: {Of(c, "beside")}.";
        string placed = Of(c, "placed") is "ordinary" or "" ? "" : $" The slot is placed badly: {Of(c, "placed")}.";
        return $"{Backing(c)}{late}, {(Of(c, "vma") == "r" ? "mapped read-only" : "mapped read-write")} by userspace, behind {slot}{size}.{mte}{beside}{placed} {Guest(c)}";
    }

    private static string Moved(ReportedCase c)
    {
        string slot = Of(c, "slot") == "log" ? " behind a memslot that logs dirty pages" : "";
        string late = Of(c, "late") == "yes" ? ", put in place of plain memory after the slot was registered" : "";
        string ipa = Of(c, "ipa") is "" or "40" ? "" : $" It has {Of(c, "ipa")} bits of guest physical addresses.";
        return $"A VM over this memory is moved: {char.ToLowerInvariant(Backing(c)[0])}{Backing(c)[1..]}{slot}{late}. "
            + (Of(c, "precopy") == "yes" ? "Its memory travels while the guest runs, by the dirty log. " : "The guest stands still meanwhile. ")
            + (Of(c, "asks") == "yes" ? "The VMM compares the capabilities that it relied on before it creates anything." : "The VMM checks nothing, and tries.")
            + (Of(c, "registers") == "all" ? " It insists on every register." : "") + ipa;
    }

    private static string Guest(ReportedCase c)
    {
        var accesses = c.Accesses.Select(a => a switch { "read" => "reads", "write" => "writes", "exec" => "executes", "ldxr" => "loads exclusively", _ => a }).ToList();
        string first = $"The guest {accesses.FirstOrDefault() ?? "does nothing"}";
        string then = Of(c, "then") is "nothing" or "" ? "" : $"; userspace does {Of(c, "then")}";
        string later = string.Concat(accesses.Skip(1).Select(a => $", then {a}"));
        string mmu = Of(c, "s1") is "off" or "" ? "" : $" Its own tables give the page {Type(Of(c, "s1"))}, and its last access is {Of(c, "op")}.";
        return $"{first}{then}{later}.{mmu}";
    }

    private static string Backing(ReportedCase c)
    {
        string sharing = Of(c, "sharing") == "private" ? "private" : "shared";
        string provider = Of(c, "provider") is "usual" or "" ? "" : $" from {Of(c, "provider")}";
        string any = Of(c, "any-uncached") == "yes" ? " with VM_ALLOW_ANY_UNCACHED" : "";
        return Of(c, "backing") switch
        {
            "anonymous" => $"{Capital(sharing)} anonymous memory{provider}",
            "secretmem" => "Memory of memfd_secret(2)",
            "hole" => "Addresses without a VMA",
            "gmem" => $"A guest_memfd{(Of(c, "gmem") is "none" or "" ? "" : $" ({Of(c, "gmem")})")}{(Of(c, "bound") == "yes" ? ", its range bound already" : "")}",
            var kind => $"A {sharing} {(kind == "pfnmap" ? "VM_PFNMAP" : "VM_MIXEDMAP")} mapping{provider}{any}, {Type(Of(c, "type"))}, of {Memory(Of(c, "memory"))}",
        };
    }

    private static string Memory(string memory) => memory switch
    {
        "known" => "memory that the kernel maps itself",
        "unknown" => "memory outside the kernel's memory map",
        _ => "a page whose count is zero",
    };

    private static string Type(string type) => type switch
    {
        "wb" => "write-back",
        "nc" => "non-cacheable",
        "wt" => "write-through",
        "ngnre" => "Device-nGnRE",
        "ngnrne" => "Device-nGnRnE",
        "ngre" => "Device-nGRE",
        "gre" => "Device-GRE",
        _ => type,
    };

    private static string Of(ReportedCase c, string attribute) => c.Attributes.GetValueOrDefault(attribute, "");

    private static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];
}
