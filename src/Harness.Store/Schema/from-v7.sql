-- Files of version 4 to 7: the properties of a pair's two sides were stored with the pair, as "SOURCE -> DESTINATION" or as JSON of
-- both. Each side becomes a host of its run, with the properties from the first pair that has them; side() returns one of the two.
-- Run once, when the tables are those of schema.sql and there is no trigger yet.

INSERT INTO host (run, target, kind, state, reason, started_utc, finished_utc, kernel_release, kernel_version, build_id,
  cpu, platform, qemu_version, qemu_command_line, boot_id, image_hash, capabilities, facts, evidence, policy)
SELECT run, target, iif(qemu_version IS NULL, 'ssh', 'qemu'),
       CASE WHEN run_state <> 'failed' THEN run_state WHEN kernel_release IS NULL THEN 'failed' ELSE 'finished' END,
       iif(run_state = 'failed' AND kernel_release IS NULL, 'it never answered', NULL), started_utc, run_finished,
       kernel_release, kernel_version, build_id, cpu, platform, qemu_version, qemu_command_line, boot_id, image_hash,
       capabilities, facts, evidence, policy
FROM (
  SELECT h.run, n.state AS run_state, n.finished_utc AS run_finished, h.started_utc, h.evidence,
         iif(e.at = 0, h.source, h.destination) AS target, side(h.kernel_release, e.at) AS kernel_release,
         side(h.kernel_version, e.at) AS kernel_version, side(h.build_id, e.at) AS build_id, side(h.cpu, e.at) AS cpu,
         side(h.platform, e.at) AS platform, side(h.qemu_version, e.at) AS qemu_version,
         side(h.qemu_command_line, e.at) AS qemu_command_line, side(h.boot_id, e.at) AS boot_id,
         side(h.image_hash, e.at) AS image_hash,
         h.capabilities -> iif(e.at = 0, '$.source', '$.destination') AS capabilities,
         h.facts -> iif(e.at = 0, '$.source', '$.destination') AS facts, side(h.policy, e.at) AS policy,
         row_number() OVER (PARTITION BY h.run, iif(e.at = 0, h.source, h.destination)
           ORDER BY h.kernel_release IS NULL, h.id, e.at) AS number
  FROM host h JOIN run n ON n.id = h.run CROSS JOIN (SELECT 0 AS at UNION ALL SELECT 1) e
  WHERE h.kind = 'pair')
WHERE number = 1;

UPDATE host SET target = NULL, kernel_release = NULL, kernel_version = NULL, build_id = NULL, cpu = NULL, platform = NULL,
  qemu_version = NULL, qemu_command_line = NULL, boot_id = NULL, image_hash = NULL, capabilities = NULL, facts = NULL,
  evidence = '', policy = NULL,
  source_host = (SELECT s.id FROM host s WHERE s.run = host.run AND s.target = host.source),
  destination_host = (SELECT d.id FROM host d WHERE d.run = host.run AND d.target = host.destination)
WHERE kind = 'pair';

-- The policy of a result is the one that contains its rule: the destination's if both or neither do.
UPDATE result SET policy = (
  SELECT iif(EXISTS (SELECT 1 FROM rule u
               WHERE u.model_hash = n.model_hash AND u.policy = s.policy AND u.name = result.rule)
      AND NOT EXISTS (SELECT 1 FROM rule u
               WHERE u.model_hash = n.model_hash AND u.policy = d.policy AND u.name = result.rule), s.policy, d.policy)
  FROM host h JOIN run n ON n.id = h.run
  JOIN host s ON s.id = h.source_host JOIN host d ON d.id = h.destination_host
  WHERE h.id = result.host)
WHERE policy IS NOT NULL AND host IN (SELECT id FROM host WHERE kind = 'pair');

UPDATE latest_result SET target = h.source, destination = h.destination
FROM host h WHERE h.id = latest_result.host AND h.kind = 'pair';
