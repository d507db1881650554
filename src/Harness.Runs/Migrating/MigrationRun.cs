using System.Text.Json;
using Harness.Cases.Migrations;
using Harness.Model;
using Harness.Model.Migrations;
using Harness.Model.Policies;
using Harness.Model.Releases;
using Harness.Runs.Dispatch;
using Harness.Runs.Judging;
using Harness.Runs.Resuming;
using Harness.Runs.Scheduling;
using Harness.Store;

namespace Harness.Runs.Migrating;

/// <summary>A host that comes and goes.</summary>
/// <param name="Name">The target's.</param>
/// <param name="Kind">One of <see cref="HostKinds"/>.</param>
/// <param name="Make">Makes it anew, as often as it is needed.</param>
public sealed record HostMaker(string Name, string Kind, Func<RunHost> Make);

/// <summary>Hosts and the pairs of them between which VMs migrate.</summary>
/// <param name="Hosts">Where not all fit at once, a host comes and goes.</param>
/// <param name="Pairs">By the numbers of both.</param>
public sealed record MigrationPlan(IReadOnlyList<HostMaker> Hosts, IReadOnlyList<(int From, int To)> Pairs)
{
    /// <summary>What is known of a pair before either host answers.</summary>
    public HostRecord RecordOf((int From, int To) pair) => HostRecord.Pair(RecordOf(pair.From), RecordOf(pair.To));

    private HostRecord RecordOf(int host) => new(Hosts[host].Name, Hosts[host].Kind);
}

/// <summary>One execution of migrations between pairs of hosts, into a store.</summary>
/// <param name="store">Where it goes.</param>
/// <param name="watcher">Told of everything as it goes.</param>
public sealed class MigrationRun(ResultStore store, IMigrationWatcher watcher)
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    /// <summary>How many hosts may be up at once: 2 or more.</summary>
    public int HostsAtOnce { get; init; } = int.MaxValue;

    /// <summary>How many VMs are on the move at once.</summary>
    public int Jobs { get; init; } = Math.Max(1, Environment.ProcessorCount);

    /// <param name="plan">Who is asked.</param>
    /// <param name="migrations">What every pair is asked.</param>
    /// <param name="policy">Judge every host under this one; null: each under its kernel's.</param>
    /// <param name="asked">As the user typed it.</param>
    /// <param name="probeHash">The probe's bundle.</param>
    /// <param name="cancel">Stops the hosts, keeps what is finished.</param>
    /// <exception cref="StoreException">The store can't be written.</exception>
    public async Task<RunEnd> ExecuteAsync(
        MigrationPlan plan, IReadOnlyList<Migration> migrations, Policy? policy, RequestedRun asked, string probeHash, CancellationToken cancel)
    {
        var started = DateTimeOffset.UtcNow;
        var record = new RunRecord(RunId.New(started), started, asked.CommandLine,
            asked.Harness, Run.ModelHash, probeHash, policy?.Name)
        {
            Suite = asked.Suite,
            Executor = Executor.ThisProcess.Text,
        };
        CaseRecord[] cases = [.. migrations.Select(Record)];
        var (writer, ids) = await store.BeginRunAsync(record, [.. plan.Pairs.Select(p => new PlannedHost(plan.RecordOf(p), cases))]).ConfigureAwait(false);
        await using (writer)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            var journal = new PairJournal(writer, watcher, stop.Cancel);
            var idOf = plan.Pairs.Zip(ids).ToDictionary(p => p.First, p => p.Second);
            var lost = new SortedDictionary<string, string>(StringComparer.Ordinal);
            bool interrupted = false;
            try
            {
                await OnBlocksAsync(plan, migrations, policy, journal, idOf, lost, stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                interrupted = true;
            }
            await journal.FlushAsync().ConfigureAwait(false);
            await writer.FinishAsync(interrupted ? States.Interrupted : lost.Count > 0 ? States.Failed : States.Finished,
                lost.Count > 0 ? string.Join("; ", lost.Values) : null).ConfigureAwait(false);
            return new RunEnd(writer.Run, [.. lost.Values], interrupted);
        }
    }

    private async Task OnBlocksAsync(
        MigrationPlan plan, IReadOnlyList<Migration> migrations, Policy? policy, PairJournal journal,
        Dictionary<(int, int), long> idOf, SortedDictionary<string, string> lost, CancellationToken stop)
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
                {
                    var made = plan.Hosts[host].Make();
                    string name = plan.Hosts[host].Name;
                    up[host] = new MigrationHost(made.Host, made.Kind,
                        new HostSession(made.Host, Processes.TimeoutScale.Scale(Grace), what => watcher.Phase(name, what))
                        {
                            Choose = known => ReleaseCatalog.Choose(known.Release, known.Build, policy),
                        });
                }
                await Parallel.ForEachAsync(block.Pairs, new ParallelOptions { MaxDegreeOfParallelism = Jobs, CancellationToken = stop }, async (pair, cancel) =>
                    await OnPairAsync(plan, pair, up[pair.From], up[pair.To], migrations, journal, idOf[pair], lost, cancel).ConfigureAwait(false)).ConfigureAwait(false);
            }
        }
        finally
        {
            await Task.WhenAll(up.Values.Select(h => h.DisposeAsync().AsTask())).ConfigureAwait(false);
        }
    }

    private static async Task OnPairAsync(
        MigrationPlan plan, (int From, int To) pair, MigrationHost from, MigrationHost to, IReadOnlyList<Migration> migrations, PairJournal journal,
        long id, SortedDictionary<string, string> lost, CancellationToken cancel)
    {
        string name = plan.RecordOf(pair).Target;
        string? unavailable = null;
        bool described = false;
        var mover = new MigrationExecutor(from, to);
        foreach (var migration in migrations)
        {
            Move move;
            try
            {
                if (!described)
                {
                    await Task.WhenAll(from.OpenAsync(cancel), to.OpenAsync(cancel)).ConfigureAwait(false);
                    journal.Pair(id, from, to);
                    described = true;
                }
                move = await mover.MoveAsync(migration, cancel).ConfigureAwait(false);
            }
            catch (HostUnavailableException e)
            {
                unavailable = e.Message;
                move = new Move(new MigrationVerdict(
                    new Verdict(VerdictKind.Infrastructure, Culprit.Infrastructure, e.Message, "", null, null, [], []), null), []);
            }
            journal.Verdict(id, name, migration, move, from.Known, to.Known);
        }
        if (unavailable is not null)
            lock (lost)
                lost.TryAdd(unavailable, unavailable);
        journal.Finished(id, unavailable is null ? States.Finished : States.Failed, unavailable);
    }

    private static CaseRecord Record(Migration m) =>
        new(m.Id, $"migration:{CaseText.Word(m.Case.Backing)}", m.Key, JsonSerializer.Serialize(AllMigrations.Attributes(m)));
}
