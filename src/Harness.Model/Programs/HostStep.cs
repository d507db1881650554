namespace Harness.Model.Programs;

/// <summary>What the process has the host's memory management do to the memory behind a slot.</summary>
public enum HostAct : byte
{
    /// <summary>
    /// madvise(2) with MADV_DONTNEED: pages are given back. If they are of huge pages, no new one is made:
    /// MADV_NOHUGEPAGE.
    /// </summary>
    Discard,

    /// <summary>fallocate(2) with FALLOC_FL_PUNCH_HOLE on the memory's file.</summary>
    Punch,

    /// <summary>ftruncate(2) of the memory's file to nothing.</summary>
    Truncate,

    /// <summary>ftruncate(2) of the memory's file to its former size.</summary>
    Extend,

    /// <summary>fork(2): the child keeps its pages until the program ends.</summary>
    Fork,

    /// <summary>mlock(2).</summary>
    Lock,

    /// <summary>
    /// The huge page with the slot's first page is mapped by pages: mprotect(2) of one of its pages, and back. No new
    /// one is made: MADV_NOHUGEPAGE.
    /// </summary>
    Split,

    /// <summary>madvise(2) with MADV_COLLAPSE: all of the memory is copied to huge pages.</summary>
    Collapse,

    /// <summary>
    /// userfaultfd(2) for missing pages: from then on a thread of the process provides each page that there is none
    /// of, with <see cref="ProgramCase.ServedWord"/>.
    /// </summary>
    Serve,

    /// <summary>
    /// userfaultfd(2) for write protection: all pages that there are become read-only, until a thread of the process
    /// takes the protection of the page away that somebody stores to.
    /// </summary>
    Protect,

    /// <summary>
    /// userfaultfd(2) for minor faults: from then on a thread of the process has each page mapped that the memory's
    /// file has and the process has not, when somebody reaches it.
    /// </summary>
    Continue,

    /// <summary>madvise(2) with MADV_PAGEOUT: pages are written to swap.</summary>
    PageOut,

    /// <summary>madvise(2) with MADV_FREE: pages may be taken until somebody stores to them.</summary>
    Free,

    /// <summary>
    /// A page's memory fails: the kernel's test module calls memory_failure(). The process has no page there any more,
    /// and an access to it is a SIGBUS. The page is taken back when the program has ended.
    /// </summary>
    Poison,

    /// <summary>
    /// A page moves to another frame of the host's memory: madvise(2) with MADV_SOFT_OFFLINE. The frame that it had is
    /// given back when the program has ended.
    /// </summary>
    Migrate,

    /// <summary>
    /// KSM merges a page with another of the same content, and both are read-only until somebody stores.
    /// </summary>
    Merge,
}

/// <summary>The host's memory management does something to the memory behind the slot.</summary>
/// <param name="Act">What it does.</param>
/// <param name="Page">To this page only; null: to all of the memory.</param>
public sealed record HostStep(HostAct Act, SlotPage? Page = null) : ProgramStep
{
    /// <summary>Every step there is, those of a page for each page.</summary>
    public static IReadOnlyList<HostStep> All { get; } =
    [
        .. Enum.GetValues<HostAct>()
            .SelectMany(act =>
                (HostStep[])[new(act), .. OfPage(act) ? SlotPages.All.Select(page => new HostStep(act, page)) : []]
            ),
    ];

    /// <summary>Whether it can be made to one page.</summary>
    public static bool OfPage(HostAct act) =>
        act
            is HostAct.Discard
                or HostAct.Punch
                or HostAct.PageOut
                or HostAct.Free
                or HostAct.Poison
                or HostAct.Migrate
                or HostAct.Merge;

    /// <summary>Whether it is made to a page, by whatever slot.</summary>
    public bool Covers(SlotPage page) => Page is null || Page == page.In(alias: false);
}
