-- Files of version 4 to 8: where a migration was to end stood in words beside the outcome, "registration EINVAL or resumed", and in
-- those before version 7 nowhere else. The words are in the temporary table predicted_end. Run once, when the tables are those of
-- schema.sql and no trigger is there yet.

UPDATE result SET predicted_json = (
  WITH ends (number, end) AS (
    SELECT key, iif(instr(value, ' ') = 0, json_object('stage', value),
             json_object('stage', substr(value, 1, instr(value, ' ') - 1), 'errno', substr(value, instr(value, ' ') + 1)))
    FROM json_each('["' || replace(e.words, ' or ', '","') || '"]'))
  SELECT iif(count(*) = 1, f.end, json_set(f.end, '$.or_ends', json_group_array(json(a.end)) FILTER (WHERE a.number > 0)))
  FROM ends f JOIN ends a WHERE f.number = 0)
FROM predicted_end e
WHERE e.result = result.id AND e.words IS NOT NULL AND result.predicted_json IS NULL;

DROP TABLE predicted_end;
