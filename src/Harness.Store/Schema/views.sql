-- The views, for people and programs: made anew whenever a file is opened for write and has others. CROSS JOIN keeps the order that
-- is fast where few results are of a verdict: no statistics tell SQLite so. INDEXED BY is where a million results take three times as
-- long without it (docs/results.md, "How fast").

-- Every host with planned cases. For a pair, the columns that identify machines have the values of both sides, as
-- "SOURCE -> DESTINATION".
CREATE VIEW hosts AS
  SELECT h.id, h.run, h.name AS target, h.kind, h.state, h.planned, h.source, h.destination, h.source_host, h.destination_host,
         h.upstream_release, h.release_standing, h.nearest_release,
         iif(h.kind = 'pair', s.kernel_release || ' -> ' || d.kernel_release, h.kernel_release) AS kernel_release,
         iif(h.kind = 'pair', s.build_id || ' -> ' || d.build_id, h.build_id) AS build_id,
         iif(h.kind = 'pair', s.cpu || ' -> ' || d.cpu, h.cpu) AS cpu,
         CASE WHEN h.kind <> 'pair' THEN h.platform WHEN s.platform = d.platform THEN s.platform
           ELSE s.platform || ' -> ' || d.platform END AS platform,
         iif(h.kind = 'pair', json_object('source', json(s.capabilities), 'destination', json(d.capabilities)), h.capabilities) AS capabilities,
         iif(h.kind = 'pair', s.policy || ' -> ' || d.policy, h.policy) AS policy
  FROM host h
  LEFT JOIN host s ON s.id = h.source_host
  LEFT JOIN host d ON d.id = h.destination_host
  WHERE h.planned > 0;

-- Every result with its case, host and run.
CREATE VIEW results AS
  SELECT h.run, n.started_utc, h.target, h.platform, h.kernel_release, h.build_id, r.case_id, c.class, c.title,
         r.verdict, r.culprit, r.reason, r.policy, r.rule, r.rule_source, p.path, r.predicted, r.observed, r.predicted_json, r.observed_json,
         r.observed_type, r.observed_memory, r.observed_level, r.observed_errno, r.observed_stage, r.descriptors_json, r.details, r.known,
         r.evidence, r.strongest, r.attempts, r.duration_us, r.stored_utc, r.host, r.id AS result
  FROM result r
  JOIN hosts h ON h.id = r.host
  JOIN run n ON n.id = h.run
  JOIN test_case c ON c.id = r.case_id
  LEFT JOIN rule_path p ON p.id = r.path;

CREATE VIEW verdict_count AS
  SELECT h.run, h.id AS host, h.target, r.verdict, count(*) AS cases
  FROM hosts h CROSS JOIN result r ON r.host = h.id
  GROUP BY h.id, r.verdict;

-- The result of a case on a target in the newest run with a verdict on it.
CREATE VIEW latest_verdict AS
  SELECT iif(l.destination = '', l.target, l.target || ' -> ' || l.destination) AS target,
         l.case_id, c.class, c.title, r.verdict, r.culprit, r.reason, r.rule, r.strongest, h.platform, h.kernel_release,
         h.run, r.stored_utc, l.host, l.result
  FROM latest_result l
  JOIN result r ON r.id = l.result
  JOIN hosts h ON h.id = l.host
  JOIN test_case c ON c.id = l.case_id;

-- The reports of kernels, by title, over all runs.
CREATE VIEW kernel_report_count AS
  SELECT k.title, min(k.kind) AS kind, min(k.cause) AS cause, count(DISTINCT h.run) AS runs, count(DISTINCT k.result) AS results,
         count(DISTINCT r.case_id) AS cases, sum(k.times) AS times, group_concat(DISTINCT h.target) AS targets,
         group_concat(DISTINCT h.kernel_release) AS kernels, min(n.started_utc) AS first_seen_utc, max(n.started_utc) AS last_seen_utc
  FROM kernel_report k
  JOIN result r ON r.id = k.result
  JOIN hosts h ON h.id = r.host
  JOIN run n ON n.id = h.run
  GROUP BY k.title;

