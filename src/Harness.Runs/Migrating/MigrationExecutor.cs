using System.Diagnostics;
using Harness.Cases;
using Harness.Cases.Migrations;
using Harness.Model;
using Harness.Model.Migrations;
using Harness.Protocol;
using Harness.Runs.Dispatch;
using Harness.Runs.Judging;
using Harness.Runs.KernelLogs;
using Harness.Store;

namespace Harness.Runs.Migrating;

/// <summary>One executed migration: its result, and all observations.</summary>
/// <param name="Result">The judgement.</param>
/// <param name="Observations">The source's, then the destination's, each as received.</param>
public sealed record Move(MigrationVerdict Result, IReadOnlyList<Observation> Observations);

/// <summary>Migrates VMs from one host to another, through this process.</summary>
public sealed class MigrationExecutor(MigrationHost source, MigrationHost destination)
{
    /// <summary>
    /// Executes a migration, and repeats it if it did not match: only the same result twice is reported as confirmed.
    /// </summary>
    /// <exception cref="HostUnavailableException">One of the hosts is unavailable.</exception>
    public async Task<Move> MoveAsync(Migration migration, CancellationToken cancel)
    {
        var first = await OnceAsync(migration, cancel).ConfigureAwait(false);
        // A host that was lost and is back has given no result: the next one is its first.
        if (first.Result.Verdict.Kind == VerdictKind.Infrastructure)
            first = After(first, await OnceAsync(migration, cancel).ConfigureAwait(false));
        // A host that crashed is not there for a second time.
        if (first.Result.Verdict.Kind == VerdictKind.Crash && Crashed is not null)
            return first;
        if (
            first.Result.Verdict.Kind
            is VerdictKind.Match
                or VerdictKind.Skip
                or VerdictKind.OutsideModel
                or VerdictKind.Infrastructure
        )
            return first;
        var second = After(first, await OnceAsync(migration, cancel).ConfigureAwait(false));
        var (a, b) = (first.Result.Verdict, second.Result.Verdict);
        if (b.Kind == VerdictKind.Infrastructure || (b.Kind == a.Kind && b.Observed == a.Observed))
            return second;
        return second with
        {
            Result = new MigrationVerdict(
                b with
                {
                    Kind = VerdictKind.Unstable,
                    Culprit = Culprit.Platform,
                    Reason =
                        $"first {a.Kind}: {a.Observed?.ToString() ?? a.Reason}, then {b.Kind}: {b.Observed?.ToString() ?? b.Reason}",
                },
                second.Result.Record
            ),
        };
    }

    /// <summary>The host that its own kernel's trouble ended, with the report; null if there is none.</summary>
    private (MigrationHost Host, KernelReport Crash)? Crashed =>
        new[] { source, destination }
            .Where(h => h.Crash is { Cause: KernelReportCause.Kernel })
            .Select(h => ((MigrationHost, KernelReport)?)(h, h.Crash!))
            .FirstOrDefault();

    private static Move After(Move first, Move second) =>
        second with
        {
            Observations = [.. first.Observations, .. second.Observations],
        };

    private async Task<Move> OnceAsync(Migration migration, CancellationToken cancel)
    {
        var from = (await source.OpenAsync(cancel).ConfigureAwait(false)).For(migration);
        var to = (await destination.OpenAsync(cancel).ConfigureAwait(false)).For(migration);
        var judge = new MigrationJudge(from, to);
        if (Lacking(migration, from, to) is { } lacking)
            return new Move(judge.Without(migration, VerdictKind.Skip, Culprit.Platform, lacking), []);
        string? whyNoMemory = MigrationCompiler.NotRunnableReason(migration.OnDestination, to.Profile.Abilities);
        if (whyNoMemory is not null && !CaseCompiler.CanBeTried(migration.Case))
            return new Move(
                judge.Without(migration, VerdictKind.Skip, Culprit.Platform, $"{to.Name}: {whyNoMemory}", whyNoMemory),
                []
            );

        var observations = new List<Observation>();
        try
        {
            var (seen, times) = await ObserveAsync(
                    migration,
                    from,
                    to,
                    observations,
                    mayLackMemory: whyNoMemory is not null,
                    cancel
                )
                .ConfigureAwait(false);
            if (seen.Destination is not null && from.Registers is { } fresh)
                judge = new MigrationJudge(from.With(RegistersReader.Stopped(observations[0], fresh)), to);
            var judged = judge.Decide(migration, seen, whyNoMemory);
            string log = string.Concat(observations.Select(Judge.Trouble));
            return new Move(
                judged with
                {
                    Verdict = judged.Verdict with { Reason = (judged.Verdict.Reason + log).TrimStart(' ', ';') },
                    Record = times.In(judged.Record!),
                },
                observations
            );
        }
        catch (HostUnavailableException e) when (e.InFlight.Count > 0 && Crashed is var (host, crash))
        {
            string reason = $"{host.Name}: the host's kernel crashed{KernelReportRecords.Remark([crash])}";
            observations.Add(
                new Observation(migration.Id, ObservationEnd.Crash, reason, 0, [], KernelCrash.Lines(crash))
            );
            return new Move(
                judge.Without(migration, VerdictKind.Crash, Culprit.Kernel, reason, whyNoMemory),
                observations
            );
        }
        catch (HostUnavailableException e)
        {
            return new Move(
                judge.Without(migration, VerdictKind.Infrastructure, Culprit.Infrastructure, e.Message, whyNoMemory),
                observations
            );
        }
        catch (UnfinishedException e)
        {
            return new Move(judge.Without(migration, e.Kind, e.Culprit, e.Message, whyNoMemory), observations);
        }
        catch (Exception e) when (e is UnreadableObservationException or FormatException)
        {
            return new Move(
                judge.Without(migration, VerdictKind.ProbeError, Culprit.Probe, e.Message, whyNoMemory),
                observations
            );
        }
    }

