-- Files of version 1 and 2: changed column contents, and new counts. Run once, when the tables are those of schema.sql and there is no
-- trigger yet.

-- The decoded evidence was in the second and later lines of the outcome.
UPDATE result SET details = substr(observed, instr(observed, char(10)) + 1), observed = substr(observed, 1, instr(observed, char(10)) - 1)
WHERE instr(observed, char(10)) > 0;

UPDATE host SET first_result_utc = (SELECT min(r.stored_utc) FROM result r WHERE r.host = host.id AND r.verdict <> 'planned');

INSERT INTO latest_result (case_id, target, host, result)
SELECT case_id, target, host, result FROM (
  SELECT r.case_id, h.target, r.host, r.id AS result,
         row_number() OVER (PARTITION BY r.case_id, h.target ORDER BY n.started_utc DESC, n.id DESC) AS age
  FROM result r JOIN host h ON h.id = r.host JOIN run n ON n.id = h.run
  WHERE r.verdict <> 'planned')
WHERE age = 1;
