namespace Harness.Model.Programs;

/// <summary>
/// What the host's memory management does to the pages of a program. Where it has huge pages, those are what the
/// program made: a page's provider is <see cref="Provider.Thp"/> where there is one, and <see cref="Provider.NoThp"/>
/// where there is none any more, and none is made by itself (MADV_NOHUGEPAGE).
/// </summary>
internal sealed class HostMemory
{
    private readonly AccessCase _setting;
    private bool _locked;

    /// <summary>The mapping has pages of its own, or had some: vma->anon_vma.</summary>
    private bool _hadCopies;

    /// <summary>The process provides missing pages.</summary>
    private bool _serves;

    /// <summary>What is known of each page of the memory.</summary>
    private readonly PageState[] _state = new PageState[SlotPages.All.Count];

    [Flags]
    private enum PageState : byte
    {
        None = 0,

        /// <summary>The page exists: in the mapping if it is private, else in its file.</summary>
        Present = 1,

        /// <summary>The page is the mapping's own, also where the process has it read-only since.</summary>
        Copied = 2,

        /// <summary>The page is in swap.</summary>
        InSwap = 4,

        /// <summary>The page was in swap since somebody last stored to it.</summary>
        WasInSwap = 8,

        /// <summary>The kernel may have taken the page since somebody last reached it.</summary>
        Freed = 16,

        /// <summary>The page's memory has failed, and nothing is in its place yet.</summary>
        Poisoned = 32,
    }

    public HostMemory(AccessCase setting)
    {
        _setting = setting;
        Array.Fill(_state, setting.Restored ? PageState.Present : PageState.None);
    }

    private HostMemory(HostMemory other)
    {
        (_setting, _locked, _hadCopies, _serves) = (other._setting, other._locked, other._hadCopies, other._serves);
        _state = [.. other._state];
    }

    public HostMemory Copy() => new(this);

    /// <summary>Makes a step, except for <see cref="HostAct.Lock"/> what it does to each page.</summary>
    /// <param name="step">The step.</param>
    /// <param name="pages">Changed.</param>
    /// <param name="words">Changed: the word that a load of each page returns.</param>
    /// <param name="path">Its rules are added.</param>
    public Errno Make(HostStep step, Situation[] pages, ushort?[] words, List<Rule> path)
    {
        foreach (var of in Of(pages).Where(of => pages[(int)of].CopiedOnWrite))
        {
            _state[Place(of)] |= PageState.Copied;
            _hadCopies = true;
        }
        switch (step.Act)
        {
            case HostAct.Discard when _locked:
                path.Add(HostRules.DiscardLocked);
                return Errno.EINVAL;
            case HostAct.PageOut when _locked || pages[0].Backing.OfHugeTlb:
                path.Add(HostRules.PageOutRefused);
                return Errno.EINVAL;
            case HostAct.Free when _locked || !IsAnonymous(pages[0]):
                path.Add(HostRules.FreeRefused);
                return Errno.EINVAL;
            case HostAct.PageOut:
                PageOut(step, pages, words, path);
                break;
            case HostAct.Free:
                Free(step, pages, words, path);
                break;
            case HostAct.Poison:
                Poison(step, pages, path);
                break;
            case HostAct.Merge:
                path.Add(HostRules.Merges);
                foreach (var of in Of(pages).Where(step.Covers))
                    ReadOnly(ref pages[(int)of]);
                break;
            case HostAct.Migrate:
                Migrate(step, pages, path);
                break;
            case HostAct.Discard:
                Discard(step, pages, words, path);
                break;
            case HostAct.Punch:
                Punch(step, pages, words, path);
                break;
            case HostAct.Truncate:
                path.Add(HostRules.Truncates);
                Gone(step);
                Take(pages, words, static page => page with { Leaf = null, CopiedOnWrite = false, Missing = true });
                break;
            case HostAct.Serve:
                path.Add(HostRules.Serves);
                _serves = true;
                break;
            case HostAct.Continue:
                path.Add(HostRules.Continues);
                break;
            case HostAct.Protect:
                path.Add(HostRules.Protects);
                ReadOnly(pages);
                break;
            case HostAct.Extend:
                path.Add(HostRules.Extends);
                Take(pages, words, static page => page with { Missing = false });
                break;
            case HostAct.Fork:
                Fork(pages, path);
                break;
            case HostAct.Lock:
                path.Add(HostRules.Locks);
                _locked = true;
                foreach (ref var state in _state.AsSpan())
                    state |= PageState.Present;
                break;
            case HostAct.Split:
                Split(SlotPage.First, pages, path);
                break;
            default:
                Collapse(pages, path);
                break;
        }
        foreach (ref var page in pages.AsSpan())
            if (page.Leaf is null)
                page.Unspecified = Unspecified.None;
        return Errno.None;
    }

