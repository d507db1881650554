using Harness.Store.History;
using Harness.Store.Keeping;
using Microsoft.Data.Sqlite;

namespace Harness.Store;

/// <summary>
/// A database of runs. Any number of processes may read and write it at once; every member is thread-safe. Every member
/// throws <see cref="StoreException"/> if the file can't be used.
/// </summary>
public sealed class ResultStore
{
    /// <summary>What <see cref="AtOneMoment"/> has open on this thread.</summary>
    [ThreadStatic]
    private static (ResultStore Store, SqliteConnection Connection)? t_moment;

    private ResultStore(string path) => Path = path;

    /// <summary>As given by the user.</summary>
    public string Path { get; }

    /// <summary>The maximum size of the file in pages of 4 KiB for a writer; for tests of a full disk.</summary>
    internal long? PageLimit { get; init; }

    /// <summary>Opens a database, or creates it if there is no file or an empty one.</summary>
    public static ResultStore OpenOrCreate(string path) => OpenOrCreate(path, pageLimit: null);

    internal static ResultStore OpenOrCreate(string path, long? pageLimit)
    {
        using (OpenWritable(path, SqliteOpenMode.ReadWriteCreate))
            return new ResultStore(path) { PageLimit = pageLimit };
    }

    /// <summary>
    /// Opens an existing database, and doesn't write to it, except to upgrade one of an older harness.
    /// </summary>
    public static ResultStore Open(string path)
    {
        long version;
        using (var connection = SqliteFile.Open(path, SqliteOpenMode.ReadOnly))
            version = SqliteFile.Scalar(connection, "PRAGMA user_version");
        if (version >= Schema.Version)
            return new ResultStore(path);
        try
        {
            return OpenOrCreate(path);
        }
        catch (StoreException e) when (e.InnerException is SqliteException cause && UnwritableFile.IsCause(cause))
        {
            throw new StoreException(
                $"{path} was written by an older harness (schema {version}) and has to be upgraded, but it or its folder can't be written: copy it to another folder",
                cause
            );
        }
    }

    /// <summary>
    /// As <see cref="OpenOrCreate(string)"/> and <see cref="Merge(IReadOnlyList{string})"/>; if that fails, a file that
    /// was created for it is removed.
    /// </summary>
    public static IReadOnlyList<MergedRun> MergeInto(string path, IReadOnlyList<string> files)
    {
        bool existed = File.Exists(path);
        bool empty = existed && new FileInfo(path).Length == 0;
        try
        {
            return OpenOrCreate(path).Merge(files);
        }
        catch when (!existed || empty)
        {
            foreach (string created in (string[])[path, path + "-wal", path + "-shm", path + "-journal"])
                File.Delete(created);
            if (empty)
                File.Create(path).Dispose();
            throw;
        }
    }

    /// <summary>Stores the run in state running, and returns the only way to add to it.</summary>
    public Task<RunWriter> BeginRunAsync(RunRecord run) =>
        RunWriter.BeginAsync(OpenWritable(Path, SqliteOpenMode.ReadWrite, PageLimit), Path, run, TimeProvider.System);

    /// <summary>
    /// Resumes a run that did not finish: it is in state running again, without end and reason. Its hosts with cases
    /// left are in state planned, the others are unchanged; results are recorded under the hosts' ids as in <see
    /// cref="HostSummary.Id"/>. The caller must know whether the process that wrote it before has ended: if it still
    /// runs, its writes are refused from now on.
    /// </summary>
    /// <param name="run">Its whole id.</param>
    /// <param name="executor">
    /// The process that executes it from now on, JSON; different for every process of the run.
    /// </param>
    /// <exception cref="StoreException">There is no such run, or it is finished.</exception>
    public Task<RunWriter> ResumeRunAsync(string run, string executor) =>
        RunWriter.ResumeAsync(
            OpenWritable(Path, SqliteOpenMode.ReadWrite, PageLimit),
            Path,
            run,
            executor,
            TimeProvider.System
        );

