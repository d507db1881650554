using Harness.Model;
using Harness.Model.Ownership;

namespace Harness.Analysis.Coverage;

/// <summary>The coverage of one transition by the selected cases.</summary>
/// <param name="Transition">The transition.</param>
/// <param name="Taken">How often: once for each operation of each case on each kind of host.</param>
/// <param name="Case">The simplest that takes it, or null.</param>
/// <param name="Host">On which kind of host.</param>
/// <param name="Reason">Why no case takes it, documented or found; null if one does, or there is no reason.</param>
public sealed record TransitionCoverage(
    Transition Transition,
    int Taken,
    LifecycleCase? Case,
    HostFacts? Host,
    string? Reason
)
{
    public bool IsLeft => Taken == 0 && Reason is null;
}

/// <summary>The result of a mutant of a machine.</summary>
/// <param name="Mutant">The mutant.</param>
/// <param name="Result">Its result.</param>
/// <param name="Reason">For all but those killed: why.</param>
/// <param name="Case">The case that kills it, or null.</param>
/// <param name="Host">On which kind of host.</param>
public sealed record TransitionMutantReport(
    TransitionMutant Mutant,
    MutantResult Result,
    string? Reason,
    LifecycleCase? Case,
    HostFacts? Host
);

/// <summary>
/// The coverage of one machine by a set of cases, and which mutants they kill. A mutant that survives is equivalent
/// only if it was compared with the original in every state that any operations lead to.
/// </summary>
/// <param name="Machine">The machine.</param>
/// <param name="Asked">How many lifecycles there are, each on each kind of host.</param>
/// <param name="Moments">How many operations in how many states the walk reached.</param>
public sealed record MachineCoverage(
    Machine Machine,
    int Asked,
    int Moments,
    IReadOnlyList<TransitionCoverage> Transitions,
    IReadOnlyList<TransitionMutantReport> Mutants
)
{
    public bool IsComplete => !Transitions.Any(t => t.IsLeft) && Count(MutantResult.Left) == 0;

    public int Count(MutantResult result) => Mutants.Count(m => m.Result == result);

    /// <summary>The kinds of host that a machine distinguishes, one host for each.</summary>
    public static IReadOnlyList<HostFacts> Hosts { get; } =
    [.. HostFacts.Every.DistinctBy(h => (h.Dic, h.Mode == KvmMode.Protected))];

    /// <param name="machine">The machine.</param>
    /// <param name="lives">Every case.</param>
    /// <param name="asked">The selected cases; all if null.</param>
    public static MachineCoverage Of(
        Machine machine,
        IReadOnlyList<LifecycleCase> lives,
        Func<LifecycleCase, bool>? asked = null
    )
    {
        LifecycleCase[] chosen = [.. lives.Where(c => asked?.Invoke(c) ?? true).OrderBy(Complexity.Cost)];
        var walk = new LifecycleWalk(machine, lives, Hosts);
        var takers = machine.Transitions.ToDictionary(t => t.Name, _ => new List<(LifecycleCase, HostFacts)>());
        foreach (var c in chosen)
        foreach (var host in Hosts)
        foreach (var step in machine.Follow(host, c.Scenario, c.Operations))
            takers[step.By.Name].Add((c, host));
        return new MachineCoverage(
            machine,
            chosen.Length * Hosts.Count,
            walk.Moments,
            [.. machine.Transitions.Select(t => Coverage(walk, t, takers[t.Name]))],
            [.. TransitionMutant.Of(walk).Select(m => FateOf(walk, m, takers, chosen))]
        );
    }

    private static TransitionCoverage Coverage(
        LifecycleWalk walk,
        Transition transition,
        List<(LifecycleCase Case, HostFacts Host)> takers
    ) =>
        takers.Count > 0
            ? new(transition, takers.Count, takers[0].Case, takers[0].Host, null)
            : new(
                transition,
                0,
                null,
                null,
                walk.Of(transition.Name).Count > 0 ? null : TransitionReasons.All.GetValueOrDefault(transition.Name)
            );

    private static TransitionMutantReport FateOf(
        LifecycleWalk walk,
        TransitionMutant mutant,
        Dictionary<string, List<(LifecycleCase Case, HostFacts Host)>> takers,
        LifecycleCase[] chosen
    )
    {
        var where = mutant.Touches is { } touches
            ? touches.SelectMany(t => takers[t]).Distinct()
            : chosen.SelectMany(c => Hosts.Select(h => (Case: c, Host: h)));
        foreach (var (c, host) in where)
            if (walk.Machine.PartsFrom(mutant.Machine, host, c.Scenario, c.Operations) is not null)
                return new(mutant, MutantResult.Killed, null, c, host);
        return Explain(walk, mutant) switch
        {
            (_, _, _, true) => new(
                mutant,
                MutantResult.Equivalent,
                "the page differs, which no operation ever shows",
                null,
                null
            ),
            ({ } operations, var setting, var host, _) => new(
                mutant,
                MutantResult.Left,
                $"{setting} with {host} would show it by {operations}",
                null,
                null
            ),
            _ when walk.Of(mutant.Transition.Name).Count == 0 => new(
                mutant,
                MutantResult.Equivalent,
                TransitionReasons.All.GetValueOrDefault(mutant.Transition.Name)
                    ?? "no state in which it decides is reachable",
                null,
                null
            ),
            _ => new(
                mutant,
                MutantResult.Equivalent,
                mutant.Kind == MutationKind.Swapped
                    ? "where both hold they do the same"
                    : "another transition does the same",
                null,
                null
            ),
        };
    }

    /// <summary>The operations that would kill a mutant; or that only the page state differs.</summary>
    private static (OperationList? Operations, Scenario? Scenario, HostFacts? Host, bool Hidden) Explain(
        LifecycleWalk walk,
        TransitionMutant mutant
    )
    {
        var places = (mutant.Touches is { } touches ? touches.SelectMany(walk.Of) : walk.All)
            .Where(m =>
                mutant.Machine.Take(in m.TransitionContext) is var other
                && (other?.Outcome != m.Step.Outcome || other!.After != m.Step.After)
            )
            .Select(m => (m.TransitionContext.Scenario, m.TransitionContext.Host))
            .Distinct()
            .ToList();
        foreach (var (setting, host) in places)
            if (walk.Distinguishing(mutant.Machine, host, setting) is { } operations)
                return (operations, setting, host, false);
        return (null, null, null, places.Count > 0);
    }
}