    /// <summary>The page exists: the guest's access, or the process's store, reached it.</summary>
    /// <param name="page">The page.</param>
    /// <param name="stores">It was stored to.</param>
    /// <param name="dirties">The page is dirty: it is mapped writable, kvm_release_faultin_page().</param>
    public void Reached(SlotPage page, bool stores, bool dirties)
    {
        ref var state = ref _state[Place(page)];
        state = (state | PageState.Present) & ~PageState.InSwap;
        if (dirties)
            state &= ~PageState.Freed;
        if (stores)
            state &= ~PageState.WasInSwap;
    }

    /// <summary>A fault at the page reads it from swap, or finds it as it was read then.</summary>
    public bool WasInSwap(SlotPage page) => Is(page, PageState.WasInSwap);

    /// <summary>An access to the page finds that its memory has failed.</summary>
    public bool IsPoisoned(SlotPage page) => Is(page, PageState.Poisoned);

    /// <summary>A load of the page may find zeroes instead of what it had.</summary>
    public bool MayBeTaken(SlotPage page) => Is(page, PageState.Freed);

    private bool Is(SlotPage page, PageState state) => (_state[Place(page)] & state) != 0;

    /// <summary>Other memory is in its place.</summary>
    public void Replaced()
    {
        _serves = false;
        foreach (ref var state in _state.AsSpan())
            state &= PageState.Present;
    }

    /// <summary>Whether a fault at the page waits until the process has provided it.</summary>
    public bool Serves(SlotPage page) => _serves && !Is(page, PageState.Present);

    private void Gone(HostStep step)
    {
        foreach (var page in SlotPages.All.Where(step.Covers))
            Lost(page);
    }

    private void Discard(HostStep step, Situation[] pages, ushort?[] words, List<Rule> path)
    {
        path.Add(HostRules.Discards);
        if (step.Page is { } part)
            Split(part, pages, path);
        path.Add(pages[0].Private ? HostRules.DiscardedPrivate : HostRules.DiscardedShared);
        foreach (var of in Of(pages).Where(step.Covers))
        {
            ref var page = ref pages[(int)of];
            page.Leaf = null;
            if (!page.Private)
                continue;
            Take(of, ref page, words);
            if (page.Backing.Provider == Provider.Thp)
                Paged(ref page);
        }
    }

    private void Lost(SlotPage page) => _state[Place(page)] = PageState.None;

    /// <summary>The private page is gone, and zeroes are in its place.</summary>
    private void Take(SlotPage of, ref Situation page, ushort?[] words)
    {
        page.CopiedOnWrite = false;
        words[Place(of)] = 0;
        Lost(of);
    }

    private void Poison(HostStep step, Situation[] pages, List<Rule> path)
    {
        path.Add(HostRules.Poisons);
        foreach (var of in Of(pages).Where(step.Covers))
        {
            pages[(int)of].Leaf = null;
            _state[Place(of)] |= PageState.Poisoned;
        }
    }

    /// <summary>The process has the page first, if it was in swap or only in its file.</summary>
    private void Migrate(HostStep step, Situation[] pages, List<Rule> path)
    {
        path.Add(HostRules.Migrates);
        foreach (var of in Of(pages).Where(step.Covers))
        {
            pages[(int)of].Leaf = null;
            Reached(of, stores: false, dirties: false);
        }
    }

    private void PageOut(HostStep step, Situation[] pages, ushort?[] words, List<Rule> path)
    {
        path.Add(HostRules.PagesOut);
        bool[] freed = [.. SlotPages.All.Select(MayBeTaken)];
        foreach (var of in Of(pages).Where(step.Covers))
        {
            ref var page = ref pages[(int)of];
            if (freed[Place(of)])
            {
                path.Add(HostRules.FreedIsTaken);
                page.Leaf = null;
                Take(of, ref page, words);
            }
            else if (IsAnonymous(page) && !Is(of, PageState.Copied))
                path.Add(HostRules.PageOutLeaves);
            else
            {
                page.Leaf = null;
                if (Is(of, PageState.Copied))
                    _state[Place(of)] |= PageState.InSwap | PageState.WasInSwap;
            }
        }
    }

