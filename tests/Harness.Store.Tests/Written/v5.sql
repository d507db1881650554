-- Version 5: kernels whose release nobody has read. How far a host's release is known, and the verdict 'unverified': not what the
-- nearest policy allows, of such a kernel.

-- The upstream release ("6.12.118"), how far it is known, and, where it was not read, the nearest one that was.
ALTER TABLE host ADD COLUMN upstream_release TEXT;
ALTER TABLE host ADD COLUMN nearest_release TEXT;
ALTER TABLE host ADD COLUMN release_standing TEXT
  CHECK (release_standing IN ('booted', 'read', 'covered', 'unverified'));

-- A list of words in a CHECK changes nothing in the file but the schema's text: www.sqlite.org/lang_altertable.html, section 8.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '''disagreement'', ''known''))', '''disagreement'', ''known'', ''unverified''))')
  WHERE type = 'table' AND name = 'result';
PRAGMA writable_schema = RESET;

DROP VIEW class_matrix;

CREATE VIEW class_matrix AS
  SELECT h.run, h.target, h.kernel_release, t.class, sum(t.cases) AS cases,
         sum(t.cases * (t.verdict = 'match')) AS "match",
         sum(t.cases * (t.verdict = 'erratum')) AS erratum,
         sum(t.cases * (t.verdict = 'known')) AS known,
         sum(t.cases * (t.verdict = 'unverified')) AS unverified,
         sum(t.cases * (t.verdict = 'mismatch')) AS mismatch,
         sum(t.cases * (t.verdict = 'disagreement')) AS disagreement,
         sum(t.cases * (t.verdict = 'unstable')) AS unstable,
         sum(t.cases * (t.verdict = 'outside-model')) AS outside_model,
         sum(t.cases * (t.verdict = 'crash')) AS crash,
         sum(t.cases * (t.verdict = 'hang')) AS hang,
         sum(t.cases * (t.verdict = 'probe-error')) AS probe_error,
         sum(t.cases * (t.verdict = 'infrastructure')) AS infrastructure,
         sum(t.cases * (t.verdict = 'skip')) AS skip,
         sum(t.cases * (t.verdict = 'planned')) AS planned
  FROM (
    SELECT host, class, verdict, cases FROM class_tally
    UNION ALL
    SELECT o.id, c.class, r.verdict, 1
    FROM host o CROSS JOIN result r INDEXED BY result_host_verdict ON r.host = o.id AND r.verdict = 'planned' JOIN test_case c ON c.id = r.case_id) t
  JOIN host h ON h.id = t.host
  GROUP BY h.run, h.target, t.class HAVING sum(t.cases) > 0;

DROP VIEW rule_evidence;

CREATE VIEW rule_evidence AS
  WITH judged AS MATERIALIZED (
    SELECT n.model_hash, h.policy, t.path, sum(t.cases) AS results,
           sum(CASE t.strongest WHEN 'pte' THEN t.cases ELSE 0 END) AS pte,
           sum(CASE t.strongest WHEN 'trace' THEN t.cases ELSE 0 END) AS trace,
           sum(CASE t.strongest WHEN 'guest' THEN t.cases ELSE 0 END) AS guest,
           sum(CASE t.strongest WHEN 'exit' THEN t.cases ELSE 0 END) AS exit,
           sum(CASE t.strongest WHEN 'errno' THEN t.cases ELSE 0 END) AS errno,
           sum(CASE WHEN t.verdict IN ('match', 'erratum') THEN 0 ELSE t.cases END) AS differing
    FROM path_tally t
    JOIN host h ON h.id = t.host
    JOIN run n ON n.id = h.run
    WHERE t.verdict IN ('match', 'erratum', 'known', 'unverified', 'mismatch', 'crash', 'hang', 'disagreement') AND t.cases > 0 AND h.kind <> 'pair'
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

DROP VIEW unstable;

CREATE VIEW unstable AS
  SELECT 'within a run' AS kind, h.run, h.target, h.kernel_release, h.build_id, r.case_id, c.class, c.title,
         NULL AS previous_run, NULL AS previous_verdict, NULL AS previous_observed, r.verdict, r.observed, r.reason, r.host, r.id AS result
  FROM host h
  CROSS JOIN result r INDEXED BY result_host_verdict ON r.host = h.id AND r.verdict = 'unstable'
  JOIN test_case c ON c.id = r.case_id
  UNION ALL
  SELECT 'between runs', h.run, h.target, h.kernel_release, h.build_id, d.case_id, c.class, c.title,
         d.previous_run, d.previous_verdict, d.previous_observed, d.verdict, d.observed, d.reason, d.host, d.result
  FROM (
    SELECT v.host, v.previous_run, r.case_id, q.verdict AS previous_verdict, q.observed AS previous_observed,
           r.verdict, r.observed, r.reason, r.id AS result
    FROM previous_same_kernel v
    CROSS JOIN result r INDEXED BY result_host_verdict ON r.host = v.host AND r.verdict IN ('mismatch', 'crash', 'hang', 'disagreement', 'known', 'unverified')
    CROSS JOIN result q ON q.host = v.previous AND q.case_id = r.case_id AND q.verdict <> r.verdict
      AND (q.verdict IN ('match', 'erratum')
        OR q.verdict IN ('mismatch', 'crash', 'hang', 'disagreement') AND r.verdict NOT IN ('known', 'unverified')
        OR q.verdict IN ('known', 'unverified') AND r.verdict = 'disagreement')
    UNION ALL
    SELECT v.host, v.previous_run, r.case_id, q.verdict, q.observed, r.verdict, r.observed, r.reason, r.id
    FROM previous_same_kernel v
    CROSS JOIN result q INDEXED BY result_host_verdict ON q.host = v.previous AND q.verdict IN ('mismatch', 'crash', 'hang', 'disagreement', 'known', 'unverified')
    CROSS JOIN result r ON r.host = v.host AND r.case_id = q.case_id AND r.verdict IN ('match', 'erratum')) d
  JOIN host h ON h.id = d.host
  JOIN test_case c ON c.id = d.case_id;

-- Hosts whose release nobody has read, and what they decide otherwise than the nearest one that was.
CREATE VIEW unverified AS
  SELECT h.run, n.started_utc, h.target, h.kernel_release, h.upstream_release, h.nearest_release, h.policy, r.case_id, c.class, c.title,
         r.rule, r.rule_source, r.predicted, r.observed, r.reason, r.host, r.id AS result
  FROM host h
  CROSS JOIN result r INDEXED BY result_host_verdict ON r.host = h.id AND r.verdict = 'unverified'
  JOIN run n ON n.id = h.run
  JOIN test_case c ON c.id = r.case_id;