    /// <summary>
    /// As <see cref="BeginRunAsync(RunRecord)"/>, with all its hosts and cases: the run is stored with its whole plan,
    /// or not at all.
    /// </summary>
    /// <returns>The writer, and the hosts' ids in the given order.</returns>
    public Task<(RunWriter Writer, IReadOnlyList<long> Hosts)> BeginRunAsync(
        RunRecord run,
        IReadOnlyList<PlannedHost> hosts
    ) =>
        RunWriter.BeginAsync(
            OpenWritable(Path, SqliteOpenMode.ReadWrite, PageLimit),
            Path,
            run,
            hosts,
            TimeProvider.System
        );

    /// <summary>Every run, newest first.</summary>
    public IReadOnlyList<RunSummary> Runs() => Read(RunQueries.All);

    /// <summary>
    /// The newest runs that fit, at most some of them: counting the results of all takes long in a large file.
    /// </summary>
    /// <param name="chosen">Of a run without its hosts.</param>
    public ChosenRuns Runs(Func<RunSummary, bool> chosen, int most) =>
        Read(connection => RunQueries.Some(connection, chosen, most));

    /// <summary>A run by its id or any unique beginning of it; the newest if null. Null if there is none.</summary>
    /// <exception cref="StoreException">More than one id begins so.</exception>
    public RunSummary? Run(string? id = null) => Read(connection => RunQueries.One(connection, Path, id));

    /// <summary>
    /// As <see cref="Run"/>, but nothing is counted: the hosts have no verdicts, no first result and no known
    /// differences.
    /// </summary>
    /// <exception cref="StoreException">More than one id begins so.</exception>
    public RunSummary? RunWithoutCounts(string? id = null) =>
        Read(connection => RunQueries.One(connection, Path, id, counted: false));

    /// <summary>The results of a run, by host and in the order planned.</summary>
    /// <param name="verdict">Only these; all if null.</param>
    public IReadOnlyList<ResultRow> Results(string run, string? verdict = null) =>
        Read(connection => ResultQueries.Of(connection, run, verdict));

    /// <summary>As <see cref="Results"/> for one host, one after the other, in constant memory.</summary>
    /// <param name="verdict">Only these; all if null.</param>
    public void ForEachResult(long host, string? verdict, Action<ResultRow> operation) =>
        Read(connection => ResultQueries.ForEach(connection, host, verdict, operation));

    /// <summary>The observations of a result as received (JSON), one for each attempt, in order.</summary>
    public IReadOnlyList<string> Observations(long host, string caseId) =>
        Read(connection => ResultQueries.Observations(connection, host, caseId));

    /// <summary>Seconds per planned case of each target when it last finished.</summary>
    public IReadOnlyDictionary<string, double> Paces() => Read(RunQueries.Paces);

    /// <summary>What kernels reported while a run's cases ran, by title, the most frequent first.</summary>
    /// <param name="run">Its whole id.</param>
    public IReadOnlyList<KernelReportCount> KernelReports(string run) =>
        Read(connection => KernelReportQueries.Of(connection, run));

    /// <summary>What the kernel reported while a case ran.</summary>
    public IReadOnlyList<KernelReportRecord> KernelReports(long host, string caseId) =>
        Read(connection => KernelReportQueries.Of(connection, host, caseId));

    /// <summary>The cases of a host during which its kernel reported something, by the report's title.</summary>
    public IReadOnlyList<string> CasesWithReport(long host, string title) =>
        Read(connection => KernelReportQueries.Cases(connection, host, title));

    /// <summary>The safety properties that results of a run violate.</summary>
    /// <param name="run">Its whole id.</param>
    public BrokenProperties BrokenProperties(string run) => Read(connection => BreachQueries.Of(connection, run));

    /// <summary>The names of the safety properties that results of a host violate, by case.</summary>
    public ILookup<string, string> BrokenProperties(long host) =>
        Read(connection => BreachQueries.Of(connection, host));

    /// <summary>The last observation of each result of a host that has one, in the order planned.</summary>
    public IReadOnlyList<StoredObservation> LastObservations(long host) =>
        Read(connection => ResultQueries.LastObservations(connection, host));

