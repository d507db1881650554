using Harness.Model.Caches;

namespace Harness.Model.Validity;

/// <summary>Cases about caches that no machine can have, or in which a load could return anything.</summary>
public static class CacheRestrictions
{
    public static Restrictions<CacheCase> All { get; } =
        new()
        {
            { c => c.Acts.Span.IsEmpty, "something is done in a case about caches" },
            { c => c.Setting.UnsupportedReason is not null, c => c.Setting.UnsupportedReason! },
            {
                c =>
                    c.Setting
                        is not {
                            VmaWritable: true,
                            Slot: SlotFlags.None,
                            Extent: Extent.Page or Extent.Block,
                            Late: false,
                            Mte: false,
                            Restored: false,
                            Beside: null,
                            Change: null,
                            Placement: Placement.Ordinary
                        },
                "the slot is an ordinary one over its memory"
            },
            {
                c =>
                    c.Backing.Kind is not (VmaKind.Anonymous or VmaKind.PfnMap or VmaKind.MixedMap)
                    || c.Backing is { Driver: true, Sharing: Sharing.Private },
                "the process loads and stores the word that the guest has"
            },
            {
                c =>
                    c.Backing.StoreNotified || c.Backing.WriteNotified || c.Backing.Scattered || c.Backing.SpecialBlock,
                "caches are tested with memory that nothing else is special about"
            },
            {
                c =>
                    c.StageOne
                        is not (
                            Combination.MmuOff
                            or EffectiveType.NormalNonCacheable
                            or EffectiveType.NormalWriteBack
                        ),
                "the guest's type is Device, non-cacheable or write-back"
            },
            {
                c => c.StageOne != Combination.MmuOff && c.Acts.Span.Contains(CacheAct.GuestExecute),
                "instructions are fetched by a guest without tables"
            },
            {
                c => c.StageOne != Combination.MmuOff && c.Setting.Extent != Extent.Page,
                "a guest's own tables map the slot's first page"
            },
            {
                c => c.Backing.Driver && c.Acts.Span.Contains(CacheAct.RecreateSlot),
                "the slot is registered again over memory of the process"
            },
            { c => !AreMapped(c), "a page is maintained that the guest has mapped, and invalidated if it has stored" },
        };

    /// <summary>
    /// Maintenance by a guest takes a fault like a store's where the page isn't mapped; and DC IVAC needs W.
    /// </summary>
    private static bool AreMapped(CacheCase c)
    {
        bool mapped = false,
            writable = false;
        foreach (var act in c.Acts.Span)
        {
            if (act.Maintains() && (!mapped || (act == CacheAct.GuestInvalidate && !writable)))
                return false;
            mapped = act != CacheAct.RecreateSlot && (mapped || act.ByGuest());
            writable = act != CacheAct.RecreateSlot && (writable || act.Access() == Access.Write);
        }
        return true;
    }
}
