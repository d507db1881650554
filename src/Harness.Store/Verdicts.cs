namespace Harness.Store;

/// <summary>
/// The verdicts: their words, and the one table with the meaning of each. Exit codes, console, HTML, exports, the SQL
/// table <c>verdict</c> and the documentation are derived from it. Every case is planned first and gets one of the
/// others once.
/// </summary>
public static class Verdicts
{
    public const string Match = "match";
    public const string Erratum = "erratum";
    public const string Known = "known";
    public const string Unverified = "unverified";
    public const string Mismatch = "mismatch";
    public const string Disagreement = "disagreement";
    public const string Unstable = "unstable";
    public const string OutsideModel = "outside-model";
    public const string Crash = "crash";
    public const string Hang = "hang";
    public const string ProbeError = "probe-error";
    public const string Infrastructure = "infrastructure";
    public const string Skip = "skip";
    public const string Planned = "planned";

    private static readonly KtapResult s_ok = new(true);
    private static readonly KtapResult s_notOk = new(false);
    private static readonly KtapResult s_ktapSkip = new(true, "SKIP");
    private static readonly KtapResult s_ktapError = new(false, "ERROR");

    /// <summary>
    /// Every verdict, in the order in which reports show them and in which <see cref="VerdictKind"/> lists them.
    /// </summary>
    public static IReadOnlyList<VerdictMeaning> Table { get; } =
    [
        new(
            VerdictKind.Match,
            Match,
            VerdictClass.Good,
            RunExit.Ok,
            VerdictTone.Good,
            JunitOutcome.Passed,
            s_ok,
            KcidbStatus.Pass,
            "the kernel did what the policy allows"
        ),
        new(
            VerdictKind.Erratum,
            Erratum,
            VerdictClass.Good,
            RunExit.Ok,
            VerdictTone.Note,
            JunitOutcome.Passed,
            s_ok,
            KcidbStatus.Pass,
            "the kernel did what the policy allows, and the guest observed a named erratum of the platform"
        ),
        new(
            VerdictKind.Known,
            Known,
            VerdictClass.Good,
            RunExit.Ok,
            VerdictTone.Note,
            JunitOutcome.Skipped,
            new(true, "XFAIL"),
            KcidbStatus.Fail,
            "not as predicted, as a reviewed entry of [known-differences.json](known-differences.md) expects"
        ),
        new(
            VerdictKind.Unverified,
            Unverified,
            VerdictClass.Unverified,
            RunExit.Unverified,
            VerdictTone.Doubtful,
            JunitOutcome.Skipped,
            s_ktapSkip,
            KcidbStatus.Done,
            "not what the policy of the nearest release allows, twice, by a kernel with a release that has not been read; "
                + "no safety property is broken"
        ),
        new(
            VerdictKind.Mismatch,
            Mismatch,
            VerdictClass.Bad,
            RunExit.NotAsPredicted,
            VerdictTone.Bad,
            JunitOutcome.Failure,
            s_notOk,
            KcidbStatus.Fail,
            "the kernel did not do what the policy allows, twice: the second time alone, on a fresh VM"
        ),
        new(
            VerdictKind.Disagreement,
            Disagreement,
            VerdictClass.Bad,
            RunExit.NotAsPredicted,
            VerdictTone.Bad,
            JunitOutcome.Failure,
            s_notOk,
            KcidbStatus.Fail,
            "two pieces of evidence contradict each other, twice: the policy allows the stage-2 descriptor, but the guest's observation "
                + "is not what the architecture requires for it; no erratum is known"
        ),
        new(
            VerdictKind.Unstable,
            Unstable,
            VerdictClass.Unstable,
            RunExit.Infrastructure,
            VerdictTone.Doubtful,
            JunitOutcome.Error,
            s_ktapError,
            KcidbStatus.Error,
            "not as predicted at first, and something else when it was executed again, alone"
        ),
        new(
            VerdictKind.OutsideModel,
            OutsideModel,
            VerdictClass.NoAnswer,
            RunExit.Ok,
            VerdictTone.Note,
            JunitOutcome.Skipped,
            s_ktapSkip,
            KcidbStatus.Done,
            "the policy makes no prediction for the case"
        ),
        new(
            VerdictKind.Crash,
            Crash,
            VerdictClass.Bad,
            RunExit.NotAsPredicted,
            VerdictTone.Bad,
            JunitOutcome.Failure,
            s_notOk,
            KcidbStatus.Fail,
            "the case killed its process, or the kernel"
        ),
        new(
            VerdictKind.Hang,
            Hang,
            VerdictClass.Bad,
            RunExit.NotAsPredicted,
            VerdictTone.Bad,
            JunitOutcome.Failure,
            new(false, "TIMEOUT"),
            KcidbStatus.Fail,
            "the guest made no progress, or the case did not end in time"
        ),
        new(
            VerdictKind.ProbeError,
            ProbeError,
            VerdictClass.NoAnswer,
            RunExit.Infrastructure,
            VerdictTone.Doubtful,
            JunitOutcome.Error,
            s_ktapError,
            KcidbStatus.Error,
            "the probe failed, or could not set the case up"
        ),
        new(
            VerdictKind.Infrastructure,
            Infrastructure,
            VerdictClass.NoAnswer,
            RunExit.Infrastructure,
            VerdictTone.Doubtful,
            JunitOutcome.Error,
            s_ktapError,
            KcidbStatus.Error,
            "the host or the connection was lost"
        ),
        new(
            VerdictKind.Skip,
            Skip,
            VerdictClass.NoAnswer,
            null,
            VerdictTone.Faint,
            JunitOutcome.Skipped,
            s_ktapSkip,
            KcidbStatus.Skip,
            "the host can't show it; `reason` has the cause"
        ),
        new(
            VerdictKind.Planned,
            Planned,
            VerdictClass.NoAnswer,
            RunExit.Infrastructure,
            VerdictTone.Faint,
            JunitOutcome.Error,
            s_ktapError,
            KcidbStatus.Miss,
            "not executed yet; if it remains, the run was interrupted or died"
        ),
    ];

    /// <summary>The words, in the order of <see cref="Table"/>.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Table.Select(v => v.Word)];

    private static readonly Dictionary<string, VerdictMeaning> s_byWord = Table.ToDictionary(
        v => v.Word,
        StringComparer.Ordinal
    );

    public static VerdictMeaning Of(VerdictKind kind) => Table[(int)kind];

    /// <exception cref="ArgumentOutOfRangeException">It is not the word of a verdict.</exception>
    public static VerdictMeaning Of(string word) =>
        s_byWord.TryGetValue(word, out var meaning)
            ? meaning
            : throw new ArgumentOutOfRangeException(nameof(word), word, "not a verdict");

    /// <summary>The words of the verdicts of a class, in the order of <see cref="Table"/>.</summary>
    public static IEnumerable<string> Of(VerdictClass verdicts) =>
        Table.Where(v => v.Class == verdicts).Select(v => v.Word);
}
