using Harness.Cases;
using Harness.Model;
using Harness.Protocol;
using Harness.Runs.Dispatch;
using Harness.Runs.Facts;
using Harness.Runs.Judging;
using Harness.Runs.KernelLogs;
using Harness.Runs.Known;
using Harness.Runs.Resuming;
using Harness.Store;

namespace Harness.Runs;

/// <summary>
/// Runs cases on one host: predicts, sends programs, judges, confirms. Every given case ends in exactly one verdict,
/// unless the run is cancelled; then those not yet judged stay planned.
/// </summary>
/// <param name="session">The host; chooses the policy to judge by.</param>
/// <param name="journal">Records the results.</param>
public sealed class HostRun(HostSession session, IRunJournal journal)
{
    private const int Window = 16;

    private readonly WorkerReports _reports = new();

    /// <summary>The known differences of kernels.</summary>
    public IReadOnlyList<KnownDifference> KnownDifferences { get; init; } = [];

    /// <summary>What the host did before the run was interrupted, or null.</summary>
    public ResumedHost? Resumed { get; init; }

    private sealed record Asked(CompiledCase Compiled)
    {
        public Case Case => Compiled.Case;

        public Asked Alone() =>
            this with
            {
                Compiled = Compiled with { Program = Compiled.Program with { Alone = true } },
            };

        public Verdict? First { get; set; }

        public long Micros { get; set; }
    }

    /// <summary>Work that can be done before it is the host's turn; if it fails, every case gets a verdict.</summary>
    /// <returns>Null, or why the host is unavailable.</returns>
    public async Task<string?> PrepareAsync(IReadOnlyList<Case> cases, CancellationToken cancel)
    {
        try
        {
            await session.PrepareAsync(cancel).ConfigureAwait(false);
            return null;
        }
        catch (HostUnavailableException e)
        {
            return Unavailable(cases, e.Message);
        }
    }

    /// <returns>Null, or why the host was unavailable.</returns>
    public async Task<string?> ExecuteAsync(IReadOnlyList<Case> cases, CancellationToken cancel)
    {
        try
        {
            var known = await session.OpenAsync(cancel).ConfigureAwait(false);
            var policy = known.Choice!.Policy!;
            if (journal.Host(known, session.Facts!, policy, session.ProbeHash!, Resumed) is { } changed)
                return Unavailable(cases, changed);
            var judge = new Judge(policy, known);
            var differences = new KnownOnHost(KnownDifferences, session.Name, known, policy);
            foreach (var earlier in Resumed?.Earlier ?? [])
                differences.Recall(earlier);

            journal.Phase("running");
            var harms = new HostHarms(policy, known.Host);
            var (usual, harmful) = Plan(cases, judge, known, harms);
            // What was not as predicted is confirmed before the host may be harmed.
            await AskAllAsync(judge, differences, harms, usual, cancel).ConfigureAwait(false);
            if (harmful.Count > 0)
                journal.Phase($"running {harmful.Count} that may harm the host");
            await AskAllAsync(judge, differences, harms, harmful, cancel).ConfigureAwait(false);
            journal.Known(differences);
            return session.Lost;
        }
        catch (HostUnavailableException e)
        {
            return Unavailable(cases, session.Lost ?? e.Message);
        }
    }

    private string Unavailable(IReadOnlyList<Case> cases, string reason)
    {
        foreach (var c in cases)
            journal.Verdict(
                c,
                new Verdict(VerdictKind.Infrastructure, Culprit.Infrastructure, reason, "", null, null, [], []),
                0,
                0
            );
        return reason;
    }

    /// <summary>The cases to run: those that may harm the host apart, the worst last.</summary>
    private (List<Asked> Usual, List<Asked> Harmful) Plan(
        IReadOnlyList<Case> cases,
        Judge judge,
        HostProfile known,
        HostHarms harms
    )
    {
        var usual = new List<Asked>();
        var harmful = new List<(Harm Harm, Asked Asked)>();
        foreach (var c in cases)
        {
            if (
                judge.BeforeRun(c, known.NoKvmReason ?? CaseCompiler.NotRunnableReason(c, known.Abilities)) is
                { } settled
            )
            {
                journal.Verdict(c, settled, 0, 0);
                continue;
            }
            var asked = new Asked(CaseCompiler.Compile(c, known.Abilities));
            if (harms.Of(c) is { } hazard)
                harmful.Add((hazard.Harm, asked.Alone()));
            else
                usual.Add(asked);
        }
        return (usual, [.. harmful.OrderBy(h => h.Harm).Select(h => h.Asked)]);
    }

