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
         m.source_leaf, m.destination_leaf, m.violation, m.violation_rule, m.refused, m.bytes, m.source_us, m.transfer_us, m.destination_us,
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
