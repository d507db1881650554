using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Harness.Store;

/// <summary>The prepared statements that write a run. Used by the writer's thread alone.</summary>
internal sealed class RunStatements(SqliteConnection connection, string run, TimeProvider time) : IDisposable
{
    private readonly Dictionary<string, SqliteCommand> _prepared = [];

    // What this writer has already stored. Hosts share their cases, and results their paths.
    private readonly Dictionary<string, CaseRecord> _cases = [];
    private readonly Dictionary<string, long> _paths = [];

    public void Begin() => Execute("BEGIN IMMEDIATE");

    public void Commit() => Execute("COMMIT");

    /// <summary>If SQLite has already rolled back, as it may on a full disk, there is nothing to do.</summary>
    public void Rollback()
    {
        SQLitePCL.raw.sqlite3_exec(connection.Handle, "ROLLBACK");
        Forget();
    }

    public void Savepoint() => Execute("SAVEPOINT entry");

    public void Release() => Execute("RELEASE entry");

    public void RollbackToSavepoint()
    {
        Execute("ROLLBACK TO entry; RELEASE entry");
        Forget();
    }

    public void InsertRun(RunRecord r)
    {
        Execute(
            """
            INSERT INTO run (id, started_utc, state, command_line, harness_version, model_hash, probe_hash, policy, suite, request, executor,
              shard, shards, plan_hash, plan_cases, night)
            VALUES (?1, ?2, 'running', ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
            """,
            r.Id,
            Stamp(r.StartedUtc),
            r.CommandLine,
            r.HarnessVersion,
            r.ModelHash,
            r.ProbeHash,
            r.Policy,
            r.Suite,
            r.Request,
            r.Executor,
            r.Shard?.Short,
            (long?)r.Shard?.Of,
            r.Shard?.Plan,
            (long?)r.Shard?.PlannedCases,
            r.Shard?.Night
        );
        foreach (int number in r.Shard?.Numbers ?? [])
            Execute("INSERT INTO shard (run, number, source) VALUES (?1, ?2, ?1)", r.Id, (long)number);
    }

    /// <summary>
    /// The run continues under another executor; hosts with cases left are planned, the others are unchanged.
    /// </summary>
    public void ResumeRun(string executor)
    {
        string? state = (string?)Scalar("SELECT state FROM run WHERE id = ?1", run);
        if (state is null)
            throw new StoreException($"there is no run {run}");
        if (state == States.Finished)
            throw new StoreException($"run {run} is finished: there is nothing to resume");
        Execute(
            "UPDATE run SET state = 'running', finished_utc = NULL, reason = NULL, executor = ?2 WHERE id = ?1",
            run,
            executor
        );
        Execute(
            """
            UPDATE host SET state = 'planned', finished_utc = NULL, reason = NULL
            WHERE run = ?1 AND state <> 'finished'
              AND EXISTS (SELECT 1 FROM result r WHERE r.host = host.id AND r.verdict = 'planned')
            """,
            run
        );
        Execute(
            $"""
            UPDATE host SET state = 'planned', finished_utc = NULL, reason = NULL
            WHERE run = ?1 AND id IN ({Sides})
            """,
            run
        );
    }

    /// <summary>
    /// Checks that this executor owns the run: resuming it takes it over from the previous one, even if that still
    /// runs.
    /// </summary>
    /// <exception cref="StoreException">The run has another executor, or was removed.</exception>
    public void Own(string? executor)
    {
        if (Scalar("SELECT executor IS ?2 FROM run WHERE id = ?1", run, executor) is not 1L)
            throw new StoreException(
                $"run {run} was resumed by another process, or removed: this process can't write to it any more"
            );
    }

    /// <summary>A pair is inserted after its sides, each of which a run has once.</summary>
    public long InsertHost(HostRecord host)
    {
        if (host.Sides is { } sides)
            return (long)
                Scalar(
                    """
                    INSERT INTO host (run, kind, state, source, destination, source_host, destination_host)
                    VALUES (?1, ?2, 'planned', ?3, ?4, ?5, ?6) RETURNING id
                    """,
                    run,
                    host.Kind,
                    host.Source,
                    host.Destination,
                    SideId(sides.Source),
                    SideId(sides.Destination)
                )!;
        long id = (long)
            Scalar(
                "INSERT INTO host (run, target, kind, state) VALUES (?1, ?2, ?3, 'planned') RETURNING id",
                run,
                host.Target,
                host.Kind
            )!;
        Describe(id, host);
        return id;
    }

