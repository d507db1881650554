using Harness.Model.Outcomes;
using Harness.Model.Programs;

namespace Harness.Model.Caches;

/// <summary>
/// What KVM and the architecture do to lines; each is so everywhere, and tests try what shows without it.
/// </summary>
public sealed record LineCare
{
    public static LineCare Usual { get; } = new();

    public bool CleansAtFault { get; init; } = true;

    public bool CleansAtUnmap { get; init; } = true;

    public bool InvalidateCleans { get; init; } = true;

    public bool InvalidatesInstructions { get; init; } = true;
}

/// <summary>A case about caches under a policy, act by act.</summary>
public sealed class CacheState
{
    private readonly HostFacts _host;
    private readonly CacheCase _case;
    private readonly LineCare _care;
    private readonly ProgramState _stage2;
    private readonly CacheLine _line;
    private readonly SlotPage _page;
    private Leaf? _leaf;

    /// <summary>The guest's loads and stores go through the caches; null before the first.</summary>
    private bool? _guestCacheable;

    private CacheWords _last = CacheWords.Old;

    /// <summary>What brought the last stored word to where every observer finds it; null if nothing did.</summary>
    private Rule? _settled = CacheRules.Maintained;

    /// <summary>Instruction caches hold nothing from before the last store.</summary>
    private bool _invalidated;

    /// <param name="policy">Decides the leaf.</param>
    /// <param name="host">The host's facts.</param>
    /// <param name="case">The case.</param>
    /// <param name="care">What is done to lines.</param>
    public CacheState(Policy policy, HostFacts host, CacheCase @case, LineCare care)
    {
        (_host, _case, _care) = (host, @case, care);
        _page = PageOf(@case.Setting.Extent);
        // The process has stored the word "old".
        _stage2 = new ProgramState(policy, host, new ProgramCase(@case.Setting with { Restored = true }, default));
        _line = new CacheLine(
            @case.Backing.Memory != KernelMap.Unknown || @case.Backing.Cacheable,
            coherentInstructions: host.Dic
        );
    }

    /// <summary>The page with the word: the last of a block, so that a block must be cleaned as a whole.</summary>
    public static SlotPage PageOf(Extent extent) => extent == Extent.Page ? SlotPage.First : SlotPage.Last;

    /// <summary>Makes an act.</summary>
    public CacheActPrediction Take(CacheAct act) =>
        act.ByGuest() ? OfGuest(act)
        : act == CacheAct.RecreateSlot ? Recreate()
        : OfHost(act);

    private CacheActPrediction OfHost(CacheAct act)
    {
        bool cacheable = _case.Backing.Cacheable;
        var words = CacheWords.None;
        switch (act)
        {
            case CacheAct.HostStore:
                _line.Store(CacheWords.New, cacheable);
                Stored(CacheWords.New);
                break;
            case CacheAct.HostLoad:
                words = _line.Load(cacheable);
                break;
            case CacheAct.HostClean:
                _line.Clean();
                _settled = CacheRules.Maintained;
                break;
            default:
                _line.CleanInvalidate();
                _settled = CacheRules.Maintained;
                break;
        }
        return new CacheActPrediction(
            act,
            new CachePart(CacheText.Acts.Of(act), null, Errno.None, words),
            _last,
            [],
            words == CacheWords.None ? null : OfLoad(words)
        );
    }

    private CacheActPrediction Recreate()
    {
        var step = _stage2.Take(new SlotChange(new LiveChange(ChangeKind.RecreateSlot)));
        if (!_host.Fwb && _care.CleansAtUnmap && _leaf is { Type: MemoryType.NormalWriteBack })
        {
            _line.CleanInvalidate();
            _settled = CacheRules.CleanedAtUnmap;
        }
        Set(null);
        return new CacheActPrediction(
            CacheAct.RecreateSlot,
            new CachePart(CacheText.Acts.Of(CacheAct.RecreateSlot), null, step.Errno, CacheWords.None),
            _last,
            step.Path,
            null
        );
    }