    /// <summary>Executes every case once, and those that were not as predicted a second time, alone.</summary>
    private async Task AskAllAsync(
        Judge judge,
        KnownOnHost differences,
        HostHarms harms,
        List<Asked> todo,
        CancellationToken cancel
    )
    {
        var again = new List<Asked>();
        await AskAsync(
                judge,
                todo,
                Window,
                (asked, observation) =>
                {
                    var reports = _reports.In(observation);
                    journal.Attempt(asked.Case, 1, observation, reports);
                    asked.Micros = observation.Micros;
                    asked.First = harms.Explain(judge.Decide(asked.Compiled, observation, reports), observation);
                    harms.Ran(asked.Case);
                    if (asked.First.Kind == VerdictKind.Match || asked.First.AsPredicted)
                        journal.Verdict(asked.Case, differences.Settle(asked.Case, asked.First), 1, asked.Micros);
                    else
                        again.Add(asked);
                },
                cancel
            )
            .ConfigureAwait(false);
        if (again.Count == 0)
            return;
        journal.Phase($"confirming {again.Count}");
        await AskAsync(
                judge,
                again,
                1,
                (asked, observation) =>
                {
                    var reports = _reports.In(observation);
                    journal.Attempt(asked.Case, 2, observation, reports);
                    var second = harms.Explain(judge.Decide(asked.Compiled, observation, reports), observation);
                    harms.Ran(asked.Case);
                    var verdict = differences.Settle(
                        asked.Case,
                        differences.AreKnown(asked.Case, asked.First!, second) ? second : Confirm(asked, second)
                    );
                    journal.Verdict(asked.Case, verdict.UnlessUnread(), 2, asked.Micros);
                },
                cancel
            )
            .ConfigureAwait(false);
    }

    /// <summary>If the host is lost, cases without a result get a verdict, too.</summary>
    private async Task AskAsync(
        Judge judge,
        List<Asked> todo,
        int window,
        Action<Asked, Observation> answered,
        CancellationToken cancel
    )
    {
        var done = new HashSet<int>();
        try
        {
            await session
                .RunAsync(
                    [.. todo.Select(a => a.Compiled.Program)],
                    window,
                    (i, observation) =>
                    {
                        answered(todo[i], observation);
                        done.Add(i);
                    },
                    cancel
                )
                .ConfigureAwait(false);
        }
        catch (HostUnavailableException e)
        {
            var running = Running(e, todo);
            // Where something else than the kernel ended the host, no case crashed.
            List<Asked> crashed = session.Crash is { Cause: KernelReportCause.Kernel } ? running : [];
            foreach (var asked in crashed)
            {
                var observation = CrashOf(asked, session.Crash!, crashed.Count - 1);
                int attempt = asked.First is null ? 1 : 2;
                journal.Attempt(asked.Case, attempt, observation, [session.Crash!]);
                journal.Verdict(
                    asked.Case,
                    judge.Decide(asked.Compiled, observation, [session.Crash!]),
                    attempt,
                    asked.Micros
                );
            }
            string reason = session.Lost ?? e.Message;
            foreach (var asked in todo.Where((asked, i) => !done.Contains(i) && !crashed.Contains(asked)))
                journal.Verdict(
                    asked.Case,
                    running.Contains(asked) && Broke(asked) is { } first
                        ? first with
                        {
                            Reason = $"{first.Reason}; before it could be confirmed: {reason}",
                        }
                        : judge.Lost(asked.Case, reason),
                    asked.First is null ? 0 : 1,
                    asked.Micros
                );
        }
    }

    /// <summary>
    /// The first verdict of a case that hung or crashed with a report of the kernel's; null for other cases. Such a
    /// kernel may hold a lock for ever, and the host stops answering before the case can be confirmed.
    /// </summary>
    private static Verdict? Broke(Asked asked) =>
        asked.First is { Kind: VerdictKind.Hang or VerdictKind.Crash, Culprit: Culprit.Kernel } first ? first : null;

    /// <summary>The cases that may have been running when the host was lost.</summary>
    private List<Asked> Running(HostUnavailableException lost, List<Asked> todo) =>
        [
            .. InFlight
                .Running(lost.InFlight, [.. todo.Select(a => a.Compiled.Program)], session.MostAtOnce)
                .Select(i => todo[i]),
        ];

    /// <summary>The observation that the probe could not report any more.</summary>
    private static Observation CrashOf(Asked asked, KernelReport crash, int others) =>
        new(
            asked.Case.Id,
            ObservationEnd.Crash,
            others switch
            {
                0 => "the host's kernel crashed",
                1 => "the host's kernel crashed while this case and one other ran",
                _ => $"the host's kernel crashed while this case and {others} others ran",
            },
            0,
            [],
            KernelCrash.Lines(crash)
        );

    /// <summary>Only the same result twice is reported as confirmed, unless both are known.</summary>
    private static Verdict Confirm(Asked asked, Verdict second) =>
        second.Kind == asked.First!.Kind && second.Observed == asked.First.Observed
            ? second
            : second with
            {
                Kind = VerdictKind.Unstable,
                Culprit = Culprit.Platform,
                Reason = $"first {Short(asked.First)}, then, alone, {Short(second)}",
            };

    private static string Short(Verdict v) => $"{v.Kind}: {v.Observed?.ToString() ?? v.Reason}";
}
