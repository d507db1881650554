-- Version 3: how a run was asked for, so that it can go on; rules and the paths of predictions; known differences; decoded
-- evidence apart from the outcome; tallies, so that a million results are counted at once; views for people.

DROP VIEW verdict_count;
DROP VIEW latest_verdict;
DROP VIEW mismatch;
DROP VIEW rule_evidence;

ALTER TABLE run ADD COLUMN suite TEXT;
ALTER TABLE run ADD COLUMN request TEXT CHECK (request IS NULL OR json_valid(request));
ALTER TABLE run ADD COLUMN executor TEXT CHECK (executor IS NULL OR json_valid(executor));
ALTER TABLE host ADD COLUMN platform TEXT;
ALTER TABLE host ADD COLUMN first_result_utc TEXT;

-- The rules of a policy, as the model of a run has them.
CREATE TABLE rule (
  model_hash TEXT NOT NULL,
  policy     TEXT NOT NULL,
  name       TEXT NOT NULL,
  ordinal    INTEGER NOT NULL,
  stage      TEXT NOT NULL,
  source     TEXT NOT NULL,
  says       TEXT NOT NULL,
  PRIMARY KEY (model_hash, policy, name)
) STRICT, WITHOUT ROWID;

-- A path of rules that a prediction took; many results share one.
CREATE TABLE rule_path (
  id   INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE CHECK (json_valid(path))
) STRICT;

