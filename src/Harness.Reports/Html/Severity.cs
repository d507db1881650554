using Harness.Store;

namespace Harness.Reports.Html;

/// <summary>What a run comes to, in one word, one shape and one colour.</summary>
internal enum Level
{
    /// <summary>Nothing for anybody to do.</summary>
    Green,

    /// <summary>Nothing says that the kernel errs, but not all could be judged.</summary>
    Amber,

    /// <summary>A mismatch, a crash or a hang.</summary>
    Red,
}

/// <summary>What a verdict asks of a reader.</summary>
internal static class Severity
{
    /// <summary>Verdicts that a person has to look at, a section each; the gravest first.</summary>
    public static IReadOnlyList<string> NeedsAPerson { get; } =
        [Verdicts.Mismatch, Verdicts.Crash, Verdicts.Hang, Verdicts.Unverified, Verdicts.Disagreement, Verdicts.Unstable];

    /// <summary>Verdicts of which groups are told: those, and what is neither match nor skip.</summary>
    public static IReadOnlyList<string> Told { get; } =
        [.. NeedsAPerson, Verdicts.ProbeError, Verdicts.Infrastructure, Verdicts.OutsideModel, Verdicts.Erratum, Verdicts.Known];

    public static Level Of(string verdict) => verdict switch
    {
        Verdicts.Mismatch or Verdicts.Crash or Verdicts.Hang => Level.Red,
        Verdicts.Unverified or Verdicts.Disagreement or Verdicts.Unstable or Verdicts.ProbeError or Verdicts.Infrastructure => Level.Amber,
        _ => Level.Green,
    };
}
