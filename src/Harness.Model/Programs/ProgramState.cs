namespace Harness.Model.Programs;

/// <summary>
/// A program under a policy, step by step: the state of each page, and what is dirty. What a prediction leaves open is
/// settled by what was read after the step, so that the next one is predicted for the pages as they are.
/// </summary>
public sealed class ProgramState
{
    private Policy _policy;
    private readonly ProgramCase _case;
    private readonly Situation[] _pages;
    private readonly ushort?[] _words = new ushort?[SlotPages.All.Count];
    private readonly List<(int Vcpu, SlotPage Page)> _rings = [];
    private readonly List<SlotPage> _harvested = [];
    private readonly DirtySet[] _dirty = new DirtySet[2];
    private readonly bool[] _deleted = new bool[2];
    private HostMemory _memory;
    private int _step;

    /// <summary>What the last step made dirty only if its leaf is writable, which is open until it was read.</summary>
    private (SlotPage Of, int? Ring, DirtySet Log)? _ifWritable;

    private ProgramState(ProgramState other)
    {
        (_policy, _case, _step) = (other._policy, other._case, other._step);
        _pages = [.. other._pages];
        _words = [.. other._words];
        _dirty = [.. other._dirty];
        _deleted = [.. other._deleted];
        _memory = other._memory.Copy();
        _rings = [.. other._rings];
        _harvested = [.. other._harvested];
        _ifWritable = other._ifWritable;
    }

    /// <param name="policy">The policy.</param>
    /// <param name="host">The host's facts.</param>
    /// <param name="case">The program; its setting is used, and steps are given one by one.</param>
    public ProgramState(Policy policy, HostFacts host, ProgramCase @case)
    {
        _policy = policy;
        _case = @case;
        _memory = new HostMemory(@case.Setting);
        _pages = [.. SlotPages.Of(@case).Select(p => Policy.Registered(host, SettingOf(p), @case.Tracking))];
        foreach (var page in SlotPages.All)
            _words[(int)page] =
                @case.Setting.Restored ? ProgramCase.FirstWord(page)
                : @case.Backing.Driver ? null
                : (ushort)0;
        _dirty[0] = NewLog(_pages[0]);
        if (@case.Second != SecondSlot.None)
            _dirty[1] = NewLog(FirstOf(alias: true));
    }

    private ref Situation FirstOf(bool alias) => ref _pages[(int)SlotPage.First.In(alias)];

    /// <summary>What is dirty in a log that begins now.</summary>
    private DirtySet NewLog(in Situation page) => page.LogDirty && _case.Tracking.InitiallySet ? DirtySet.All : default;

