namespace Harness.Model.Programs;

/// <summary>
/// A program under a policy, step by step: the state of each page, and what is dirty. What a prediction leaves open is
/// settled by what was read after the step, so that the next one is predicted for the pages as they are.
/// </summary>
public sealed class ProgramState
{
    private Policy _policy;
    private readonly ProgramCase _case;
    private readonly Situation[] _pages = new Situation[SlotPages.All.Count];
    private readonly ushort?[] _words = new ushort?[SlotPages.All.Count];
    private readonly List<(int Vcpu, SlotPage Page)> _rings = [];
    private readonly List<SlotPage> _harvested = [];
    private DirtySet _dirty;
    private int _step;
    private bool _deleted;

    private ProgramState(ProgramState other)
    {
        (_policy, _case, _step, _deleted) = (other._policy, other._case, other._step, other._deleted);
        _pages = [.. other._pages];
        _words = [.. other._words];
        _dirty = other._dirty;
        _rings = [.. other._rings];
        _harvested = [.. other._harvested];
    }

    /// <param name="policy">The policy.</param>
    /// <param name="host">The host's facts.</param>
    /// <param name="case">The program; its setting is used, and steps are given one by one.</param>
    public ProgramState(Policy policy, HostFacts host, ProgramCase @case)
    {
        _policy = policy;
        _case = @case;
        foreach (var page in SlotPages.All)
        {
            _pages[(int)page] = Policy.Registered(host, SettingOf(page), @case.Tracking);
            _words[(int)page] =
                @case.Setting.Restored ? ProgramCase.FirstWord(page)
                : @case.Backing.Driver ? null
                : (ushort)0;
        }
        _dirty = NewLog();
    }

    /// <summary>What is dirty in a log that begins now.</summary>
    private DirtySet NewLog() => _pages[0].LogDirty && _case.Tracking.InitiallySet ? DirtySet.All : default;

    /// <summary>The setting as it is for one page: a block may fit there or not.</summary>
    private AccessCase SettingOf(SlotPage page) =>
        _case.Setting with
        {
            Extent = _case.Setting.Extent switch
            {
                Extent.OddSize => page == SlotPage.Last ? Extent.Page : Extent.Block,
                Extent.LargeMisaligned => Extent.Misaligned,
                var other => other,
            },
        };

    /// <summary>The same state, which changes by itself from then on.</summary>
    public ProgramState Copy() => new(this);

    /// <summary>The same state, of which another policy decides what becomes.</summary>
    public ProgramState Under(Policy policy) => new(this) { _policy = policy };

    /// <summary>Makes a step.</summary>
    public StepPrediction Take(ProgramStep step)
    {
        RuleSet path = default;
        List<Rule> others = [];
        Outcome? access = null;
        var errno = Errno.None;
        ushort? word = null;
        DirtySet? dirty = null;
        switch (step)
        {
            case SlotAccess a:
                access = Make(a, ref path, others, out word);
                break;
            case SlotChange change:
                errno = Make(change.Change, ref path, others);
                break;
            case DirtyLogRead:
                (errno, dirty) = ReadLog(others);
                break;
            case DirtyLogClear clear:
                errno = ClearLog(clear.Range, others);
                break;
            case DirtyRingRead:
                dirty = ReadRing(step.Vcpu, others);
                break;
            case DirtyRingReset:
                errno = ResetRings(others, out word);
                break;
        }
        _step++;
        return new StepPrediction(
            step,
            access,
            errno,
            word,
            [.. _pages.Select(Left)],
            dirty?.Pages,
            dirty is { Others: true },
            [.. _policy.RulesOf(path), .. others]
        );
    }

    /// <summary>Settles what the last step left open.</summary>
    /// <param name="left">What maps each page now; null if it was not read.</param>
    public void See(IReadOnlyList<Outcome?> left)
    {
        for (int i = 0; i < _pages.Length; i++)
        {
            if (left[i] is not { } seen || !Left(_pages[i]).Allows(seen))
                continue;
            _pages[i].Leaf = seen.Kind == OutcomeKind.Mapped ? seen.Leaf : null;
            _pages[i].Unspecified = Unspecified.None;
        }
    }

    private static Outcome Left(Situation page) =>
        page.Leaf is { } leaf ? Outcome.Mapped(leaf, page.Unspecified & OfLeaf) : Outcome.Unmapped;

    private const Unspecified OfLeaf =
        Unspecified.Writable | Unspecified.Executable | Unspecified.Size | Unspecified.Absent;

