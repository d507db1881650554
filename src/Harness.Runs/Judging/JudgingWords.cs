namespace Harness.Runs.Judging;

/// <summary>The words in which culprits and evidence are stored and shown.</summary>
public static class JudgingWords
{
    public static string Of(Culprit culprit) => culprit.ToString().ToLowerInvariant();

    public static string Of(Evidence evidence) => evidence.ToString().ToLowerInvariant();
}
