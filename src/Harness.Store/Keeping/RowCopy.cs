using Microsoft.Data.Sqlite;

namespace Harness.Store.Keeping;

/// <summary>Copies rows of a table from one file to another, with some columns changed.</summary>
internal sealed class RowCopy : IDisposable
{
    private readonly SqliteConnection _from;
    private readonly SqliteCommand _insert;
    private readonly string[] _columns;

    /// <param name="from">Read from.</param>
    /// <param name="to">Written to; in a transaction.</param>
    /// <param name="table">In both; generated columns are not copied.</param>
    /// <param name="numbered">Its rows get new ids: the column id is left out.</param>
    public RowCopy(SqliteConnection from, SqliteConnection to, string table, bool numbered)
    {
        _from = from;
        _columns =
        [
            .. to.Rows($"PRAGMA table_info({table})", row => row.Text("name")).Where(c => !numbered || c != "id"),
        ];
        _insert = to.CreateCommand();
        _insert.CommandText =
            $"INSERT INTO {table} ({string.Join(", ", _columns)}) "
            + $"VALUES ({string.Join(", ", _columns.Select((_, i) => $"?{i + 1}"))}) {(numbered ? "RETURNING id" : "")}";
        for (int i = 0; i < _columns.Length; i++)
            _insert.Parameters.Add(new SqliteParameter { ParameterName = $"?{i + 1}" });
    }

    /// <param name="select">Rows with all columns of the table; ?1 is <paramref name="value"/>.</param>
    /// <param name="change">The new value of a column, given its name and its old one.</param>
    /// <param name="copied">Called with the id of each row in either file; not called for a table without ids.</param>
    public void Copy(
        string select,
        object value,
        Func<string, object, object> change,
        Action<long, long>? copied = null
    )
    {
        using var command = _from.CreateCommand();
        command.CommandText = select;
        command.Parameters.AddWithValue("?1", value);
        using var row = command.ExecuteReader();
        int[] at = [.. _columns.Select(row.GetOrdinal)];
        int id = copied is null ? -1 : row.GetOrdinal("id");
        while (row.Read())
        {
            for (int i = 0; i < at.Length; i++)
                _insert.Parameters[i].Value = row.IsDBNull(at[i])
                    ? DBNull.Value
                    : change(_columns[i], row.GetValue(at[i]));
            if (copied is null)
                _insert.ExecuteNonQuery();
            else
                copied(row.GetInt64(id), (long)_insert.ExecuteScalar()!);
        }
    }

    public void Dispose() => _insert.Dispose();
}
