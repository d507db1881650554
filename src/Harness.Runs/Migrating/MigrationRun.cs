using System.Text.Json;
using Harness.Cases.Migrations;
using Harness.Model;
using Harness.Model.Migrations;
using Harness.Model.Policies;
using Harness.Model.Releases;
using Harness.Runs.Dispatch;
using Harness.Runs.Judging;
using Harness.Runs.Known;
using Harness.Runs.Resuming;
using Harness.Runs.Scheduling;
using Harness.Store;

namespace Harness.Runs.Migrating;

/// <summary>A host that can be started several times.</summary>
/// <param name="Name">The target's.</param>
/// <param name="Kind">One of <see cref="HostKinds"/>.</param>
/// <param name="Make">Creates it anew, each time that it is needed.</param>
public sealed record HostMaker(string Name, string Kind, Func<RunHost> Make);

/// <summary>Hosts and the pairs of them between which VMs migrate.</summary>
/// <param name="Hosts">If not all can be up at once, a host is started several times.</param>
/// <param name="Pairs">By the numbers of both.</param>
public sealed record MigrationPlan(IReadOnlyList<HostMaker> Hosts, IReadOnlyList<(int From, int To)> Pairs)
{
    /// <summary>What is known about a pair before either host responds.</summary>
    public HostRecord RecordOf((int From, int To) pair) => HostRecord.Pair(RecordOf(pair.From), RecordOf(pair.To));

    private HostRecord RecordOf(int host) => new(Hosts[host].Name, Hosts[host].Kind);
}