    private void Free(HostStep step, Situation[] pages, ushort?[] words, List<Rule> path)
    {
        path.Add(HostRules.Frees);
        bool[] inSwap = [.. SlotPages.All.Select(page => Is(page, PageState.InSwap))];
        foreach (var of in Of(pages).Where(step.Covers))
        {
            ref var page = ref pages[(int)of];
            page.Leaf = null;
            if (inSwap[Place(of)])
            {
                path.Add(HostRules.FreedIsTaken);
                Take(of, ref page, words);
            }
            else if (Is(of, PageState.Copied))
            {
                path.Add(HostRules.FreedMayStay);
                _state[Place(of)] |= PageState.Freed;
            }
        }
    }

    private static bool IsAnonymous(in Situation page) =>
        page.Private && page.Backing.Provider is not (Provider.Memfd or Provider.File);

    private void Punch(HostStep step, Situation[] pages, ushort?[] words, List<Rule> path)
    {
        path.Add(HostRules.Punches);
        foreach (var of in Of(pages).Where(step.Covers))
        {
            ref var page = ref pages[(int)of];
            page.Leaf = null;
            bool copy = page.Private && Is(of, PageState.Copied);
            path.Add(copy ? HostRules.PunchedCopy : HostRules.PunchedGone);
            if (copy)
                continue;
            words[Place(of)] = 0;
            Lost(of);
        }
    }

    private static void Take(Situation[] pages, ushort?[] words, Func<Situation, Situation> change)
    {
        foreach (var of in Of(pages))
            (pages[(int)of], words[Place(of)]) = (change(pages[(int)of]), 0);
    }

    private void Fork(Situation[] pages, List<Rule> path)
    {
        bool copies = pages[0].Private && _hadCopies;
        path.Add(copies ? HostRules.Forks : HostRules.ForkSkips);
        if (copies)
            ReadOnly(pages);
    }

    /// <summary>The pages of a private mapping: until a store, the process has them read-only.</summary>
    private static void ReadOnly(Situation[] pages)
    {
        foreach (ref var page in pages.AsSpan())
            ReadOnly(ref page);
    }

    private static void ReadOnly(ref Situation page) => (page.Leaf, page.CopiedOnWrite) = (null, false);

    /// <summary>Where a page is changed alone, its huge page is mapped by pages from then on.</summary>
    private void Split(SlotPage part, Situation[] pages, List<Rule> path)
    {
        if (pages[(int)part].Backing.Provider != Provider.Thp)
            return;
        path.Add(HostRules.Splits);
        foreach (var of in Of(pages).Where(of => SameHostBlock(of, part)))
            Paged(ref pages[(int)of]);
    }

    private static void Paged(ref Situation page) =>
        (page.Leaf, page.Backing) = (null, page.Backing with { Provider = Provider.NoThp });

    /// <summary>Each page of the memory is in a huge page afterwards: those that are absent are made first.</summary>
    private static void Collapse(Situation[] pages, List<Rule> path)
    {
        path.Add(pages.Any(p => p.Backing.Provider != Provider.Thp) ? HostRules.Collapses : HostRules.CollapseKeeps);
        foreach (ref var page in pages.AsSpan())
        {
            if (page.Backing.Provider == Provider.Thp)
                continue;
            page.Leaf = null;
            page.Backing = page.Backing with { Provider = Provider.Thp };
            page.CopiedOnWrite = true;
        }
    }

    /// <summary>
    /// Whether one huge page of the host has both: the last page of a slot that is larger than a block is in another.
    /// </summary>
    private bool SameHostBlock(SlotPage a, SlotPage b) =>
        _setting.Extent == Extent.Block || (Place(a) == (int)SlotPage.Last) == (Place(b) == (int)SlotPage.Last);

    /// <summary>Those of every slot over the memory: kvm_handle_hva_range() visits each.</summary>
    private static IEnumerable<SlotPage> Of(Situation[] pages) => SlotPages.Both.Take(pages.Length);

    /// <summary>Of the memory, whatever slot it is in.</summary>
    private static int Place(SlotPage page) => (int)page.In(alias: false);
}