    /// <summary>Calls back for each result of a host, in the order planned, in constant memory.</summary>
    public void EachResult(long host, Action<BriefResult> result) =>
        Read(connection => ReportQueries.Each(connection, host, result));

    /// <summary>
    /// The migrations of a run, one for each result of each pair, in the order planned: pair by pair, and within a pair
    /// by ordinal. Empty if the run has none. <paramref name="run"/> is the whole id.
    /// </summary>
    public IReadOnlyList<MigrationRow> Migrations(string run) =>
        Read(connection => MigrationQueries.Of(connection, run));

    /// <summary>
    /// The programs of other test suites in a run, host by host, in the order planned; empty if it has none. <paramref
    /// name="run"/> is the whole id.
    /// </summary>
    public IReadOnlyList<PeerRow> Peers(string run) => Read(connection => PeerQueries.Of(connection, run));

    /// <summary>The cases of a run without duplicates, by class and title.</summary>
    public IReadOnlyList<CaseRecord> Cases(string run) => Read(connection => ReportQueries.Cases(connection, run));

    /// <summary>The rules of every policy in a model, by policy and in its order.</summary>
    public IReadOnlyList<PolicyRule> Rules(string modelHash) =>
        Read(connection => ReportQueries.Rules(connection, modelHash));

    /// <summary>Every run without its hosts, newest first.</summary>
    public IReadOnlyList<RunSummary> RunHeads() => Read(RunQueries.WithoutHosts);

    /// <summary>What pages over many runs show of these, in the given order; ids without a run are left out.</summary>
    /// <param name="runs">Whole ids.</param>
    public IReadOnlyList<RunHistory> History(IReadOnlyCollection<string> runs) =>
        Read(connection => HistoryQueries.Of(connection, runs));

    /// <summary>The runs that planned a case, newest first, each with the number of hosts.</summary>
    public IReadOnlyList<(string Run, int Results)> RunsOfCase(string caseId) =>
        Read(connection => HistoryQueries.RunsOfCase(connection, caseId));

    /// <summary>The results of a case in some runs, in any order.</summary>
    /// <param name="caseId">The case.</param>
    /// <param name="runs">Whole ids.</param>
    public IReadOnlyList<CaseResult> ResultsOfCase(string caseId, IReadOnlyCollection<string> runs) =>
        Read(connection => HistoryQueries.OfCase(connection, caseId, runs));

    /// <summary>Of each case and target, the newest results that take a rule, counted by target and verdict.</summary>
    public IReadOnlyList<RuleCount> ResultsOfRule(string rule) =>
        Read(connection => HistoryQueries.OfRule(connection, rule));

    /// <summary>A case that some run planned; null if none did.</summary>
    public CaseRecord? Case(string id) => Read(connection => HistoryQueries.Case(connection, id));

    /// <summary>Cases with an id or title that contains each of the words, by class and title.</summary>
    public IReadOnlyList<CaseRecord> FindCases(IReadOnlyList<string> words, int most) =>
        Read(connection => HistoryQueries.Cases(connection, words, most));

    /// <summary>Verifies the file and that every planned case is accounted for.</summary>
    public StoreCheck Check() => Read(StoreCheck.Of);

    /// <summary>Merges the runs of other files, all or none: if one fails, nothing is merged.</summary>
    /// <param name="files">Not written to; one of an older schema is read through a copy beside this file.</param>
    /// <exception cref="StoreException">
    /// A file can't be used; a run or a case exists here with other content.
    /// </exception>
    public IReadOnlyList<MergedRun> Merge(IReadOnlyList<string> files)
    {
        using var to = OpenWritable(Path, SqliteOpenMode.ReadWrite, PageLimit);
        try
        {
            SqliteFile.Execute(to, "BEGIN IMMEDIATE");
            var shards = new ShardMerge([
                .. ShardRun.Of(to),
                .. files.SelectMany(file => FromOther(file, from => ShardRun.Of(from))),
            ]);
            List<MergedRun> merged =
            [
                .. files.SelectMany(file => FromOther(file, from => StoreMerge.Take(to, from, file, shards).ToList())),
            ];
            SqliteFile.Execute(to, "COMMIT");
            return merged;
        }
        catch (SqliteException e)
        {
            throw SqliteFile.Explain(e, Path);
        }
    }

