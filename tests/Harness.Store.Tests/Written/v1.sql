-- Version 1. Times are UTC, ISO 8601 with milliseconds. Lists are words separated by one space.

CREATE TABLE run (
  id              TEXT NOT NULL PRIMARY KEY,
  started_utc     TEXT NOT NULL,
  finished_utc    TEXT,
  state           TEXT NOT NULL CHECK (state IN ('planned', 'running', 'finished', 'interrupted', 'failed')),
  reason          TEXT,
  command_line    TEXT NOT NULL,
  harness_version TEXT NOT NULL,
  model_hash      TEXT NOT NULL,
  probe_hash      TEXT,
  policy          TEXT
) STRICT;

CREATE TABLE host (
  id                INTEGER PRIMARY KEY,
  run               TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  target            TEXT NOT NULL,
  kind              TEXT NOT NULL,
  state             TEXT NOT NULL CHECK (state IN ('planned', 'running', 'finished', 'interrupted', 'failed')),
  reason            TEXT,
  started_utc       TEXT,
  finished_utc      TEXT,
  planned           INTEGER NOT NULL DEFAULT 0,
  kernel_release    TEXT,
  kernel_version    TEXT,
  build_id          TEXT,
  cpu               TEXT,
  qemu_version      TEXT,
  qemu_command_line TEXT,
  boot_id           TEXT,
  image_hash        TEXT,
  capabilities      TEXT CHECK (capabilities IS NULL OR json_valid(capabilities)),
  facts             TEXT CHECK (facts IS NULL OR json_valid(facts)),
  evidence          TEXT NOT NULL DEFAULT '',
  policy            TEXT,
  UNIQUE (run, target)
) STRICT;

CREATE TABLE test_case (
  id         TEXT NOT NULL PRIMARY KEY,
  class      TEXT NOT NULL,
  title      TEXT NOT NULL,
  definition TEXT NOT NULL CHECK (json_valid(definition))
) STRICT;

CREATE TABLE result (
  id          INTEGER PRIMARY KEY,
  host        INTEGER NOT NULL REFERENCES host (id) ON DELETE CASCADE,
  case_id     TEXT NOT NULL REFERENCES test_case (id),
  ordinal     INTEGER NOT NULL CHECK (ordinal >= 0),
  verdict     TEXT NOT NULL DEFAULT 'planned' CHECK (verdict IN (
                'match', 'mismatch', 'outside-model', 'probe-error', 'infrastructure',
                'crash', 'hang', 'skip', 'planned', 'unstable')),
  culprit     TEXT NOT NULL DEFAULT 'none' CHECK (culprit IN (
                'none', 'kernel', 'model', 'probe', 'platform', 'infrastructure')),
  reason      TEXT,
  policy      TEXT,
  rule        TEXT,
  rule_source TEXT,
  predicted   TEXT,
  observed    TEXT,
  evidence    TEXT NOT NULL DEFAULT '',
  attempts    INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  duration_us INTEGER NOT NULL DEFAULT 0 CHECK (duration_us >= 0),
  stored_utc  TEXT,
  UNIQUE (host, case_id),
  UNIQUE (host, ordinal)
) STRICT;

CREATE INDEX result_case ON result (case_id);
CREATE INDEX result_host_verdict ON result (host, verdict);

-- A verdict is given once.
CREATE TRIGGER result_verdict_is_final BEFORE UPDATE ON result WHEN old.verdict <> 'planned'
BEGIN
  SELECT raise(ABORT, 'the case has its verdict already');
END;

CREATE TABLE attempt (
  result      INTEGER NOT NULL REFERENCES result (id) ON DELETE CASCADE,
  number      INTEGER NOT NULL CHECK (number >= 1),
  observation TEXT NOT NULL,
  PRIMARY KEY (result, number)
) STRICT, WITHOUT ROWID;

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
         r.policy, r.rule, r.rule_source, r.predicted, r.observed, r.evidence, r.culprit, r.reason, r.attempts,
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