    /// <summary>The setting as it is for one page: a block may fit there or not.</summary>
    private AccessCase SettingOf(SlotPage page) =>
        (page.IsAlias() ? _case.SecondSetting! : _case.Setting) with
        {
            Extent = _case.Setting.Extent switch
            {
                Extent.OddSize => page == SlotPage.Last ? Extent.Page : Extent.Block,
                Extent.OddStart => page == SlotPage.Last ? Extent.Block : Extent.Page,
                Extent.LargeMisaligned or Extent.MisalignedEnd => Extent.Misaligned,
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
        _ifWritable = null;
        var predicted = step switch
        {
            AtOnce { First: SlotChange } both => MakeBeside(both),
            AtOnce both => MakeBoth(both),
            _ => Make(step),
        };
        if (step is AtOnce)
            _ifWritable = null;
        _step++;
        return predicted;
    }

    /// <summary>
    /// Two accesses at the same time: as if one was made after the other, in either order. A vCPU that finds what it
    /// was about to map there already goes back to the guest (-EAGAIN), and faults once more if it must.
    /// </summary>
    private StepPrediction MakeBoth(AtOnce both)
    {
        var (one, two) = (InOrder(both.First, both.Second), InOrder(both.Second, both.First));
        ProgramState[] ends = [.. one.Concat(two).Select(e => e.State)];
        ends[0]._pages.CopyTo(_pages, 0);
        ends[0]._words.CopyTo(_words, 0);
        ends[0]._dirty.CopyTo(_dirty, 0);
        _memory = ends[0]._memory;
        foreach (var end in ends[1..])
            Merge(end);
        StepPrediction[] first = [.. one.Select(e => e.Earlier), .. two.Select(e => e.Later)];
        StepPrediction[] second = [.. one.Select(e => e.Later), .. two.Select(e => e.Earlier)];
        var (word, orWord) = Words(first);
        var (otherWord, orOtherWord) = Words(second);
        return first[0] with
        {
            Step = both,
            Word = word,
            OrWord = orWord,
            Other = second[0].Access,
            OtherWord = otherWord,
            OrOtherWord = orOtherWord,
            Left = [.. _pages.Select(Left)],
            Path = [.. first.Concat(second).SelectMany(p => p.Path).Distinct()],
        };
    }

    /// <summary>Two accesses in one order: several ends if the first leaves open whether its page is mapped.</summary>
    private List<(ProgramState State, StepPrediction Earlier, StepPrediction Later)> InOrder(
        ProgramStep first,
        ProgramStep second
    )
    {
        var state = Copy();
        var earlier = state.Make(first);
        List<ProgramState> states = [state];
        int at = (int)second.Accesses[0].Page;
        if ((state._pages[at].Unspecified & Unspecified.Absent) != 0)
        {
            var absent = state.Copy();
            (absent._pages[at].Leaf, absent._pages[at].Unspecified) = (null, Unspecified.None);
            state._pages[at].Unspecified &= ~Unspecified.Absent;
            states.Add(absent);
        }
        return [.. states.Select(s => (s, earlier, s.Make(second)))];
    }

    /// <summary>The words that a load may return: none if they are open, else one or two.</summary>
    private static (ushort? Word, ushort? Or) Words(IEnumerable<StepPrediction> ends) =>
        ends.Select(e => e.Word).Distinct().ToArray() switch
        {
            [{ } one] => (one, null),
            [{ } one, { } two] => (one, two),
            _ => (null, null),
        };

    /// <summary>What either of two ends leaves.</summary>
    private void Merge(ProgramState other)
    {
        for (int i = 0; i < _pages.Length; i++)
        {
            ref var page = ref _pages[i];
            var (mine, its) = (page.Leaf, other._pages[i].Leaf);
            if (mine == its && page.Unspecified == other._pages[i].Unspecified)
                continue;
            page.Leaf ??= its;
            page.Unspecified |=
                other._pages[i].Unspecified
                | (mine is null || its is null ? Unspecified.Absent : Unspecified.None)
                | (mine?.Write != its?.Write ? Unspecified.Writable : Unspecified.None)
                | (mine?.Execute != its?.Execute ? Unspecified.Executable : Unspecified.None)
                | (mine?.Block != its?.Block ? Unspecified.Size : Unspecified.None);
            page.CopiedOnWrite |= other._pages[i].CopiedOnWrite;
        }
        for (int i = 0; i < _words.Length; i++)
            _words[i] = _words[i] == other._words[i] ? _words[i] : null;
    }

    /// <summary>
    /// A change of one slot while the guest repeats an access by the other: the access is made before it and after it.
    /// </summary>
    private StepPrediction MakeBeside(AtOnce both)
    {
        var before = Make(both.Second);
        var change = Make(both.First);
        var after = before.Access is { Kind: OutcomeKind.Mapped } ? Make(both.Second) : before;
        return change with
        {
            Step = both,
            Other = after.Access,
            OtherWord = after.Word,
            Left = [.. _pages.Select(Left)],
            Path = [.. before.Path.Union(change.Path).Union(after.Path)],
        };
    }

    private StepPrediction Make(ProgramStep step)
    {
        RuleSet path = default;
        List<Rule> others = [];
        Outcome? access = null;
        var errno = Errno.None;
        ushort? word = null,
            orWord = null;
        IReadOnlyList<SlotPage>? dirty = null;
        bool beside = false;
        switch (step)
        {
            case SlotAccess a:
                orWord = _memory.MayBeTaken(a.Page) ? (ushort)0 : null;
                access = Make(a, ref path, others, out word);
                break;
            case SlotChange change:
                errno = Make(change.Change, change.Alias, ref path, others);
                break;
            case HostStep host:
                errno = _memory.Make(host, _pages, _words, others);
                if (host.Act == HostAct.Lock)
                    Populate(ref path);
                break;
            case DirtyLogRead:
                (errno, var log) = ReadLog(step.Alias, others);
                dirty = log?.Pages.Select(page => page.In(step.Alias)).ToArray();
                beside = log is { Others: true };
                break;
            case DirtyLogClear clear:
                errno = ClearLog(clear.Range, clear.Alias, others);
                break;
            case DirtyRingRead:
                dirty = ReadRing(step.Vcpu, others);
                break;
            case DirtyRingReset:
                errno = ResetRings(others, out word);
                break;
        }
        return new StepPrediction(
            step,
            access,
            errno,
            word,
            [.. _pages.Select(Left)],
            dirty,
            beside,
            [.. _policy.RulesOf(path), .. others]
        )
        {
            OrWord = word is null or 0 ? null : orWord,
        };
    }

    /// <summary>Settles what the last step left open.</summary>
    /// <param name="left">What maps each page now; null if it was not read.</param>
    public void See(IReadOnlyList<Outcome?> left)
    {
        for (int i = 0; i < Math.Min(_pages.Length, left.Count); i++)
        {
            if (left[i] is not { } seen || !Left(_pages[i]).Allows(seen))
                continue;
            _pages[i].Leaf = seen.Kind == OutcomeKind.Mapped ? seen.Leaf : null;
            _pages[i].Unspecified = Unspecified.None;
        }
        if (_ifWritable is var (of, ring, log) && _pages[(int)of].Leaf is { Write: false })
        {
            if (ring is { } entry)
                _rings.RemoveAt(entry);
            _dirty[SlotOf(of)] = _dirty[SlotOf(of)].Except(log);
        }
        _ifWritable = null;
    }

    private static Outcome Left(Situation page) =>
        page.Leaf is { } leaf ? Outcome.Mapped(leaf, page.Unspecified & OfLeaf) : Outcome.Unmapped;

    private const Unspecified OfLeaf =
        Unspecified.Writable | Unspecified.Executable | Unspecified.Size | Unspecified.Absent;

    private Outcome Make(SlotAccess access, ref RuleSet path, List<Rule> others, out ushort? word)
    {
        ref var page = ref _pages[(int)access.Page];
        int at = (int)access.Page.In(alias: false);
        var found = page;
        var (before, copied) = (page.Leaf, page.CopiedOnWrite);
        bool serves = page.Leaf is null && _memory.Serves(access.Page);
        page.CopiedOnWrite |= serves && page.Private;
        var outcome = _policy.Make(ref page, access.Access, ref path);
        if (outcome.Kind == OutcomeKind.Mapped && _memory.IsPoisoned(access.Page))
        {
            (page, path) = (found, default);
            others.Add(HostRules.PoisonReported);
            outcome = Outcome.RunFails(Errno.EHWPOISON);
        }
        bool mapped = outcome.Kind == OutcomeKind.Mapped;
        if (serves && !mapped)
            page.CopiedOnWrite = copied;
        if (page.CopiedOnWrite != copied)
            Copied(access.Page, others);
        if (mapped && !path.IsEmpty && _memory.WasInSwap(access.Page))
            SwappedIn(ref page, access.Access, others);
        if (mapped)
            _memory.Reached(access.Page, access.Access.Stores(), page.Leaf is { Write: true });
        if (mapped && serves)
        {
            _words[at] = ProgramCase.ServedWord;
            others.Add(HostRules.Served);
        }
        if (mapped && access.Access.Stores())
            _words[at] = access.Access == Model.Access.Write ? ProgramCase.Word(_step) : null;
        word = mapped && access.Access == Model.Access.Read ? _words[at] : null;
        if (!path.IsEmpty && mapped && page.Writable && page.LogDirty)
        {
            if ((page.Unspecified & Unspecified.Writable) != 0)
                _ifWritable = _case.Tracking.HasRing
                    ? (access.Page, _rings.Count, default)
                    : (access.Page, null, DirtySet.Of(access.Page).Except(_dirty[SlotOf(access.Page)]));
            if (_case.Tracking.HasRing)
                _rings.Add(
                    (access.Vcpu, page.Leaf is { Block: true } ? SlotPage.First.In(access.Page.IsAlias()) : access.Page)
                );
            else
                _dirty[SlotOf(access.Page)] |= DirtySet.Of(access.Page);
            others.Add(_case.Tracking.HasRing ? ProgramRules.RingEntry : ProgramRules.WritableMarksDirty);
        }
        if (mapped && !path.IsEmpty)
            Share(access.Page, before, others);
        return outcome;
    }

    private void SwappedIn(ref Situation page, Access access, List<Rule> others)
    {
        others.Add(HostRules.SwapsIn);
        if (_policy.Memory.SwapsInWritable || access.Stores() || page.Leaf is not { } leaf)
            return;
        (page.Leaf, page.Writable) = (leaf with { Write = false }, false);
        others.Add(HostRules.SwapsInReadOnly);
    }

    private static int SlotOf(SlotPage page) => page.IsAlias() ? 1 : 0;

    /// <summary>
    /// What becomes of a page that is copied for the guest's store by the other slot: the same as if the process
    /// stored.
    /// </summary>
    private Effect? Copies => _policy.AllRules.FirstOrDefault(r => r.Name == "store-copies")?.Effect;

    /// <summary>The process has another page now: no slot over it has the old one.</summary>
    private void Copied(SlotPage of, List<Rule> others)
    {
        if (_case.Second == SecondSlot.None)
            return;
        var mate = of.In(!of.IsAlias());
        ref var other = ref _pages[(int)mate];
        var before = other.Leaf;
        other.TableStays = OthersKeepTable(mate);
        if (!other.Backing.PrivateCopied && Copies is Effect.Continue copies)
            copies.Change(ref other);
        other.CopiedOnWrite = true;
        if (other.Leaf is null)
            other.Unspecified = Unspecified.None;
        if (other.Leaf != before)
            others.Add(ProgramRules.CopyUnmaps);
    }

    /// <summary>A new leaf of one page changes the others where it is a block, or took a block's place.</summary>
    private void Share(SlotPage of, Leaf? before, List<Rule> others)
    {
        var page = _pages[(int)of];
        bool block = page.Leaf is { Block: true } || (page.Unspecified & Unspecified.Size) != 0;
        if (!block && before is not { Block: true })
            return;
        foreach (var other in SlotPages.OfSlot(of.IsAlias()))
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
            Extent.OddSize or Extent.OddStart => !IsLast(a) && !IsLast(b),
            _ => false,
        };

    private static bool IsLast(SlotPage page) => page.In(alias: false) == SlotPage.Last;

    /// <summary>Writable private memory gets pages of its own, as if the process stored to each.</summary>
    private void Populate(ref RuleSet path)
    {
        var store = new LiveChange(ChangeKind.Store);
        foreach (var of in SlotPages.Of(_case))
        {
            ref var page = ref _pages[(int)of];
            if (!page.VmaWritable)
                continue;
            page.TableStays = OthersKeepTable(of);
            page.Case = SettingOf(of) with { Change = store, Slot = page.Slot };
            path |= _policy.Change(store, ref page).Path;
        }
    }

    private Errno Make(LiveChange change, bool alias, ref RuleSet path, List<Rule> others)
    {
        var errno = Errno.None;
        // What the process stores is only where the guest reads it if both see it through the caches.
        bool seen = SlotPages.Of(_case).All(p => p.In(alias: false) != SlotPage.First || ThroughCaches(_pages[(int)p]));
        foreach (var of in change.OfSlot ? SlotPages.OfSlot(alias) : SlotPages.Of(_case))
        {
            var same = of.In(alias: false);
            if (change.Kind == ChangeKind.Store && same != SlotPage.First)
                continue;
            ref var page = ref _pages[(int)of];
            page.TableStays = OthersKeepTable(of);
            page.Case = SettingOf(of) with { Change = change, Slot = page.Slot };
            (errno, RuleSet fired) = _policy.Change(change, ref page);
            path |= fired;
            if (change.Kind == ChangeKind.Store)
                _words[(int)same] = seen ? (ushort)0 : null;
            else if (change.Kind is ChangeKind.Replace or ChangeKind.PunchHole)
                _words[(int)same] = null;
            if (change.Kind == ChangeKind.Store)
                _memory.Reached(of, stores: true, dirties: true);
            if (change.Kind == ChangeKind.Replace)
            {
                _memory.Replaced();
                page.Missing = false;
            }
        }
        int slot = alias ? 1 : 0;
        if (errno == Errno.None && EndsLog(change.Kind))
            _dirty[slot] = NewLog(FirstOf(alias));
        if (errno == Errno.None && change.Kind is ChangeKind.LogOn or ChangeKind.LogOnOff)
            SplitAll(alias, others);
        _deleted[slot] |=
            change.Kind == ChangeKind.DeleteSlot || (change.Kind == ChangeKind.RecreateSlot && errno != Errno.None);
        return errno;
    }

    private static bool ThroughCaches(in Situation page) =>
        page.Leaf is not { } leaf || (page.Host.Fwb && leaf.Type == MemoryType.NormalWriteBack);

    /// <summary>
    /// The table of a page stays where another leaf is in it: a small slot has one table, and so has the part of a slot
    /// in which no block fits. No page is mapped that no step accessed.
    /// </summary>
    private bool OthersKeepTable(SlotPage page) =>
        SlotPages
            .OfSlot(page.IsAlias())
            .Any(other => other != page && SameTable(page, other) && _pages[(int)other].Leaf is not null);

    private bool SameTable(SlotPage a, SlotPage b) =>
        _case.Setting.Extent == Extent.Page || (_case.Setting.Extent == Extent.OddStart && !IsLast(a) && !IsLast(b));

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
    private void SplitAll(bool alias, List<Rule> others)
    {
        if (_case.Tracking.InitiallySet || !_case.Tracking.SplitsEagerly)
            return;
        foreach (var page in SlotPages.OfSlot(alias))
            Split(ref _pages[(int)page], others);
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

    private SlotPage[] ReadRing(int vcpu, List<Rule> others)
    {
        others.Add(ProgramRules.RingRead);
        SlotPage[] entries = [.. _rings.Where(entry => entry.Vcpu == vcpu).Select(entry => entry.Page)];
        _harvested.AddRange(entries);
        _rings.RemoveAll(entry => entry.Vcpu == vcpu);
        return [.. entries.Distinct().Order()];
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
        foreach (bool alias in (bool[])[false, true])
            if (!_deleted[alias ? 1 : 0])
                Protect(
                    alias,
                    _harvested
                        .Where(page => page.IsAlias() == alias)
                        .Aggregate(default(DirtySet), (set, page) => set | DirtySet.Of(page)),
                    others
                );
        _harvested.Clear();
        return Errno.None;
    }

    private (Errno, DirtySet?) ReadLog(bool alias, List<Rule> others)
    {
        if (!_case.Tracking.HasBitmap)
        {
            others.Add(ProgramRules.RingWithoutLog);
            return (Errno.ENXIO, null);
        }
        if (!HasLog(alias, others))
            return (Errno.ENOENT, null);
        var dirty = _dirty[alias ? 1 : 0];
        if (dirty.Others)
            others.Add(ProgramRules.LogIsFull);
        others.Add(
            _case.Tracking.Manual ? ProgramRules.ReadKeepsLog
            : dirty.IsEmpty ? ProgramRules.WritableMarksDirty
            : ProgramRules.LogProtects
        );
        if (!_case.Tracking.Manual)
        {
            Protect(alias, dirty, others);
            _dirty[alias ? 1 : 0] = default;
        }
        return (Errno.None, dirty);
    }

    private Errno ClearLog(LogRange range, bool alias, List<Rule> others)
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
        if (!HasLog(alias, others))
            return Errno.ENOENT;
        if (range is LogRange.Part or LogRange.Beyond)
        {
            others.Add(ProgramRules.ClearOutside);
            return Errno.EINVAL;
        }
        others.Add(ProgramRules.ClearProtects);
        ref var dirty = ref _dirty[alias ? 1 : 0];
        Protect(alias, dirty & PagesOf(range), others);
        dirty = dirty.Except(PagesOf(range));
        return Errno.None;
    }

    private bool HasLog(bool alias, List<Rule> others)
    {
        if (FirstOf(alias).LogDirty && !_deleted[alias ? 1 : 0])
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
    private void Protect(bool alias, DirtySet cleared, List<Rule> others)
    {
        foreach (var page in SlotPages.OfSlot(alias))
            if (!cleared.IsEmpty && !FirstOf(alias).NoSlot && InRange(page, cleared))
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
        cleared.Spans(page, other => SameWord(other, page.In(alias: false)))
        || (
            _pages[(int)page].Leaf is { Block: true }
            && (cleared.Others || cleared.Contains(page) || cleared.Pages.Any(other => SameBlock(other, page)))
        );

    /// <summary>A small slot has at most 64 pages, and of others the last one is in another word of the log.</summary>
    private bool SameWord(SlotPage a, SlotPage b) =>
        _case.Setting.Extent == Extent.Page || (a == SlotPage.Last) == (b == SlotPage.Last);
}