    /// <summary>Which runs pruning would keep and which not, each with the reason; newest first.</summary>
    public IReadOnlyList<PrunedRun> PlanPruning(Retention keep, DateTimeOffset now) =>
        Read(connection => StorePrune.Plan(connection, keep, now));

    /// <summary>
    /// Removes the runs that a plan does not keep, and what is no longer referenced; then shrinks the file.
    /// </summary>
    public PruneOutcome Prune(IReadOnlyList<PrunedRun> plan)
    {
        using var connection = OpenWritable(Path, SqliteOpenMode.ReadWrite);
        try
        {
            return StorePrune.Carry(connection, plan, Path);
        }
        catch (SqliteException e)
        {
            throw SqliteFile.Explain(e, Path);
        }
    }

    /// <summary>Reads another file, of which an older one is read through an upgraded copy.</summary>
    private T FromOther<T>(string file, Func<SqliteConnection, T> read)
    {
        if (System.IO.Path.GetFullPath(file) == System.IO.Path.GetFullPath(Path))
            throw new StoreException($"{file} can't be merged into itself");
        string? copy = null;
        try
        {
            var from = SqliteFile.Open(file, SqliteOpenMode.ReadOnly);
            try
            {
                if (SqliteFile.Scalar(from, "PRAGMA user_version") < Schema.Version)
                {
                    copy = $"{Path}-merge-{Guid.NewGuid():N}";
                    using (var target = new SqliteConnection($"Data Source={copy};Pooling=False"))
                    {
                        target.Open();
                        from.BackupDatabase(target);
                    }
                    from.Dispose();
                    from = OpenWritable(copy, SqliteOpenMode.ReadWrite);
                }
                SqliteFile.Execute(from, "BEGIN");
                return read(from);
            }
            catch (SqliteException e) when (!SqliteFile.IsFatal(e))
            {
                throw SqliteFile.Explain(e, file);
            }
            finally
            {
                from.Dispose();
            }
        }
        finally
        {
            if (copy is not null)
                foreach (string leftover in (string[])[copy, copy + "-wal", copy + "-shm", copy + "-journal"])
                    File.Delete(leftover);
        }
    }

    private static SqliteConnection OpenWritable(string path, SqliteOpenMode mode, long? pageLimit = null)
    {
        var connection = SqliteFile.Open(path, mode);
        try
        {
            // In WAL a reader never waits for the writer. FULL: what a reader has seen is there after a power failure.
            SqliteFile.Execute(
                connection,
                "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL"
            );
            Schema.Update(connection);
            if (pageLimit is { } pages)
                SqliteFile.Execute(connection, $"PRAGMA max_page_count = {pages}");
            return connection;
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            throw SqliteFile.Explain(e, path);
        }
    }

    private void Read(Action<SqliteConnection> query) =>
        Read<object?>(connection =>
        {
            query(connection);
            return null;
        });

    /// <summary>
    /// Runs something that only reads, so that all it reads is of one moment, and the file is opened once. On this
    /// thread.
    /// </summary>
    public T AtOneMoment<T>(Func<T> reading) =>
        Read(connection =>
        {
            var outer = t_moment;
            t_moment = (this, connection);
            try
            {
                return reading();
            }
            finally
            {
                t_moment = outer;
            }
        });

    internal T Read<T>(Func<SqliteConnection, T> query)
    {
        if (t_moment is { } moment && moment.Store == this)
            return query(moment.Connection);
        using var connection = SqliteFile.Open(Path, SqliteOpenMode.ReadOnly);
        try
        {
            // All statements see the file at the same moment, despite concurrent writers.
            SqliteFile.Execute(connection, "BEGIN");
            return query(connection);
        }
        catch (SqliteException e)
        {
            throw SqliteFile.Explain(e, Path);
        }
    }
}
