using Harness.Model.Dimensions;

namespace Harness.Reports.Html;

/// <summary>Describes a case in sentences, from the attributes of its definition.</summary>
internal static class CaseWords
{
    /// <summary>The default values, by attribute.</summary>
    private static readonly Dictionary<string, string?> s_usual = (
        (Dimension[])[.. CaseDimensions.Attributes, .. MigrationDimensions.Attributes, MigrationDimensions.Quick]
    ).ToDictionary(d => d.Name, d => d.Usual, StringComparer.Ordinal);

    /// <summary>
    /// The attributes to list in addition to the sentence: without id and key, and without defaults.
    /// </summary>
    public static IEnumerable<(string Name, string Value)> Distinctive(ReportedCase c)
    {
        string backing = Of(c, "backing");
        return c
            .Attributes.Where(a =>
                a.Key is not ("id" or "key" or "cover")
                && s_usual.GetValueOrDefault(a.Key) != a.Value
                && !(a.Key is "memory" or "type" && backing is not ("pfnmap" or "mixedmap"))
                && !(a.Key is "sharing" && backing is "hole" or "secretmem" or "gmem")
            )
            .Select(a => (a.Key, a.Key == "do" ? a.Value.Replace(",", ", ", StringComparison.Ordinal) : a.Value));
    }

    public static string Sentence(ReportedCase c)
    {
        if (Of(c, "backing").Length == 0)
            return "";
        if (Of(c, "precopy").Length > 0)
            return Moved(c);
        if (Of(c, CaseDimensions.Capability.Name) is not ("" or "none") and var capability)
            return $"What KVM_CHECK_EXTENSION returns for capability {capability}, for /dev/kvm and for a VM.";
        if (c.Calls.Count > 0)
            return $"{c.Calls.Count} calls of KVM_SET_USER_MEMORY_REGION in a VM without a vCPU, from {c.Calls[0]} to {c.Calls[^1]}.";
        if (c.RingActs.Count > 0)
            return $"A guest that stores to page after page of a logged slot, with the smallest dirty ring: {string.Join(", ", c.RingActs)}.";
        if (c.TagActs.Count > 0)
            return $"What is done with the memory tags of a VM: {string.Join(", ", c.TagActs)}.";
        if (c.NestedActs.Count > 0)
            return $"A guest hypervisor with a stage 2 of its own, and its guest: {string.Join(", ", c.NestedActs)}.";
        if (c.AbortActs.Count > 0)
            return $"A guest's accesses, each to a page of its own that stage 2 doesn't map: {string.Join(", ", c.AbortActs)}.";
        if (c.CacheActs.Count > 0)
            return $"One word of this memory, and its cache line: {char.ToLowerInvariant(Backing(c)[0])}{Backing(c)[1..]}. "
                + $"{(Of(c, "s1") is "off" or "" ? "The guest's MMU is off" : $"The guest's own tables give the page {Phrase(c, CaseDimensions.StageOne)}")}. "
                + $"What is done: {string.Join(", ", c.CacheActs)}.";
        if (c.Operations.Count > 0)
            return $"{Backing(c)}{(Of(c, "vma") == "r" ? ", mapped read-only by userspace" : "")}, in the lifecycle of {(Of(c, "life") == "protected" ? "a protected VM" : "an ordinary VM")}: "
                + $"{c.Operations.Count} operations about one page of it, from {c.Operations[0]} to {c.Operations[^1]}.";
        string slot = Phrase(c, CaseDimensions.Slot);
        string size = Of(c, "size") is "page" or "" ? "" : $", {Phrase(c, CaseDimensions.Size)}";
        string late = Of(c, "late") == "yes" ? ", put in place of plain memory after the slot was registered" : "";
        string mte = Of(c, "mte") == "yes" ? " The VM has memory tags (MTE)." : "";
        string beside = Of(c, "beside") is "nothing" or ""
            ? ""
            : $" A second VMA lies behind the slot: {Of(c, "beside")}.";
        string placed = Of(c, "placed") is "ordinary" or "" ? "" : $" The slot is placed badly: {Of(c, "placed")}.";
        return $"{Backing(c)}{late}, {(Of(c, "vma") == "r" ? "mapped read-only" : "mapped read-write")} by userspace, behind {slot}{size}.{mte}{beside}{placed} {Guest(c)}";
    }

    private static string Moved(ReportedCase c)
    {
        string slot = Of(c, "slot") is "none" or "" ? "" : $" behind {Phrase(c, CaseDimensions.Slot)}";
        string late = Of(c, "late") == "yes" ? ", put in place of plain memory after the slot was registered" : "";
        string ipa = Of(c, "ipa") is "" or "40" ? "" : $" It has {Of(c, "ipa")} bits of guest physical addresses.";
        return $"A VM over this memory is moved: {char.ToLowerInvariant(Backing(c)[0])}{Backing(c)[1..]}{slot}{late}. "
            + (
                Of(c, "precopy") == "yes"
                    ? "Its memory travels while the guest runs, by the dirty log. "
                    : "The guest stands still meanwhile. "
            )
            + (
                Of(c, "asks") == "yes"
                    ? "The VMM compares the capabilities that it relied on before it creates anything."
                    : "The VMM checks nothing, and tries."
            )
            + (Of(c, "registers") == "all" ? " It insists on every register." : "")
            + ipa;
    }

    private static string Guest(ReportedCase c)
    {
        var accesses = c.Accesses.Select(CaseDimensions.Access.Phrase).ToList();
        if (c.Steps.Count > 0)
            return $"{c.Steps.Count} steps about its first, second and last page: {string.Join(", ", c.Steps)}.";
        string first = $"The guest {accesses.FirstOrDefault() ?? "does nothing"}";
        string change = Of(c, "then") is "nothing" or "" ? "" : $"userspace does {Of(c, "then")}";
        string later = string.Concat(accesses.Skip(1).Select(a => $", then {a}"));
        if (Of(c, "running") == "yes")
            return $"{first}{later} in a loop; meanwhile {change}.";
        string then = change.Length == 0 ? "" : "; " + change;
        string mmu = Of(c, "s1") is "off" or ""
            ? ""
            : $" Its own tables give the page {Phrase(c, CaseDimensions.StageOne)},"
                + $" and its last access is {Of(c, "op")}.";
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
            "gmem" =>
                $"A guest_memfd{(Of(c, "gmem") is "none" or "" ? "" : $" ({Of(c, "gmem")})")}{(Of(c, "bound") == "yes" ? ", its range bound already" : "")}",
            var kind => $"A {sharing} {(kind == "pfnmap" ? "VM_PFNMAP" : "VM_MIXEDMAP")} mapping{provider}{any}, "
                + $"{Phrase(c, CaseDimensions.Type)}, of {Phrase(c, CaseDimensions.Memory)}",
        };
    }

    /// <summary>The value in a sentence; an attribute missing in an old store has its default.</summary>
    private static string Phrase(ReportedCase c, Dimension dimension) =>
        dimension.Phrase(Of(c, dimension.Name) is { Length: > 0 } word ? word : dimension.Usual ?? "");

    private static string Of(ReportedCase c, string attribute) => c.Attributes.GetValueOrDefault(attribute, "");

    private static string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];
}
