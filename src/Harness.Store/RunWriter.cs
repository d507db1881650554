using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace Harness.Store;

/// <summary>
/// Writes one run. One thread owns the connection; callers on any thread queue their records, and each task completes
/// when its record is committed. Records that wait together share a transaction, so nothing is delayed to make a batch.
/// Once the disk or the file fails, or another process has resumed the run, every later call fails with the same <see
/// cref="StoreException"/>.
/// </summary>
public sealed class RunWriter : IAsyncDisposable
{
    private readonly Channel<Entry> _queue = Channel.CreateUnbounded<Entry>(new() { SingleReader = true });
    private readonly RunStatements _statements;
    private readonly SqliteConnection _connection;
    private readonly string _path;
    private readonly Task _loop;
    private StoreException? _failure;
    private readonly string? _executor;
    private bool _owner;
    private bool _finished;

    private RunWriter(SqliteConnection connection, string path, string run, string? executor, TimeProvider time)
    {
        _executor = executor;
        _connection = connection;
        // Another process may merge, prune or upgrade a large file meanwhile: that must not fail a nightly run.
        SqliteFile.Execute(connection, "PRAGMA busy_timeout = 600000");
        // A run does not end because $TMPDIR is full.
        SqliteFile.Execute(connection, "PRAGMA temp_store = MEMORY");
        _path = path;
        Run = run;
        _statements = new RunStatements(connection, run, time);
        _loop = Task.Factory.StartNew(
            WriteAll,
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
    }

    /// <summary>The run's id.</summary>
    public string Run { get; }

    internal static Task<RunWriter> BeginAsync(
        SqliteConnection connection,
        string path,
        RunRecord run,
        TimeProvider time
    ) => StartAsync(new RunWriter(connection, path, run.Id, run.Executor, time), s => s.InsertRun(run));

    internal static async Task<(RunWriter, IReadOnlyList<long>)> BeginAsync(
        SqliteConnection connection,
        string path,
        RunRecord run,
        IReadOnlyList<PlannedHost> hosts,
        TimeProvider time
    )
    {
        var ids = new List<long>();
        var writer = await StartAsync(new RunWriter(connection, path, run.Id, run.Executor, time), s =>
            {
                s.InsertRun(run);
                foreach (var host in hosts)
                {
                    ids.Add(s.InsertHost(host.Host));
                    s.Plan(ids[^1], host.Cases);
                    s.PlanPeers(ids[^1], host.Peers);
                }
            })
            .ConfigureAwait(false);
        return (writer, ids);
    }

    internal static Task<RunWriter> ResumeAsync(
        SqliteConnection connection,
        string path,
        string run,
        string executor,
        TimeProvider time
    ) => StartAsync(new RunWriter(connection, path, run, executor, time), s => s.ResumeRun(executor));

    private static async Task<RunWriter> StartAsync(RunWriter writer, Action<RunStatements> start)
    {
        try
        {
            await writer
                .Write(s =>
                {
                    start(s);
                    writer._owner = true;
                })
                .ConfigureAwait(false);
            return writer;
        }
        catch
        {
            writer._finished = true;
            await writer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Adds a target in state planned. Returns its id for results.</summary>
    public Task<long> AddHostAsync(HostRecord host) => Write(s => s.InsertHost(host));

    /// <summary>
    /// Replaces the description of a host; its target must stay the same. The host is in state running from now on,
    /// including one of a resumed run that had ended.
    /// </summary>
    public Task DescribeHostAsync(long host, HostRecord record) => Write(s => s.UpdateHost(host, record));

    /// <summary>Plans cases on a host, after those already planned there. All are stored, or none.</summary>
    public Task PlanAsync(long host, IReadOnlyList<CaseRecord> cases) => Write(s => s.Plan(host, cases));

    /// <summary>Records the verdict of a planned case, once.</summary>
    /// <exception cref="StoreException">The case is not planned on that host, or has its verdict already.</exception>
    public Task RecordAsync(ResultRecord result) => Write(s => s.Record(result));

    /// <summary>Stores the rules of a policy, in order; repeating it has no effect.</summary>
    public Task AddRulesAsync(string modelHash, string policy, IReadOnlyList<RuleRecord> rules) =>
        Write(s => s.Rules(modelHash, policy, rules));

    /// <summary>Stores the results of the known differences that apply to a host.</summary>
    public Task AddKnownAsync(long host, IReadOnlyList<KnownDifferenceRecord> known) =>
        Write(s => s.Known(host, known));

    /// <summary>
    /// Stores what became of the machines of a pool; a later record of a machine replaces an earlier one.
    /// </summary>
    public Task AddPoolAsync(long host, IReadOnlyList<PoolMachineRecord> machines) =>
        machines.Count == 0 ? Task.CompletedTask : Write(s => s.Pool(host, machines));

    /// <summary>Records how a planned program of another test suite ended, once.</summary>
    /// <exception cref="StoreException">It is not planned on that host, or has its outcome already.</exception>
    public Task RecordPeerAsync(long host, PeerRecord peer) => Write(s => s.Peer(host, peer));

    /// <summary>Ends a host: finished, interrupted or failed, with the reason for the latter two.</summary>
    public Task FinishHostAsync(long host, string state, string? reason = null) =>
        Write(s => s.FinishHost(host, state, reason));

    /// <summary>Ends the run.</summary>
    public async Task FinishAsync(string state, string? reason = null)
    {
        await Write(s => s.FinishRun(state, reason)).ConfigureAwait(false);
        _finished = true;
    }

    /// <summary>Closes the file. A run that was not finished becomes failed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_finished)
        {
            _finished = true;
            try
            {
                await Write(s => s.FinishRun(States.Failed, "the harness ended before the run did"))
                    .ConfigureAwait(false);
            }
            catch (StoreException)
            {
                // The error was reported to the callers; the file keeps the state running, which Check reports.
            }
        }
        _queue.Writer.TryComplete();
        await _loop.ConfigureAwait(false);
    }

    private async Task Write(Action<RunStatements> operation) =>
        await Write<object?>(s =>
            {
                operation(s);
                return null;
            })
            .ConfigureAwait(false);

    private async Task<T> Write<T>(Func<RunStatements, T> operation)
    {
        var entry = new Entry(s => operation(s));
        ObjectDisposedException.ThrowIf(!_queue.Writer.TryWrite(entry), this);
        return (T)(await entry.Done.Task.ConfigureAwait(false))!;
    }

    private void WriteAll()
    {
        var batch = new List<Entry>();
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_queue.Reader.TryRead(out var entry))
                batch.Add(entry);
            WriteBatch(batch);
            batch.Clear();
        }
        _statements.Dispose();
        EmptyLog();
        _connection.Dispose();
    }

