using Harness.Model.Programs;

namespace Harness.Model.Rings;

/// <summary>A vCPU's ring and its slot's pages, act by act.</summary>
public sealed class RingState
{
    private const int Reserved = 64; // KVM_DIRTY_RING_RSVD_ENTRIES

    private readonly List<int> _entries = []; // which were not reset, the oldest first
    private readonly HashSet<int> _writable = [];
    private int _read; // of the entries
    private int _end;

    /// <summary>The page that the guest stores to next.</summary>
    public int Next { get; private set; }

    /// <summary>The guest was stopped in its stores.</summary>
    public bool IsStopped { get; private set; }

    private bool IsFull => _entries.Count >= RingCase.Entries - Reserved;

    /// <summary>Makes an act.</summary>
    public RingPrediction Take(RingAct act)
    {
        var part = new RingPart(act.Name);
        switch (act.Verb)
        {
            case RingVerb.Rewind:
                (Next, IsStopped) = (0, false);
                return new(part, [RingStatement.Continues]);
            case RingVerb.Read:
                var fresh = _entries[_read..];
                _read = _entries.Count;
                return new(part with { Read = RingPart.Ranges(fresh) }, [ProgramRules.RingRead]);
            case RingVerb.Reset:
                int count = _read;
                foreach (int page in _entries[..count])
                    _writable.Remove(page);
                _entries.RemoveRange(0, count);
                _read = 0;
                return new(part with { Reset = count }, [ProgramRules.RingReset]);
            case RingVerb.Store:
                _end = Next + act.Count;
                return Run(part, [ProgramRules.RingEntry]);
            default:
                return Run(part, IsStopped ? [RingStatement.Goes] : []);
        }
    }

    private RingPrediction Run(RingPart part, List<Rule> path)
    {
        bool wasFull = IsFull;
        while (!IsFull && Next < _end)
        {
            if (_writable.Add(Next))
            {
                _entries.Add(Next);
                if (IsFull) // the store itself is not made yet
                    break;
            }
            else if (!path.Contains(RingStatement.Continues))
                path.Add(RingStatement.Continues);
            Next++;
        }
        IsStopped = IsFull;
        if (IsFull)
            path.Add(wasFull ? RingStatement.Stays : RingStatement.Full);
        return new(part with { Next = Next, Full = IsFull }, path);
    }
}
