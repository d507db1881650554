using Microsoft.Data.Sqlite;

namespace Harness.Store.Keeping;

/// <summary>
/// Merges the shards of a whole into one run. They belong together if they were cut from the same plan, and for the
/// same night; shards without the name of a night, if the files that are merged have each of them once.
/// </summary>
/// <param name="all">The runs with shards of all files that are merged, and of the file that receives them.</param>
internal sealed class ShardMerge(IReadOnlyList<ShardRun> all)
{
    // By the plan of shards without the name of a night: the run in which this merge gathers them.
    private readonly Dictionary<string, string> _unnamed = [];

    /// <summary>A run of a file, if it has shards.</summary>
    public static ShardRun? Find(SqliteConnection connection, string run) =>
        ShardRun.Of(connection).FirstOrDefault(r => r.Id == run);

    /// <exception cref="StoreException">
    /// Its shards are there already with other content; a rule or a case exists with other content.
    /// </exception>
    public MergedRun Take(SqliteConnection to, SqliteConnection from, MergedRun merged, ShardRun run)
    {
        if (run.IsOpen)
            return merged with { Result = MergeResults.Running };
        var there = ShardRun.Of(to);
        if (there.FirstOrDefault(t => t.Shards.Any(s => run.Shards.Any(n => n.Source == s.Source))) is { } same)
            return run.Shards.All(s => same.Shards.Contains(s))
                ? merged with
                {
                    Result = MergeResults.Same,
                    Into = same.Id,
                }
                : throw new StoreException(
                    $"{merged.File}: run {run.Id} has {List(run)}, of which run {same.Id} here has some with another end: merge the databases of the shards into a new one"
                );
        if (Newer(run) is { } newer)
            return merged with { Result = MergeResults.Replaced, Why = $"run {newer.Id} is the same shard, and later" };
        if (IsAmbiguous(run))
        {
            RunTransfer.Copy(to, from, merged.File, run.Id);
            return merged with
            {
                Result = MergeResults.Apart,
                Why = "several runs are the same shard, without --night",
            };
        }
        var whole = Whole(there, run);
        if (
            whole?.Shards.Select(s => s.Number).Intersect(run.Shards.Select(s => s.Number)).ToList() is
            { Count: > 0 } twice
        )
            throw new StoreException(
                $"{merged.File}: run {run.Id} is {ShardRecord.List(twice.Select(n => (int)n))} of night {run.Night}, which run {whole.Id} here has already, from another run: leave this file out, or merge all files into a new one"
            );
        if (whole is null)
        {
            RunTransfer.Copy(to, from, merged.File, run.Id);
            WholeRun.Begin(to, run.Id);
        }
        else if (WhyNot(to, from, run.Id, whole.Id) is { } why)
        {
            RunTransfer.Copy(to, from, merged.File, run.Id);
            return merged with { Result = MergeResults.Apart, Why = $"it can't be merged into run {whole.Id}: {why}" };
        }
        else
        {
            WholeRun.Add(to, from, merged.File, run.Id, whole.Id);
        }
        string into = whole?.Id ?? run.Id;
        if (run.Night is null)
            _unnamed[run.Plan] = into;
        return merged with { Into = into };
    }

    /// <summary>The run that shards are added to.</summary>
    private ShardRun? Whole(IReadOnlyList<ShardRun> there, ShardRun run) =>
        run.Night is null
            ? there.FirstOrDefault(t => t.Id == _unnamed.GetValueOrDefault(run.Plan))
                ?? there.FirstOrDefault(t => t is { Merged: false, Night: null, IsOpen: false } && t.Plan == run.Plan)
            : there
                .Where(t => t.Night == run.Night && t.Plan == run.Plan && !t.IsOpen)
                .OrderByDescending(t => t.Merged)
                .FirstOrDefault();

    /// <summary>A later execution of the same shard of the same night, in the files that are merged.</summary>
    private ShardRun? Newer(ShardRun run) =>
        run is { Night: not null, Shards: [var (number, _, finished)] }
            ? all.FirstOrDefault(r =>
                r.Id != run.Id
                && (r.Night, r.Plan, r.IsOpen, r.Merged) == (run.Night, run.Plan, false, false)
                && r.Shards is [var other]
                && other.Number == number
                && string.CompareOrdinal(other.Finished, finished) > 0
            )
            : null;

    /// <summary>Which of several runs of the same shard belongs to which night can't be known.</summary>
    private bool IsAmbiguous(ShardRun run) =>
        run.Night is null
        && !run.Merged
        && all.Where(r => r is { Night: null, Merged: false, IsOpen: false } && r.Plan == run.Plan)
            .DistinctBy(r => r.Id)
            .SelectMany(r => r.Shards)
            .GroupBy(s => s.Number)
            .Any(g => g.Count() > 1);

    private static string? WhyNot(SqliteConnection to, SqliteConnection from, string run, string into)
    {
        string[] columns = ["harness_version", "model_hash", "probe_hash", "policy", "suite", "shards"];
        string sql = $"SELECT {string.Join(", ", columns)} FROM run WHERE id = ?1";
        string?[] Read(SqliteDataReader row) => [.. columns.Select(row.TextOrNull)];
        var (a, b) = (from.Rows(sql, Read, run).Single(), to.Rows(sql, Read, into).Single());
        for (int i = 0; i < columns.Length; i++)
            if (a[i] != b[i])
                return $"it has another {columns[i].Replace('_', ' ')} ({a[i] ?? "none"}; there {b[i] ?? "none"})";
        return HostParts.WhyNot(to, from, run, into);
    }

    private static string List(ShardRun run) => ShardRecord.List(run.Shards.Select(s => (int)s.Number));
}