-- The safety properties that results of a host violate.
CREATE VIEW properties AS
  SELECT h.run, h.target, h.kernel_release, b.property, p.says, count(*) AS cases, sum(r.verdict = 'match') AS matches,
         sum(b.predicted) AS predicted, min(r.case_id) AS example
  FROM breach b
  JOIN property p ON p.name = b.property
  JOIN result r ON r.id = b.result
  JOIN hosts h ON h.id = r.host
  GROUP BY h.id, b.property;

CREATE VIEW class_matrix AS
  SELECT h.run, h.target, h.kernel_release, c.class, count(*) AS cases,
         sum(r.verdict = 'match') AS "match",
         sum(r.verdict = 'erratum') AS erratum,
         sum(r.verdict = 'known') AS known,
         sum(r.verdict = 'unverified') AS unverified,
         sum(r.verdict = 'mismatch') AS mismatch,
         sum(r.verdict = 'disagreement') AS disagreement,
         sum(r.verdict = 'unstable') AS unstable,
         sum(r.verdict = 'outside-model') AS outside_model,
         sum(r.verdict = 'crash') AS crash,
         sum(r.verdict = 'hang') AS hang,
         sum(r.verdict = 'probe-error') AS probe_error,
         sum(r.verdict = 'infrastructure') AS infrastructure,
         sum(r.verdict = 'skip') AS skip,
         sum(r.verdict = 'planned') AS planned
  FROM hosts h
  CROSS JOIN result r ON r.host = h.id
  JOIN test_case c ON c.id = r.case_id
  GROUP BY h.run, h.target, c.class;

CREATE VIEW mismatch AS
  SELECT h.run, n.started_utc, h.target, h.kernel_release, h.build_id, h.cpu, r.case_id, c.class, c.title,
         r.policy, r.rule, r.rule_source, r.predicted, r.observed, r.details, r.evidence, r.culprit, r.reason, r.attempts,
         c.definition, n.command_line, n.harness_version, n.model_hash, n.probe_hash, r.id AS result
  FROM hosts h
  CROSS JOIN result r ON r.host = h.id AND r.verdict = 'mismatch'
  JOIN run n ON n.id = h.run
  JOIN test_case c ON c.id = r.case_id;

-- For a host of a run, the same target in the newest earlier run that is comparable: judged by the same model and policy, executed by
-- the same probe, with the same capabilities. Its kernel, its QEMU and its cases may differ. Runs of the same suite are preferred, so
-- that a run of one case in between doesn't hide a nightly run; so are runs of the same shard. Finished hosts are preferred, so that a run that was interrupted or
-- lost the host doesn't hide one either. An unavailable host has no policy and no capabilities to compare: it is compared with the
-- last that had.
CREATE VIEW previous_host AS
  SELECT h.id AS host, h.run, p.id AS previous, p.run AS previous_run
  FROM hosts h
  JOIN host p ON p.id = (
    SELECT e.id
    FROM run n JOIN hosts e JOIN run m
    WHERE n.id = h.run AND e.target = h.target AND e.kind = h.kind AND e.policy IS NOT NULL
      AND (h.policy IS NULL OR e.policy = h.policy AND e.capabilities IS h.capabilities) AND m.id = e.run AND m.model_hash = n.model_hash AND m.probe_hash IS n.probe_hash
      AND (m.started_utc, m.id) < (n.started_utc, n.id)
    ORDER BY n.suite IS NOT NULL AND m.suite IS n.suite AND m.shard IS n.shard DESC, e.state = 'finished' DESC, m.started_utc DESC, m.id DESC LIMIT 1);

-- The same, restricted to the same kernel.
CREATE VIEW previous_same_kernel AS
  SELECT h.id AS host, h.run, p.id AS previous, p.run AS previous_run
  FROM hosts h
  JOIN host p ON p.id = (
    SELECT e.id
    FROM run n JOIN hosts e JOIN run m
    WHERE n.id = h.run AND e.target = h.target AND e.kind = h.kind AND e.policy = h.policy
      AND e.build_id = h.build_id AND e.capabilities IS h.capabilities AND m.id = e.run AND m.model_hash = n.model_hash AND m.probe_hash IS n.probe_hash
      AND (m.started_utc, m.id) < (n.started_utc, n.id)
    ORDER BY n.suite IS NOT NULL AND m.suite IS n.suite AND m.shard IS n.shard DESC, e.state = 'finished' DESC, m.started_utc DESC, m.id DESC LIMIT 1);

