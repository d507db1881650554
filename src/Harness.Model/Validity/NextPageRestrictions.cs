namespace Harness.Model.Validity;

/// <summary>Why a load from the page after the first is impossible.</summary>
internal static class NextPageRestrictions
{
    public static Restrictions<AttributeCase> All { get; } =
        new()
        {
            { c => c.Extent == Extent.Page, "a slot of pages may have one page only" },
            {
                c => c.Backing.Kind is not (VmaKind.Anonymous or VmaKind.PfnMap or VmaKind.MixedMap) || !c.VmaWritable,
                "the process can't store a word into the page"
            },
            {
                c =>
                    c.Backing.StoreNotified
                    || c.Backing.WriteNotified
                    || c.Backing is { Sharing: Sharing.Private, Written: false },
                "the process's own store would replace the page by a copy"
            },
            {
                c =>
                    c.Beside is not null
                    || c.Change is { Hotplugs: false }
                    || c.Restored
                    || (c.Slot & SlotFlags.ReadOnly) != 0
                    || c.Accesses.Span.ContainsAnyExcept([Access.Read, Access.Write, Access.ReadNext]),
                "the page after the first only shows which memory it is"
            },
        };
}
