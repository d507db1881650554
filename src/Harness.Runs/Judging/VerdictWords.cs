namespace Harness.Runs.Judging;

/// <summary>The words by which verdicts, culprits and evidence are stored and shown.</summary>
public static class VerdictWords
{
    public static string Of(VerdictKind kind) => kind switch
    {
        VerdictKind.OutsideModel => "outside-model",
        VerdictKind.ProbeError => "probe-error",
        _ => kind.ToString().ToLowerInvariant(),
    };

    public static string Of(Culprit culprit) => culprit.ToString().ToLowerInvariant();

    public static string Of(Evidence evidence) => evidence.ToString().ToLowerInvariant();
}
