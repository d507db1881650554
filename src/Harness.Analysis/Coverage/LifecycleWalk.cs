using Harness.Model;
using Harness.Model.Ownership;

namespace Harness.Analysis.Coverage;

/// <summary>
/// Every transition context that a machine reaches, on some kinds of host, over the memory of some cases: each
/// operation in each state that any number of operations leads to.
/// </summary>
public sealed class LifecycleWalk
{
    private readonly Operation[] _acts;
    private readonly Dictionary<string, List<(TransitionContext TransitionContext, Step Step)>> _by = [];

    /// <param name="machine">The machine.</param>
    /// <param name="lives">The cases: their scenarios, and the operations that any of them does.</param>
    /// <param name="hosts">Kinds of host.</param>
    public LifecycleWalk(Machine machine, IReadOnlyList<LifecycleCase> lives, IReadOnlyList<HostFacts> hosts)
    {
        (Machine, Lifecycles, Hosts) = (machine, lives, hosts);
        _acts = [.. lives.SelectMany(c => c.Operations.Span.ToArray()).Distinct().Order()];
        foreach (var setting in lives.Select(c => c.Scenario).Distinct())
        foreach (var host in hosts)
            Explore(setting, host);
    }

    public Machine Machine { get; }

    public IReadOnlyList<LifecycleCase> Lifecycles { get; }

    public IReadOnlyList<HostFacts> Hosts { get; }

    /// <summary>The number of contexts.</summary>
    public int Moments => _by.Values.Sum(m => m.Count);

    /// <summary>The contexts in which a transition decides, with its result.</summary>
    public IReadOnlyList<(TransitionContext TransitionContext, Step Step)> Of(string transition) =>
        _by.GetValueOrDefault(transition) ?? [];

    /// <summary>All of them.</summary>
    public IEnumerable<(TransitionContext TransitionContext, Step Step)> All => _by.Values.SelectMany(m => m);

    /// <summary>
    /// The shortest list of operations for which a mutant has another outcome, searching all pairs of states that the
    /// two reach; null if there is none.
    /// </summary>
    public OperationList? Distinguishing(Machine mistaken, HostFacts host, Scenario setting)
    {
        var ways = new Dictionary<(PageState, PageState), OperationList> { [(setting.Start, setting.Start)] = new() };
        var queue = new Queue<(PageState, PageState)>(ways.Keys);
        while (queue.TryDequeue(out var at))
            foreach (var operation in _acts)
            {
                var (one, other) = (
                    Machine.Take(new TransitionContext(host, setting, operation, at.Item1)),
                    mistaken.Take(new TransitionContext(host, setting, operation, at.Item2))
                );
                // An operation that only one of the two allows is in no case.
                if (one is null || other is null)
                    continue;
                if (one.Outcome != other.Outcome)
                    return ways[at].With(operation);
                if (ways.TryAdd((one.After, other.After), ways[at].With(operation)))
                    queue.Enqueue((one.After, other.After));
            }
        return null;
    }

    private void Explore(Scenario setting, HostFacts host)
    {
        var seen = new HashSet<PageState> { setting.Start };
        var queue = new Queue<PageState>(seen);
        while (queue.TryDequeue(out var page))
            foreach (var operation in _acts)
            {
                var moment = new TransitionContext(host, setting, operation, page);
                if (Machine.Take(moment) is not { } step)
                    continue;
                if (!_by.TryGetValue(step.By.Name, out var moments))
                    _by[step.By.Name] = moments = [];
                moments.Add((moment, step));
                if (seen.Add(step.After))
                    queue.Enqueue(step.After);
            }
    }
}
