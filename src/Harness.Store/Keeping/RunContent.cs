using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;

namespace Harness.Store.Keeping;

/// <summary>A hash of a run's whole content, independent of the row ids in its file.</summary>
internal static class RunContent
{
    // Every table of a run, without ids that differ from file to file and without derived data.
    private static readonly string[] s_queries =
    [
        "SELECT * FROM run WHERE id = ?1",
        """
            SELECT name, kind, state, reason, started_utc, finished_utc, planned, kernel_release, kernel_version, build_id, cpu, qemu_version,
              qemu_command_line, boot_id, image_hash, capabilities, facts, evidence, policy, platform, source, destination,
              upstream_release, release_standing, nearest_release
            FROM host WHERE run = ?1 ORDER BY name
            """,
        """
            SELECT h.name, r.case_id, r.ordinal, r.verdict, r.culprit, r.reason, r.policy, r.rule, r.rule_source, p.path, r.predicted,
              r.observed, r.details, r.known, r.evidence, r.attempts, r.duration_us, r.stored_utc
            FROM host h JOIN result r ON r.host = h.id LEFT JOIN rule_path p ON p.id = r.path WHERE h.run = ?1 ORDER BY h.name, r.ordinal
            """,
        """
            SELECT h.name, r.ordinal, a.number, a.observation
            FROM host h JOIN result r ON r.host = h.id JOIN attempt a ON a.result = r.id WHERE h.run = ?1 ORDER BY h.name, r.ordinal, a.number
            """,
        """
            SELECT h.name, r.ordinal, m.stage, m.errno, m.source_leaf, m.destination_leaf, m.violation, m.violation_rule, m.refused, m.refused_registers,
              m.bytes, m.source_us, m.transfer_us, m.destination_us
            FROM host h JOIN result r ON r.host = h.id JOIN migration m ON m.result = r.id WHERE h.run = ?1 ORDER BY h.name, r.ordinal
            """,
        """
            SELECT h.name, r.ordinal, k.ordinal, k.title, k.kind, k.cause, k.times
            FROM host h JOIN result r ON r.host = h.id JOIN kernel_report k ON k.result = r.id WHERE h.run = ?1 ORDER BY h.name, r.ordinal, k.ordinal
            """,
        """
            SELECT h.name, r.ordinal, b.property, b.predicted
            FROM host h JOIN result r ON r.host = h.id JOIN breach b ON b.result = r.id WHERE h.run = ?1 ORDER BY h.name, r.ordinal, b.property
            """,
        """
            SELECT h.name, p.machine, p.ordinal, p.state, p.reason
            FROM host h JOIN pool_machine p ON p.host = h.id WHERE h.run = ?1 ORDER BY h.name, p.ordinal
            """,
        """
            SELECT h.name, p.name, p.ordinal, p.program, p.arguments, p.source, p.filter, p.outcome, p.reason, p.exit_code, p.relation,
              p.explanation, p.agreed, p.deviated, p.unanswered, p.kernel_reports, p.output, p.duration_us, p.stored_utc
            FROM host h JOIN peer p ON p.host = h.id WHERE h.run = ?1 ORDER BY h.name, p.ordinal
            """,
        """
            SELECT h.name, k.name, k.definition, k.culprit, k.reason, k.link, k.expired, k.asked, k.met
            FROM host h JOIN known_difference k ON k.host = h.id WHERE h.run = ?1 ORDER BY h.name, k.name
            """,
    ];

    public static string Hash(SqliteConnection connection, string run)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string sql in s_queries)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            command.Parameters.AddWithValue("?1", run);
            using var row = command.ExecuteReader();
            while (row.Read())
                for (int i = 0; i < row.FieldCount; i++)
                    Add(hash, row.IsDBNull(i) ? null : row.GetString(i));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>With its length before it, so that different lists of values have different input.</summary>
    private static void Add(IncrementalHash hash, string? value)
    {
        byte[] text = value is null ? [] : Encoding.UTF8.GetBytes(value);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, value is null ? -1 : text.Length);
        hash.AppendData(length);
        hash.AppendData(text);
    }
}
