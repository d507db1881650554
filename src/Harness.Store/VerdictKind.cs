namespace Harness.Store;

/// <summary>How a case of a run ended. <see cref="Verdicts.Table"/> has the meaning of each.</summary>
public enum VerdictKind
{
    Match,
    Erratum,
    Known,
    Unverified,
    Mismatch,
    Disagreement,
    Unstable,
    OutsideModel,
    Crash,
    Hang,
    ProbeError,
    Infrastructure,
    Skip,
    Planned,
}
