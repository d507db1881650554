-- Version 3: how a run was asked for, so that it can go on; rules and the paths of predictions; known differences; decoded
-- evidence apart from the outcome.

DROP VIEW verdict_count;
DROP VIEW latest_verdict;
DROP VIEW mismatch;
DROP VIEW rule_evidence;

ALTER TABLE run ADD COLUMN suite TEXT;
ALTER TABLE run ADD COLUMN request TEXT CHECK (request IS NULL OR json_valid(request));
ALTER TABLE run ADD COLUMN executor TEXT CHECK (executor IS NULL OR json_valid(executor));
ALTER TABLE host ADD COLUMN platform TEXT;

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
CREATE INDEX result_host_verdict ON result (host, verdict);

CREATE TRIGGER result_verdict_is_final BEFORE UPDATE ON result WHEN old.verdict <> 'planned'
BEGIN
  SELECT raise(ABORT, 'the case has its verdict already');
END;

CREATE VIEW verdict_count AS
  SELECT h.run, r.host, h.target, r.verdict, count(*) AS cases
  FROM result r JOIN host h ON h.id = r.host
  GROUP BY r.host, r.verdict;

-- What the newest run that has a verdict on it says about a case on a target.
CREATE VIEW latest_verdict AS
  SELECT target, case_id, title, verdict, culprit, reason, rule, kernel_release, run, stored_utc
  FROM (
    SELECT h.target, r.case_id, c.title, r.verdict, r.culprit, r.reason, r.rule, h.kernel_release, h.run, r.stored_utc,
           row_number() OVER (PARTITION BY h.target, r.case_id ORDER BY n.started_utc DESC, n.id DESC) AS age
    FROM result r
    JOIN host h ON h.id = r.host
    JOIN run n ON n.id = h.run
    JOIN test_case c ON c.id = r.case_id
    WHERE r.verdict <> 'planned')
  WHERE age = 1;

CREATE VIEW mismatch AS
  SELECT h.run, n.started_utc, h.target, h.kernel_release, h.build_id, h.cpu, r.case_id, c.class, c.title,
         r.policy, r.rule, r.rule_source, r.predicted, r.observed, r.details, r.evidence, r.culprit, r.reason, r.attempts,
         c.definition, n.command_line, n.harness_version, n.model_hash, n.probe_hash, r.id AS result
  FROM result r
  JOIN host h ON h.id = r.host
  JOIN run n ON n.id = h.run
  JOIN test_case c ON c.id = r.case_id
  WHERE r.verdict = 'mismatch';

-- How strongly each rule is checked: results by the strongest evidence they rest on.
CREATE VIEW rule_evidence AS
  SELECT h.run, r.policy, r.rule,
         CASE WHEN r.evidence = '' THEN 'none'
              ELSE substr(r.evidence, 1, instr(r.evidence || ' ', ' ') - 1) END AS strongest,
         r.verdict, count(*) AS cases
  FROM result r JOIN host h ON h.id = r.host
  WHERE r.rule IS NOT NULL
  GROUP BY h.run, r.policy, r.rule, strongest, r.verdict;

CREATE INDEX host_target ON host (target);

-- For a host of a run, the same target in the newest earlier run that compares with it: judged by the same model under the same
-- policy, asked by the same probe, with the same capabilities. Its kernel, its QEMU and the cases asked may differ.
CREATE VIEW previous_host AS
  SELECT host, run, previous, previous_run
  FROM (
    SELECT h.id AS host, n.id AS run, p.id AS previous, m.id AS previous_run,
           row_number() OVER (PARTITION BY h.id ORDER BY m.started_utc DESC, m.id DESC) AS age
    FROM host h
    JOIN run n ON n.id = h.run
    JOIN host p ON p.target = h.target AND p.kind = h.kind AND p.policy IS h.policy AND p.capabilities IS h.capabilities
    JOIN run m ON m.id = p.run AND m.model_hash = n.model_hash AND m.probe_hash IS n.probe_hash
      AND (m.started_utc < n.started_utc OR (m.started_utc = n.started_utc AND m.id < n.id))
    WHERE h.policy IS NOT NULL)
  WHERE age = 1;