-- Good in the previous run, bad in this one.
CREATE VIEW regression AS
  SELECT v.run, h.target, r.case_id, c.class, c.title, q.verdict AS previous_verdict, r.verdict, r.culprit, r.reason, r.rule,
         r.predicted, q.observed AS previous_observed, r.observed, v.previous_run, o.kernel_release AS previous_kernel,
         h.kernel_release AS kernel, v.host, r.id AS result, q.id AS previous_result
  FROM previous_host v
  CROSS JOIN result r INDEXED BY result_host_verdict ON r.host = v.host AND r.verdict IN (SELECT word FROM verdict WHERE class = 'bad')
  CROSS JOIN result q ON q.host = v.previous AND q.case_id = r.case_id AND q.verdict IN (SELECT word FROM verdict WHERE class = 'good')
  JOIN hosts h ON h.id = v.host
  JOIN hosts o ON o.id = v.previous
  JOIN test_case c ON c.id = r.case_id;

-- Bad in the previous run, good in this one.
CREATE VIEW fix AS
  SELECT v.run, h.target, r.case_id, c.class, c.title, q.verdict AS previous_verdict, r.verdict, q.culprit, q.reason AS previous_reason,
         q.rule AS previous_rule, r.predicted, q.observed AS previous_observed, r.observed, v.previous_run,
         o.kernel_release AS previous_kernel, h.kernel_release AS kernel, v.host, r.id AS result, q.id AS previous_result
  FROM previous_host v
  CROSS JOIN result q INDEXED BY result_host_verdict ON q.host = v.previous AND q.verdict IN (SELECT word FROM verdict WHERE class = 'bad')
  CROSS JOIN result r ON r.host = v.host AND r.case_id = q.case_id AND r.verdict IN (SELECT word FROM verdict WHERE class = 'good')
  JOIN hosts h ON h.id = v.host
  JOIN hosts o ON o.id = v.previous
  JOIN test_case c ON c.id = r.case_id;

CREATE VIEW unstable AS
  SELECT 'within a run' AS kind, h.run, h.target, h.kernel_release, h.build_id, r.case_id, c.class, c.title,
         NULL AS previous_run, NULL AS previous_verdict, NULL AS previous_observed, r.verdict, r.observed, r.reason, r.host, r.id AS result
  FROM hosts h
  CROSS JOIN result r ON r.host = h.id AND r.verdict = 'unstable'
  JOIN test_case c ON c.id = r.case_id
  UNION ALL
  SELECT 'between runs', h.run, h.target, h.kernel_release, h.build_id, d.case_id, c.class, c.title,
         d.previous_run, d.previous_verdict, d.previous_observed, d.verdict, d.observed, d.reason, d.host, d.result
  FROM (
    SELECT v.host, v.previous_run, r.case_id, q.verdict AS previous_verdict, q.observed AS previous_observed,
           r.verdict, r.observed, r.reason, r.id AS result
    FROM previous_same_kernel v
    CROSS JOIN result r INDEXED BY result_host_verdict ON r.host = v.host AND r.verdict IN (SELECT word FROM verdict WHERE differs = 1)
    CROSS JOIN result q ON q.host = v.previous AND q.case_id = r.case_id AND q.verdict <> r.verdict
      AND (q.verdict IN (SELECT word FROM verdict WHERE differs = 0)
        OR q.verdict IN (SELECT word FROM verdict WHERE class = 'bad') AND r.verdict IN (SELECT word FROM verdict WHERE class = 'bad')
        OR q.verdict IN (SELECT word FROM verdict WHERE differs = 1 AND class <> 'bad') AND r.verdict = 'disagreement')
    UNION ALL
    SELECT v.host, v.previous_run, r.case_id, q.verdict, q.observed, r.verdict, r.observed, r.reason, r.id
    FROM previous_same_kernel v
    CROSS JOIN result q INDEXED BY result_host_verdict ON q.host = v.previous AND q.verdict IN (SELECT word FROM verdict WHERE differs = 1)
    CROSS JOIN result r ON r.host = v.host AND r.case_id = q.case_id AND r.verdict IN (SELECT word FROM verdict WHERE differs = 0)) d
  JOIN hosts h ON h.id = d.host
  JOIN test_case c ON c.id = d.case_id;

