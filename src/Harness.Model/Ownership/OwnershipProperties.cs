namespace Harness.Model.Ownership;

/// <summary>
/// What the mails about private memory require, each as a predicate over every operation in every state.
/// </summary>
public static class OwnershipProperties
{
    private const string FdBased =
        "[PATCH v5 00/13] KVM: mm: fd-based approach for supporting KVM guest private memory";

    private const string DirectMap = "[PATCH v17 19/35] arch/mm: Export direct {un,}map functions";

    public static OwnershipProperty Exclusive { get; } =
        new(
            "exclusive",
            "No operation of the host reads or changes what a protected guest owns, or what a file keeps for its guest, and a protected guest uses no page that the host can access, except those that the guest shares.",
            $"Lutomirski, 2022-03-31, on {FdBased}; PKVM_PAGE_OWNED in arch/arm64/kvm/hyp/include/nvhe/memory.h",
            static (in o) =>
            {
                if (!o.TransitionContext.Protected)
                    return
                        o.TransitionContext.HostTouches
                        && o.TransitionContext.GuestMemory
                        && !o.TransitionContext.InitShared
                        ? o.Outcome.End != OperationResult.Done
                        : null;
                if (o.TransitionContext.GuestTouches && o.Outcome.End == OperationResult.Done)
                    return o.After.Guest != PageAccess.Mapped;
                if (
                    !(o.TransitionContext.HostTouches || o.TransitionContext.KernelTouches)
                    || !(o.Before.Guest == PageAccess.Owned || o.Before.Other == PageAccess.Owned)
                )
                    return null;
                bool kept = o.After.Guest == o.Before.Guest && o.After.Other == o.Before.Other;
                return !(kept && (o.Outcome.Seen == Contents.Guest || o.After.Holds != o.Before.Holds));
            }
        );

    public static OwnershipProperty Zeroed { get; } =
        new(
            "zeroed",
            "The host never reads what a guest stored in a private page, after the page has left the guest.",
            "hyp_poison_page(), arch/arm64/kvm/hyp/nvhe/mem_protect.c, 7.1+; Arm DEN0137 1.0, A2.2.4 Granule wiping",
            static (in o) =>
            {
                // A load shows it if a process has the page; otherwise the kernel's access would.
                if (
                    o.TransitionContext.HostTouches
                    && o.Outcome.Seen is { } seen
                    && !o.Before.Disclosed
                    && o.Before.Guest != PageAccess.Owned
                )
                    return seen != Contents.Guest;
                bool leaves =
                    o.Before.Guest == PageAccess.Owned && o.After.Guest != PageAccess.Owned && !o.Before.Disclosed;
                if (!leaves || o.After.Holds == Contents.Unknown || !(InProcess(in o) || o.System.DeniesKernel))
                    return null;
                return InProcess(in o) || o.After.Disclosed || o.After.Holds != Contents.Guest;
            }
        );

    public static OwnershipProperty HostSurvives { get; } =
        new(
            "host-survives",
            "No operation of a host process, no out-of-bounds load of its kernel, and no hibernation crashes the host.",
            $"Berman, 2024-07-31, on {DirectMap}: \"There's a possiblity of a stage-2 fault when memory is donated to guest VM and Linux incidentally tries to access the donated memory\"",
            static (in o) =>
                o.TransitionContext.HostTouches
                || o.TransitionContext.KernelTouches
                || o.Outcome.End == OperationResult.HostDies
                    ? o.Outcome.End != OperationResult.HostDies
                    : null
        );

    public static OwnershipProperty OneSlot { get; } =
        new(
            "one-slot",
            "A guest's access matches at most one memslot.",
            $"Lutomirski, 2022-03-31, on {FdBased}: \"a rule that two different memslots (one shared and one private) can't claim the same address\"",
            static (in o) =>
            {
                var moment = o.TransitionContext;
                return moment.GuestTouches || moment.GuestSays ? o.System.Resolve(in moment).Slots.Count <= 1 : null;
            }
        );

    public static OwnershipProperty ReportsEnough { get; } =
        new(
            "told-enough",
            "If a guest's access fails, userspace gets the address, and whether the access was private or shared if the guest marks it: never an errno alone, never nothing.",
            $"Perret, 2022-03-29, quoted by Lutomirski, 2022-03-31, on {FdBased}: \"report a KVM_EXIT_MEMORY_ERROR\"",
            static (in o) =>
                !o.TransitionContext.ByGuest && o.TransitionContext.Operation != Operation.OtherLoad
                    ? null
                    : o.Outcome.End switch
                    {
                        OperationResult.RunFails or OperationResult.Loops => false,
                        OperationResult.MemoryFault => !o.TransitionContext.GuestSays || o.Outcome.Private is not null,
                        OperationResult.MmioExit => true,
                        _ => null,
                    }
        );

    public static OwnershipProperty DirectMapConsistent { get; } =
        new(
            "direct-map-consistent",
            "No page is in the kernel's direct map if a lower level denies the kernel access to it.",
            $"Berman, 2024-07-31, on {DirectMap}: \"ensure that Linux has a S1 table consistent with S2\"",
            static (in o) =>
            {
                if (
                    o.TransitionContext.Backing.Kind == VmaKind.Secret
                    && o.After.HostHas
                    && o.TransitionContext.KernelTouches
                )
                    return true;
                if (!o.System.DeniesKernel || o.After.HostHas)
                    return null;
                return o.After.NoDirectMap || InMapThoughDenied(o.Before);
            }
        );

    public static IReadOnlyList<OwnershipProperty> All { get; } =
    [Exclusive, Zeroed, HostSurvives, OneSlot, ReportsEnough, DirectMapConsistent];

    private static bool InProcess(in Occurrence o) => o.After.Mapped && !o.TransitionContext.Scenario.Twofold;

    /// <summary>It was so before: another transition is the cause.</summary>
    private static bool InMapThoughDenied(in PageState page) => !page.HostHas && !page.NoDirectMap;
}
