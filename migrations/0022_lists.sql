-- Lists of somebody who sees a part of the records. The indexes of what somebody owns end with the owner: a list in the
-- order of any of them passes over other people's records inside the index, a hundred times cheaper than reading them.
-- The index that began with the owner and the time of creation has nothing left to do, so a write costs one index less.
DO $$
DECLARE
    old record;
BEGIN
    FOR old IN
        SELECT c.oid::regclass AS name, pg_get_indexdef(i.indexrelid) AS said
        FROM pg_index i
        JOIN pg_class c ON c.oid = i.indexrelid
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[1]
        WHERE i.indrelid = ANY ('{accounts,cases,contacts,leads,opportunities}'::regclass[])
            AND pg_get_indexdef(i.indexrelid) LIKE '% USING btree (tenant\_id, %, id)%'
            AND i.indnkeyatts = 3 AND NOT i.indisunique AND a.attname <> 'owner_id'
        ORDER BY c.relname
    LOOP
        EXECUTE format('DROP INDEX %s', old.name);
        EXECUTE replace(old.said, ', id)', ', id, owner_id)');
    END LOOP;
END $$;

DROP INDEX IF EXISTS accounts_owner_created_at_idx, cases_owner_created_at_idx, contacts_owner_created_at_idx,
    leads_owner_created_at_idx, opportunities_owner_created_at_idx;