    /// <summary>Describes a host, or both hosts of a pair; it is running from now on.</summary>
    public void UpdateHost(long id, HostRecord host)
    {
        if (host.Sides is { } sides)
        {
            One(
                (int)(long)Scalar("SELECT count(*) FROM host WHERE id = ?1 AND name = ?2", id, host.Target)!,
                $"host {id} with target {host.Target}"
            );
            UpdateHost(SideId(sides.Source), sides.Source);
            UpdateHost(SideId(sides.Destination), sides.Destination);
        }
        else
        {
            Describe(id, host);
        }
        Execute(
            "UPDATE host SET state = 'running', started_utc = coalesce(started_utc, ?2), finished_utc = NULL, reason = NULL WHERE id = ?1",
            id,
            Now()
        );
    }

    public void Plan(long host, IReadOnlyList<CaseRecord> cases)
    {
        long ordinal = (long)Scalar("SELECT count(*) FROM result WHERE host = ?1", host)!;
        foreach (var c in cases)
        {
            if (_cases.GetValueOrDefault(c.Id) != c)
            {
                Execute(
                    """
                    INSERT INTO test_case (id, class, title, definition) VALUES (?1, ?2, ?3, ?4)
                    ON CONFLICT (id) DO UPDATE SET class = excluded.class, title = excluded.title, definition = excluded.definition
                    WHERE class <> excluded.class OR title <> excluded.title OR definition <> excluded.definition
                    """,
                    c.Id,
                    c.Class,
                    c.Title,
                    c.Definition
                );
                _cases[c.Id] = c;
            }
            Execute("INSERT INTO result (host, case_id, ordinal) VALUES (?1, ?2, ?3)", host, c.Id, ordinal++);
        }
        Execute("UPDATE host SET planned = planned + ?2 WHERE id = ?1", host, (long)cases.Count);
    }

    public void Record(ResultRecord r)
    {
        if (r.Verdict == Verdicts.Planned)
            throw new ArgumentException($"case {r.CaseId}: planned is not a verdict to record");
        long attempts = r.Attempts?.Count ?? 0;
        long? path = PathId(r.Path);
        if (
            Scalar(
                """
                UPDATE result SET verdict = ?3, culprit = ?4, reason = ?5, policy = ?6, rule = ?7, rule_source = ?8,
                  predicted = ?9, observed = ?10, evidence = ?11, attempts = ?12, duration_us = ?13, stored_utc = ?14,
                  details = ?15, known = ?16, path = ?17, predicted_json = ?18, observed_json = ?19, descriptors_json = ?20
                WHERE host = ?1 AND case_id = ?2 RETURNING id
                """,
                r.Host,
                r.CaseId,
                r.Verdict,
                r.Culprit,
                r.Reason,
                r.Policy,
                r.Rule,
                r.RuleSource,
                r.Predicted,
                r.Observed,
                Words(r.Evidence),
                attempts,
                r.DurationMicros,
                Now(),
                r.Details,
                r.Known,
                path,
                r.PredictedJson,
                r.ObservedJson,
                r.DescriptorsJson
            )
            is not long id
        )
            throw new StoreException($"case {r.CaseId} is not planned on host {r.Host}");
        for (int i = 0; i < attempts; i++)
            Execute(
                "INSERT INTO attempt (result, number, observation) VALUES (?1, ?2, ?3)",
                id,
                i + 1L,
                r.Attempts![i].Observation
            );
        for (int i = 0; i < r.KernelReports.Count; i++)
            Execute(
                "INSERT INTO kernel_report (result, ordinal, title, kind, cause, times) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                id,
                (long)i,
                r.KernelReports[i].Title,
                r.KernelReports[i].Kind,
                r.KernelReports[i].Cause,
                (long)r.KernelReports[i].Times
            );
        foreach (var breach in r.Breaches)
        {
            Execute(
                """
                INSERT INTO property (name, says, source) VALUES (?1, ?2, ?3)
                ON CONFLICT (name) DO UPDATE SET says = excluded.says, source = excluded.source
                WHERE says <> excluded.says OR source <> excluded.source
                """,
                breach.Property,
                breach.Says,
                breach.Source
            );
            Execute(
                "INSERT INTO breach (result, property, predicted) VALUES (?1, ?2, ?3)",
                id,
                breach.Property,
                breach.Predicted ? 1L : 0L
            );
        }
        if (r.Migration is { } m)
            Execute(
                """
                INSERT INTO migration (result, stage, errno, source_leaf, destination_leaf, violation, violation_rule, refused,
                  refused_registers, bytes, source_us, transfer_us, destination_us)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
                """,
                id,
                m.Stage,
                m.Errno,
                m.SourceLeaf,
                m.DestinationLeaf,
                m.Violation,
                m.ViolationRule,
                (long?)m.Refused,
                m.RefusedRegisters,
                m.Bytes,
                m.SourceMicros,
                m.TransferMicros,
                m.DestinationMicros
            );
    }

