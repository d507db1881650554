using Harness.Model.Ownership;

namespace Harness.Model.Validity;

/// <summary>Lifecycle cases that no machine can have.</summary>
public static class LifecycleRestrictions
{
    public static Restrictions<LifecycleCase> All { get; } =
        new()
        {
            { c => c.Backing, BackingRestrictions.All },
            { c => c.Backing.Bound, "a page's lifecycle has the plainest of slots" },
            {
                c => c.Backing.Provider is not (Provider.Usual or Provider.NoThp or Provider.Memfd),
                "lifecycle cases have plain memory, a memfd's or the exporter's"
            },
            {
                c => c.Operations.Count == 0 || c.Operations[0] != Operation.Create,
                "a page's lifecycle begins with its VM"
            },
            { c => c, CaseRestrictions.All },
        };
}
