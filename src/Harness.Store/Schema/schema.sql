-- The tables of a new file. A file of an older version is upgraded to them by copying (SchemaUpgrade.cs). Times are UTC, ISO 8601
-- with milliseconds. Lists are words separated by one space. The views are in views.sql.

-- The meaning of each verdict: filled from the table in Verdicts.cs at every opening for write.
CREATE TABLE verdict (
  word        TEXT NOT NULL PRIMARY KEY,
  class       TEXT NOT NULL,
  differs     INTEGER CHECK (differs IN (0, 1)),
  exit_code   INTEGER,
  ordinal     INTEGER NOT NULL,
  description TEXT NOT NULL
) STRICT, WITHOUT ROWID;

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
  policy          TEXT,
  suite           TEXT,
  request         TEXT CHECK (request IS NULL OR json_valid(request)),
  executor        TEXT CHECK (executor IS NULL OR json_valid(executor)),
  -- Of a run that is one part of a whole, or of a whole that was merged of parts. "shard" is "3/8" until it is merged.
  shard           TEXT,
  shards          INTEGER CHECK (shards > 0),
  plan_hash       TEXT,
  plan_cases      INTEGER,
  night           TEXT,
  CHECK ((shards IS NULL) = (plan_hash IS NULL) AND (shards IS NULL) = (plan_cases IS NULL)),
  CHECK (shards IS NOT NULL OR coalesce(shard, night) IS NULL)
) STRICT;

