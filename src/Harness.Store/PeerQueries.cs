using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Harness.Store;

internal static class PeerQueries
{
    /// <summary>Those of a run, host by host, in the order planned.</summary>
    public static IReadOnlyList<PeerRow> Of(SqliteConnection connection, string run) =>
        connection.Rows(
            """
            SELECT p.*, h.name AS target, h.kernel_release FROM host h JOIN peer p ON p.host = h.id
            WHERE h.run = ?1 ORDER BY h.id, p.ordinal
            """,
            row => new PeerRow(
                row.Integer("host"),
                row.Text("target"),
                row.TextOrNull("kernel_release"),
                new PeerPlan(row.Text("name"), row.Text("program"), row.Text("arguments"), row.TextOrNull("filter")),
                row.Text("outcome") == PeerStates.Planned ? null : Record(row)
            ),
            run
        );

    private static PeerRecord Record(SqliteDataReader row) =>
        new(
            row.Text("name"),
            row.Text("outcome"),
            row.TextOrNull("reason"),
            row.Text("relation"),
            row.TextOrNull("explanation")
        )
        {
            Program = row.Text("program"),
            Source = row.TextOrNull("source"),
            ExitCode = row.IsDBNull(row.GetOrdinal("exit_code")) ? null : (int)row.Integer("exit_code"),
            Output = row.TextOrNull("output"),
            KernelReports = JsonSerializer.Deserialize<string[]>(row.Text("kernel_reports"))!,
            Agreed = (int)row.Integer("agreed"),
            Deviated = (int)row.Integer("deviated"),
            Unanswered = (int)row.Integer("unanswered"),
            DurationMicros = row.Integer("duration_us"),
        };
}
