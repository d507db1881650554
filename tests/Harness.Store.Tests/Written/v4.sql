-- Version 4: VMs that move. A host of a run may be a pair of targets; its cases are migrations, and its results are results like
-- any other, with a row of what became of the VM beside them.

ALTER TABLE host ADD COLUMN source TEXT;
-- The last column added checks both.
ALTER TABLE host ADD COLUMN destination TEXT CHECK (CASE kind
  WHEN 'pair' THEN source IS NOT NULL AND destination IS NOT NULL AND target = source || ' -> ' || destination
  ELSE source IS NULL AND destination IS NULL END);

CREATE TABLE migration (
  result           INTEGER PRIMARY KEY REFERENCES result (id) ON DELETE CASCADE,
  predicted        TEXT,
  stage            TEXT,
  errno            TEXT,
  source_leaf      TEXT,
  destination_leaf TEXT,
  violation        TEXT,
  violation_rule   TEXT,
  refused          INTEGER CHECK (refused >= 0),
  refused_registers TEXT CHECK (refused_registers IS NULL OR refused > 0),
  bytes            INTEGER NOT NULL CHECK (bytes >= 0),
  source_us        INTEGER NOT NULL CHECK (source_us >= 0),
  transfer_us      INTEGER NOT NULL CHECK (transfer_us >= 0),
  destination_us   INTEGER NOT NULL CHECK (destination_us >= 0),
  CHECK (errno IS NULL OR stage IS NOT NULL),
  CHECK (violation IS NULL OR stage IS NOT NULL),
  CHECK (violation_rule IS NULL OR violation IS NOT NULL)
) STRICT;

CREATE INDEX migration_broken ON migration (result) WHERE violation IS NOT NULL;

CREATE TRIGGER migration_is_of_a_pair BEFORE INSERT ON migration
  WHEN NOT EXISTS (SELECT 1 FROM result r JOIN host h ON h.id = r.host WHERE r.id = new.result AND r.verdict <> 'planned' AND h.kind = 'pair')
BEGIN
  SELECT raise(ABORT, 'only what was asked of a pair, and has its verdict, can be a migration');
END;

CREATE TRIGGER migration_is_final BEFORE UPDATE ON migration
BEGIN
  SELECT raise(ABORT, 'what became of the migration is stored already');
END;

-- Every result of a pair with what became of the VM, also those to come. CROSS JOIN: there are few pairs, and many results.
CREATE VIEW migrations AS
  SELECT h.run, n.started_utc, h.source, h.destination,
         CASE WHEN instr(h.kernel_release, ' -> ') THEN substr(h.kernel_release, 1, instr(h.kernel_release, ' -> ') - 1) END AS source_kernel,
         CASE WHEN instr(h.kernel_release, ' -> ') THEN substr(h.kernel_release, instr(h.kernel_release, ' -> ') + 4) END AS destination_kernel,
         r.case_id, c.class, c.title, r.verdict, r.culprit, m.predicted, m.stage || coalesce(' ' || m.errno, '') AS ended, m.stage, m.errno,
         m.source_leaf, m.destination_leaf, m.violation, m.violation_rule, m.refused, m.refused_registers, m.bytes, m.source_us, m.transfer_us, m.destination_us,
         r.reason, r.rule, r.strongest, r.attempts, r.duration_us, r.stored_utc, r.host, r.id AS result
  FROM host h
  CROSS JOIN result r ON r.host = h.id
  JOIN run n ON n.id = h.run
  JOIN test_case c ON c.id = r.case_id
  LEFT JOIN migration m ON m.result = r.id
  WHERE h.kind = 'pair';

-- Those that break a property, whether or not that was predicted.
CREATE VIEW migration_violation AS
  SELECT h.run, n.started_utc, h.source, h.destination, r.case_id, c.class, c.title, m.violation, m.violation_rule, r.verdict, m.predicted,
         m.stage || coalesce(' ' || m.errno, '') AS ended, m.source_leaf, m.destination_leaf, r.reason, r.host, r.id AS result
  FROM migration m INDEXED BY migration_broken
  CROSS JOIN result r ON r.id = m.result
  JOIN host h ON h.id = r.host
  JOIN run n ON n.id = h.run
  JOIN test_case c ON c.id = r.case_id
  WHERE m.violation IS NOT NULL;

-- As before, but without pairs: what a destination would have decided is on a migration's path also where the VM did not get so far,
-- and the evidence may be the source's.
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
    WHERE t.verdict IN ('match', 'erratum', 'known', 'mismatch', 'crash', 'hang', 'disagreement') AND t.cases > 0 AND h.kind <> 'pair'
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
