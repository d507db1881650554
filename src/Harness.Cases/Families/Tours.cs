using Harness.Model;
using Harness.Model.Ownership;

namespace Harness.Cases.Families;

/// <summary>
/// Walks through the states of a page that take every transition, the refusals included, from every state up to a depth.
/// A VM costs more than an act, so that a walk goes on while there is something new within its reach.
/// </summary>
/// <param name="machine">Whose states.</param>
/// <param name="host">On what host.</param>
/// <param name="setting">The VM and the memory.</param>
/// <param name="acts">What may be done.</param>
internal sealed class Tours(Machine machine, HostFacts host, Setting setting, IReadOnlyList<Act> acts)
{
    private readonly Dictionary<PageState, Dictionary<Act, PageState>> _graph = [];
    private readonly HashSet<(PageState, Act)> _open = [];

    /// <summary>How many transitions there are.</summary>
    public int Transitions { get; private set; }

    /// <summary>The walks, each from the start.</summary>
    /// <param name="depth">From states that so many acts lead to, or fewer.</param>
    /// <param name="length">No walk is longer, but for one that can't be shorter.</param>
    public IReadOnlyList<ActList> Within(int depth, int length)
    {
        Explore(depth);
        Transitions = _open.Count;
        var walks = new List<ActList>();
        while (_open.Count > 0)
            walks.Add(Walk(length));
        return walks;
    }

    private void Explore(int depth)
    {
        var level = new List<PageState> { setting.Start };
        for (int d = 0; d <= depth && level.Count > 0; d++)
        {
            var next = new List<PageState>();
            foreach (var state in level.Where(s => !_graph.ContainsKey(s)))
            {
                _graph[state] = [];
                foreach (var act in acts)
                {
                    if (machine.Take(new Moment(host, setting, act, state)) is not { } step)
                        continue;
                    _graph[state][act] = step.After;
                    _open.Add((state, act));
                    next.Add(step.After);
                }
            }
            level = next;
        }
    }

    private ActList Walk(int length)
    {
        var walk = new List<Act>();
        var at = setting.Start;
        while (Nearest(at) is { } path && (walk.Count == 0 || walk.Count + path.Count <= length))
            foreach (var act in path)
            {
                walk.Add(act);
                _open.Remove((at, act));
                at = _graph[at][act];
            }
        return new ActList([.. walk]);
    }

    /// <summary>The shortest way to something new, by what leaves most open behind it; null where there is nothing new ahead.</summary>
    private List<Act>? Nearest(PageState from)
    {
        var seen = new Dictionary<PageState, (PageState Before, Act By)?> { [from] = null };
        var queue = new Queue<PageState>([from]);
        while (queue.TryDequeue(out var state))
        {
            if (!_graph.TryGetValue(state, out var edges))
                continue;
            Act[] fresh = [.. edges.Keys.Where(a => _open.Contains((state, a)))];
            if (fresh.Length > 0)
                return [.. WayTo(state, seen), fresh.MinBy(a => (Finality(state, a), a))];
            foreach (var (act, next) in edges.OrderBy(e => (Finality(state, e.Key), e.Key)))
                if (seen.TryAdd(next, (state, act)))
                    queue.Enqueue(next);
        }
        return null;
    }

    private static List<Act> WayTo(PageState state, Dictionary<PageState, (PageState Before, Act By)?> seen)
    {
        var way = new List<Act>();
        while (seen[state] is { } step)
        {
            way.Add(step.By);
            state = step.Before;
        }
        way.Reverse();
        return way;
    }

    /// <summary>How much an act takes away for good: what changes nothing comes first, and the VM's end last.</summary>
    private int Finality(PageState state, Act act)
    {
        var after = _graph[state][act];
        return after == state ? 0
            : after.Destroyed != state.Destroyed ? 5
            : after.GuestEnded != state.GuestEnded ? 4
            : after.FileClosed != state.FileClosed ? 3
            : after.Guest == Grip.Poisoned ? 2
            : 1;
    }
}
