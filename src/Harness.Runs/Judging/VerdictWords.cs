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

    /// <exception cref="FormatException">There is no such verdict.</exception>
    public static VerdictKind Kind(string word)
    {
        foreach (var kind in Enum.GetValues<VerdictKind>())
            if (Of(kind) == word)
                return kind;
        throw new FormatException($"'{word}' is no verdict");
    }

    public static string Of(Culprit culprit) => culprit.ToString().ToLowerInvariant();

    public static string Of(Evidence evidence) => evidence.ToString().ToLowerInvariant();
}
