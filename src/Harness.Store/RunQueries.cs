using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Harness.Store;

internal static class RunQueries
{
    private const string Heads =
        "SELECT run.*, (SELECT group_concat(number) FROM shard WHERE shard.run = run.id) AS shard_numbers FROM run";

    public static IReadOnlyList<RunSummary> All(SqliteConnection connection) =>
        [.. WithoutHosts(connection).Select(r => WithHosts(connection, r))];

    public static ChosenRuns Some(SqliteConnection connection, Func<RunSummary, bool> chosen, int most)
    {
        var fit = WithoutHosts(connection).Where(chosen).ToList();
        return new ChosenRuns([.. fit.Take(most).Select(r => WithVerdicts(connection, r))], fit.Count);
    }

    public static RunSummary? One(SqliteConnection connection, string path, string? id, bool counted = true)
    {
        var found = id is null
            ? connection.Rows($"{Heads} ORDER BY started_utc DESC, id DESC LIMIT 1", Head)
            : connection.Rows($"{Heads} WHERE substr(id, 1, length(?1)) = ?1 ORDER BY id", Head, id);
        var exact = found.Where(r => r.Run.Id == id).ToList();
        if (exact.Count == 1)
            found = exact;
        return found.Count switch
        {
            0 => null,
            1 => counted ? WithHosts(connection, found[0]) : WithoutCounts(connection, found[0]),
            _ => throw new StoreException(
                $"{path}: {found.Count} runs begin with '{id}', "
                    + $"among them {found[0].Run.Id} and {found[1].Run.Id}"
            ),
        };
    }

    public static IReadOnlyDictionary<string, double> Paces(SqliteConnection connection)
    {
        var paces = new Dictionary<string, double>();
        connection.Each(
            """
            SELECT target, coalesce(parts_ms / 1000.0, (julianday(finished_utc) - julianday(started_utc)) * 86400) / planned AS pace
            FROM host
            WHERE target IS NOT NULL AND state = 'finished' AND planned > 0 AND started_utc IS NOT NULL ORDER BY id
            """,
            row => paces[row.Text("target")] = row.GetDouble(row.GetOrdinal("pace"))
        );
        return paces;
    }

    private static RunSummary Head(SqliteDataReader row) =>
        new(
            new RunRecord(
                row.Text("id"),
                row.TimeOrNull("started_utc")!.Value,
                row.Text("command_line"),
                row.Text("harness_version"),
                row.Text("model_hash"),
                row.TextOrNull("probe_hash"),
                row.TextOrNull("policy")
            )
            {
                Suite = row.TextOrNull("suite"),
                Request = row.TextOrNull("request"),
                Executor = row.TextOrNull("executor"),
                Shard = Shard(row),
            },
            row.Text("state"),
            row.TextOrNull("reason"),
            row.TimeOrNull("finished_utc"),
            []
        );

    private static ShardRecord? Shard(SqliteDataReader row) =>
        row.TextOrNull("plan_hash") is not { } plan
            ? null
            : new ShardRecord(
                [
                    .. (row.TextOrNull("shard_numbers") ?? "")
                        .Split(',', StringSplitOptions.RemoveEmptyEntries)
                        .Select(n => int.Parse(n, CultureInfo.InvariantCulture))
                        .Order(),
                ],
                (int)row.Integer("shards"),
                plan,
                (int)row.Integer("plan_cases"),
                row.TextOrNull("night")
            )
            {
                IsMerged = row.TextOrNull("shard") is null,
            };

