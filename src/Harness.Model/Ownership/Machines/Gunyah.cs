using static Harness.Model.Ownership.Machines.Sources;

namespace Harness.Model.Ownership.Machines;

/// <summary>
/// Gunyah, as proposed by its series and discussed in the thread about its direct map: another hypervisor donates pages
/// of a guest_memfd to a guest. It is in no kernel that was read. What the mails do not specify has no transition: the
/// result of a guest's access where nothing is donated, and the content of a page that is returned.
/// </summary>
public static class Gunyah
{
    private const string Thread = "[PATCH v17 19/35] arch/mm: Export direct {un,}map functions";

    private const string Snapshot = "kernel/power/snapshot.c";

    /// <summary>The original proposal: donated pages stay in the direct map, and stage 2 denies access.</summary>
    public static Machine Baseline { get; } =
        Machine.New(
            "gunyah-v17",
            "Pages donated to a guest stay in the kernel's direct map, and stage 2 denies access.",
            new(
                "create",
                Berman("\"Gunyah's guest_memfd allocates memory via filemap_alloc_folio\""),
                "a VM is made, and its guest_memfd",
                static (in m) => m.Operation == Operation.Create,
                static (in _, ref page) =>
                {
                    page.Vm = true;
                    return OperationOutcome.Done;
                }
            ),
            new(
                "bind",
                Berman("\"Gunyah's guest_memfd allocates memory via filemap_alloc_folio\""),
                "a page of it is at a guest's address",
                static (in m) => m.Operation == Operation.Bind,
                static (in _, ref page) =>
                {
                    page.Slot = true;
                    return OperationOutcome.Done;
                }
            ),
            new(
                "unmappable",
                Berman("\"identical to KVM's guest_memfd\", which no process could map then"),
                "no process has it",
                static (in m) => m.Operation is Operation.MapShared or Operation.MapPrivate,
                Refuse(Errno.ENODEV)
            ),
            new(
                "donate",
                Berman("\"memory is donated to guest VM\""),
                "stage 2 denies the host access to donated pages",
                static (in m) => m is { Operation: Operation.Donate, Page: { Slot: true, Guest: PageAccess.None } },
                static (in _, ref page) =>
                {
                    page.Guest = PageAccess.Owned;
                    return OperationOutcome.Done;
                }
            ),
            new(
                "reclaim",
                Berman("the opposite of donation; whether the page is cleared is not specified"),
                "the host gets reclaimed pages back",
                static (in m) => m is { Operation: Operation.Reclaim, Page.Guest: PageAccess.Owned },
                static (in _, ref page) => Returned(ref page)
            ),
            new(
                "destroy",
                Berman("the opposite of donation; whether the page is cleared is not specified"),
                "with the VM the host has everything again",
                static (in m) => m.Operation == Operation.Destroy,
                static (in _, ref page) =>
                {
                    Returned(ref page);
                    return Linux61.Gone(ref page);
                }
            ),
            new(
                "stray",
                Berman(
                    "\"This access will cause kernel to panic as it expects to be able to access all memory which has been mapped in stage 1\""
                ),
                "an unaligned word load into a donated page is a stage-2 fault, which is not handled",
                static (in m) => m.Operation == Operation.Stray && !m.Page.HostHas,
                static (in _, ref _) => OperationOutcome.HostDies
            ),
            new(
                "stray-at-home",
                new Source("load_unaligned_zeropad", "arch/arm64/include/asm/word-at-a-time.h", "6.1"),
                "an unaligned word load into a page that the host can access is done, and the excess dropped",
                static (in m) => m.Operation == Operation.Stray,
                static (in _, ref _) => OperationOutcome.Done
            ),
            new(
                "hibernate",
                new Source("safe_copy_page", Snapshot, "6.1", "kernel_page_present(s_page): do_copy_page()"),
                "copying the direct map for an image accesses the donated page, without a fix-up",
                static (in m) => m.Operation == Operation.Hibernate && !m.Page.HostHas,
                static (in _, ref _) => OperationOutcome.HostDies
            ),
            new(
                "hibernate-at-home",
                new Source("safe_copy_page", Snapshot, "6.1", "kernel_page_present(s_page): do_copy_page()"),
                "pages that the host can access are copied",
                static (in m) => m.Operation == Operation.Hibernate,
                static (in _, ref _) => OperationOutcome.Done
            ),
            new(
                "guest-access",
                Berman("\"memory is donated to guest VM\""),
                "the guest has exclusive access to donated pages",
                static (in m) => m.GuestTouches && m.Page.Guest == PageAccess.Owned,
                Accesses.ByGuest
            )
        );