    /// <summary>Why the migration can't be executed on these hosts, or null.</summary>
    private static string? Lacking(Migration migration, JudgedHost from, JudgedHost to) =>
        from.Profile.NoKvmReason is { } none ? $"{from.Name}: {none}"
        : to.Profile.NoKvmReason is { } neither ? $"{to.Name}: {neither}"
        : MigrationCompiler.NotRunnableReason(migration.OnSource, from.Profile.Abilities) is { } lacks
            ? $"{from.Name}: {lacks}"
        : null;

    private async Task<(ObservedMigration, MoveTimes)> ObserveAsync(
        Migration migration,
        JudgedHost from,
        JudgedHost to,
        List<Observation> observations,
        bool mayLackMemory,
        CancellationToken cancel
    )
    {
        var clock = Stopwatch.StartNew();
        var program = MigrationCompiler.Source(migration, from.Profile.Abilities);
        var stopped = await AskAsync(source, program.Program, observations, mayLackMemory: false, cancel)
            .ConfigureAwait(false);
        var left = MigrationReader.Source(migration, program, stopped, from.Profile.Decoding);
        if (left.End.Stage != MigrationStage.Resumed)
            return (
                new ObservedMigration(left.End, left, null, left.How),
                MoveTimes.Of(clock.Elapsed, stopped, null, 0)
            );

        var state = MovedState.Of(program, stopped);
        if (MigrationCompiler.Questions(migration, to.Profile.Abilities) is { } questions)
        {
            var answers = await AskAsync(destination, questions.Program, observations, mayLackMemory: false, cancel)
                .ConfigureAwait(false);
            if (
                MigrationReader.Insufficient(migration, program, stopped, questions, answers)
                is var (capability, was, now)
            )
                return (
                    new ObservedMigration(
                        new(MigrationStage.Capability),
                        left,
                        null,
                        $"KVM_CAP_{capability.Name} was {was}, and is {now}"
                    ),
                    MoveTimes.Of(clock.Elapsed, stopped, answers, 0)
                );
        }
        var rebuilding = MigrationCompiler.Destination(migration, to.Profile.Abilities, state);
        var resumed = await AskAsync(destination, rebuilding.Program, observations, mayLackMemory, cancel)
            .ConfigureAwait(false);
        var come = MigrationReader.Destination(migration, rebuilding, resumed, to.Profile.Decoding);
        var seen = new ObservedMigration(come.End, left, come, come.How)
        {
            Refused = RegistersReader.Refused(resumed),
            Unreadable = RegistersReader.Unreadable(stopped),
        };
        return (seen, MoveTimes.Of(clock.Elapsed, stopped, resumed, state.Bytes));
    }

    private static async Task<Observation> AskAsync(
        MigrationHost host,
        ProbeProgram program,
        List<Observation> observations,
        bool mayLackMemory,
        CancellationToken cancel
    )
    {
        var observation = await host.RunAsync(program, cancel).ConfigureAwait(false);
        observations.Add(observation);
        // The memory is created before KVM is used. If a host has what it needs for it and fails all the same, that is
        // infrastructure, and not a kernel's decision.
        if (
            observation.End == ObservationEnd.SetupFailed
            && mayLackMemory
            && !observation.Steps.OfType<VmResult>().Any()
        )
            return observation;
        return Judge.Unfinished(observation, KernelReportRecords.In(observation)) is var (kind, culprit, why)
            ? throw new UnfinishedException(kind, culprit, $"{host.Name}: {why}")
            : observation;
    }

    /// <summary>A program did not get as far as required.</summary>
    private sealed class UnfinishedException(VerdictKind kind, Culprit culprit, string message) : Exception(message)
    {
        public VerdictKind Kind => kind;

        public Culprit Culprit => culprit;
    }
}
