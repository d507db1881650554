namespace Harness.Store;

/// <summary>The meaning of a verdict for every output of the harness: a row of <see cref="Verdicts.Table"/>.</summary>
/// <param name="Kind">Which verdict.</param>
/// <param name="Word">As stored in <c>result.verdict</c> and shown everywhere.</param>
/// <param name="Class">Its class when two runs are compared.</param>
/// <param name="ExitCode">
/// Its exit code; null: none, and a run with nothing else judged nothing. See <see cref="RunExit"/>.
/// </param>
/// <param name="Tone">Its colour.</param>
/// <param name="Junit">How JUnit counts it.</param>
/// <param name="Ktap">Its result line in KTAP.</param>
/// <param name="Kcidb">Its status in kcidb, if the case was executed and the kernel is at fault.</param>
/// <param name="Description">Its meaning, for the documentation and the table <c>verdict</c>; Markdown.</param>
public sealed record VerdictMeaning(
    VerdictKind Kind,
    string Word,
    VerdictClass Class,
    int? ExitCode,
    VerdictTone Tone,
    JunitOutcome Junit,
    KtapResult Ktap,
    KcidbStatus Kcidb,
    string Description
)
{
    /// <summary>
    /// Whether the kernel deviated from the prediction, including excused and unverified deviations; null if the case
    /// was not judged.
    /// </summary>
    public bool? Differs =>
        Class switch
        {
            VerdictClass.Good => Kind == VerdictKind.Known,
            VerdictClass.Bad or VerdictClass.Unverified => true,
            _ => null,
        };

    /// <summary>The class as stored in <c>verdict.class</c>.</summary>
    public string ClassWord => Class == VerdictClass.NoAnswer ? "no-answer" : Class.ToString().ToLowerInvariant();
}

/// <summary>The colours of verdicts, the most urgent first.</summary>
public enum VerdictTone
{
    /// <summary>Red: a kernel is not as predicted.</summary>
    Bad,

    /// <summary>Amber: needs a look, without evidence against a kernel.</summary>
    Doubtful,

    /// <summary>A note only.</summary>
    Note,

    /// <summary>Green.</summary>
    Good,

    /// <summary>Grey: not executed.</summary>
    Faint,
}

/// <summary>How JUnit counts a case.</summary>
public enum JunitOutcome
{
    Passed,
    Failure,
    Error,
    Skipped,
}

/// <summary>A result line of KTAP: "ok" or "not ok", and its directive or null.</summary>
public sealed record KtapResult(bool Ok, string? Directive = null)
{
    public override string ToString() => (Ok ? "ok" : "not ok") + (Directive is null ? "" : $" {Directive}");
}

/// <summary>The statuses of kcidb that a verdict can have.</summary>
public enum KcidbStatus
{
    Pass,

    /// <summary>The tested code is at fault; ERROR with any other culprit.</summary>
    Fail,

    /// <summary>The test is at fault.</summary>
    Error,

    /// <summary>Executed, without a judgement; SKIP where it was not executed.</summary>
    Done,

    Skip,

    /// <summary>Never executed.</summary>
    Miss,
}
