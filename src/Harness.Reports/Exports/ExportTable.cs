using Harness.Store;

namespace Harness.Reports.Exports;

/// <summary>How JUnit counts a case.</summary>
public enum JunitOutcome
{
    Passed,
    Failure,
    Error,
    Skipped,
}

/// <summary>What each verdict is in each format: the table of docs/exports.md.</summary>
public static class ExportTable
{
    public static JunitOutcome Junit(string verdict) => verdict switch
    {
        Verdicts.Match or Verdicts.Erratum => JunitOutcome.Passed,
        Verdicts.Mismatch or Verdicts.Crash or Verdicts.Hang or Verdicts.Disagreement => JunitOutcome.Failure,
        Verdicts.Infrastructure or Verdicts.ProbeError or Verdicts.Unstable or Verdicts.Planned => JunitOutcome.Error,
        Verdicts.Known or Verdicts.Unverified or Verdicts.Skip or Verdicts.OutsideModel => JunitOutcome.Skipped,
        _ => throw Unknown(verdict),
    };

    /// <summary>The result of KTAP, and its directive or null.</summary>
    public static (bool Ok, string? Directive) Ktap(string verdict) => verdict switch
    {
        Verdicts.Match or Verdicts.Erratum => (true, null),
        Verdicts.Known => (true, "XFAIL"),
        Verdicts.Unverified => (true, "SKIP"),
        Verdicts.Skip or Verdicts.OutsideModel => (true, "SKIP"),
        Verdicts.Mismatch or Verdicts.Crash or Verdicts.Disagreement => (false, null),
        Verdicts.Hang => (false, "TIMEOUT"),
        Verdicts.Infrastructure or Verdicts.ProbeError or Verdicts.Unstable or Verdicts.Planned => (false, "ERROR"),
        _ => throw Unknown(verdict),
    };

    /// <summary>The status of kcidb. FAIL says that the tested code is at fault, so it takes the culprit kernel.</summary>
    /// <param name="executed">The case was executed at least once.</param>
    public static string Kcidb(string verdict, string culprit, bool executed) => verdict switch
    {
        Verdicts.Match or Verdicts.Erratum => "PASS",
        Verdicts.Mismatch or Verdicts.Known or Verdicts.Crash or Verdicts.Hang or Verdicts.Disagreement =>
            culprit == Culprits.Kernel ? "FAIL" : "ERROR",
        Verdicts.Unstable or Verdicts.ProbeError or Verdicts.Infrastructure => "ERROR",
        Verdicts.OutsideModel or Verdicts.Unverified => executed ? "DONE" : "SKIP",
        Verdicts.Skip => "SKIP",
        Verdicts.Planned => "MISS",
        _ => throw Unknown(verdict),
    };

    /// <summary>The layers that kcidb blames for an issue.</summary>
    public static (bool Code, bool Tool, bool Harness) KcidbCulprit(string culprit) => culprit switch
    {
        Culprits.Kernel => (true, false, false),
        Culprits.Model or Culprits.Probe => (false, true, false),
        Culprits.Platform or Culprits.Infrastructure => (false, false, true),
        Culprits.None => (false, false, false),
        _ => throw new ArgumentOutOfRangeException(nameof(culprit), culprit, "is no culprit"),
    };

    private static ArgumentOutOfRangeException Unknown(string verdict) => new(nameof(verdict), verdict, "is no verdict");
}