/// <summary>One execution of migrations between pairs of hosts, into a store.</summary>
/// <param name="store">Receives the results.</param>
/// <param name="watcher">Notified of everything as it happens.</param>
public sealed class MigrationRun(ResultStore store, IMigrationWatcher watcher)
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    /// <summary>How many hosts may be up at once: 2 or more.</summary>
    public int HostsAtOnce { get; init; } = int.MaxValue;

    /// <summary>How many VMs migrate at once.</summary>
    public int Jobs { get; init; } = Math.Max(1, Environment.ProcessorCount);

    /// <summary>The known differences of kernels.</summary>
    public IReadOnlyList<KnownDifference> KnownDifferences { get; init; } = [];

    /// <summary>
    /// A pair of the run, its id in the store, its migrations, and what it did before an interruption.
    /// </summary>
    private sealed record Part(string Name, long Id, IReadOnlyList<Migration> Migrations, ResumedPair? Resumed);

    /// <param name="plan">The hosts and pairs.</param>
    /// <param name="migrations">Those of every pair.</param>
    /// <param name="policy">Judge every host by this one; null: each by its kernel's.</param>
    /// <param name="asked">The user's command, with what is needed to resume after an interruption.</param>
    /// <param name="probeHash">The probe's bundle.</param>
    /// <param name="cancel">Stops the hosts, keeps what is finished.</param>
    /// <exception cref="StoreException">The store can't be written.</exception>
    public async Task<RunEnd> ExecuteAsync(
        MigrationPlan plan,
        IReadOnlyList<Migration> migrations,
        Policy? policy,
        RequestedRun asked,
        string probeHash,
        CancellationToken cancel
    )
    {
        var started = DateTimeOffset.UtcNow;
        var record = new RunRecord(
            RunId.New(started),
            started,
            asked.CommandLine,
            asked.Harness,
            Run.ModelHash,
            probeHash,
            policy?.Name
        )
        {
            Suite = asked.Suite,
            Request = asked.Request,
            Executor = Executor.ThisProcess.Text,
        };
        CaseRecord[] cases = [.. migrations.Select(Record)];
        PlannedHost[] planned = [.. plan.Pairs.Select(p => new PlannedHost(plan.RecordOf(p), cases))];
        var (writer, ids) = await store.BeginRunAsync(record, planned).ConfigureAwait(false);
        await using (writer)
        {
            var parts = plan.Pairs.Zip(ids, (pair, id) =>
                (pair, new Part(plan.RecordOf(pair).Target, id, migrations, null))
            );
            return await OnAllAsync(writer, plan, parts.ToDictionary(), policy, [], cancel).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Resumes a run that did not finish: its migrations without a verdict are executed, all others are unchanged.
    /// </summary>
    /// <param name="resumption">The rest of the run.</param>
    /// <param name="plan">Its pairs are those of the rest, in the same order.</param>
    /// <param name="policy">As at the start of the run.</param>
    /// <param name="cancel">Stops the hosts, keeps what is finished.</param>
    /// <exception cref="StoreException">The store can't be written, or another process resumed the run.</exception>
    public async Task<RunEnd> ResumeAsync(
        MigrationResumption resumption,
        MigrationPlan plan,
        Policy? policy,
        CancellationToken cancel
    )
    {
        var run = resumption.Run;
        await using var writer = await store
            .ResumeRunAsync(run.Run.Id, Executor.ThisProcess.Text)
            .ConfigureAwait(false);
        var parts = plan
            .Pairs.Zip(resumption.Pairs, (pair, left) =>
                (pair, new Part(left.Stored.Host.Target, left.Stored.Id, left.Left, left))
            )
            .ToDictionary();
        var rest = run.Hosts.Where(h => parts.Values.All(p => p.Id != h.Id)).ToList();
        // A harness that was killed may have ended after a pair's last verdict, and before it stored the pair's end.
        foreach (var done in rest.Where(h => h.State is States.Planned or States.Running or States.Interrupted))
            await writer.FinishHostAsync(done.Id, States.Finished).ConfigureAwait(false);
        string[] lost = [.. rest.Where(h => h.State == States.Failed).Select(h => h.Reason).OfType<string>()];
        return await OnAllAsync(writer, plan, parts, policy, lost, cancel).ConfigureAwait(false);
    }

    private async Task<RunEnd> OnAllAsync(
        RunWriter writer,
        MigrationPlan plan,
        Dictionary<(int From, int To), Part> parts,
        Policy? policy,
        string[] lostBefore,
        CancellationToken cancel
    )
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var journal = new PairJournal(writer, watcher, stop.Cancel);
        var lost = new SortedSet<string>(lostBefore, StringComparer.Ordinal);
        bool interrupted = false;
        try
        {
            await OnBlocksAsync(plan, parts, policy, journal, lost, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            interrupted = true;
        }
        await journal.FlushAsync().ConfigureAwait(false);
        await writer
            .FinishAsync(
                interrupted ? States.Interrupted
                    : lost.Count > 0 ? States.Failed
                    : States.Finished,
                lost.Count > 0 ? string.Join("; ", lost) : null
            )
            .ConfigureAwait(false);
        return new RunEnd(writer.Run, [.. lost], interrupted);
    }

    private async Task OnBlocksAsync(
        MigrationPlan plan,
        Dictionary<(int From, int To), Part> parts,
        Policy? policy,
        PairJournal journal,
        SortedSet<string> lost,
        CancellationToken stop
    )
    {
        var up = new Dictionary<int, MigrationHost>();
        try
        {
            foreach (var block in PairSchedule.Of(plan.Pairs, Math.Max(2, HostsAtOnce)))
            {
                foreach (int gone in up.Keys.Except(block.Hosts).ToList())
                {
                    await up[gone].DisposeAsync().ConfigureAwait(false);
                    up.Remove(gone);
                }
                foreach (int host in block.Hosts.Except(up.Keys).ToList())
                    up[host] = Started(plan.Hosts[host], policy);
                var jobs = new ParallelOptions { MaxDegreeOfParallelism = Jobs, CancellationToken = stop };
                await Parallel
                    .ForEachAsync(block.Pairs, jobs, async (pair, cancel) =>
                    {
                        if (
                            await OnPairAsync(parts[pair], up[pair.From], up[pair.To], journal, cancel)
                                .ConfigureAwait(false) is
                            { } reason
                        )
                            lock (lost)
                                lost.Add(reason);
                    })
                    .ConfigureAwait(false);
            }
        }
        finally
        {
            await Task.WhenAll(up.Values.Select(h => h.DisposeAsync().AsTask())).ConfigureAwait(false);
        }
    }

    private MigrationHost Started(HostMaker maker, Policy? policy)
    {
        var made = maker.Make();
        var session = new HostSession(made.Host, Processes.TimeoutScale.Scale(Grace), what =>
            watcher.Phase(maker.Name, what)
        )
        {
            Choose = known => ReleaseCatalog.Choose(known.Release, known.Build, policy),
        };
        return new MigrationHost(made.Host, made.Kind, session);
    }

    /// <returns>Null, or why one of the hosts was unavailable.</returns>
    private async Task<string?> OnPairAsync(
        Part part,
        MigrationHost from,
        MigrationHost to,
        PairJournal journal,
        CancellationToken cancel
    )
    {
        string? unavailable = null;
        KnownOnHost? differences = null;
        var executor = new MigrationExecutor(from, to);
        foreach (var migration in part.Migrations)
        {
            Move move;
            try
            {
                differences ??= await OpenAsync(part, from, to, journal, cancel).ConfigureAwait(false);
                move = await executor.MoveAsync(migration, cancel).ConfigureAwait(false);
                var settled = differences.Settle(migration, move.Result.Verdict).UnlessUnread();
                move = move with { Result = move.Result with { Verdict = settled } };
            }
            catch (HostUnavailableException e)
            {
                unavailable = e.Message;
                move = new Move(
                    new MigrationVerdict(
                        new Verdict(
                            VerdictKind.Infrastructure,
                            Culprit.Infrastructure,
                            e.Message,
                            "",
                            null,
                            null,
                            [],
                            []
                        ),
                        null
                    ),
                    []
                );
            }
            journal.Verdict(part.Id, part.Name, migration, move, from.Known, to.Known);
        }
        if (differences is not null)
            journal.Known(part.Id, differences);
        journal.Finished(part.Id, unavailable is null ? States.Finished : States.Failed, unavailable);
        return unavailable;
    }

    /// <summary>Both hosts respond: they are described, and compared with their state before an interruption.</summary>
    /// <exception cref="HostUnavailableException">One is unavailable, or is not the same host.</exception>
    private async Task<KnownOnHost> OpenAsync(
        Part part,
        MigrationHost from,
        MigrationHost to,
        PairJournal journal,
        CancellationToken cancel
    )
    {
        await Task.WhenAll(from.OpenAsync(cancel), to.OpenAsync(cancel)).ConfigureAwait(false);
        if (part.Resumed?.WhyNot(from.Description, to.Description) is { } changed)
            throw new HostUnavailableException(changed);
        journal.Pair(part.Id, from, to);
        var differences = KnownOnHost.OfPair(KnownDifferences, from.Known!, to.Known!);
        foreach (var earlier in part.Resumed?.Earlier ?? [])
            differences.Recall(earlier);
        return differences;
    }

    private static CaseRecord Record(Migration m) =>
        new(
            m.Id,
            $"migration:{CaseText.Word(m.Case.Backing)}",
            m.Key,
            JsonSerializer.Serialize(AllMigrations.Attributes(m))
        );
}