    /// <summary>
    /// So that the file alone is whole: closing it does so only if it is open nowhere else, and who closes it last may
    /// only have read it. A reader at this moment prevents it, and the next one who writes does it.
    /// </summary>
    private void EmptyLog()
    {
        try
        {
            SqliteFile.Execute(_connection, "PRAGMA busy_timeout = 1000; PRAGMA wal_checkpoint(TRUNCATE)");
        }
        catch (SqliteException)
        {
            // The log has everything.
        }
    }

    private void WriteBatch(List<Entry> batch)
    {
        var outcomes = new (object? Value, Exception? Error)[batch.Count];
        if (_failure is null)
        {
            try
            {
                _statements.Begin();
                if (_owner)
                    _statements.Own(_executor);
                for (int i = 0; i < batch.Count; i++)
                    outcomes[i] = WriteOne(batch[i]);
                _statements.Commit();
            }
            catch (SqliteException e)
            {
                _statements.Rollback();
                _failure = SqliteFile.Explain(e, _path);
            }
            catch (StoreException e)
            {
                _statements.Rollback();
                _failure = e;
            }
        }
        for (int i = 0; i < batch.Count; i++)
        {
            if ((_failure ?? outcomes[i].Error) is { } error)
                batch[i].Done.SetException(error);
            else
                batch[i].Done.SetResult(outcomes[i].Value);
        }
    }

    /// <summary>A rejected record does not affect the others in its transaction.</summary>
    private (object? Value, Exception? Error) WriteOne(Entry entry)
    {
        _statements.Savepoint();
        try
        {
            var value = entry.Operation(_statements);
            _statements.Release();
            return (value, null);
        }
        catch (SqliteException e) when (!SqliteFile.IsFatal(e))
        {
            _statements.RollbackToSavepoint();
            return (null, SqliteFile.Explain(e, _path));
        }
        catch (Exception e) when (e is not SqliteException)
        {
            _statements.RollbackToSavepoint();
            return (null, e);
        }
    }

    private sealed record Entry(Func<RunStatements, object?> Operation)
    {
        public TaskCompletionSource<object?> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