-- The same, a rule a row. What it was asked for: 'registration', 'change', or the number and the kind of an access, '2 write'.
CREATE TABLE rule_step (
  path     INTEGER NOT NULL REFERENCES rule_path (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  at       TEXT NOT NULL,
  rule     TEXT NOT NULL,
  PRIMARY KEY (path, position)
) STRICT, WITHOUT ROWID;

-- The entries of known-differences.json that speak of a host, and what became of the cases they cover there.
CREATE TABLE known_difference (
  host       INTEGER NOT NULL REFERENCES host (id) ON DELETE CASCADE,
  name       TEXT NOT NULL,
  definition TEXT NOT NULL CHECK (json_valid(definition)),
  culprit    TEXT NOT NULL,
  reason     TEXT NOT NULL,
  link       TEXT,
  expired    INTEGER NOT NULL CHECK (expired IN (0, 1)),
  asked      INTEGER NOT NULL CHECK (asked >= 0),
  met        INTEGER NOT NULL CHECK (met >= 0 AND met <= asked),
  PRIMARY KEY (host, name)
) STRICT, WITHOUT ROWID;

-- A CHECK can't be altered: the table is made anew, and what hangs on its name with it.
CREATE TABLE result_3 (
  id          INTEGER PRIMARY KEY,
  host        INTEGER NOT NULL REFERENCES host (id) ON DELETE CASCADE,
  case_id     TEXT NOT NULL REFERENCES test_case (id),
  ordinal     INTEGER NOT NULL CHECK (ordinal >= 0),
  verdict     TEXT NOT NULL DEFAULT 'planned' CHECK (verdict IN (
                'match', 'mismatch', 'outside-model', 'probe-error', 'infrastructure',
                'crash', 'hang', 'skip', 'planned', 'unstable', 'erratum', 'disagreement', 'known')),
  culprit     TEXT NOT NULL DEFAULT 'none' CHECK (culprit IN (
                'none', 'kernel', 'model', 'probe', 'platform', 'infrastructure')),
  reason      TEXT,
  policy      TEXT,
  rule        TEXT,
  rule_source TEXT,
  path        INTEGER REFERENCES rule_path (id),
  predicted   TEXT,
  observed    TEXT,
  details     TEXT,
  known       TEXT,
  evidence    TEXT NOT NULL DEFAULT '',
  strongest   TEXT NOT NULL AS (CASE evidence WHEN '' THEN 'none' ELSE substr(evidence, 1, instr(evidence || ' ', ' ') - 1) END),
  attempts    INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  duration_us INTEGER NOT NULL DEFAULT 0 CHECK (duration_us >= 0),
  stored_utc  TEXT,
  CHECK ((verdict = 'known') = (known IS NOT NULL)),
  UNIQUE (host, case_id),
  UNIQUE (host, ordinal)
) STRICT;

-- Until now the decoded evidence was the further lines of the outcome.
INSERT INTO result_3 (
  id, host, case_id, ordinal, verdict, culprit, reason, policy, rule, rule_source, predicted, observed, details,
  evidence, attempts, duration_us, stored_utc)
SELECT
  id, host, case_id, ordinal, verdict, culprit, reason, policy, rule, rule_source, predicted,
  CASE instr(observed, char(10)) WHEN 0 THEN observed ELSE substr(observed, 1, instr(observed, char(10)) - 1) END,
  CASE instr(observed, char(10)) WHEN 0 THEN NULL ELSE substr(observed, instr(observed, char(10)) + 1) END,
  evidence, attempts, duration_us, stored_utc
FROM result;

DROP TABLE result;
ALTER TABLE result_3 RENAME TO result;

CREATE INDEX result_case ON result (case_id);
CREATE INDEX result_host_verdict ON result (host, verdict, case_id);
CREATE INDEX result_skip ON result (host, reason) WHERE verdict = 'skip';
CREATE INDEX host_target ON host (target);

-- What follows up to the views is redundant: kept by the triggers below, verified by "harness db check".

-- The verdicts of a host, counted; those to come, 'planned', are not. A count may have become 0.
CREATE TABLE class_tally (
  host      INTEGER NOT NULL REFERENCES host (id) ON DELETE CASCADE,
  class     TEXT NOT NULL,
  verdict   TEXT NOT NULL,
  strongest TEXT NOT NULL,
  cases     INTEGER NOT NULL CHECK (cases >= 0),
  PRIMARY KEY (host, class, verdict, strongest)
) STRICT, WITHOUT ROWID;

-- Those that have a path.
CREATE TABLE path_tally (
  host      INTEGER NOT NULL REFERENCES host (id) ON DELETE CASCADE,
  path      INTEGER NOT NULL,
  verdict   TEXT NOT NULL,
  strongest TEXT NOT NULL,
  cases     INTEGER NOT NULL CHECK (cases >= 0),
  PRIMARY KEY (host, path, verdict, strongest)
) STRICT, WITHOUT ROWID;

-- The result of a case on a target in the newest run that has a verdict on it. No foreign keys: a host that is deleted is gone
-- before its results are, and each of these has to be replaced.
CREATE TABLE latest_result (
  case_id TEXT NOT NULL,
  target  TEXT NOT NULL,
  host    INTEGER NOT NULL,
  result  INTEGER NOT NULL,
  PRIMARY KEY (case_id, target)
) STRICT, WITHOUT ROWID;

INSERT INTO class_tally (host, class, verdict, strongest, cases)
SELECT r.host, c.class, r.verdict, r.strongest, count(*) FROM result r JOIN test_case c ON c.id = r.case_id
WHERE r.verdict <> 'planned' GROUP BY 1, 2, 3, 4;

INSERT INTO latest_result (case_id, target, host, result)
SELECT case_id, target, host, result FROM (
  SELECT r.case_id, h.target, r.host, r.id AS result,
         row_number() OVER (PARTITION BY r.case_id, h.target ORDER BY n.started_utc DESC, n.id DESC) AS age
  FROM result r JOIN host h ON h.id = r.host JOIN run n ON n.id = h.run
  WHERE r.verdict <> 'planned')
WHERE age = 1;

UPDATE host SET first_result_utc = (SELECT min(r.stored_utc) FROM result r WHERE r.host = host.id AND r.verdict <> 'planned');

CREATE TRIGGER result_verdict_is_final BEFORE UPDATE ON result WHEN old.verdict <> 'planned'
BEGIN
  SELECT raise(ABORT, 'the case has its verdict already');
END;

CREATE TRIGGER result_gets_verdict AFTER UPDATE OF verdict ON result WHEN new.verdict <> 'planned'
BEGIN
  INSERT INTO class_tally (host, class, verdict, strongest, cases)
  SELECT new.host, c.class, new.verdict, new.strongest, 1 FROM test_case c WHERE c.id = new.case_id
  ON CONFLICT DO UPDATE SET cases = cases + 1;

  INSERT INTO path_tally (host, path, verdict, strongest, cases)
  SELECT new.host, new.path, new.verdict, new.strongest, 1 WHERE new.path IS NOT NULL
  ON CONFLICT DO UPDATE SET cases = cases + 1;

  INSERT INTO latest_result (case_id, target, host, result)
  SELECT new.case_id, h.target, h.id, new.id FROM host h WHERE h.id = new.host
  ON CONFLICT DO UPDATE SET host = excluded.host, result = excluded.result
  WHERE (SELECT n.started_utc, n.id FROM host h JOIN run n ON n.id = h.run WHERE h.id = excluded.host)
    > (SELECT n.started_utc, n.id FROM host h JOIN run n ON n.id = h.run WHERE h.id = latest_result.host);

  UPDATE host SET first_result_utc = new.stored_utc WHERE id = new.host AND first_result_utc IS NULL;
END;

-- As copies of runs are: the same.
CREATE TRIGGER result_comes_with_verdict AFTER INSERT ON result WHEN new.verdict <> 'planned'
BEGIN
  INSERT INTO class_tally (host, class, verdict, strongest, cases)
  SELECT new.host, c.class, new.verdict, new.strongest, 1 FROM test_case c WHERE c.id = new.case_id
  ON CONFLICT DO UPDATE SET cases = cases + 1;

  INSERT INTO path_tally (host, path, verdict, strongest, cases)
  SELECT new.host, new.path, new.verdict, new.strongest, 1 WHERE new.path IS NOT NULL
  ON CONFLICT DO UPDATE SET cases = cases + 1;

  INSERT INTO latest_result (case_id, target, host, result)
  SELECT new.case_id, h.target, h.id, new.id FROM host h WHERE h.id = new.host
  ON CONFLICT DO UPDATE SET host = excluded.host, result = excluded.result
  WHERE (SELECT n.started_utc, n.id FROM host h JOIN run n ON n.id = h.run WHERE h.id = excluded.host)
    > (SELECT n.started_utc, n.id FROM host h JOIN run n ON n.id = h.run WHERE h.id = latest_result.host);

  UPDATE host SET first_result_utc = new.stored_utc WHERE id = new.host AND first_result_utc IS NULL;
END;

-- The next newest result takes its place, if there is one.
CREATE TRIGGER latest_result_deleted BEFORE DELETE ON result
  WHEN EXISTS (SELECT 1 FROM latest_result WHERE case_id = old.case_id AND result = old.id)
BEGIN
  INSERT OR REPLACE INTO latest_result (case_id, target, host, result)
  SELECT l.case_id, l.target, r.host, r.id
  FROM latest_result l
  JOIN result r ON r.case_id = l.case_id AND r.id <> l.result AND r.verdict <> 'planned'
  JOIN host h ON h.id = r.host AND h.target = l.target
  JOIN run n ON n.id = h.run
  WHERE l.case_id = old.case_id AND l.result = old.id
  ORDER BY n.started_utc DESC, n.id DESC LIMIT 1;

  DELETE FROM latest_result WHERE case_id = old.case_id AND result = old.id;
END;

CREATE TRIGGER result_deleted AFTER DELETE ON result
BEGIN
  UPDATE class_tally SET cases = cases - 1
  WHERE host = old.host AND class = (SELECT class FROM test_case WHERE id = old.case_id)
    AND verdict = old.verdict AND strongest = old.strongest;

  UPDATE path_tally SET cases = cases - 1
  WHERE host = old.host AND path = old.path AND verdict = old.verdict AND strongest = old.strongest;
END;

CREATE TRIGGER test_case_class_changes AFTER UPDATE OF class ON test_case WHEN new.class <> old.class
BEGIN
  UPDATE class_tally SET cases = class_tally.cases - 1
  FROM result r
  WHERE r.case_id = new.id AND class_tally.host = r.host AND class_tally.class = old.class
    AND class_tally.verdict = r.verdict AND class_tally.strongest = r.strongest;

  INSERT INTO class_tally (host, class, verdict, strongest, cases)
  SELECT r.host, new.class, r.verdict, r.strongest, 1 FROM result r WHERE r.case_id = new.id AND r.verdict <> 'planned'
  ON CONFLICT DO UPDATE SET cases = cases + 1;
END;

-- Views for people. CROSS JOIN keeps the order, and INDEXED BY the index, that is fast where few results are of a verdict: no
-- statistics tell SQLite so.

-- Every result with its case, host and run.
CREATE VIEW results AS
  SELECT h.run, n.started_utc, h.target, h.platform, h.kernel_release, h.build_id, r.case_id, c.class, c.title,
         r.verdict, r.culprit, r.reason, r.policy, r.rule, r.rule_source, p.path, r.predicted, r.observed, r.details, r.known,
         r.evidence, r.strongest, r.attempts, r.duration_us, r.stored_utc, r.host, r.id AS result
  FROM result r
  JOIN host h ON h.id = r.host
  JOIN run n ON n.id = h.run
  JOIN test_case c ON c.id = r.case_id
  LEFT JOIN rule_path p ON p.id = r.path;

CREATE VIEW verdict_count AS
  SELECT h.run, t.host, h.target, t.verdict, sum(t.cases) AS cases
  FROM class_tally t JOIN host h ON h.id = t.host
  GROUP BY t.host, t.verdict HAVING sum(t.cases) > 0
  UNION ALL
  SELECT h.run, h.id, h.target, r.verdict, count(*)
  FROM host h CROSS JOIN result r INDEXED BY result_host_verdict ON r.host = h.id AND r.verdict = 'planned'
  GROUP BY h.id;

-- What the newest run that has a verdict on it says about a case on a target.
CREATE VIEW latest_verdict AS
  SELECT l.target, l.case_id, c.class, c.title, r.verdict, r.culprit, r.reason, r.rule, r.strongest, h.platform, h.kernel_release,
         h.run, r.stored_utc, l.host, l.result
  FROM latest_result l
  JOIN result r ON r.id = l.result
  JOIN host h ON h.id = l.host
  JOIN test_case c ON c.id = l.case_id;

-- A class of cases on a host of a run, a column for each verdict.
CREATE VIEW class_matrix AS
  SELECT h.run, h.target, h.kernel_release, t.class, sum(t.cases) AS cases,
         sum(t.cases * (t.verdict = 'match')) AS "match",
         sum(t.cases * (t.verdict = 'erratum')) AS erratum,
         sum(t.cases * (t.verdict = 'known')) AS known,
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

CREATE VIEW mismatch AS
  SELECT h.run, n.started_utc, h.target, h.kernel_release, h.build_id, h.cpu, r.case_id, c.class, c.title,
         r.policy, r.rule, r.rule_source, r.predicted, r.observed, r.details, r.evidence, r.culprit, r.reason, r.attempts,
         c.definition, n.command_line, n.harness_version, n.model_hash, n.probe_hash, r.id AS result
  FROM host h
  CROSS JOIN result r INDEXED BY result_host_verdict ON r.host = h.id AND r.verdict = 'mismatch'
  JOIN run n ON n.id = h.run
  JOIN test_case c ON c.id = r.case_id;

-- For a host of a run, the same target in the newest earlier run that compares with it: judged by the same model under the same
-- policy, asked by the same probe, with the same capabilities. Its kernel, its QEMU and the cases asked may differ. A run of the
-- same suite goes before others: a run of one case that somebody made in between hides no night. Nor does a night that was
-- interrupted or lost the host half-way: what was finished goes before. A host that could not be had has no policy and no
-- capabilities to compare: it is the same as the last that had.
CREATE VIEW previous_host AS
  SELECT h.id AS host, h.run, p.id AS previous, p.run AS previous_run
  FROM host h
  JOIN host p ON p.id = (
    SELECT e.id
    FROM run n JOIN host e JOIN run m
    WHERE n.id = h.run AND e.target = h.target AND e.kind = h.kind AND e.policy IS NOT NULL
      AND (h.policy IS NULL OR e.policy = h.policy AND e.capabilities IS h.capabilities) AND m.id = e.run AND m.model_hash = n.model_hash AND m.probe_hash IS n.probe_hash
      AND (m.started_utc, m.id) < (n.started_utc, n.id)
    ORDER BY n.suite IS NOT NULL AND m.suite IS n.suite DESC, e.state = 'finished' DESC, m.started_utc DESC, m.id DESC LIMIT 1);

-- The same, with the same kernel there.
CREATE VIEW previous_same_kernel AS
  SELECT h.id AS host, h.run, p.id AS previous, p.run AS previous_run
  FROM host h
  JOIN host p ON p.id = (
    SELECT e.id
    FROM run n JOIN host e JOIN run m
    WHERE n.id = h.run AND e.target = h.target AND e.kind = h.kind AND e.policy = h.policy
      AND e.build_id = h.build_id AND e.capabilities IS h.capabilities AND m.id = e.run AND m.model_hash = n.model_hash AND m.probe_hash IS n.probe_hash
      AND (m.started_utc, m.id) < (n.started_utc, n.id)
    ORDER BY n.suite IS NOT NULL AND m.suite IS n.suite DESC, e.state = 'finished' DESC, m.started_utc DESC, m.id DESC LIMIT 1);

-- Good there, bad here.
CREATE VIEW regression AS
  SELECT v.run, h.target, r.case_id, c.class, c.title, q.verdict AS previous_verdict, r.verdict, r.culprit, r.reason, r.rule,
         r.predicted, q.observed AS previous_observed, r.observed, v.previous_run, o.kernel_release AS previous_kernel,
         h.kernel_release AS kernel, v.host, r.id AS result, q.id AS previous_result
  FROM previous_host v
  CROSS JOIN result r INDEXED BY result_host_verdict ON r.host = v.host AND r.verdict IN ('mismatch', 'crash', 'hang', 'disagreement')
  CROSS JOIN result q ON q.host = v.previous AND q.case_id = r.case_id AND q.verdict IN ('match', 'erratum', 'known')
  JOIN host h ON h.id = v.host
  JOIN host o ON o.id = v.previous
  JOIN test_case c ON c.id = r.case_id;

-- Bad there, good here.
CREATE VIEW fix AS
  SELECT v.run, h.target, r.case_id, c.class, c.title, q.verdict AS previous_verdict, r.verdict, q.culprit, q.reason AS previous_reason,
         q.rule AS previous_rule, r.predicted, q.observed AS previous_observed, r.observed, v.previous_run,
         o.kernel_release AS previous_kernel, h.kernel_release AS kernel, v.host, r.id AS result, q.id AS previous_result
  FROM previous_host v
  CROSS JOIN result q INDEXED BY result_host_verdict ON q.host = v.previous AND q.verdict IN ('mismatch', 'crash', 'hang', 'disagreement')
  CROSS JOIN result r ON r.host = v.host AND r.case_id = q.case_id AND r.verdict IN ('match', 'erratum', 'known')
  JOIN host h ON h.id = v.host
  JOIN host o ON o.id = v.previous
  JOIN test_case c ON c.id = r.case_id;

-- What said one thing and then another: 'within a run', when it was asked again, alone; 'between runs' of the same kernel that
-- compare. Between runs, a known difference may be any of those that an entry can excuse.
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
    CROSS JOIN result r INDEXED BY result_host_verdict ON r.host = v.host AND r.verdict IN ('mismatch', 'crash', 'hang', 'disagreement', 'known')
    CROSS JOIN result q ON q.host = v.previous AND q.case_id = r.case_id AND q.verdict <> r.verdict
      AND (q.verdict IN ('match', 'erratum')
        OR q.verdict IN ('mismatch', 'crash', 'hang', 'disagreement') AND r.verdict <> 'known'
        OR q.verdict = 'known' AND r.verdict = 'disagreement')
    UNION ALL
    SELECT v.host, v.previous_run, r.case_id, q.verdict, q.observed, r.verdict, r.observed, r.reason, r.id
    FROM previous_same_kernel v
    CROSS JOIN result q INDEXED BY result_host_verdict ON q.host = v.previous AND q.verdict IN ('mismatch', 'crash', 'hang', 'disagreement', 'known')
    CROSS JOIN result r ON r.host = v.host AND r.case_id = q.case_id AND r.verdict IN ('match', 'erratum')) d
  JOIN host h ON h.id = d.host
  JOIN test_case c ON c.id = d.case_id;

