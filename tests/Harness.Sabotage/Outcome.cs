using Harness.Store;

namespace Harness.Sabotage;

/// <summary>What came of a wrong decision.</summary>
internal enum Outcome
{
    /// <summary>The kernel doesn't have the function, or forbids to probe it.</summary>
    NotPossible,

    /// <summary>No case made the kernel take the decision.</summary>
    NotReached,

    /// <summary>A kernel that is compiled wrong doesn't boot, or has no KVM.</summary>
    DoesNotBoot,

    /// <summary>It was taken, and every case matches.</summary>
    Missed,

    /// <summary>The host crashed.</summary>
    Crash,

    /// <summary>The wide set has a case that doesn't match.</summary>
    Wide,

    /// <summary>The quick set has one.</summary>
    Quick,
}

/// <summary>How often cases named a rule.</summary>
internal sealed record NamedRule(string Rule, int Results);

/// <summary>The measurement of one wrong decision.</summary>
/// <param name="Name">The wrong decision's.</param>
/// <param name="Target">Where it was made.</param>
/// <param name="Outcome">What came of it.</param>
internal sealed record Measurement(string Name, string Target, Outcome Outcome)
{
    /// <summary>How often the kernel took the wrong decision, in all runs; null if it isn't counted.</summary>
    public long? Fired { get; init; }

    /// <summary>The verdicts that are not as on a kernel that decides rightly, by word.</summary>
    public IReadOnlyDictionary<string, int> Verdicts { get; init; } = new Dictionary<string, int>();

    /// <summary>The rules that were named, most often first.</summary>
    public IReadOnlyList<NamedRule> Rules { get; init; } = [];

    /// <summary>The first case that noticed it.</summary>
    public string? Case { get; init; }

    /// <summary>Of all its runs.</summary>
    public double Seconds { get; init; }

    /// <param name="name">The wrong decision's.</param>
    /// <param name="target">Where it was made.</param>
    /// <param name="where">The set of cases.</param>
    /// <param name="run">What came of them.</param>
    /// <param name="before">Seconds of earlier runs.</param>
    public static Measurement Of(string name, string target, Outcome where, HarnessRun run, double before)
    {
        var noticing = run.Noticing;
        return new Measurement(name, target, noticing.Count > 0 ? where : Outcome.Missed)
        {
            Verdicts = Counts(run.Unusual, r => r.Verdict).ToDictionary(),
            Rules = [.. Counts(noticing, r => r.Rule ?? "").Select(r => new NamedRule(r.Key, r.Value))],
            Case = noticing.OrderBy(r => r.Ordinal).FirstOrDefault()?.Title,
            Seconds = Math.Round(run.Duration.TotalSeconds + before, 1),
        };
    }

    public bool IsNoticed => Outcome >= Outcome.Crash;

    /// <summary>Results that named one of these rules, and all that noticed anything.</summary>
    public (int Right, int All) Named(IReadOnlyList<string> rules) =>
        (Rules.Where(r => rules.Contains(r.Rule)).Sum(r => r.Results), Rules.Sum(r => r.Results));

    /// <summary>Whether the rule that was named most often is one of these.</summary>
    public bool IsRight(IReadOnlyList<string> rules) =>
        IsNoticed && Rules is [var most, ..] && rules.Contains(most.Rule);

    private static IEnumerable<KeyValuePair<string, int>> Counts(
        IEnumerable<ResultRow> rows,
        Func<ResultRow, string> key
    ) =>
        rows.GroupBy(key)
            .Select(g => KeyValuePair.Create(g.Key, g.Count()))
            .OrderByDescending(g => g.Value)
            .ThenBy(g => g.Key, StringComparer.Ordinal);
}