-- Cases that were never executed on a host with a CPU as its platform.
CREATE VIEW never_on_hardware AS
  SELECT c.id AS case_id, c.class, c.title
  FROM test_case c
  WHERE NOT EXISTS (
    SELECT 1 FROM result r JOIN hosts h ON h.id = r.host
    WHERE r.case_id = c.id AND r.attempts > 0 AND h.platform = 'a CPU');

CREATE VIEW rule_evidence AS
  WITH counted AS MATERIALIZED (
    SELECT path, host, verdict, strongest, count(*) AS cases FROM result WHERE path IS NOT NULL GROUP BY path, host, verdict, strongest),
  judged AS MATERIALIZED (
    SELECT n.model_hash, h.policy, t.path, sum(t.cases) AS results,
           sum(CASE t.strongest WHEN 'pte' THEN t.cases ELSE 0 END) AS pte,
           sum(CASE t.strongest WHEN 'trace' THEN t.cases ELSE 0 END) AS trace,
           sum(CASE t.strongest WHEN 'guest' THEN t.cases ELSE 0 END) AS guest,
           sum(CASE t.strongest WHEN 'exit' THEN t.cases ELSE 0 END) AS exit,
           sum(CASE t.strongest WHEN 'errno' THEN t.cases ELSE 0 END) AS errno,
           sum(CASE WHEN t.verdict IN (SELECT word FROM verdict WHERE differs = 0) THEN 0 ELSE t.cases END) AS differing
    FROM counted t
    JOIN host h ON h.id = t.host
    JOIN run n ON n.id = h.run
    WHERE t.verdict IN (SELECT word FROM verdict WHERE differs IS NOT NULL) AND h.kind <> 'pair'
    GROUP BY n.model_hash, h.policy, t.path),
  exercised AS MATERIALIZED (
    SELECT j.model_hash, j.policy, s.rule, sum(j.results) AS results, sum(j.pte) AS pte, sum(j.trace) AS trace,
           sum(j.guest) AS guest, sum(j.exit) AS exit, sum(j.errno) AS errno, sum(j.differing) AS differing
    FROM judged j JOIN (SELECT DISTINCT path, rule FROM rule_step) s ON s.path = j.path
    GROUP BY j.model_hash, j.policy, s.rule)
  SELECT u.model_hash, u.policy, u.stage, u.ordinal, u.name AS rule,
         CASE WHEN e.pte + e.trace > 0 OR u.stage = 'registration' AND e.guest + e.exit + e.errno > 0 THEN 'strong'
              WHEN e.guest + e.exit + e.errno > 0 THEN 'weak' ELSE 'none' END AS strength,
         CASE WHEN e.pte > 0 THEN 'pte' WHEN e.trace > 0 THEN 'trace' WHEN e.guest > 0 THEN 'guest'
              WHEN e.exit > 0 THEN 'exit' WHEN e.errno > 0 THEN 'errno' ELSE 'none' END AS strongest,
         coalesce(e.results, 0) AS results, coalesce(e.pte, 0) AS pte, coalesce(e.trace, 0) AS trace, coalesce(e.guest, 0) AS guest,
         coalesce(e.exit, 0) AS exit, coalesce(e.errno, 0) AS errno, coalesce(e.differing, 0) AS differing, u.source, u.says
  FROM rule u
  LEFT JOIN exercised e ON e.model_hash = u.model_hash AND e.policy = u.policy AND e.rule = u.name;