    public void PlanPeers(long host, IReadOnlyList<PeerPlan> peers)
    {
        for (int i = 0; i < peers.Count; i++)
            Execute(
                "INSERT INTO peer (host, name, ordinal, program, arguments, filter) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                host,
                peers[i].Name,
                (long)i,
                peers[i].Program,
                peers[i].Arguments,
                peers[i].Filter
            );
    }

    public void Peer(long host, PeerRecord p) =>
        One(
            Execute(
                """
                UPDATE peer SET outcome = ?3, reason = ?4, relation = ?5, explanation = ?6, program = coalesce(?7, program),
                  source = ?8, exit_code = ?9, output = ?10, kernel_reports = ?11, agreed = ?12, deviated = ?13,
                  unanswered = ?14, duration_us = ?15, stored_utc = ?16
                WHERE host = ?1 AND name = ?2
                """,
                host,
                p.Name,
                p.Outcome,
                p.Reason,
                p.Relation,
                p.Explanation,
                p.Program,
                p.Source,
                (long?)p.ExitCode,
                p.Output,
                JsonSerializer.Serialize(p.KernelReports),
                (long)p.Agreed,
                (long)p.Deviated,
                (long)p.Unanswered,
                p.DurationMicros,
                Now()
            ),
            $"program {p.Name} of host {host}"
        );

    public void FinishHost(long host, string state, string? reason) =>
        One(
            Execute(
                "UPDATE host SET state = ?2, reason = ?3, finished_utc = ?4 WHERE id = ?1",
                host,
                state,
                reason,
                Now()
            ),
            $"host {host}"
        );

    /// <summary>The sides of pairs end with their run: as lost if they never responded.</summary>
    public void FinishRun(string state, string? reason)
    {
        One(
            Execute(
                "UPDATE run SET state = ?2, reason = ?3, finished_utc = ?4 WHERE id = ?1",
                run,
                state,
                reason,
                Now()
            ),
            $"run {run}"
        );
        Execute(
            $"""
            UPDATE host SET state = iif(?2 = 'failed' AND kernel_release IS NOT NULL, 'finished', ?2),
              reason = iif(kernel_release IS NULL, ?3, NULL), finished_utc = ?4
            WHERE run = ?1 AND state IN ('planned', 'running') AND id IN ({Sides})
            """,
            run,
            state,
            reason,
            Now()
        );
    }

    public void Rules(string modelHash, string policy, IReadOnlyList<RuleRecord> rules)
    {
        for (int i = 0; i < rules.Count; i++)
            Execute(
                """
                INSERT OR IGNORE INTO rule (model_hash, policy, name, ordinal, stage, source, says)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                """,
                modelHash,
                policy,
                rules[i].Name,
                (long)i,
                rules[i].Stage,
                rules[i].Source,
                rules[i].Says
            );
    }

    /// <summary>A later record for a host replaces an earlier one.</summary>
    public void Known(long host, IReadOnlyList<KnownDifferenceRecord> known)
    {
        foreach (var k in known)
            Execute(
                """
                INSERT OR REPLACE INTO known_difference (host, name, definition, culprit, reason, link, expired, asked, met)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                """,
                host,
                k.Name,
                k.Definition,
                k.Culprit,
                k.Reason,
                k.Link,
                k.Expired ? 1L : 0L,
                (long)k.Asked,
                (long)k.Met
            );
    }

