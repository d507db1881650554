using Harness.Model;
using Harness.Model.Ownership;

namespace Harness.Analysis.Coverage;

/// <summary>
/// Every moment that a machine comes to, on some kinds of host, over the memory that some cases are about: each act in each
/// state that some acts lead to, however many.
/// </summary>
public sealed class LifeWalk
{
    private readonly Act[] _acts;
    private readonly Dictionary<string, List<(Moment Moment, Step Step)>> _by = [];

    /// <param name="machine">Whose moments.</param>
    /// <param name="lives">Cases with a <see cref="Case.Life"/>: their settings, and the acts that any of them does.</param>
    /// <param name="hosts">Kinds of host.</param>
    public LifeWalk(Machine machine, IReadOnlyList<Case> lives, IReadOnlyList<HostFacts> hosts)
    {
        (Machine, Lives, Hosts) = (machine, lives, hosts);
        _acts = [.. lives.SelectMany(c => c.Life!.Acts.Span.ToArray()).Distinct().Order()];
        foreach (var setting in lives.Select(c => c.Setting).Distinct())
            foreach (var host in hosts)
                Explore(setting, host);
    }

    public Machine Machine { get; }

    public IReadOnlyList<Case> Lives { get; }

    public IReadOnlyList<HostFacts> Hosts { get; }

    /// <summary>How many moments there are.</summary>
    public int Moments => _by.Values.Sum(m => m.Count);

    /// <summary>Where a transition decides, and what then comes of it.</summary>
    public IReadOnlyList<(Moment Moment, Step Step)> Of(string transition) => _by.GetValueOrDefault(transition) ?? [];

    /// <summary>All of them.</summary>
    public IEnumerable<(Moment Moment, Step Step)> All => _by.Values.SelectMany(m => m);

    /// <summary>
    /// The shortest way from the start to an act that a mistaken machine answers otherwise, found over every pair of states that
    /// the two come to; null where there is none.
    /// </summary>
    public ActList? Telling(Machine mistaken, HostFacts host, Setting setting)
    {
        var ways = new Dictionary<(PageState, PageState), ActList> { [(setting.Start, setting.Start)] = new() };
        var queue = new Queue<(PageState, PageState)>(ways.Keys);
        while (queue.TryDequeue(out var at))
            foreach (var act in _acts)
            {
                var (one, other) = (Machine.Take(new Moment(host, setting, act, at.Item1)), mistaken.Take(new Moment(host, setting, act, at.Item2)));
                // What only one of the two could do at all is asked of none.
                if (one is null || other is null)
                    continue;
                if (one.Outcome != other.Outcome)
                    return ways[at].With(act);
                if (ways.TryAdd((one.After, other.After), ways[at].With(act)))
                    queue.Enqueue((one.After, other.After));
            }
        return null;
    }

    private void Explore(Setting setting, HostFacts host)
    {
        var seen = new HashSet<PageState> { setting.Start };
        var queue = new Queue<PageState>(seen);
        while (queue.TryDequeue(out var page))
            foreach (var act in _acts)
            {
                var moment = new Moment(host, setting, act, page);
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
