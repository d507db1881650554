using Harness.Model.Programs;

namespace Harness.Model.Validity;

/// <summary>Programs that no machine can run, or that would depend on more than the model knows.</summary>
public static class ProgramRestrictions
{
    public static Restrictions<ProgramCase> All { get; } =
        new()
        {
            { c => c.Steps.Count == 0, "a program has steps" },
            { c => c.Setting, AttributeRestrictions.All },
            {
                c => c.Setting.Late || c.Setting.Beside is not null || c.Setting.Placement != Placement.Ordinary,
                "the slot of a program is an ordinary one over its memory"
            },
            { c => c.Setting.Mte, "programs are for VMs without tags" },
            {
                c => c.Backing.Kind is VmaKind.Hole or VmaKind.Secret,
                "memory that is never mapped has no pages in stage 2"
            },
            { c => c.Backing.Scattered, "the pages behind a block of scattered memory are not known" },
            {
                c => c.Setting.Extent > Extent.Misaligned && c.Backing.Kind == VmaKind.GuestMemory,
                "a guest_memfd has no mapping that is larger than the slot"
            },
            {
                c =>
                    c.Setting.Extent != Extent.Page
                    && c.Backing is { Kind: VmaKind.Anonymous, Provider: Provider.Usual },
                "whether plain memory has huge pages depends on the host"
            },
            {
                c => c.Backing is { Kind: VmaKind.MixedMap, Provider: Provider.ExporterHuge },
                "harms the host, except at the block's first page: follow_huge_pmd() takes its reference to that page, and KVM gives back one to its own"
            },
            {
                c =>
                    c.Setting.Extent == Extent.LargeMisaligned
                    && c.Backing is { Driver: true, Memory: not KernelMap.Unknown },
                "the exporter can't allocate more contiguous kernel pages than the page allocator provides"
            },
            {
                c => c.Setting.Extent == Extent.Page && (c.Backing.OfHugeTlb || c.Backing.Provider == Provider.Dax),
                "the mapping of a small slot is a huge page, which the process changes as a whole"
            },
            {
                c => Accesses(c).Any(a => a.Access is Access.Exclusive or Access.ReadNext),
                "what an exclusive does is the CPU's choice, and the next page has a name"
            },
            {
                c => c.Tracking != default && c.Backing.Kind == VmaKind.GuestMemory,
                "the pages of a guest_memfd are not logged"
            },
            {
                c =>
                    c.Tracking.Ring == DirtyRing.Alone
                    && c.Setting.Extent != Extent.Page
                    && c.Backing.Provider != Provider.HugeTlb,
                "which page of a block is in a ring is known for hugetlbfs only: elsewhere releases differ"
            },
            { c => Has<DirtyRingRead>(c) && !c.Tracking.HasRing, "only a VM with rings has one that can be read" },
            {
                c => (Has<DirtyRingRead>(c) || c.Tracking.Ring == DirtyRing.Late) && !Accesses(c).Any(),
                "a ring is a vCPU's, which a program without an access doesn't have"
            },
            {
                c =>
                    (c.Second != SecondSlot.None || c.Others != OtherSlots.None)
                    && c.Backing.Kind == VmaKind.GuestMemory,
                "a range of a guest_memfd is bound to one slot"
            },
            {
                c => c.Second != SecondSlot.None && c.Setting.Extent > Extent.Misaligned,
                "two slots and what they are moved to fit into 32 bits if they are no larger than a block"
            },
            {
                c => c.Second == SecondSlot.None && c.Steps.Span.ToArray().Any(IsOfSecond),
                "only a program with a second slot has steps about it"
            },
            {
                c => Has<AtOnce>(c) && c.Tracking.HasRing,
                "which ring has the entry is open where two vCPUs fault at the same time"
            },
            {
                c =>
                    Has<AtOnce>(c)
                    && c.Steps.Span.ToArray()
                        .Any(s =>
                            s
                                is HostStep
                                {
                                    Act: HostAct.Serve or HostAct.Protect or HostAct.Continue or HostAct.Poison
                                }
                        ),
                "a fault that userfaultfd answers, or that has a signal sent, is that of one vCPU"
            },
            {
                c => c.Steps.Span.ToArray().OfType<AtOnce>().Any(s => !IsBesideOther(s)),
                "a vCPU that runs while a slot changes loads or stores by the other slot"
            },
            { c => InOrder(c) is not null, c => InOrder(c)! },
        };

    private static IEnumerable<SlotAccess> Accesses(ProgramCase c) =>
        c.Steps.Span.ToArray().SelectMany(s => s.Accesses);

    private static bool IsOfSecond(ProgramStep step) =>
        step.Alias || step.MadeChange is { Alias: true } || step.Accesses.Any(a => a.Page.IsAlias());

    private static bool IsBesideOther(AtOnce step) =>
        step.First is not SlotChange change
        || (
            change.Change.OfSlot
            && change.Alias != step.Second.Page.IsAlias()
            && step.Second.Access is Access.Read or Access.Write
        );

    private static bool Has<T>(ProgramCase c) => c.Steps.Span.ToArray().OfType<T>().Any();

    /// <summary>The first step that can't be made in the state before it; null if all can.</summary>
    private static string? InOrder(ProgramCase c)
    {
        var order = new ProgramOrder(c);
        foreach (var step in c.Steps.Span)
            if (order.Add(step) is { } reason)
                return reason;
        return null;
    }
}