-- Cases that no host whose platform is a CPU has executed.
CREATE VIEW never_on_hardware AS
  SELECT c.id AS case_id, c.class, c.title
  FROM test_case c
  WHERE NOT EXISTS (
    SELECT 1 FROM host h CROSS JOIN result r ON r.host = h.id AND r.case_id = c.id
    WHERE h.platform = 'a CPU' AND r.attempts > 0);

-- How strongly each rule is checked, by the results on whose path it is and that have a verdict on the kernel: how many there are
-- by the strongest level of evidence they rest on.
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
    WHERE t.verdict IN ('match', 'erratum', 'known', 'mismatch', 'crash', 'hang', 'disagreement') AND t.cases > 0
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

-- Known differences that the newest finished run of a target still lists, and that no case there showed when they were last asked.
CREATE VIEW stale_known AS
  SELECT h.run, h.target, h.kernel_release, k.name, k.culprit, k.reason, k.link, k.asked,
         (SELECT group_concat(o.target, ' ') FROM host o JOIN known_difference x ON x.host = o.id
          WHERE o.run = h.run AND x.name = k.name AND x.met > 0) AS met_on
  FROM host w
  JOIN known_difference l ON l.host = w.id
  JOIN host h ON h.id = (
    SELECT e.id FROM host e JOIN run m ON m.id = e.run JOIN known_difference x ON x.host = e.id
    WHERE e.target = w.target AND e.state = 'finished' AND x.name = l.name AND x.definition = l.definition AND x.asked > 0
    ORDER BY m.started_utc DESC, m.id DESC LIMIT 1)
  JOIN known_difference k ON k.host = h.id AND k.name = l.name
  WHERE k.met = 0 AND k.expired = 0 AND l.expired = 0
    AND w.id = (
      SELECT e.id FROM host e JOIN run m ON m.id = e.run WHERE e.target = w.target AND e.state = 'finished'
      ORDER BY m.started_utc DESC, m.id DESC LIMIT 1);