-- Known differences that the newest finished run of a target still lists, and that no case showed in the last run that covered them.
CREATE VIEW stale_known AS
  SELECT h.run, h.target, h.kernel_release, k.name, k.culprit, k.reason, k.link, k.asked,
         (SELECT group_concat(o.target, ' ') FROM hosts o JOIN known_difference x ON x.host = o.id
          WHERE o.run = h.run AND x.name = k.name AND x.met > 0) AS met_on
  FROM hosts w
  JOIN known_difference l ON l.host = w.id
  JOIN hosts h ON h.id = (
    SELECT e.id FROM hosts e JOIN run m ON m.id = e.run JOIN known_difference x ON x.host = e.id
    WHERE e.target = w.target AND e.state = 'finished' AND x.name = l.name AND x.definition = l.definition AND x.asked > 0
    ORDER BY m.started_utc DESC, m.id DESC LIMIT 1)
  JOIN known_difference k ON k.host = h.id AND k.name = l.name
  WHERE k.met = 0 AND k.expired = 0 AND l.expired = 0
    AND w.id = (
      SELECT e.id FROM hosts e JOIN run m ON m.id = e.run WHERE e.target = w.target AND e.state = 'finished'
      ORDER BY m.started_utc DESC, m.id DESC LIMIT 1);

-- Every result of a pair with its migration, including planned ones. CROSS JOIN: there are few pairs, and many results.
CREATE VIEW migrations AS
  SELECT h.run, n.started_utc, h.source, h.destination,
         s.kernel_release AS source_kernel, d.kernel_release AS destination_kernel,
         r.case_id, c.class, c.title, r.verdict, r.culprit,
         (r.predicted_json ->> '$.stage') || coalesce(' ' || (r.predicted_json ->> '$.errno'), '')
           || coalesce((SELECT ' or ' || group_concat((e.value ->> '$.stage') || coalesce(' ' || (e.value ->> '$.errno'), ''), ' or ')
                        FROM json_each(r.predicted_json, '$.or_ends') e), '') AS predicted,
         m.stage || coalesce(' ' || m.errno, '') AS ended, m.stage, m.errno,
         m.source_leaf, m.destination_leaf, m.violation, m.violation_rule, m.refused, m.refused_registers, m.bytes, m.source_us, m.transfer_us, m.destination_us,
         r.reason, r.rule, r.strongest, r.attempts, r.duration_us, r.stored_utc, r.host, r.id AS result
  FROM host h
  CROSS JOIN result r ON r.host = h.id
  JOIN host s ON s.id = h.source_host
  JOIN host d ON d.id = h.destination_host
  JOIN run n ON n.id = h.run
  JOIN test_case c ON c.id = r.case_id
  LEFT JOIN migration m ON m.result = r.id
  WHERE h.kind = 'pair';

-- Migrations that violate a property, whether or not that was predicted.
CREATE VIEW migration_violation AS
  SELECT h.run, n.started_utc, h.source, h.destination, r.case_id, c.class, c.title, m.violation, m.violation_rule, r.verdict,
         (r.predicted_json ->> '$.stage') || coalesce(' ' || (r.predicted_json ->> '$.errno'), '')
           || coalesce((SELECT ' or ' || group_concat((e.value ->> '$.stage') || coalesce(' ' || (e.value ->> '$.errno'), ''), ' or ')
                        FROM json_each(r.predicted_json, '$.or_ends') e), '') AS predicted,
         m.stage || coalesce(' ' || m.errno, '') AS ended, m.source_leaf, m.destination_leaf, r.reason, r.host, r.id AS result
  FROM migration m
  CROSS JOIN result r ON r.id = m.result
  JOIN host h ON h.id = r.host
  JOIN run n ON n.id = h.run
  JOIN test_case c ON c.id = r.case_id
  WHERE m.violation IS NOT NULL;

-- Hosts with a release that has not been read, and what they decide differently from the nearest one that has.
CREATE VIEW unverified AS
  SELECT h.run, n.started_utc, h.target, h.kernel_release, h.upstream_release, h.nearest_release, h.policy, r.case_id, c.class, c.title,
         r.rule, r.rule_source, r.predicted, r.observed, r.reason, r.host, r.id AS result
  FROM hosts h
  CROSS JOIN result r ON r.host = h.id AND r.verdict = 'unverified'
  JOIN run n ON n.id = h.run
  JOIN test_case c ON c.id = r.case_id;
