using Harness.Store;

namespace Harness.Reports.Html;

/// <summary>What a run comes to, in one word, one shape and one colour.</summary>
internal enum Level
{
    /// <summary>Nothing for anybody to do.</summary>
    Green,

    /// <summary>Nothing says that the kernel errs, but not all could be judged.</summary>
    Amber,

    /// <summary>A mismatch, a disagreement, a crash or a hang.</summary>
    Red,
}

/// <summary>What a verdict asks of a reader.</summary>
internal static class Severity
{
    /// <summary>Verdicts that a person has to look at, a section each; the gravest first.</summary>
    public static IReadOnlyList<string> NeedsAPerson { get; } =
        Gravest(v => v.Class is VerdictClass.Bad or VerdictClass.Unverified or VerdictClass.Unstable);

    /// <summary>Verdicts whose results are listed in groups: those, and what is neither match nor skip.</summary>
    public static IReadOnlyList<string> Told { get; } =
        Gravest(v => v.Tone is not (VerdictTone.Good or VerdictTone.Faint));

    public static Level Of(string verdict) =>
        Verdicts.Of(verdict).Tone switch
        {
            VerdictTone.Bad => Level.Red,
            VerdictTone.Doubtful => Level.Amber,
            _ => Level.Green,
        };

    private static IReadOnlyList<string> Gravest(Func<VerdictMeaning, bool> which) =>
        [.. Verdicts.Table.Where(which).OrderBy(v => v.Tone).Select(v => v.Word)];
}