    /// <summary>A later record of a machine replaces an earlier one.</summary>
    public void Pool(long host, IReadOnlyList<PoolMachineRecord> machines)
    {
        for (int i = 0; i < machines.Count; i++)
            Execute(
                "INSERT OR REPLACE INTO pool_machine (host, machine, ordinal, state, reason) VALUES (?1, ?2, ?3, ?4, ?5)",
                host,
                machines[i].Machine,
                (long)i,
                machines[i].State,
                machines[i].Reason
            );
    }

    public void Dispose()
    {
        foreach (var command in _prepared.Values)
            command.Dispose();
    }

    /// <summary>A list as stored in its column.</summary>
    public static string Words(IReadOnlyList<string>? words) => words is null ? "" : string.Join(' ', words);

    /// <summary>The path's id: results with the same path share it.</summary>
    private long? PathId(IReadOnlyList<RuleStep>? path)
    {
        if (path is not { Count: > 0 })
            return null;
        string json = RulePath.Text(path);
        if (_paths.TryGetValue(json, out long known))
            return known;
        if (Scalar("SELECT id FROM rule_path WHERE path = ?1", json) is not long id)
        {
            id = (long)Scalar("INSERT INTO rule_path (path) VALUES (?1) RETURNING id", json)!;
            for (int i = 0; i < path.Count; i++)
                Execute(
                    "INSERT INTO rule_step (path, position, at, rule) VALUES (?1, ?2, ?3, ?4)",
                    id,
                    (long)i,
                    path[i].At,
                    path[i].Rule
                );
        }
        _paths[json] = id;
        return id;
    }

    /// <summary>Forgets what may have been rolled back.</summary>
    private void Forget()
    {
        _cases.Clear();
        _paths.Clear();
    }

    /// <summary>The hosts in the pairs of run ?1.</summary>
    private const string Sides =
        "SELECT e.value FROM host p JOIN json_each(json_array(p.source_host, p.destination_host)) e "
        + "WHERE p.run = ?1 AND p.kind = 'pair'";

    private long SideId(HostRecord side) =>
        Scalar("SELECT id FROM host WHERE run = ?1 AND target = ?2", run, side.Target) is long id
            ? id
            : InsertHost(side);

    /// <summary>Everything except the target.</summary>
    private void Describe(long id, HostRecord h) =>
        One(
            Execute(
                """
                UPDATE host SET kind = ?3, kernel_release = ?4, kernel_version = ?5, build_id = ?6, cpu = ?7, qemu_version = ?8,
                  qemu_command_line = ?9, boot_id = ?10, image_hash = ?11, capabilities = ?12, facts = ?13, evidence = ?14,
                  policy = ?15, platform = ?16, upstream_release = ?17, release_standing = ?18, nearest_release = ?19
                WHERE id = ?1 AND target = ?2
                """,
                id,
                h.Target,
                h.Kind,
                h.KernelRelease,
                h.KernelVersion,
                h.BuildId,
                h.Cpu,
                h.QemuVersion,
                h.QemuCommandLine,
                h.BootId,
                h.ImageHash,
                h.Capabilities,
                h.Facts,
                Words(h.Evidence),
                h.Policy,
                h.Platform,
                h.UpstreamRelease,
                h.ReleaseStanding,
                h.NearestRelease
            ),
            $"host {id} with target {h.Target}"
        );

    private static void One(int rows, string what)
    {
        if (rows != 1)
            throw new StoreException($"the run has no {what}");
    }

    private string Now() => Stamp(time.GetUtcNow());

    private static string Stamp(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private int Execute(string sql, params object?[] values) => Bound(sql, values).ExecuteNonQuery();

    private object? Scalar(string sql, params object?[] values) => Bound(sql, values).ExecuteScalar();

    private SqliteCommand Bound(string sql, object?[] values)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
            command.CommandText = sql;
            for (int i = 0; i < values.Length; i++)
                command.Parameters.Add(new SqliteParameter { ParameterName = $"?{i + 1}" });
            _prepared.Add(sql, command);
        }
        for (int i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        return command;
    }
}