    private Outcome Make(SlotAccess access, ref RuleSet path, List<Rule> others, out ushort? word)
    {
        int at = (int)access.Page;
        ref var page = ref _pages[at];
        var before = page.Leaf;
        var outcome = _policy.Make(ref page, access.Access, ref path);
        bool mapped = outcome.Kind == OutcomeKind.Mapped;
        if (mapped && access.Access.Stores())
            _words[at] = access.Access == Model.Access.Write ? ProgramCase.Word(_step) : null;
        word = mapped && access.Access == Model.Access.Read ? _words[at] : null;
        if (!path.IsEmpty && mapped && page.Writable && page.LogDirty)
        {
            if (_case.Tracking.HasRing)
                _rings.Add((access.Vcpu, page.Leaf is { Block: true } ? SlotPage.First : access.Page));
            else
                _dirty |= DirtySet.Of(access.Page);
            others.Add(_case.Tracking.HasRing ? ProgramRules.RingEntry : ProgramRules.WritableMarksDirty);
        }
        if (mapped && !path.IsEmpty)
            Share(access.Page, before, others);
        return outcome;
    }

    /// <summary>A new leaf of one page changes the others where it is a block, or took a block's place.</summary>
    private void Share(SlotPage of, Leaf? before, List<Rule> others)
    {
        var page = _pages[(int)of];
        bool block = page.Leaf is { Block: true } || (page.Unspecified & Unspecified.Size) != 0;
        if (!block && before is not { Block: true })
            return;
        foreach (var other in SlotPages.All)
        {
            if (other == of || !SameBlock(of, other))
                continue;
            ref var mate = ref _pages[(int)other];
            var was = mate.Leaf;
            mate.Leaf = block ? page.Leaf!.Value with { Block = true } : null;
            mate.Unspecified =
                (page.Unspecified & Unspecified.Size) == 0 || !block ? page.Unspecified & ~Unspecified.Size
                : was is null ? page.Unspecified | Unspecified.Absent
                : page.Unspecified | Unspecified.Writable | Unspecified.Executable;
            others.Add(ProgramRules.SameBlock);
        }
    }

    private bool SameBlock(SlotPage a, SlotPage b) =>
        _case.Setting.Extent switch
        {
            Extent.Block => true,
            Extent.OddSize => a != SlotPage.Last && b != SlotPage.Last,
            _ => false,
        };

    private Errno Make(LiveChange change, ref RuleSet path, List<Rule> others)
    {
        var errno = Errno.None;
        foreach (var of in SlotPages.All)
        {
            if (change.Kind == ChangeKind.Store && of != SlotPage.First)
                continue;
            ref var page = ref _pages[(int)of];
            var leaf = page.Leaf;
            page.TableStays = _case.Setting.Extent == Extent.Page && OthersAreMapped(of);
            page.Case = SettingOf(of) with { Change = change, Slot = page.Slot };
            (errno, RuleSet fired) = _policy.Change(change, ref page);
            path |= fired;
            // What the process stores is only where the guest reads it if both see it through the caches.
            if (change.Kind == ChangeKind.Store)
                _words[(int)of] =
                    leaf is null || (page.Host.Fwb && leaf.Value.Type == MemoryType.NormalWriteBack) ? (ushort)0 : null;
            else if (change.Kind is ChangeKind.Replace or ChangeKind.PunchHole)
                _words[(int)of] = null;
        }
        if (errno == Errno.None && EndsLog(change.Kind))
            _dirty = NewLog();
        if (errno == Errno.None && change.Kind is ChangeKind.LogOn or ChangeKind.LogOnOff)
            SplitAll(others);
        _deleted |=
            change.Kind == ChangeKind.DeleteSlot || (change.Kind == ChangeKind.RecreateSlot && errno != Errno.None);
        return errno;
    }

    /// <summary>A small slot has one table, and no page of it is mapped that no step accessed.</summary>
    private bool OthersAreMapped(SlotPage page) =>
        SlotPages.All.Any(other => other != page && _pages[(int)other].Leaf is not null);

    private static bool EndsLog(ChangeKind kind) =>
        kind
            is ChangeKind.LogOff
                or ChangeKind.LogOn
                or ChangeKind.LogOnOff
                or ChangeKind.DeleteSlot
                or ChangeKind.RecreateSlot;

    /// <summary>
    /// What logging splits where it begins. If all pages are dirty then, blocks are split as they are cleared.
    /// </summary>
    private void SplitAll(List<Rule> others)
    {
        if (_case.Tracking.InitiallySet || !_case.Tracking.SplitsEagerly)
            return;
        for (int i = 0; i < _pages.Length; i++)
            Split(ref _pages[i], others);
    }

    private static void Split(ref Situation page, List<Rule> others)
    {
        if (page.Leaf is { } leaf && (leaf.Block || (page.Unspecified & Unspecified.Size) != 0))
        {
            page.Leaf = leaf with { Block = false };
            page.Unspecified &= ~Unspecified.Size;
            others.Add(ProgramRules.SplitEager);
        }
    }

