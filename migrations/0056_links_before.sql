-- What `0054_links.sql` keeps from now on, of what was there before. Row-level security hides it from an owner that is no
-- superuser: then it is for a role with BYPASSRLS (docs/running.md).
DO $$
BEGIN
    IF row_security_active('field_changes') THEN
        RAISE WARNING 'histories that were imported before this version are not seen by %: see "Earlier imports" in docs/running.md',
            current_user;
    END IF;
END $$;

UPDATE field_changes SET old_id = (old #>> '{}')::uuid, new_id = (new #>> '{}')::uuid WHERE field = 'account_id';
INSERT INTO imported_histories (tenant_id, object, field, first_day, last_day)
SELECT DISTINCT tenant_id, object, field, (recorded_at AT TIME ZONE 'UTC')::date, (recorded_at AT TIME ZONE 'UTC')::date
FROM field_changes WHERE source = 'import' ON CONFLICT DO NOTHING;
