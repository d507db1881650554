using Harness.Store;
using Harness.Store.Comparing;

namespace Harness.Reports.Comparing;

/// <summary>A host with its run.</summary>
public sealed record ComparedHost(RunRecord Run, HostSummary Host)
{
    /// <summary>It responded with its facts. A host that never did has no policy.</summary>
    public bool Answered => Host.Host.Policy is not null;
}

/// <summary>A target in two runs.</summary>
/// <param name="Before">Null: the host is new.</param>
/// <param name="After">Null: the host vanished.</param>
/// <param name="Unlike">
/// The properties in which the two sides differ although they should not; empty: they are comparable.
/// </param>
/// <param name="Transitions">How the verdicts changed: every case of either side once.</param>
public sealed record HostComparison(
    string Target,
    ComparedHost? Before,
    ComparedHost? After,
    IReadOnlyList<HostDifference> Unlike,
    IReadOnlyList<Transition> Transitions
)
{
    /// <summary>Cases that both sides ran.</summary>
    public int Shared => Sum(t => t.Before is not null && t.After is not null);

    /// <summary>Cases that both sides judged.</summary>
    public int Compared => Sum(t => IsJudged(t.Before) && IsJudged(t.After));

    /// <summary>Cases that both sides judged to be as predicted, though the kernel decides them differently.</summary>
    public int Redecided =>
        Transitions.Where(t => t.Before == Verdicts.Match && t.After == Verdicts.Match).Sum(t => t.Redecided);

    /// <summary>It responded before, and is unavailable now.</summary>
    public bool IsLost => Before is { Answered: true } && After is { Answered: false, Host.State: States.Failed };

    private int Sum(Func<Transition, bool> of) => Transitions.Where(of).Sum(t => t.Cases);

    private static bool IsJudged(string? verdict) =>
        verdict is not null && Verdicts.Of(verdict).Class != VerdictClass.NoAnswer;
}

/// <summary>A property in which two hosts differ.</summary>
/// <param name="What">
/// "model hash", "probe hash", "policy", "kind", "rules of one side alone" if model or policy differ, or a capability
/// by number and name.
/// </param>
public sealed record HostDifference(string What, string Before, string After);