    private static RunSummary WithHosts(SqliteConnection connection, RunSummary head)
    {
        var verdicts = Counts(
            connection,
            "SELECT host, verdict AS word, count(*) AS cases FROM result",
            "true",
            head.Run.Id
        );
        var evidence = Counts(
            connection,
            "SELECT host, strongest AS word, count(*) AS cases FROM result",
            "verdict = 'match'",
            head.Run.Id
        );
        var skips = Counts(
            connection,
            "SELECT host, coalesce(reason, 'no reason given') AS word, count(*) AS cases FROM result",
            "verdict = 'skip'",
            head.Run.Id
        );
        var known = connection
            .Rows(
                "SELECT k.* FROM known_difference k JOIN host h ON h.id = k.host WHERE h.run = ?1 ORDER BY k.host, k.name",
                row => (Host: row.Integer("host"), Entry: Known(row)),
                head.Run.Id
            )
            .ToLookup(r => r.Host, r => r.Entry);
        var pools = connection
            .Rows(
                "SELECT p.* FROM pool_machine p JOIN host h ON h.id = p.host WHERE h.run = ?1 ORDER BY p.host, p.ordinal",
                row =>
                    (
                        Host: row.Integer("host"),
                        Machine: new PoolMachineRecord(row.Text("machine"), row.Text("state"), row.TextOrNull("reason"))
                    ),
                head.Run.Id
            )
            .ToLookup(r => r.Host, r => r.Machine);
        var hosts = Hosts(connection, head.Run.Id, (row, host) =>
            host with
            {
                Verdicts = Of(verdicts, row.Integer("id")),
                MatchEvidence = Of(evidence, row.Integer("id")),
                SkipReasons = Of(skips, row.Integer("id")),
                Known = [.. known[row.Integer("id")]],
                Pool = [.. pools[row.Integer("id")]],
            }
        );
        return head with { Hosts = hosts };
    }

    private static RunSummary WithVerdicts(SqliteConnection connection, RunSummary head)
    {
        var verdicts = Counts(
            connection,
            "SELECT host, verdict AS word, count(*) AS cases FROM result",
            "true",
            head.Run.Id
        );
        return head with
        {
            Hosts = Hosts(connection, head.Run.Id, (row, host) =>
                host with
                {
                    Verdicts = Of(verdicts, row.Integer("id")),
                }
            ),
        };
    }

    private static RunSummary WithoutCounts(SqliteConnection connection, RunSummary head) =>
        head with
        {
            Hosts = Hosts(connection, head.Run.Id, (_, host) => host),
        };

    /// <summary>
    /// The columns of a machine that lists show. Facts, capabilities and command lines are most of a large file.
    /// </summary>
    private const string BriefColumns = """
        id, run, target, kind, source_host, destination_host, state, reason, planned, started_utc, first_result_utc, finished_utc,
        kernel_release, NULL AS kernel_version, build_id, cpu, NULL AS qemu_version, NULL AS qemu_command_line, NULL AS boot_id,
        NULL AS image_hash, NULL AS capabilities, NULL AS facts, '' AS evidence, policy, platform, upstream_release,
        release_standing, nearest_release
        """;

    /// <summary>Every run without its hosts, newest first.</summary>
    public static IReadOnlyList<RunSummary> WithoutHosts(SqliteConnection connection) =>
        connection.Rows($"{Heads} ORDER BY started_utc DESC, id DESC", Head);

    /// <summary>
    /// The hosts of some runs with their counts of verdicts, by run, without facts and capabilities.
    /// </summary>
    /// <param name="runs">Whole ids, a JSON array.</param>
    public static ILookup<string, HostSummary> BriefHosts(SqliteConnection connection, string runs)
    {
        var verdicts = Counts(
            connection,
            "SELECT host, verdict AS word, count(*) AS cases FROM result",
            "true",
            runs,
            "SELECT value FROM json_each(?1)"
        );
        return Hosts(connection, BriefColumns, "run IN (SELECT value FROM json_each(?1))", runs, (row, host) =>
                (row.Text("run"), host with { Verdicts = Of(verdicts, host.Id) })
            )
            .ToLookup(h => h.Item1, h => h.Item2);
    }

    private static IReadOnlyList<HostSummary> Hosts(
        SqliteConnection connection,
        string run,
        Func<SqliteDataReader, HostSummary, HostSummary> complete
    ) => Hosts(connection, "*", "run = ?1", run, complete);

