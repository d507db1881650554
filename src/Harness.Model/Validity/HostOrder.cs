using Harness.Model.Programs;

namespace Harness.Model.Validity;

/// <summary>What the host's memory management can do to a program's memory, in the state it has by then.</summary>
internal sealed class HostOrder(ProgramCase program)
{
    private const string HasNoFile = "only a memfd is punched, or changes its size";

    private bool _forked;
    private bool _locked;
    private bool _split;
    private bool _watched;
    private bool _swapped;
    private bool _poisoned;
    private bool _merged;

    /// <summary>Memory of huge pages is mapped by pages in part.</summary>
    public bool IsSplit => _split && Provider == Provider.Thp;

    /// <summary>The memory's file has no pages.</summary>
    public bool Truncated { get; private set; }

    private Provider Provider => program.Backing.Provider;

    /// <summary>Makes the next step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="writable">The process may store to the memory.</param>
    /// <param name="accessible">It may load from it.</param>
    /// <returns>Why it can't be made, or null.</returns>
    public string? Add(HostStep step, bool writable, bool accessible)
    {
        if (program.Backing.Kind != VmaKind.Anonymous || Provider == Provider.Dax)
            return "the host manages the memory of processes, not that of drivers";
        if (step.Page is not null && program.Setting.Extent != Extent.Page && !OfHugePages)
            return "which of its pages share a huge page is known of transparent huge pages only";
        if (_merged && step.Act != HostAct.Merge)
            return "memory that KSM may merge again is left alone: another page may have its content";
        if (_poisoned && step.Act != HostAct.Discard)
            return "memory that has failed is only given back";
        return step.Act switch
        {
            HostAct.Poison => Poison(step, accessible),
            HostAct.Merge => Merge(step, writable && accessible),
            HostAct.Migrate => HasOwn(step, accessible)
                ? null
                : "one page of plain memory moves, which the process has: of a small slot, by itself",
            HostAct.Discard => Discard(),
            HostAct.Punch => Provider == Provider.Memfd ? null : HasNoFile,
            HostAct.Truncate or HostAct.Extend => Resize(step.Act == HostAct.Truncate),
            HostAct.Fork => Fork(),
            HostAct.Lock => Lock(accessible),
            HostAct.Serve => Watch(program.Backing.Sharing == Sharing.Private ? Provider == Provider.Usual : IsShmem),
            HostAct.Continue => Watch(program.Backing.Sharing == Sharing.Shared && IsShmem),
            HostAct.Protect => Watch(
                program.Backing.Sharing == Sharing.Private && Provider == Provider.Usual && writable
            ),
            HostAct.PageOut => PageOut(writable && accessible),
            HostAct.Free => Free(),
            HostAct.Split => Split(writable && accessible),
            _ => Collapse(writable && accessible),
        };
    }

    private bool Small => program.Setting.Extent == Extent.Page && !OfHugePages;

    private string? Merge(HostStep step, bool writable)
    {
        if (!IsPrivate || !HasOwn(step, writable) || _forked || _locked || _swapped)
            return "one page of plain private memory is merged, which the process has: of a small slot, by itself, and writable";
        _merged = true;
        return null;
    }

    private string? PageOut(bool writable)
    {
        if (program.Backing.OfHugeTlb)
            return null;
        if (!Small || Provider is not (Provider.Usual or Provider.Memfd) || !writable || (_forked && IsPrivate))
            return "memory that a child has no part in is written to swap: the plain, writable memory of a small slot, or a memfd";
        _swapped = true;
        return null;
    }

    /// <summary>The process may not store to it any more: that would be its own SIGBUS.</summary>
    public bool IsPoisoned => _poisoned;

    private string? Poison(HostStep step, bool accessible)
    {
        if (!HasOwn(step, accessible) || _forked || _locked)
            return "one page of plain memory fails, which the process has: of a small slot, by itself";
        _poisoned = true;
        return null;
    }

    /// <summary>
    /// The process has the page, or gets it by a load: not the zero page, and not from a thread of its own.
    /// </summary>
    private bool HasOwn(HostStep step, bool accessible)
    {
        bool own = IsPrivate ? Provider == Provider.Usual && program.Setting.Restored && !_split : IsShmem;
        return step.Page is not null && Small && own && accessible && !_watched && !Truncated;
    }

    private bool IsPrivate => program.Backing.Sharing == Sharing.Private;

    private bool OfHugePages => Provider is Provider.Thp or Provider.NoThp;

    private bool IsShmem => Provider is Provider.Usual or Provider.Memfd;

    private string? Watch(bool suits)
    {
        if (_watched || Truncated || !suits || program.Setting.Extent != Extent.Page)
            return "userfaultfd watches the memory of a small slot once: plain memory or a memfd, to protect it writable and private";
        _watched = true;
        return null;
    }

    private string? Free()
    {
        _split = true;
        return Small ? null : "which pages may be taken is known of a small slot's";
    }

    private string? Discard()
    {
        _split = true;
        return OfPrivateHugeTlb();
    }

    private string? OfPrivateHugeTlb() =>
        program.Backing is { OfHugeTlb: true, Sharing: Sharing.Private }
            ? "a private page of hugetlbfs may have no successor: the pool may be empty"
            : null;

    private string? Resize(bool truncates)
    {
        if (Provider != Provider.Memfd)
            return HasNoFile;
        if (Truncated == truncates)
            return "a file is truncated, and then extended again";
        Truncated = truncates;
        return null;
    }

    private string? Fork()
    {
        if (_forked)
            return "a process forks once";
        if (_swapped && IsPrivate)
            return "which of two processes has a page that was in swap is open";
        if (Provider == Provider.Thp)
            return "the first store after fork(2) splits a huge page, which takes other pages with it";
        _forked = true;
        return OfPrivateHugeTlb();
    }

    private string? Lock(bool accessible)
    {
        if (_locked || _watched || Truncated || !accessible || program.Setting.Extent != Extent.Page)
            return "the memory of a small slot is locked once, while it has pages";
        _locked = true;
        return null;
    }

    private string? Split(bool writable)
    {
        if (Provider != Provider.Thp || _split || !writable)
            return "a transparent huge page that nothing has split yet is split by taking and giving write permission";
        _split = true;
        return null;
    }

    private string? Collapse(bool writable)
    {
        if (Provider != Provider.Thp || !writable)
            return "only writable memory that has transparent huge pages is collapsed";
        _split = false;
        return null;
    }
}
