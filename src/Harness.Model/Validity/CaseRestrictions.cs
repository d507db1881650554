namespace Harness.Model.Validity;

/// <summary>What cases of any kind no machine can have, whatever the memory behind them.</summary>
internal static class CaseRestrictions
{
    public static Restrictions<Case> All { get; } =
        new()
        {
            {
                c => !c.VmaWritable && c.Backing.Kind is VmaKind.Hole or VmaKind.GuestMemory,
                "without a VMA, none is read-only"
            },
        };
}
