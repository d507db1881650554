namespace Harness.Store.Comparing;

/// <summary>What a verdict is worth when two runs are compared.</summary>
public enum Standing
{
    /// <summary>As predicted, or as a reviewed exception says: match, erratum, known.</summary>
    Good,

    /// <summary>Not as predicted: mismatch, crash, hang, disagreement.</summary>
    Bad,

    /// <summary>Nothing was learnt: skip, infrastructure, probe-error, outside-model, planned.</summary>
    NoAnswer,

    /// <summary>Two answers: neither better nor worse than anything.</summary>
    Unstable,

    /// <summary>Not as predicted, of a release that nobody has read: neither good nor bad before somebody has.</summary>
    Unverified,
}

/// <summary>The standing of each verdict.</summary>
public static class Standings
{
    public static Standing Of(string verdict) => verdict switch
    {
        Verdicts.Match or Verdicts.Erratum or Verdicts.Known => Standing.Good,
        Verdicts.Mismatch or Verdicts.Crash or Verdicts.Hang or Verdicts.Disagreement => Standing.Bad,
        Verdicts.Unstable => Standing.Unstable,
        Verdicts.Unverified => Standing.Unverified,
        Verdicts.Skip or Verdicts.Infrastructure or Verdicts.ProbeError or Verdicts.OutsideModel or Verdicts.Planned => Standing.NoAnswer,
        _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, "is no verdict"),
    };

    /// <summary>The verdicts of a standing, for SQL: 'match', 'erratum', 'known'.</summary>
    internal static string Sql(Standing standing) => string.Join(", ", Verdicts.All.Where(v => Of(v) == standing).Select(v => $"'{v}'"));
}
