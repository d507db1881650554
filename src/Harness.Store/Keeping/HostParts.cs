using Microsoft.Data.Sqlite;

namespace Harness.Store.Keeping;

/// <summary>Hosts with cases in several shards, each executed by another controller.</summary>
internal static class HostParts
{
    /// <summary>What all parts of a host have in common, where it is known.</summary>
    private static readonly string[] s_common =
    [
        "kind",
        "kernel_release",
        "build_id",
        "cpu",
        "platform",
        "capabilities",
        "policy",
    ];

    /// <summary>The other columns that describe it; those of the first part that has them.</summary>
    private static readonly string[] s_described =
    [
        .. s_common,
        "kernel_version",
        "upstream_release",
        "release_standing",
        "nearest_release",
        "qemu_version",
        "qemu_command_line",
        "boot_id",
        "image_hash",
        "facts",
        "evidence",
    ];

    /// <summary>Why the hosts of two runs are not those of one, or null.</summary>
    public static string? WhyNot(SqliteConnection to, SqliteConnection from, string run, string into)
    {
        string sql = $"SELECT name, {string.Join(", ", s_common)} FROM host WHERE run = ?1 ORDER BY id";
        static (string Name, string?[] Marks) Read(SqliteDataReader row) =>
            (row.Text("name"), [.. s_common.Select(row.TextOrNull)]);
        var there = to.Rows(sql, Read, into).ToDictionary(h => h.Name, h => h.Marks);
        foreach (var (name, marks) in from.Rows(sql, Read, run))
            if (there.TryGetValue(name, out var others))
                for (int i = 0; i < s_common.Length; i++)
                    if (marks[i] is { } mark && others[i] is { } other && mark != other)
                        return $"its host {name} has another {s_common[i].Replace('_', ' ')}"
                            + (s_common[i] == "capabilities" ? "" : $" ({mark}; there {other})");
        return null;
    }

    /// <summary>Adds what is known of a part; its cases are copied by the caller.</summary>
    public static void Add(SqliteConnection to, SqliteConnection from, long host, long part)
    {
        const string Times = "started_utc, first_result_utc, finished_utc, planned, state, reason";
        string sql =
            $"SELECT {Times}, coalesce(parts_ms, round((julianday(finished_utc) - julianday(started_utc)) * 86400000), 0) AS ms, "
            + $"{string.Join(", ", s_described)} FROM host WHERE id = ?1";
        static Part Read(SqliteDataReader row) =>
            new(
                row.TextOrNull("started_utc"),
                row.TextOrNull("first_result_utc"),
                row.TextOrNull("finished_utc"),
                row.Text("state"),
                row.TextOrNull("reason"),
                row.Integer("planned"),
                (long)row.GetDouble(row.GetOrdinal("ms")),
                [.. s_described.Select(row.TextOrNull)]
            );
        var (a, b) = (to.Rows(sql, Read, host).Single(), from.Rows(sql, Read, part).Single());
        var described = a.Description[Array.IndexOf(s_described, "kernel_release")] is null ? b : a;
        to.Write(
            $"""
            UPDATE host SET started_utc = ?2, first_result_utc = ?3, finished_utc = ?4, planned = ?5, state = ?6, reason = ?7, parts_ms = ?8,
              {string.Join(", ", s_described.Select((c, i) => $"{c} = ?{i + 9}"))}
            WHERE id = ?1
            """,
            [
                host,
                Least(a.Started, b.Started),
                Least(a.FirstResult, b.FirstResult),
                Most(a.Finished, b.Finished),
                a.Planned + b.Planned,
                Worse(a.State, b.State),
                Joined([a.Reason, b.Reason]),
                a.Millis + b.Millis,
                .. described.Description,
            ]
        );
    }

    /// <summary>The state of a whole by those of its parts.</summary>
    public static string Worse(string one, string other) =>
        new[] { States.Interrupted, States.Failed }.FirstOrDefault(s => s == one || s == other) ?? States.Finished;

    /// <summary>The reasons of parts, each once; null if there is none.</summary>
    public static string? Joined(IEnumerable<string?> reasons) =>
        string.Join("; ", reasons.OfType<string>().Distinct()) is { Length: > 0 } all ? all : null;

    /// <summary>The earlier of two times.</summary>
    public static string? Least(string? one, string? other) =>
        one is null || (other is not null && string.CompareOrdinal(other, one) < 0) ? other : one;

    private static string? Most(string? one, string? other) =>
        one is null || (other is not null && string.CompareOrdinal(other, one) > 0) ? other : one;

    private sealed record Part(
        string? Started,
        string? FirstResult,
        string? Finished,
        string State,
        string? Reason,
        long Planned,
        long Millis,
        IReadOnlyList<string?> Description
    );
}
