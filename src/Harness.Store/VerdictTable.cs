using Microsoft.Data.Sqlite;

namespace Harness.Store;

/// <summary>The table <c>verdict</c>, which views and results refer to: <see cref="Verdicts.Table"/> in SQL.</summary>
internal static class VerdictTable
{
    /// <summary>Words of a harness that has others are kept: results may refer to them.</summary>
    public static bool IsCurrent(SqliteConnection connection) =>
        !Rows()
            .Except(
                connection.Rows("SELECT word, class, differs, exit_code, ordinal, description FROM verdict", row =>
                    (
                        row.Text("word"),
                        row.Text("class"),
                        Number(row, "differs"),
                        Number(row, "exit_code"),
                        row.Integer("ordinal"),
                        row.Text("description")
                    )
                )
            )
            .Any();

    public static void Fill(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = """
            INSERT INTO verdict (word, class, differs, exit_code, ordinal, description) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (word) DO UPDATE SET class = excluded.class, differs = excluded.differs, exit_code = excluded.exit_code,
              ordinal = excluded.ordinal, description = excluded.description
            """;
        foreach (var (word, verdictClass, differs, exitCode, ordinal, description) in Rows())
        {
            command.Parameters.Clear();
            object?[] values = [word, verdictClass, differs, exitCode, ordinal, description];
            for (int i = 0; i < values.Length; i++)
                command.Parameters.AddWithValue($"?{i + 1}", values[i] ?? DBNull.Value);
            command.ExecuteNonQuery();
        }
    }

    private static IEnumerable<(
        string Word,
        string Class,
        long? Differs,
        long? ExitCode,
        long Ordinal,
        string Description
    )> Rows() =>
        Verdicts.Table.Select(
            (v, i) =>
                (
                    v.Word,
                    v.ClassWord,
                    v.Differs is { } differs
                        ? differs
                            ? 1L
                            : 0L
                        : (long?)null,
                    (long?)v.ExitCode,
                    (long)i,
                    v.Description
                )
        );

    private static long? Number(SqliteDataReader row, string column) =>
        row.IsDBNull(row.GetOrdinal(column)) ? null : row.Integer(column);
}
