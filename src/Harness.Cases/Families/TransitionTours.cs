using Harness.Model;
using Harness.Model.Ownership;

namespace Harness.Cases.Families;

/// <summary>
/// Walks through the states of a page that take every transition, including refusals, from every state up to a depth. A
/// VM costs more than an operation, so a walk continues while there is an untaken transition within reach.
/// </summary>
/// <param name="machine">The machine.</param>
/// <param name="host">The host.</param>
/// <param name="setting">The VM and the memory.</param>
/// <param name="operations">The possible operations.</param>
internal sealed class TransitionTours(
    Machine machine,
    HostFacts host,
    Scenario setting,
    IReadOnlyList<Operation> operations
)
{
    private readonly List<PageState> _states = [];

    /// <summary>The states' numbers, the start state first: searching by number is faster than by state.</summary>
    private readonly Dictionary<PageState, int> _numbers = [];

    /// <summary>The transitions of each state, the least destructive first; empty if the state is too deep.</summary>
    private readonly List<Edge[]> _edges = [];

    private int _open;

    /// <summary>The number of transitions.</summary>
    public int Transitions { get; private set; }

    /// <summary>The walks, each from the start.</summary>
    /// <param name="depth">Covers the states within this many operations.</param>
    /// <param name="length">The maximum length of a walk, except for one that can't be shorter.</param>
    public IReadOnlyList<OperationList> Within(int depth, int length)
    {
        Explore(depth);
        Transitions = _open;
        var walks = new List<OperationList>();
        while (_open > 0)
            walks.Add(Walk(length));
        return walks;
    }

    private void Explore(int depth)
    {
        int known = 0;
        Number(setting.Start);
        for (int d = 0; d <= depth; d++)
        {
            int end = _states.Count;
            for (; known < end; known++)
            {
                var state = _states[known];
                var steps = operations
                    .Select(a => machine.Take(new TransitionContext(host, setting, a, state)))
                    .OfType<Step>();
                Edge[] edges =
                [
                    .. steps
                        .OrderBy(s => (Finality(state, s.After), s.Operation))
                        .Select(s => new Edge(s.Operation, Number(s.After))),
                ];
                _edges[known] = edges;
                _open += edges.Length;
            }
        }
    }

    private int Number(PageState state)
    {
        if (_numbers.TryGetValue(state, out int number))
            return number;
        _states.Add(state);
        _edges.Add([]);
        return _numbers[state] = _states.Count - 1;
    }

    private OperationList Walk(int length)
    {
        var walk = new List<Operation>();
        int at = 0;
        while (Nearest(at) is { } path && (walk.Count == 0 || walk.Count + path.Count <= length))
            foreach (var edge in path)
            {
                walk.Add(edge.Operation);
                _open -= edge.Take();
                at = edge.To;
            }
        return new OperationList([.. walk]);
    }

    /// <summary>
    /// The shortest way to an untaken transition, preferring the one that leaves most options; null if there is none
    /// ahead.
    /// </summary>
    private List<Edge>? Nearest(int from)
    {
        var seen = new (int Before, Edge By)?[_edges.Count];
        var queue = new Queue<int>([from]);
        while (queue.TryDequeue(out int state))
        {
            if (Array.Find(_edges[state], e => e.IsOpen) is { } fresh)
                return [.. WayTo(from, state, seen), fresh];
            foreach (var edge in _edges[state])
                if (edge.To != from && seen[edge.To] is null)
                {
                    seen[edge.To] = (state, edge);
                    queue.Enqueue(edge.To);
                }
        }
        return null;
    }

    private static List<Edge> WayTo(int from, int state, (int Before, Edge By)?[] seen)
    {
        var way = new List<Edge>();
        while (state != from)
        {
            way.Add(seen[state]!.Value.By);
            state = seen[state]!.Value.Before;
        }
        way.Reverse();
        return way;
    }

    /// <summary>How destructive an operation is: one that changes nothing is first, destroying the VM last.</summary>
    private static int Finality(PageState state, PageState after) =>
        after == state ? 0
        : after.Destroyed != state.Destroyed ? 5
        : after.GuestEnded != state.GuestEnded ? 4
        : after.FileClosed != state.FileClosed ? 3
        : after.Guest == PageAccess.Poisoned ? 2
        : 1;

    /// <summary>A transition that some walk must take.</summary>
    private sealed class Edge(Operation operation, int to)
    {
        public Operation Operation => operation;

        public int To => to;

        public bool IsOpen { get; private set; } = true;

        /// <summary>1 if it had not been taken, else 0.</summary>
        public int Take()
        {
            int fresh = IsOpen ? 1 : 0;
            IsOpen = false;
            return fresh;
        }
    }
}
