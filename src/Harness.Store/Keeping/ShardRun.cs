using Microsoft.Data.Sqlite;

namespace Harness.Store.Keeping;

/// <summary>A run that has shards of a whole: one that a controller executed, or several that were merged.</summary>
/// <param name="Merged">Whether it has been merged with others, or waits for them.</param>
/// <param name="Shards">Their numbers, the run that executed each, and when that ended.</param>
internal sealed record ShardRun(
    string Id,
    string State,
    string Plan,
    string? Night,
    bool Merged,
    IReadOnlyList<(long Number, string Source, string? Finished)> Shards
)
{
    public bool IsOpen => State is States.Running or States.Planned;

    /// <summary>The runs of a file that have shards, the oldest first.</summary>
    public static IReadOnlyList<ShardRun> Of(SqliteConnection connection)
    {
        var shards = connection
            .Rows(
                "SELECT s.run, s.number, s.source, coalesce(s.finished_utc, n.finished_utc) AS finished FROM shard s JOIN run n ON n.id = s.run ORDER BY s.number",
                row =>
                    (
                        Run: row.Text("run"),
                        Shard: (row.Integer("number"), row.Text("source"), row.TextOrNull("finished"))
                    )
            )
            .ToLookup(r => r.Run, r => r.Shard);
        return connection.Rows(
            "SELECT id, state, plan_hash, night, shard FROM run WHERE plan_hash IS NOT NULL ORDER BY started_utc, id",
            row => new ShardRun(
                row.Text("id"),
                row.Text("state"),
                row.Text("plan_hash"),
                row.TextOrNull("night"),
                row.TextOrNull("shard") is null,
                [.. shards[row.Text("id")]]
            )
        );
    }
}