-- The shards of a run. "source" is the run that executed it; the columns after it are copied from that run when it is merged.
CREATE TABLE shard (
  run          TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  number       INTEGER NOT NULL CHECK (number > 0),
  source       TEXT NOT NULL,
  state        TEXT CHECK (state IN ('finished', 'interrupted', 'failed')),
  reason       TEXT,
  started_utc  TEXT,
  finished_utc TEXT,
  command_line TEXT,
  PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX shard_source ON shard (source);

-- A target in a run; or a pair of targets between which VMs migrate, which refers to two hosts of its run and has no columns of
-- a machine.
CREATE TABLE host (
  id                INTEGER PRIMARY KEY,
  run               TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  target            TEXT,
  kind              TEXT NOT NULL,
  source            TEXT,
  destination       TEXT,
  source_host       INTEGER,
  destination_host  INTEGER,
  -- For people.
  name              TEXT NOT NULL AS (coalesce(target, source || ' -> ' || destination)),
  state             TEXT NOT NULL CHECK (state IN ('planned', 'running', 'finished', 'interrupted', 'failed')),
  reason            TEXT,
  started_utc       TEXT,
  first_result_utc  TEXT,
  finished_utc      TEXT,
  -- Of a host with cases in several shards: the time that each took, added.
  parts_ms          INTEGER CHECK (parts_ms >= 0),
  planned           INTEGER NOT NULL DEFAULT 0,
  kernel_release    TEXT,
  kernel_version    TEXT,
  build_id          TEXT,
  upstream_release  TEXT,
  release_standing  TEXT CHECK (release_standing IN ('booted', 'read', 'covered', 'unverified')),
  nearest_release   TEXT,
  cpu               TEXT,
  platform          TEXT,
  qemu_version      TEXT,
  qemu_command_line TEXT,
  boot_id           TEXT,
  image_hash        TEXT,
  capabilities      TEXT CHECK (capabilities IS NULL OR json_valid(capabilities)),
  facts             TEXT CHECK (facts IS NULL OR json_valid(facts)),
  evidence          TEXT NOT NULL DEFAULT '',
  policy            TEXT,
  UNIQUE (run, name),
  UNIQUE (run, target, id),
  FOREIGN KEY (run, source, source_host) REFERENCES host (run, target, id),
  FOREIGN KEY (run, destination, destination_host) REFERENCES host (run, target, id),
  CHECK (CASE kind
    WHEN 'pair' THEN target IS NULL AND source IS NOT NULL AND destination IS NOT NULL AND source_host IS NOT NULL
      AND destination_host IS NOT NULL AND coalesce(kernel_release, build_id, cpu, capabilities, facts, policy) IS NULL
    ELSE target IS NOT NULL AND coalesce(source, destination, source_host, destination_host) IS NULL END)
) STRICT;

CREATE INDEX host_name ON host (name);

-- What became of each machine of a pool: a target that names several machines of one kind.
CREATE TABLE pool_machine (
  host    INTEGER NOT NULL REFERENCES host (id) ON DELETE CASCADE,
  machine TEXT NOT NULL,
  ordinal INTEGER NOT NULL CHECK (ordinal >= 0),
  state   TEXT NOT NULL CHECK (state IN ('used', 'unused', 'busy', 'unhealthy', 'unreachable', 'lost')),
  reason  TEXT,
  PRIMARY KEY (host, machine)
) STRICT, WITHOUT ROWID;

CREATE TABLE test_case (
  id         TEXT NOT NULL PRIMARY KEY,
  class      TEXT NOT NULL,
  title      TEXT NOT NULL,
  definition TEXT NOT NULL CHECK (json_valid(definition))
) STRICT;

-- The rules of a policy in the model of a run.
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

-- The path of rules of a prediction; many results share one.
CREATE TABLE rule_path (
  id   INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE CHECK (json_valid(path))
) STRICT;

-- The same, one row per rule. "at" is the step it was evaluated for: 'registration', 'change', or the number and the kind of an
-- access, '2 write'.
CREATE TABLE rule_step (
  path     INTEGER NOT NULL REFERENCES rule_path (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  at       TEXT NOT NULL,
  rule     TEXT NOT NULL,
  PRIMARY KEY (path, position)
) STRICT, WITHOUT ROWID;

-- The entries of known-differences.json that apply to a host, and the results of the cases they cover there.
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

-- A case on a host: planned before the first case is executed, and given its verdict once.
CREATE TABLE result (
  id          INTEGER PRIMARY KEY,
  host        INTEGER NOT NULL REFERENCES host (id) ON DELETE CASCADE,
  case_id     TEXT NOT NULL REFERENCES test_case (id),
  ordinal     INTEGER NOT NULL CHECK (ordinal >= 0),
  verdict     TEXT NOT NULL DEFAULT 'planned' REFERENCES verdict (word),
  culprit     TEXT NOT NULL DEFAULT 'none' CHECK (culprit IN (
                'none', 'kernel', 'model', 'probe', 'platform', 'infrastructure')),
  reason      TEXT,
  policy      TEXT,
  rule        TEXT,
  rule_source TEXT,
  path        INTEGER REFERENCES rule_path (id),
  -- What may happen and what did: as JSON (docs/results.md), and as a sentence made of it for people.
  predicted   TEXT,
  observed    TEXT,
  predicted_json   TEXT CHECK (predicted_json IS NULL OR json_valid(predicted_json)),
  observed_json    TEXT CHECK (observed_json IS NULL OR json_valid(observed_json)),
  descriptors_json TEXT CHECK (descriptors_json IS NULL OR json_valid(descriptors_json)),
  -- Of the last part of what was observed; of a migration its end.
  observed_type   TEXT AS (observed_json ->> '$[#-1].type'),
  observed_memory TEXT AS (observed_json ->> '$[#-1].memory'),
  observed_level  INTEGER AS (observed_json ->> '$[#-1].level'),
  observed_errno  TEXT AS (coalesce(observed_json ->> '$[#-1].errno', observed_json ->> '$.errno')),
  observed_stage  TEXT AS (observed_json ->> '$.stage'),
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

CREATE INDEX result_case ON result (case_id);
-- Of what is counted: the rest of a row is not read.
CREATE INDEX result_host_verdict ON result (host, verdict, strongest, case_id);
CREATE INDEX result_path ON result (path, host, verdict, strongest);
CREATE INDEX result_skip ON result (host, reason) WHERE verdict = 'skip';

CREATE TABLE attempt (
  result      INTEGER NOT NULL REFERENCES result (id) ON DELETE CASCADE,
  number      INTEGER NOT NULL CHECK (number >= 1),
  observation TEXT NOT NULL,
  PRIMARY KEY (result, number)
) STRICT, WITHOUT ROWID;

-- The result of a migration, in addition to the result of its pair.
CREATE TABLE migration (
  result           INTEGER PRIMARY KEY REFERENCES result (id) ON DELETE CASCADE,
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

-- What a host's kernel reported in its log while the case ran: warnings, Oopses, panics, stalls. The title is the same whenever the
-- same happens, without addresses and numbers.
CREATE TABLE kernel_report (
  result  INTEGER NOT NULL REFERENCES result (id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL CHECK (ordinal >= 0),
  title   TEXT NOT NULL,
  kind    TEXT NOT NULL,
  cause   TEXT NOT NULL CHECK (cause IN ('kernel', 'starvation', 'machine', 'request')),
  times   INTEGER NOT NULL DEFAULT 1 CHECK (times >= 1),
  PRIMARY KEY (result, ordinal),
  UNIQUE (result, title)
) STRICT, WITHOUT ROWID;

CREATE INDEX kernel_report_title ON kernel_report (title);

-- A program of another test suite on a host (harness peers): planned with the host's cases, and given its outcome once, which is what that
-- suite says. "agreed", "deviated" and "unanswered" count the cases that assert the same; "relation" and "explanation" compare both.
CREATE TABLE peer (
  host           INTEGER NOT NULL REFERENCES host (id) ON DELETE CASCADE,
  name           TEXT NOT NULL,
  ordinal        INTEGER NOT NULL CHECK (ordinal >= 0),
  program        TEXT NOT NULL,
  arguments      TEXT NOT NULL,
  source         TEXT,
  filter         TEXT,
  outcome        TEXT NOT NULL DEFAULT 'planned' CHECK (outcome IN (
                   'planned', 'passed', 'skipped', 'failed', 'killed', 'timeout', 'lost', 'not-run')),
  reason         TEXT,
  exit_code      INTEGER,
  relation       TEXT CHECK (relation IN ('same', 'explained', 'differs', 'not-compared')),
  explanation    TEXT,
  agreed         INTEGER NOT NULL DEFAULT 0 CHECK (agreed >= 0),
  deviated       INTEGER NOT NULL DEFAULT 0 CHECK (deviated >= 0),
  unanswered     INTEGER NOT NULL DEFAULT 0 CHECK (unanswered >= 0),
  kernel_reports TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(kernel_reports)),
  output         TEXT,
  duration_us    INTEGER NOT NULL DEFAULT 0 CHECK (duration_us >= 0),
  stored_utc     TEXT,
  PRIMARY KEY (host, name),
  UNIQUE (host, ordinal),
  CHECK ((outcome = 'planned') = (relation IS NULL) AND (outcome = 'planned') = (stored_utc IS NULL)),
  CHECK ((outcome IN ('planned', 'passed')) = (reason IS NULL)),
  CHECK ((coalesce(relation, 'same') = 'same') = (explanation IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TRIGGER peer_outcome_is_final BEFORE UPDATE ON peer WHEN old.outcome <> 'planned'
BEGIN
  SELECT raise(ABORT, 'the program has its outcome already');
END;

-- What safety properties say, of those that some result violates: the words of the harness that wrote last.
CREATE TABLE property (
  name   TEXT NOT NULL PRIMARY KEY,
  says   TEXT NOT NULL,
  source TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The safety properties that an observation violates, whatever the verdict is. "predicted" is 1 if the policy violates it, too.
CREATE TABLE breach (
  result    INTEGER NOT NULL REFERENCES result (id) ON DELETE CASCADE,
  property  TEXT NOT NULL REFERENCES property (name),
  predicted INTEGER NOT NULL CHECK (predicted IN (0, 1)),
  PRIMARY KEY (result, property)
) STRICT, WITHOUT ROWID;

CREATE INDEX breach_property ON breach (property);

-- The result of a case on a target in the newest run that has a verdict on it; of a pair the target is the source, and
-- the destination is not empty. Redundant: kept by the triggers, verified by "harness db check". Looked for in a million results, all
-- latest ones take 2.8 s, and 0.25 s as it is. No foreign keys: a host that is deleted is gone before its results are, and each of
-- these has to be replaced.
CREATE TABLE latest_result (
  case_id     TEXT NOT NULL,
  target      TEXT NOT NULL,
  destination TEXT NOT NULL DEFAULT '',
  host        INTEGER NOT NULL,
  result      INTEGER NOT NULL,
  PRIMARY KEY (case_id, target, destination)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER result_verdict_is_final BEFORE UPDATE ON result WHEN old.verdict <> 'planned'
BEGIN
  SELECT raise(ABORT, 'the case has its verdict already');
END;

CREATE TRIGGER result_gets_verdict AFTER UPDATE OF verdict ON result WHEN new.verdict <> 'planned'
BEGIN
  INSERT INTO latest_result (case_id, target, destination, host, result)
  SELECT new.case_id, coalesce(h.target, h.source), coalesce(h.destination, ''), h.id, new.id FROM host h WHERE h.id = new.host
  ON CONFLICT DO UPDATE SET host = excluded.host, result = excluded.result
  WHERE (SELECT n.started_utc, n.id FROM host h JOIN run n ON n.id = h.run WHERE h.id = excluded.host)
    > (SELECT n.started_utc, n.id FROM host h JOIN run n ON n.id = h.run WHERE h.id = latest_result.host);

  UPDATE host SET first_result_utc = new.stored_utc WHERE id = new.host AND first_result_utc IS NULL;
END;

-- The same for copied runs.
CREATE TRIGGER result_comes_with_verdict AFTER INSERT ON result WHEN new.verdict <> 'planned'
BEGIN
  INSERT INTO latest_result (case_id, target, destination, host, result)
  SELECT new.case_id, coalesce(h.target, h.source), coalesce(h.destination, ''), h.id, new.id FROM host h WHERE h.id = new.host
  ON CONFLICT DO UPDATE SET host = excluded.host, result = excluded.result
  WHERE (SELECT n.started_utc, n.id FROM host h JOIN run n ON n.id = h.run WHERE h.id = excluded.host)
    > (SELECT n.started_utc, n.id FROM host h JOIN run n ON n.id = h.run WHERE h.id = latest_result.host);

  UPDATE host SET first_result_utc = new.stored_utc WHERE id = new.host AND first_result_utc IS NULL;
END;

-- The next newest result takes its place, if there is one.
CREATE TRIGGER latest_result_deleted BEFORE DELETE ON result
  WHEN EXISTS (SELECT 1 FROM latest_result WHERE case_id = old.case_id AND result = old.id)
BEGIN
  INSERT OR REPLACE INTO latest_result (case_id, target, destination, host, result)
  SELECT l.case_id, l.target, l.destination, r.host, r.id
  FROM latest_result l
  JOIN result r ON r.case_id = l.case_id AND r.id <> l.result AND r.verdict <> 'planned'
  JOIN host h ON h.id = r.host AND coalesce(h.target, h.source) = l.target AND coalesce(h.destination, '') = l.destination
  JOIN run n ON n.id = h.run
  WHERE l.case_id = old.case_id AND l.result = old.id
  ORDER BY n.started_utc DESC, n.id DESC LIMIT 1;

  DELETE FROM latest_result WHERE case_id = old.case_id AND result = old.id;
END;

CREATE TRIGGER migration_is_of_a_pair BEFORE INSERT ON migration
  WHEN NOT EXISTS (SELECT 1 FROM result r JOIN host h ON h.id = r.host WHERE r.id = new.result AND r.verdict <> 'planned' AND h.kind = 'pair')
BEGIN
  SELECT raise(ABORT, 'only what was asked of a pair, and has its verdict, can be a migration');
END;

CREATE TRIGGER migration_is_final BEFORE UPDATE ON migration
BEGIN
  SELECT raise(ABORT, 'what became of the migration is stored already');
END;
