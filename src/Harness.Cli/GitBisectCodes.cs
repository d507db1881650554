using Harness.Images;
using Harness.Store;

namespace Harness.Cli;

/// <summary>
/// The exit codes for `git bisect run`, used instead of <see cref="ExitCodes"/>: git treats 0 as good, 125 as a commit
/// that can't be tested, every other code below 128 as bad, and stops the bisection at 128 and above (git-bisect(1)).
/// </summary>
internal static class GitBisectCodes
{
    public const string Option = "--git-bisect";

    /// <summary>All that was judged is as predicted.</summary>
    public const int Good = 0;

    /// <summary>A case is not as predicted, whether or not that release has been read.</summary>
    public const int Bad = 1;

    /// <summary>
    /// No result: the build is missing, the host did not come up, or the case could not be judged on it.
    /// </summary>
    public const int CannotTell = 125;

    /// <summary>Bad usage or configuration: it would fail at every commit.</summary>
    public const int Stop = 128;

    /// <summary>An error of the harness itself.</summary>
    public const int Internal = Stop + ExitCodes.Internal;

    /// <summary>For help.</summary>
    public static string Help =>
        $"Exit codes for `git bisect run`: {Good} as predicted, {Bad} not, {CannotTell} unknown, {Stop} and above stop the bisection. See docs/bisect.md.";

    /// <summary>
    /// Whether a command line requests them, even if it is otherwise invalid: a mistyped option must not look like a
    /// bad commit.
    /// </summary>
    public static bool AreAsked(IEnumerable<string> args) =>
        args.TakeWhile(a => a != "--").Any(a => a.StartsWith("--git", StringComparison.Ordinal));

    /// <summary>From one of <see cref="ExitCodes"/>.</summary>
    public static int Of(int code) =>
        code switch
        {
            ExitCodes.Ok => Good,
            ExitCodes.Mismatch or ExitCodes.Unverified => Bad,
            ExitCodes.Infrastructure => CannotTell,
            ExitCodes.Usage => Stop,
            ExitCodes.Internal => Internal,
            _ => code,
        };

    /// <summary>For an error that ended the command. A tree with a failed build concerns one commit.</summary>
    public static int Of(Exception error) =>
        error is LocalKernelException { NotBuilt: true } ? CannotTell : Of(ErrorHandler.CodeOf(error));

    /// <summary>For a stored run, with the reason in one line.</summary>
    public static (int Code, string Why) Of(RunSummary run)
    {
        int Count(params string[] verdicts) => run.Hosts.Sum(h => verdicts.Sum(v => h.Verdicts.GetValueOrDefault(v)));
        string Counts(params string[] verdicts) =>
            string.Join(", ", verdicts.Where(v => Count(v) > 0).Select(v => $"{Count(v)} {v}"));

        string[] bad =
        [
            .. Verdicts
                .Table.Where(v => v.ExitCode is RunExit.NotAsPredicted or RunExit.Unverified)
                .Select(v => v.Word),
        ];
        string[] withoutResult =
        [
            .. Verdicts.Table.Where(v => v.ExitCode == RunExit.Infrastructure).Select(v => v.Word),
        ];
        if (run.State == States.Interrupted)
            return (ExitCodes.Interrupted, "stop: interrupted");
        if (Count(bad) > 0)
            return (Bad, $"bad: {Counts(bad)}");
        if (run.State != States.Finished || run.Hosts.Any(h => h.State != States.Finished) || Count(withoutResult) > 0)
            return (
                CannotTell,
                $"unknown: {run.Hosts.Select(h => h.Reason).FirstOrDefault(r => r is not null) ?? Counts(withoutResult)}"
            );
        return Count(Verdicts.Match) == 0
            ? (
                CannotTell,
                $"unknown: nothing was judged ({Counts(Verdicts.Skip, Verdicts.OutsideModel, Verdicts.Erratum)})"
            )
            : (Good, $"good: {Counts(Verdicts.Match)}");
    }
}
