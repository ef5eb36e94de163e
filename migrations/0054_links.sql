-- What a prediction rests on counts for a record while it names it: which records things were about has a history too.

ALTER TABLE field_changes DROP CONSTRAINT field_changes_object_check;
ALTER TABLE field_changes ADD CONSTRAINT field_changes_object_check CHECK (object IN ('lead', 'contact', 'account',
    'opportunity', 'case', 'quote', 'contract', 'payment', 'activity', 'opportunity_contact_role', 'quote_line',
    'pipeline_stage', 'engagement_event')) NOT VALID;

-- A history is seen by whoever sees the record.
CREATE OR REPLACE FUNCTION app_sees(object text, record uuid) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    here constant uuid := app_tenant();
BEGIN
    CASE object
        WHEN 'contact' THEN RETURN EXISTS (SELECT FROM contacts r WHERE r.tenant_id = here AND r.id = record);
        WHEN 'account' THEN RETURN EXISTS (SELECT FROM accounts r WHERE r.tenant_id = here AND r.id = record);
        WHEN 'quote' THEN RETURN EXISTS (SELECT FROM quotes r WHERE r.tenant_id = here AND r.id = record);
        WHEN 'quote_line' THEN RETURN EXISTS (SELECT FROM quote_lines r WHERE r.tenant_id = here AND r.id = record);
        WHEN 'contract' THEN RETURN EXISTS (SELECT FROM contracts r WHERE r.tenant_id = here AND r.id = record);
        WHEN 'payment' THEN RETURN EXISTS (SELECT FROM payments r WHERE r.tenant_id = here AND r.id = record);
        WHEN 'activity' THEN RETURN EXISTS (SELECT FROM activities r WHERE r.tenant_id = here AND r.id = record);
        WHEN 'engagement_event' THEN
            RETURN EXISTS (SELECT FROM engagement_events r WHERE r.tenant_id = here AND r.id = record);
        WHEN 'opportunity_contact_role' THEN
            RETURN EXISTS (SELECT FROM opportunity_contact_roles r WHERE r.tenant_id = here AND r.id = record);
        WHEN 'pipeline_stage' THEN
            RETURN EXISTS (SELECT FROM pipeline_stages r WHERE r.tenant_id = here AND r.id = record);
        ELSE RETURN app_actor_kind() = 'job';
    END CASE;
END $$;

-- The records that a link named before and after a change, as ids: of json no index is asked under row-level security.
ALTER TABLE field_changes ADD COLUMN old_id uuid, ADD COLUMN new_id uuid;
CREATE FUNCTION field_changes_linked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.old_id := (NEW.old #>> '{}')::uuid;
    NEW.new_id := (NEW.new #>> '{}')::uuid;
    RETURN NEW;
END $$;
CREATE TRIGGER field_changes_linked_by_insert BEFORE INSERT ON field_changes FOR EACH ROW
    WHEN (NEW.field IN ('account_id', 'opportunity_id', 'lead_id')) EXECUTE FUNCTION field_changes_linked();

-- From when until when imports brought histories of a field along, with no more than a week between two. What a record held
-- before it came here is told from the histories that came with it, not from those of whatever is read together with it.
CREATE TABLE imported_histories (
    tenant_id uuid NOT NULL REFERENCES tenants,
    object text NOT NULL,
    field text NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    PRIMARY KEY (tenant_id, object, field, first_day)
);
SELECT protect_tenant_table('imported_histories');
-- Whoever writes a history writes its day, and nobody takes it away.
CREATE POLICY record_read ON imported_histories FOR SELECT TO crm_app
    USING ((SELECT app_is_staff() OR app_actor_kind() = 'job'));
CREATE POLICY record_insert ON imported_histories FOR INSERT TO crm_app
    WITH CHECK ((SELECT app_is_staff() OR app_actor_kind() = 'job'));
CREATE POLICY record_update ON imported_histories FOR UPDATE TO crm_app
    USING ((SELECT app_is_staff() OR app_actor_kind() = 'job'))
    WITH CHECK ((SELECT app_is_staff() OR app_actor_kind() = 'job'));
GRANT SELECT, INSERT, UPDATE, DELETE ON imported_histories TO crm_app;

-- The day is that of the machine, as in the ids of records, from which it is told when they came.
CREATE FUNCTION field_changes_imported() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    today constant date := (now() AT TIME ZONE 'UTC')::date;
BEGIN
    UPDATE imported_histories h SET last_day = today
    FROM (SELECT DISTINCT tenant_id, object, field FROM came WHERE source = 'import') c
    WHERE h.tenant_id = c.tenant_id AND h.object = c.object AND h.field = c.field
        AND h.last_day < today AND h.last_day >= today - 7;
    INSERT INTO imported_histories (tenant_id, object, field, first_day, last_day)
    SELECT DISTINCT c.tenant_id, c.object, c.field, today, today FROM came c WHERE c.source = 'import' AND NOT EXISTS (
        SELECT FROM imported_histories h WHERE h.tenant_id = c.tenant_id AND h.object = c.object AND h.field = c.field
            AND h.last_day >= today - 7)
    ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER field_changes_imported_by_insert AFTER INSERT ON field_changes REFERENCING NEW TABLE AS came
    FOR EACH STATEMENT EXECUTE FUNCTION field_changes_imported();
