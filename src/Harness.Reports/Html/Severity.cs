using Harness.Store;

namespace Harness.Reports.Html;

/// <summary>The overall result of a run, as one word, one shape and one colour.</summary>
internal enum Level
{
    /// <summary>Nothing to do.</summary>
    Green,

    /// <summary>
    /// All that was judged is as predicted, but not all could be judged, or the observation violates a safety property.
    /// </summary>
    Amber,

    /// <summary>A mismatch, a disagreement, a crash or a hang.</summary>
    Red,
}

/// <summary>What a verdict requires of a reader.</summary>
internal static class Severity
{
    /// <summary>Verdicts that need attention, a section each; the most severe first.</summary>
    public static IReadOnlyList<string> NeedsAPerson { get; } =
        Gravest(v => v.Class is VerdictClass.Bad or VerdictClass.Unverified or VerdictClass.Unstable);

    /// <summary>
    /// Verdicts with results that are listed in groups: those, and all that are neither match nor skip.
    /// </summary>
    public static IReadOnlyList<string> Grouped { get; } =
        Gravest(v => v.Tone is not (VerdictTone.Good or VerdictTone.Faint));

    public static Level Of(string verdict) =>
        Verdicts.Of(verdict).Tone switch
        {
            VerdictTone.Bad => Level.Red,
            VerdictTone.Doubtful => Level.Amber,
            _ => Level.Green,
        };

    /// <param name="run">With its counts of verdicts.</param>
    /// <param name="breaks">Whether results violate a safety property: never just green.</param>
    public static Level Of(RunSummary run, bool breaks)
    {
        var verdicts = run.Hosts.SelectMany(h => h.Verdicts).Where(v => v.Value > 0).Select(v => v.Key).ToHashSet();
        return verdicts.Any(v => Of(v) == Level.Red) ? Level.Red
            : breaks
            || run.State != States.Finished
            || run.Hosts.Any(h => h.State == States.Failed)
            || verdicts.Any(v => Of(v) == Level.Amber)
            || !verdicts.Any(v => Verdicts.Of(v).Class == VerdictClass.Good)
                ? Level.Amber
            : Level.Green;
    }

    private static IReadOnlyList<string> Gravest(Func<VerdictMeaning, bool> which) =>
        [.. Verdicts.Table.Where(which).OrderBy(v => v.Tone).Select(v => v.Word)];
}