    /// <summary>The first option: the stage-2 fault is fixed up by an exception table.</summary>
    public static Machine FixUp { get; } =
        Baseline
            .As(
                "gunyah-fixup",
                "The handler of the host's stage-2 fault searches the exception tables before the kernel panics."
            )
            .Replace(
                "stray",
                new Transition(
                    "stray-fixed-up",
                    Berman("\"we can modify the S2 fault handler to call fixup_exception() when appropriate\""),
                    "an unaligned word load into a donated page is a stage-2 fault, which the access's own fix-up handles",
                    static (in m) => m.Operation == Operation.Stray && !m.Page.HostHas,
                    static (in _, ref _) => OperationOutcome.Done
                )
            );

    /// <summary>The second: the driver removes donated pages from the direct map.</summary>
    public static Machine Driver { get; } =
        Baseline
            .As(
                "gunyah-driver",
                "The driver, a module, removes donated pages from the direct map, with symbols that are exported for it."
            )
            .Replace(
                "donate",
                Baseline.Transition("donate") with
                {
                    Source = Berman(
                        "\"ensure that Linux has a S1 table consistent with S2\": set_direct_map_invalid_noflush(), exported"
                    ),
                    Says = "donated pages leave the direct map, and stage 2 denies access",
                    Then = static (in _, ref page) =>
                    {
                        page.Guest = PageAccess.Owned;
                        page.NoDirectMap = true;
                        return OperationOutcome.Done;
                    },
                }
            )
            .Replace(
                "stray",
                new Transition(
                    "stray-into-hole",
                    Berman(
                        "\"ensure that Linux has a S1 table consistent with S2\"; load_unaligned_zeropad() has a fix-up for the stage-1 fault"
                    ),
                    "an unaligned word load into the hole in the direct map is filled up with zeroes",
                    static (in m) => m.Operation == Operation.Stray && !m.Page.HostHas,
                    static (in _, ref _) => OperationOutcome.Done
                )
            )
            .Replace(
                "hibernate",
                new Transition(
                    "hibernate-maps-again",
                    new Source(
                        "safe_copy_page",
                        Snapshot,
                        "6.1",
                        "!kernel_page_present(s_page): hibernate_map_page(), do_copy_page()"
                    ),
                    "an image includes pages outside the direct map: the page is mapped again, and stage 2 denies access",
                    static (in m) => m.Operation == Operation.Hibernate && !m.Page.HostHas,
                    static (in _, ref _) => OperationOutcome.HostDies
                )
            );

    /// <summary>
    /// The third: built-in code, shared with KVM, owns the pages and removes them from the direct map.
    /// </summary>
    public static Machine Library { get; } =
        Driver
            .As(
                "gunyah-library",
                "A built-in guest_memfd library, shared with KVM, owns the pages and removes donated pages from the direct map."
            )
            .Replace(
                "donate",
                Driver.Transition("donate") with
                {
                    Source = Berman(
                        "\"It abstracts the common bits between the 2 into a built-in module and can be the one to call the set_direct_map functions\""
                    ),
                }
            )
            .Replace(
                "hibernate-maps-again",
                new Transition(
                    "hibernate-refused",
                    Source.Mail(
                        "Hildenbrand, 2024-02-27, quoted by Berman, 2024-07-31",
                        Thread,
                        "\"we enlightened the remainder of the system about secretmem ... secretmem_active() check in kernel/power/hibernate.c\": the same for the library's pages"
                    ),
                    "while a page of the library's is donated the machine doesn't hibernate",
                    static (in m) => m.Operation == Operation.Hibernate && !m.Page.HostHas,
                    Refuse(Errno.EPERM)
                )
            );

    private static Source Berman(string note) => Source.Mail("Berman, 2024-07-31", Thread, note);

    private static OperationOutcome Returned(ref PageState page)
    {
        if (page.Guest == PageAccess.Owned)
            page.Holds = Contents.Unknown;
        page.Guest = PageAccess.None;
        page.NoDirectMap = false;
        page.Disclosed = true;
        return OperationOutcome.Done;
    }
}