    /// <summary>The hosts with planned cases: those that exist only as sides of pairs are with their pairs.</summary>
    private static List<T> Hosts<T>(
        SqliteConnection connection,
        string columns,
        string where,
        string runs,
        Func<SqliteDataReader, HostSummary, T> complete
    )
    {
        var machines = connection
            .Rows(
                $"SELECT {columns} FROM host WHERE {where} AND kind <> 'pair'",
                row => (Id: row.Integer("id"), Record: Machine(row)),
                runs
            )
            .ToDictionary(m => m.Id, m => m.Record);
        var sides = new HashSet<long>();
        var hosts = connection.Rows(
            $"SELECT {columns} FROM host WHERE {where} ORDER BY id",
            row =>
            {
                if (row.Text("kind") != HostKinds.Pair)
                    return Completed(row, Host(row, machines[row.Integer("id")]));
                var (source, destination) = (row.Integer("source_host"), row.Integer("destination_host"));
                sides.Add(source);
                sides.Add(destination);
                return Completed(row, Host(row, HostRecord.Pair(machines[source], machines[destination])));
            },
            runs
        );
        return [.. hosts.Where(h => h.Planned > 0 || !sides.Contains(h.Id)).Select(h => h.Host)];

        (int Planned, long Id, T Host) Completed(SqliteDataReader row, HostSummary host) =>
            (host.Planned, host.Id, complete(row, host));
    }

    private static KnownDifferenceRecord Known(SqliteDataReader row) =>
        new(
            row.Text("name"),
            row.Text("definition"),
            row.Text("culprit"),
            row.Text("reason"),
            row.TextOrNull("link"),
            row.Integer("expired") != 0,
            (int)row.Integer("asked"),
            (int)row.Integer("met")
        );

    private static ILookup<long, (string Word, int Cases)> Counts(
        SqliteConnection connection,
        string select,
        string where,
        string run,
        string runs = "?1"
    ) =>
        connection
            .Rows(
                $"{select} WHERE host IN (SELECT id FROM host WHERE run IN ({runs})) AND {where} GROUP BY host, word ORDER BY cases DESC, word",
                row => (Host: row.Integer("host"), Word: row.Text("word"), Cases: (int)row.Integer("cases")),
                run
            )
            .ToLookup(r => r.Host, r => (r.Word, r.Cases));

    private static Dictionary<string, int> Of(ILookup<long, (string Word, int Cases)> counts, long host) =>
        counts[host].ToDictionary(c => c.Word, c => c.Cases);

    private static HostRecord Machine(SqliteDataReader row) =>
        new(
            row.Text("target"),
            row.Text("kind"),
            row.TextOrNull("kernel_release"),
            row.TextOrNull("kernel_version"),
            row.TextOrNull("build_id"),
            row.TextOrNull("cpu"),
            row.TextOrNull("qemu_version"),
            row.TextOrNull("qemu_command_line"),
            row.TextOrNull("boot_id"),
            row.TextOrNull("image_hash"),
            row.TextOrNull("capabilities"),
            row.TextOrNull("facts"),
            row.Words("evidence"),
            row.TextOrNull("policy"),
            row.TextOrNull("platform")
        )
        {
            UpstreamRelease = row.TextOrNull("upstream_release"),
            ReleaseStanding = row.TextOrNull("release_standing"),
            NearestRelease = row.TextOrNull("nearest_release"),
        };

    private static HostSummary Host(SqliteDataReader row, HostRecord record) =>
        new(
            row.Integer("id"),
            record,
            row.Text("state"),
            row.TextOrNull("reason"),
            (int)row.Integer("planned"),
            row.TimeOrNull("started_utc"),
            row.TimeOrNull("first_result_utc"),
            row.TimeOrNull("finished_utc"),
            new Dictionary<string, int>(),
            new Dictionary<string, int>(),
            new Dictionary<string, int>()
        );
}
