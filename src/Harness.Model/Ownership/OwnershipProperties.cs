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
            "What a protected guest owns, or a file keeps for its guest, no operation of the host's finds or changes, and a protected guest runs on no page that the host keeps, but for those that the guest shares.",
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
            "What a guest stored where it was alone the host never finds, once the page has left the guest.",
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
            "No operation of a process of the host's, no load of its kernel's that strays, and no hibernation ends the host.",
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
            "A guest's access has one memslot to answer it, or none.",
            $"Lutomirski, 2022-03-31, on {FdBased}: \"a rule that two different memslots (one shared and one private) can't claim the same address\"",
            static (in o) =>
            {
                var moment = o.TransitionContext;
                return moment.GuestTouches || moment.GuestSays ? o.System.Resolve(in moment).Slots.Count <= 1 : null;
            }
        );

    public static OwnershipProperty ToldEnough { get; } =
        new(
            "told-enough",
            "Where a guest's access fails, userspace is told the address, and whether it was private or shared if the guest says so: never an errno alone, never nothing.",
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
            "No page is in the kernel's direct map that something beneath the kernel denies it.",
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
    [Exclusive, Zeroed, HostSurvives, OneSlot, ToldEnough, DirectMapConsistent];

    private static bool InProcess(in Occurrence o) => o.After.Mapped && !o.TransitionContext.Scenario.Twofold;

    /// <summary>It was so before: another transition is the cause.</summary>
    private static bool InMapThoughDenied(in PageState page) => !page.HostHas && !page.NoDirectMap;
}
