namespace Harness.Chaos.Faults;

/// <summary>A host that lies: what its probe says is replaced on the way.</summary>
internal static class LyingFaults
{
    /// <summary>Lines of a probe: its hello, the facts, and one for each case.</summary>
    private const int Hello = 0;
    private const int Facts = 1;

    public static IReadOnlyList<Fault> All { get; } =
    [
        Middle("lie-garbage", LieKind.Garbage, "300 random bytes"),
        Middle("lie-wrong-case", LieKind.WrongCase, "the result of another case"),
        Middle("lie-wrong-request", LieKind.WrongRequest, "the result of a request that was not made"),
        Middle("lie-twice", LieKind.Twice, "each result twice"),
        Middle("lie-huge-line", LieKind.HugeLine, "a line of 100 MB"),
        Middle("lie-escapes", LieKind.Escapes, "an error with terminal escapes, as JSON"),
        Middle("lie-raw-escapes", LieKind.RawEscapes, "terminal escapes"),
        Middle("lie-html", LieKind.Html, "an HTML page"),
        Middle("lie-half-line", LieKind.HalfLine, "half a result, and the end"),
        Middle("lie-wrong-types", LieKind.WrongTypes, "JSON of other types"),
        Middle("lie-deep-nesting", LieKind.DeepNesting, "100,000 brackets"),
        First("lie-hello-html", LieKind.Html, "an HTML page instead of the probe's hello"),
        First("lie-hello-huge", LieKind.HugeLine, "a line of 100 MB instead of it"),
        First("lie-hello-protocol", LieKind.OtherProtocol, "a hello of another protocol"),
        First("lie-hello-probe", LieKind.OtherProbe, "a hello of another probe"),
        First("lie-hello-escapes", LieKind.RawEscapes, "terminal escapes instead of it"),
        Silent(),
    ];

    /// <summary>The lie is in place of the facts, or of a case's result.</summary>
    private static Fault Middle(string name, LieKind kind, string says) =>
        new(
            name,
            $"the host says: {says}; once, or each time that its probe is started again",
            "what was asked is asked again: every verdict as usual; or exit 3, and the rest is infrastructure",
            t =>
                LieAsync(
                    t,
                    new Lie(kind, t.Chance.Next(Facts, 30), t.Chance.Next(2) == 0),
                    Expected.SomeCasesLost.Or(2)
                )
        )
        {
            Needs = "sshd",
        };

    private static Fault First(string name, LieKind kind, string says) =>
        new(
            name,
            $"the host says: {says}",
            "exit 3, every case is infrastructure, and the reason says what was received",
            t => LieAsync(t, new Lie(kind, Hello, false), Expected.HostLost)
        )
        {
            Needs = "sshd",
            Share = 1,
        };

    private static Fault Silent() =>
        new(
            "lie-silence",
            "the host says nothing at all",
            "exit 3 after the time limit, every case is infrastructure",
            t =>
            {
                t.Environment["HARNESS_SLOWDOWN"] = "0.2";
                return LieAsync(t, new Lie(LieKind.Silence, Hello, false), Expected.HostLost.With("silent"));
            }
        )
        {
            Needs = "sshd",
            Share = 1,
        };

    private static async Task LieAsync(Trial trial, Lie lie, Expected expected)
    {
        trial.Front = await FrontServer.StartAsync(trial.Lab, trial.Place).ConfigureAwait(false);
        trial.Front.Lie(lie);
        using var run = trial.Start(Lab.Front);
        var end = await trial.EndAsync(run).ConfigureAwait(false);
        trial.Count();
        await trial.CheckAsync(end, expected, Lab.Front).ConfigureAwait(false);
    }
}
