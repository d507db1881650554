using System.Text;
using Harness.Model.Aborts;
using Harness.Model.Caches;
using Harness.Model.Dimensions;
using Harness.Model.Nesting;
using Harness.Model.Rings;
using Harness.Model.Slots;
using Harness.Model.Tags;

namespace Harness.Model;

/// <summary>The words used to write, filter and hash cases. Changing one changes case ids.</summary>
public static class CaseText
{
    public static string Word(VmaKind kind) => CaseValues.Kinds.Of(kind);

    public static string Word(KernelMap memory) => CaseValues.Maps.Of(memory);

    public static string Word(VmaMemoryType type) => CaseValues.Types.Of(type);

    public static string Word(Sharing sharing) => CaseValues.Sharings.Of(sharing);

    public static string Word(GuestMemoryFlags flags) => CaseValues.GuestMemories.Of(flags);

    public static string Word(Provider provider) => CaseValues.Providers.Of(provider);

    public static string Word(Access access) => CaseValues.Accesses.Of(access);

    public static string Word(SlotFlags flags) => CaseValues.Slots.Of(flags);

    public static string Word(Extent extent) => CaseValues.Extents.Of(extent);

    /// <summary>
    /// "pfnmap:unknown:wb:shared:any vma=rw slot=none read,write": the backing, the VMA's protection, the slot's
    /// flags and the accesses; then every dimension that does not have its default: "size=block", "late", "restored",
    /// "mte", "before=hole", "placed=overlapping", "then=munmap", "by=memfd", "s1=nc op=unaligned-load". For a page's
    /// lifecycle: "gmem:mmap vma=rw life=ordinary do=create,bind,guest-load"; for a program: "anonymous:private
    /// vma=rw slot=log do=write.first,dirty-log,write.last"; for a capability: "check-extension capability=243"; for
    /// calls about slots: "set-memory-region do=create,grow"; about caches: "cache anonymous:private vma=rw slot=none
    /// do=host-store,guest-load s1=nc"; about aborts: "abort do=ldrsb.none.high,exec.beyond-vm"; about memory tags:
    /// "tags do=enable,slot.plain,from.plain"; about full rings: "ring do=store.200,read,reset,run".
    /// </summary>
    public static string Key(Case c) =>
        c switch
        {
            CapabilityCase => "check-extension" + CaseDimensions.Capability.InKey(c),
            SlotCallsCase => SlotCallsCase.KeyWord + CaseDimensions.Do.InKey(c),
            AbortCase => AbortCase.KeyWord + CaseDimensions.Do.InKey(c),
            TagCase => TagCase.KeyWord + CaseDimensions.Do.InKey(c),
            RingCase => RingCase.KeyWord + CaseDimensions.Do.InKey(c),
            NestedCase => NestedCase.KeyWord + CaseDimensions.Do.InKey(c),
            CacheCase => $"{CacheCase.KeyWord} {Word(c.Backing)}{AfterBacking(c)}",
            _ => Word(c.Backing) + AfterBacking(c),
        };

    /// <summary>
    /// What follows the backing in a key: the same over every backing that the usual provider makes.
    /// </summary>
    public static string AfterBacking(Case c)
    {
        var text = new StringBuilder(" vma=").Append(CaseDimensions.Vma.Read(c));
        if (CaseDimensions.SlotOf(c) is not null)
            text.Append(" slot=").Append(CaseDimensions.Slot.Read(c));
        if (c is AttributeCase)
            text.Append(' ').Append(CaseDimensions.Access.Read(c));
        foreach (var dimension in CaseDimensions.OfKeys)
            text.Append(dimension.InKey(c));
        return text.ToString();
    }

    /// <summary>"before=hole", or "after=anonymous:private:r" for a read-only VMA.</summary>
    public static string Word(Neighbour beside) =>
        $"{(beside.First ? "before" : "after")}={Word(beside.Backing)}{(beside.Writable ? "" : ":r")}";

    /// <summary>"munmap", "map(pfnmap:unknown:wb:shared)".</summary>
    public static string Word(LiveChange change) =>
        CaseValues.Changes.Of(change.Kind) + (change.To is null ? "" : $"({Word(change.To)})");

    public static string Word(Backing b) =>
        b.Kind switch
        {
            VmaKind.Anonymous => $"anonymous:{Word(b.Sharing)}",
            VmaKind.Secret or VmaKind.Hole => Word(b.Kind),
            VmaKind.GuestMemory => $"gmem:{Word(b.GuestMemory)}{(b.Bound ? ":bound" : "")}",
            _ =>
                $"{Word(b.Kind)}:{Word(b.Memory)}:{Word(b.Type)}:{Word(b.Sharing)}{(b.AllowAnyUncached ? ":any" : "")}",
        };

    /// <summary>The named attributes that filters and reports use.</summary>
    public static IEnumerable<KeyValuePair<string, Func<Case, string>>> Readers =>
        [
            new("id", c => c.Id),
            new("key", c => c.Key),
            .. CaseDimensions.Attributes.Select(d => KeyValuePair.Create(d.Name, d.Read)),
        ];
}
