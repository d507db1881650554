using Harness.Store;

namespace Harness.Cli;

/// <summary>
/// The exit codes of the harness. Those of a run are derived from its verdicts: <see cref="RunExit"/>.
/// </summary>
internal static class ExitCodes
{
    /// <summary>Every case that was judged is as predicted, or is a known erratum or difference.</summary>
    public const int Ok = RunExit.Ok;

    /// <summary>
    /// A case is not as predicted. For identify: an observation that no policy allows; for coverage: something is
    /// uncovered; for bisect: the two ends decide alike; for compare: a regression.
    /// </summary>
    public const int Mismatch = RunExit.NotAsPredicted;

    /// <summary>Bad usage or configuration; for db: a fault was found, or a file is refused.</summary>
    public const int Usage = 2;

    /// <summary>A host, a connection or the probe failed, or nothing could be judged.</summary>
    public const int Infrastructure = RunExit.Infrastructure;

    /// <summary>
    /// A kernel release that has not been read decides differently from the nearest policy, and nothing is worse.
    /// </summary>
    public const int Unverified = RunExit.Unverified;

    /// <summary>An error of the harness itself (sysexits.h: EX_SOFTWARE).</summary>
    public const int Internal = 70;

    /// <summary>Ctrl+C: 128 + SIGINT.</summary>
    public const int Interrupted = RunExit.Interrupted;

    /// <summary>Each with its meaning, as in help and in docs/results.md.</summary>
    public static IReadOnlyList<(int Code, string Meaning)> All { get; } =
    [
        (Ok, $"every verdict is {Words(Ok, null)}; compare: nothing regressed"),
        (
            Mismatch,
            $"a verdict is {Words(Mismatch)}; identify: no policy fits; coverage: something is uncovered; "
                + "bisect: both ends decide alike; compare: a regression"
        ),
        (Usage, "bad usage or configuration; db: a fault was found, or a file is refused"),
        (
            Infrastructure,
            $"a verdict is {Words(Infrastructure)}, a host or the run did not finish, or no case could be judged; "
                + "bisect: an end, or a kernel around the change, could not be tested; compare: no case was judged in both runs; "
                + "the disk is full, or a file can't be read or written"
        ),
        (
            Unverified,
            $"a verdict is {Words(Unverified)}: a kernel with a release that has not been read decides differently from the nearest policy, "
                + "and violates no safety property"
        ),
        (Internal, "an error of the harness itself; HARNESS_DEBUG=1 shows where"),
        (Interrupted, "interrupted"),
    ];

    /// <summary>The rule for a run with verdicts of several codes.</summary>
    public static string Precedence { get; } =
        $"If several apply, the first of {string.Join(", ", RunExit.Precedence)} counts.";

    /// <summary>"mismatch, crash or hang": the verdicts with any of these codes.</summary>
    internal static string Words(params int?[] codes)
    {
        string[] words = [.. Verdicts.Table.Where(v => codes.Contains(v.ExitCode)).Select(v => v.Word)];
        return words.Length == 1 ? words[0] : $"{string.Join(", ", words[..^1])} or {words[^1]}";
    }
}