    private DirtySet ReadRing(int vcpu, List<Rule> others)
    {
        others.Add(ProgramRules.RingRead);
        SlotPage[] entries = [.. _rings.Where(entry => entry.Vcpu == vcpu).Select(entry => entry.Page)];
        _harvested.AddRange(entries);
        _rings.RemoveAll(entry => entry.Vcpu == vcpu);
        return entries.Aggregate(default(DirtySet), (set, page) => set | DirtySet.Of(page));
    }

    private Errno ResetRings(List<Rule> others, out ushort? count)
    {
        count = null;
        if (!_case.Tracking.HasRing)
        {
            others.Add(ProgramRules.RingAbsent);
            return Errno.EINVAL;
        }
        others.Add(ProgramRules.RingReset);
        count = (ushort)_harvested.Count;
        if (!_deleted)
            Protect(_harvested.Aggregate(default(DirtySet), (set, page) => set | DirtySet.Of(page)), others);
        _harvested.Clear();
        return Errno.None;
    }

    private (Errno, DirtySet?) ReadLog(List<Rule> others)
    {
        if (!_case.Tracking.HasBitmap)
        {
            others.Add(ProgramRules.RingWithoutLog);
            return (Errno.ENXIO, null);
        }
        if (!HasLog(others))
            return (Errno.ENOENT, null);
        var dirty = _dirty;
        if (dirty.Others)
            others.Add(ProgramRules.LogIsFull);
        others.Add(
            _case.Tracking.Manual ? ProgramRules.ReadKeepsLog
            : dirty.IsEmpty ? ProgramRules.WritableMarksDirty
            : ProgramRules.LogProtects
        );
        if (!_case.Tracking.Manual)
        {
            Protect(dirty, others);
            _dirty = default;
        }
        return (Errno.None, dirty);
    }

    private Errno ClearLog(LogRange range, List<Rule> others)
    {
        if (!_case.Tracking.HasBitmap)
        {
            others.Add(ProgramRules.RingWithoutLog);
            return Errno.ENXIO;
        }
        if (range == LogRange.Unaligned)
        {
            others.Add(ProgramRules.ClearUnaligned);
            return Errno.EINVAL;
        }
        if (!HasLog(others))
            return Errno.ENOENT;
        if (range is LogRange.Part or LogRange.Beyond)
        {
            others.Add(ProgramRules.ClearOutside);
            return Errno.EINVAL;
        }
        others.Add(ProgramRules.ClearProtects);
        Protect(_dirty & PagesOf(range), others);
        _dirty = _dirty.Except(PagesOf(range));
        return Errno.None;
    }

    private bool HasLog(List<Rule> others)
    {
        if (_pages[0].LogDirty && !_deleted)
            return true;
        others.Add(ProgramRules.NoLog);
        return false;
    }

    /// <summary>Whether KVM_CLEAR_DIRTY_LOG of a range clears a page's bit.</summary>
    public static bool Covers(LogRange range, SlotPage page) => PagesOf(range).Contains(page);

    private static DirtySet PagesOf(LogRange range) =>
        range switch
        {
            LogRange.First => DirtySet.Of(SlotPage.First),
            LogRange.Next => DirtySet.Of(SlotPage.Next),
            LogRange.Last => DirtySet.Of(SlotPage.Last),
            _ => DirtySet.All,
        };

    /// <summary>
    /// kvm_arch_mmu_enable_log_dirty_pt_masked(): protects pages that are cleared, and what is between them.
    /// </summary>
    private void Protect(DirtySet cleared, List<Rule> others)
    {
        foreach (var page in SlotPages.All)
            if (!_pages[0].NoSlot && InRange(page, cleared))
            {
                ref var protectedPage = ref _pages[(int)page];
                if (protectedPage.Leaf is { } leaf)
                    protectedPage.Leaf = leaf with { Write = false };
                protectedPage.Unspecified &= ~Unspecified.Writable;
                if (_case.Tracking is { InitiallySet: true, SplitsEagerly: true })
                    Split(ref protectedPage, others);
            }
    }

    /// <summary>
    /// Whether a page is between two of the same 64 that are cleared, or is one, or shares a block with one. Every 64
    /// pages have some that the program has no name for, and so has a block.
    /// </summary>
    private bool InRange(SlotPage page, DirtySet cleared) =>
        cleared.Spans(page, other => SameWord(other, page))
        || (
            _pages[(int)page].Leaf is { Block: true }
            && (cleared.Others || cleared.Pages.Any(other => other == page || SameBlock(other, page)))
        );

    /// <summary>A small slot has at most 64 pages, and of others the last one is in another word of the log.</summary>
    private bool SameWord(SlotPage a, SlotPage b) =>
        _case.Setting.Extent == Extent.Page || (a == SlotPage.Last) == (b == SlotPage.Last);
}
