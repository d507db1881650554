using System.Runtime.InteropServices;
using Harness.Model;
using Harness.Model.Ownership;

namespace Harness.Analysis.Ownership;

/// <summary>Evaluates every property at every operation in every reachable state of a page in a system.</summary>
public static class OwnershipAudit
{
    /// <param name="system">The system.</param>
    /// <param name="properties">The properties.</param>
    /// <param name="cancel">Ends the walk.</param>
    public static SystemAudit Of(
        OwnershipSystem system,
        IReadOnlyList<OwnershipProperty> properties,
        CancellationToken cancel = default
    )
    {
        var found = properties.Select(_ => new Dictionary<string, Worst>()).ToArray();
        int[] asked = new int[properties.Count];
        var taken = new HashSet<string>();
        int states = 0,
            points = 0;
        foreach (var host in system.Hosts)
        foreach (var walk in system.Walks)
        {
            cancel.ThrowIfCancellationRequested();
            var reach = new Reach(system.Machine, host, walk);
            foreach (var (moment, step) in reach.Steps())
            {
                points++;
                taken.Add(step.By.Name);
                var occurrence = new Occurrence(system, moment, step);
                for (int p = 0; p < properties.Count; p++)
                {
                    if (properties[p].Holds(in occurrence) is not { } holds)
                        continue;
                    asked[p]++;
                    if (!holds)
                        Note(found[p], reach, in occurrence);
                }
            }
            states += reach.States;
        }
        return new SystemAudit(
            system,
            states,
            points,
            taken,
            [.. properties.Select((property, p) => new OwnershipResult(property, asked[p], Breaches(found[p])))]
        );
    }

    private struct Worst
    {
        public int Points;
        public OwnershipBreach? Breach;
    }

    private static void Note(Dictionary<string, Worst> found, Reach reach, in Occurrence o)
    {
        Step[] steps = [.. reach.WayTo(o.Before), o.Step];
        var by = Culprit(steps, in o);
        ref var worst = ref CollectionsMarshal.GetValueRefOrAddDefault(found, by.Name, out _);
        worst.Points++;
        if (worst.Breach is null || steps.Length < worst.Breach.Steps.Count)
            worst.Breach = new OwnershipBreach(by, 0, reach.Host, reach.Scenario, steps);
    }

    /// <summary>
    /// The operation's own transition; but if the operation finds a page that its guest has lost with its content, the
    /// transition by which it was lost.
    /// </summary>
    private static Transition Culprit(Step[] steps, in Occurrence o)
    {
        if (
            !o.TransitionContext.HostTouches
            || o.Outcome.Seen != Contents.Guest
            || o.Before.Disclosed
            || o.Before.Guest == PageAccess.Owned
        )
            return o.Step.By;
        for (int i = steps.Length - 1; i > 0; i--)
            if (steps[i - 1].After.Guest == PageAccess.Owned && steps[i].After.Guest != PageAccess.Owned)
                return steps[i].By;
        return o.Step.By;
    }

    private static IReadOnlyList<OwnershipBreach> Breaches(Dictionary<string, Worst> found) =>
        [.. found.Values.Select(w => w.Breach! with { Points = w.Points }).OrderBy(b => b.Steps.Count)];

    /// <summary>The states that one walk can reach, nearest first.</summary>
    private sealed class Reach(Machine machine, HostFacts host, OwnershipWalk walk)
    {
        private readonly Dictionary<PageState, (PageState Before, Step? By)> _from = new()
        {
            [walk.Scenario.Start] = default,
        };

        public HostFacts Host => host;

        public Scenario Scenario => walk.Scenario;

        public int States => _from.Count;

        public IEnumerable<(TransitionContext TransitionContext, Step Step)> Steps()
        {
            var queue = new Queue<PageState>([walk.Scenario.Start]);
            while (queue.TryDequeue(out var state))
                foreach (var operation in walk.Operations)
                {
                    var moment = new TransitionContext(host, walk.Scenario, operation, state);
                    if (machine.Take(in moment) is not { } step)
                        continue;
                    if (_from.TryAdd(step.After, (state, step)))
                        queue.Enqueue(step.After);
                    yield return (moment, step);
                }
        }

        public IEnumerable<Step> WayTo(PageState state)
        {
            var way = new Stack<Step>();
            while (_from[state] is { By: { } step, Before: var before })
            {
                way.Push(step);
                state = before;
            }
            return way;
        }
    }
}
