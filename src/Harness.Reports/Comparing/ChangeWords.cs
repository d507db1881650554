namespace Harness.Reports.Comparing;

/// <summary>Describes changes.</summary>
public static class ChangeWords
{
    /// <summary>"regression", "bad without an answer before".</summary>
    public static string Of(ChangeKind kind) =>
        kind switch
        {
            ChangeKind.Regression => "regression",
            ChangeKind.GainedBad => "bad without an answer before",
            ChangeKind.NewBad => "bad and not run before",
            ChangeKind.OtherwiseBad => "bad in another way",
            ChangeKind.Unverified => "decided differently by an unread release",
            ChangeKind.Unstable => "unstable",
            ChangeKind.Lost => "lost",
            ChangeKind.NowKnown => "now known",
            ChangeKind.Fix => "fixed",
            ChangeKind.Gained => "gained",
            ChangeKind.OtherwiseGood => "good in another way",
            ChangeKind.New => "new",
            _ => "vanished",
        };

    /// <summary>One word for programs.</summary>
    public static string Word(ChangeKind kind) =>
        kind switch
        {
            ChangeKind.GainedBad => "gained-bad",
            ChangeKind.NewBad => "new-bad",
            ChangeKind.OtherwiseBad => "otherwise-bad",
            ChangeKind.NowKnown => "now-known",
            ChangeKind.OtherwiseGood => "otherwise-good",
            _ => kind.ToString().ToLowerInvariant(),
        };

    /// <summary>"the kernel did the same; the prediction changed"; empty if it is unknown.</summary>
    public static string Of(ChangedSide who) =>
        who switch
        {
            ChangedSide.Kernel => "the kernel did something else",
            ChangedSide.Prediction => "the kernel did the same; the prediction changed",
            ChangedSide.Both => "the kernel did something else, and the prediction changed",
            ChangedSide.Judgement =>
                "the kernel did the same, and the same was predicted: known differences or the judge changed",
            _ => "",
        };

    /// <summary>"match -> mismatch", "new mismatch", "match, no longer run".</summary>
    public static string Arrow(string? from, string? to) =>
        (from, to) switch
        {
            (null, _) => $"{to}, not run before",
            (_, null) => $"{from}, no longer run",
            _ => $"{from} -> {to}",
        };
}