    private CacheActPrediction OfGuest(CacheAct act)
    {
        var step = _stage2.Take(new SlotAccess(act.Access(), _page));
        var end = step.Access!.Value;
        var last = _last;
        var words = CacheWords.None;
        if (end.Kind == OutcomeKind.Mapped)
        {
            end = step.Left[(int)_page];
            if (step.Path.Count > 0)
                Map(end.Leaf);
            words = Do(act, IsCacheable(act, end.Leaf));
        }
        return new CacheActPrediction(
            act,
            new CachePart(CacheText.Acts.Of(act), end, Errno.None, words),
            last,
            step.Path,
            words == CacheWords.None ? null
                : (words & CacheWords.Refused) != 0 ? CacheRules.ExclusivesOpen
                : act == CacheAct.GuestExecute ? OfFetch(words)
                : OfLoad(words)
        );
    }

    /// <summary>What KVM does before it writes a leaf, at a fault.</summary>
    private void Map(Leaf leaf)
    {
        if (!_host.Fwb && _care.CleansAtFault && _leaf is null && leaf.Type == MemoryType.NormalWriteBack)
        {
            _line.CleanInvalidate();
            _settled = CacheRules.CleanedAtFault;
        }
        if (!_host.Dic && _care.InvalidatesInstructions && leaf.Execute && _leaf is not { Execute: true })
        {
            _line.InvalidateInstructions();
            _invalidated = true;
        }
        Set(leaf);
    }

    private void Set(Leaf? leaf)
    {
        _leaf = leaf;
        if (leaf is { } mapped)
            _guestCacheable = IsCacheable(CacheAct.GuestLoad, mapped);
        _line.Fetches(leaf is { Execute: true } l ? IsCacheable(CacheAct.GuestExecute, l) : null);
    }

    /// <summary>
    /// An access with the MMU off is Device; an instruction fetch then is non-cacheable, as SCTLR_EL1.I is 0 (Arm ARM,
    /// "Behavior of instruction fetches when all associated stages of translation are disabled").
    /// </summary>
    private bool IsCacheable(CacheAct act, Leaf leaf)
    {
        var own =
            act == CacheAct.GuestExecute && _case.StageOne == Combination.MmuOff
                ? EffectiveType.NormalNonCacheable
                : _case.StageOne;
        return Combination.Of(own, leaf.Type, _host.Fwb) == EffectiveType.NormalWriteBack;
    }

    private CacheWords Do(CacheAct act, bool cacheable)
    {
        switch (act)
        {
            case CacheAct.GuestLoad:
                return _line.Load(cacheable);
            case CacheAct.GuestExecute:
                return _line.Fetch(cacheable);
            case CacheAct.GuestStore:
                _line.Store(CacheWords.Guest, cacheable);
                Stored(CacheWords.Guest);
                return CacheWords.None;
            case CacheAct.GuestAtomic:
                var found = _line.Load(cacheable);
                _line.StoreBack(cacheable);
                return cacheable ? found : found | CacheWords.Refused;
            case CacheAct.GuestExclusive:
                var read = _line.Load(cacheable);
                _line.Store(CacheWords.Guest, cacheable, maybe: !cacheable);
                Stored(CacheWords.Guest);
                return cacheable ? read : read | CacheWords.Refused;
            default:
                Maintain(act);
                return CacheWords.None;
        }
    }

    private void Maintain(CacheAct act)
    {
        _settled = act == CacheAct.GuestInvalidate ? CacheRules.InvalidateCleans : CacheRules.Maintained;
        if (act == CacheAct.GuestClean)
            _line.Clean();
        else if (act == CacheAct.GuestInvalidate && !_care.InvalidateCleans)
            _line.Invalidate();
        else
            _line.CleanInvalidate();
    }

    private void Stored(CacheWords word) => (_last, _settled, _invalidated) = (word, null, false);

    private Rule OfLoad(CacheWords words)
    {
        bool guest = _guestCacheable ?? _case.Backing.Cacheable;
        return !IsOne(words) ? CacheRules.Mismatched
            : guest != _case.Backing.Cacheable ? _settled ?? CacheRules.Mismatched
            : guest && _host.Fwb && _case.StageOne != EffectiveType.NormalWriteBack ? CacheRules.Forced
            : CacheRules.OneType;
    }

    private Rule OfFetch(CacheWords words) =>
        (_host.Dic, IsOne(words), _invalidated) switch
        {
            (true, true, _) => CacheRules.InstructionsCoherent,
            (false, true, _) => CacheRules.InstructionsInvalidated,
            (false, false, false) => CacheRules.InstructionsStale,
            _ => CacheRules.Mismatched,
        };

    private static bool IsOne(CacheWords words) => (words & (words - 1)) == 0;
}
