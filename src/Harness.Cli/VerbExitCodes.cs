using Harness.Store;

namespace Harness.Cli;

/// <summary>The exit codes that a command has, for its help. <see cref="ExitCodes.All"/> has those of all.</summary>
internal static class VerbExitCodes
{
    private static readonly (int Code, string Meaning)[] s_run =
    [
        (ExitCodes.Ok, $"every verdict is {ExitCodes.Words(ExitCodes.Ok, null)}"),
        (ExitCodes.Mismatch, $"a verdict is {ExitCodes.Words(ExitCodes.Mismatch)}"),
        (
            ExitCodes.Infrastructure,
            $"a verdict is {ExitCodes.Words(ExitCodes.Infrastructure)}, a host or the run did not finish, or no case could be judged; or the disk is full"
        ),
        (
            ExitCodes.Unverified,
            $"a verdict is {ExitCodes.Words(ExitCodes.Unverified)}: a kernel with a release that has not been read decides differently from the nearest policy"
        ),
    ];

    private static readonly (int Code, string Meaning)[] s_failOn =
    [
        s_run[0],
        (
            ExitCodes.Mismatch,
            $"a verdict is {ExitCodes.Words(ExitCodes.Mismatch)}; with --fail-on property, a safety property was broken"
        ),
        .. s_run[2..],
    ];

    private static readonly (int Code, string Meaning) s_file = (
        ExitCodes.Infrastructure,
        "a file can't be read or written, or the disk is full"
    );

    private static readonly Dictionary<string, (int Code, string Meaning)[]> s_own = new()
    {
        ["run"] = s_failOn,
        ["migrate"] = s_run,
        ["report"] = s_failOn,
        ["timeline"] = [(ExitCodes.Ok, "the case was looked up"), .. s_run[1..]],
        ["explore"] =
        [
            (ExitCodes.Ok, "every program went as predicted, or as a known difference says"),
            (ExitCodes.Mismatch, "a program deviated, or two hosts differ otherwise than their policies say"),
            (ExitCodes.Infrastructure, "a host is unavailable or was lost, or a file can't be written"),
        ],
        ["identify"] =
        [
            (ExitCodes.Ok, "a policy fits"),
            (ExitCodes.Mismatch, "no policy fits"),
            (ExitCodes.Infrastructure, "the host failed, or too little was observed; or the disk is full"),
        ],
        ["findings verify"] =
        [
            (ExitCodes.Ok, "each finding is shown, or fixed in the release, or not applicable to it"),
            (ExitCodes.Mismatch, "an affected release doesn't show a finding, or another release does"),
            (ExitCodes.Infrastructure, "a host failed, or nothing could be judged; or the disk is full"),
        ],
        ["peers"] =
        [
            (
                ExitCodes.Ok,
                "every program and every case ended alike, or the difference is explained, or one of them skips"
            ),
            (
                ExitCodes.Mismatch,
                "a program and the cases differ, and nothing explains it; or a case is not as predicted"
            ),
            (
                ExitCodes.Infrastructure,
                "a program did not end in time, a host failed, or the programs can't be compiled; or the disk is full"
            ),
            (ExitCodes.Unverified, "a case is unverified: a kernel with a release that has not been read"),
        ],
        ["bisect"] =
        [
            (ExitCodes.Ok, "the first kernel that decides differently was found"),
            (ExitCodes.Mismatch, "both ends decide alike"),
            (
                ExitCodes.Infrastructure,
                "an end, or a kernel around the change, could not be tested; or the disk is full"
            ),
        ],
        ["coverage"] =
        [
            (ExitCodes.Ok, "everything is covered"),
            (ExitCodes.Mismatch, "something is uncovered"),
            s_file,
        ],
        ["compare"] =
        [
            (ExitCodes.Ok, "nothing regressed"),
            (ExitCodes.Mismatch, "a regression"),
            (ExitCodes.Infrastructure, "no case was judged in both runs"),
        ],
        ["targets check"] =
        [
            (ExitCodes.Ok, "the host is ready, or ready with limits"),
            (ExitCodes.Mismatch, "it is not ready: no case of the suite can run there"),
            (ExitCodes.Infrastructure, "it can't be reached or booted, or the probe failed there"),
        ],
        ["targets prepare"] =
        [
            (ExitCodes.Ok, "the exporter module is loaded, or unloaded"),
            (ExitCodes.Infrastructure, "the host or the connection failed"),
        ],
        ["images build"] =
        [
            (ExitCodes.Ok, "every image is there"),
            (ExitCodes.Infrastructure, "an image could not be built; or the disk is full"),
        ],
        ["db check"] = [(ExitCodes.Ok, "no fault"), s_file],
    };

    /// <summary>Those with a code that is derived from several verdicts.</summary>
    private static readonly HashSet<string> s_several = ["run", "migrate", "report", "peers"];

    /// <param name="verb">"images build"; empty for the program.</param>
    public static IReadOnlyList<(int Code, string Meaning)> Of(string verb)
    {
        if (verb.Length == 0)
            return ExitCodes.All;
        var own = s_own.GetValueOrDefault(verb) ?? [(ExitCodes.Ok, "done"), s_file];
        (int, string)[] usual =
        [
            (
                ExitCodes.Usage,
                verb.StartsWith("db", StringComparison.Ordinal)
                    ? "bad usage, a fault was found, or a file is refused"
                    : "bad usage or configuration"
            ),
            .. ExitCodes.All.Where(c => c.Code is ExitCodes.Internal or ExitCodes.Interrupted),
        ];
        return [.. own.Concat(usual).OrderBy(c => c.Item1)];
    }

    /// <summary>The rule where several apply; null where only one can.</summary>
    public static string? PrecedenceOf(string verb) =>
        verb.Length == 0 || s_several.Contains(verb) ? ExitCodes.Precedence : null;
}
