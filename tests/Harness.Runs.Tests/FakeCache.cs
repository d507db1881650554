using Harness.Model;
using Harness.Model.Caches;

namespace Harness.Runs.Tests;

/// <summary>
/// A machine with a cache: one line, which it evicts, writes back and fetches when its dice say so; and an instruction
/// cache. It knows no sets of words. What it doesn't do of what it should is given.
/// </summary>
internal sealed class FakeCache(HostFacts host, CacheCase @case, Random dice)
{
    private readonly int _restless = dice.Next(1, 5);
    private uint _memory = CacheCase.OldWord;
    private uint? _line;
    private bool _dirty;
    private uint? _instruction;
    private bool _mapped;
    private bool _executable;

    public bool CleansAtFault { get; init; } = true;

    public bool CleansAtUnmap { get; init; } = true;

    public bool InvalidateCleans { get; init; } = true;

    public bool InvalidatesInstructions { get; init; } = true;

    /// <summary>Exclusives past the caches fault.</summary>
    public bool RefusesExclusives { get; init; }

    private bool HostCaches => @case.Backing.Cacheable;

    /// <summary>Does an act: the word that it returns, or null.</summary>
    /// <param name="act">The act.</param>
    /// <param name="leaf">The leaf that the page has after it.</param>
    /// <param name="refused">An exclusive was refused.</param>
    public uint? Do(CacheAct act, Leaf leaf, out bool refused)
    {
        refused = false;
        Wander();
        if (act.ByGuest())
            Map(leaf);
        Wander();
        bool cached = act.ByGuest()
            ? Combination.Of(OwnType(act), leaf.Type, host.Fwb) == EffectiveType.NormalWriteBack
            : HostCaches;
        switch (act)
        {
            case CacheAct.HostStore:
                Store(CacheCase.NewWord, cached);
                return null;
            case CacheAct.GuestStore:
                Store(CacheCase.GuestWord, cached);
                return null;
            case CacheAct.HostLoad or CacheAct.GuestLoad:
                return Load(cached);
            case CacheAct.GuestExecute:
                return _instruction ?? Find(cached);
            case CacheAct.GuestAtomic or CacheAct.GuestExclusive when !cached && RefusesExclusives:
                refused = true;
                return null;
            case CacheAct.GuestAtomic:
                uint found = Load(cached);
                Store(found, cached);
                return found;
            case CacheAct.GuestExclusive:
                uint before = Load(cached);
                Store(CacheCase.GuestWord, cached);
                return before;
            case CacheAct.HostClean or CacheAct.GuestClean:
                WriteBack();
                return null;
            case CacheAct.GuestInvalidate when !InvalidateCleans:
                Drop();
                return null;
            case CacheAct.RecreateSlot:
                if (!host.Fwb && CleansAtUnmap && _mapped)
                    Flush();
                _mapped = _executable = false;
                return null;
            default:
                Flush();
                return null;
        }
    }

    private EffectiveType OwnType(CacheAct act) =>
        act == CacheAct.GuestExecute ? EffectiveType.NormalNonCacheable : @case.StageOne;

    private void Map(Leaf leaf)
    {
        if (!_mapped && !host.Fwb && CleansAtFault && leaf.Type == MemoryType.NormalWriteBack)
            Flush();
        if (leaf.Execute && !_executable && InvalidatesInstructions)
            _instruction = null;
        _mapped = true;
        _executable = leaf.Execute;
    }

    private uint Find(bool cached) => cached && _line is { } word ? word : _memory;

    private uint Load(bool cached)
    {
        uint word = Find(cached);
        if (cached)
            _line = word;
        return word;
    }

    private void Store(uint word, bool cached)
    {
        if (cached)
            (_line, _dirty) = (word, true);
        else
            _memory = word;
    }

    private void WriteBack()
    {
        if (_dirty)
            _memory = _line!.Value;
        _dirty = false;
    }

    private void Drop() => (_line, _dirty) = (null, false);

    private void Flush()
    {
        WriteBack();
        Drop();
    }

    /// <summary>What a cache does by itself.</summary>
    private void Wander()
    {
        for (int i = dice.Next(_restless); i > 0; i--)
            switch (dice.Next(5))
            {
                case 0:
                    WriteBack();
                    break;
                case 1:
                    Flush();
                    break;
                case 2 when HostCaches || @case.Backing.Memory != KernelMap.Unknown:
                    _line ??= _memory;
                    break;
                case 3 when _executable && !host.Dic:
                    _instruction ??= Find(host.Fwb);
                    break;
                case 4:
                    _instruction = null;
                    break;
            }
    }
}
