using Harness.Store;

namespace Harness.Chaos;

/// <summary>A run as the database has it at one moment.</summary>
internal sealed record StoredRun(RunSummary Run, IReadOnlyList<ResultRow> Rows)
{
    public IEnumerable<ResultRow> Judged => Rows.Where(r => r.Verdict != Verdicts.Planned);

    /// <summary>The newest run; null if there is none, or no database.</summary>
    /// <exception cref="StoreException">The database is damaged.</exception>
    public static StoredRun? Read(string database)
    {
        if (!File.Exists(database) || new FileInfo(database).Length == 0)
            return null;
        ResultStore store;
        try
        {
            store = ResultStore.Open(database);
        }
        catch (StoreException e) when (e.Message.EndsWith("not one of this harness", StringComparison.Ordinal))
        {
            return null; // created, and its tables are not there yet
        }
        return store.Run() is { } run ? new StoredRun(run, store.Results(run.Run.Id)) : null;
    }
}
