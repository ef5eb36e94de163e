-- What predictions rest on has a history: also the account of a deal, the prices on the lines of quotes, who plays a part in a
-- deal, and what the tenant says of its stages.

ALTER TABLE field_changes DROP CONSTRAINT field_changes_object_check;
ALTER TABLE field_changes ADD CONSTRAINT field_changes_object_check CHECK (object IN ('lead', 'contact', 'account',
    'opportunity', 'case', 'quote', 'contract', 'payment', 'activity', 'opportunity_contact_role', 'quote_line',
    'pipeline_stage')) NOT VALID;
ALTER TABLE field_changes VALIDATE CONSTRAINT field_changes_object_check;

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
        WHEN 'opportunity_contact_role' THEN
            RETURN EXISTS (SELECT FROM opportunity_contact_roles r WHERE r.tenant_id = here AND r.id = record);
        WHEN 'pipeline_stage' THEN
            RETURN EXISTS (SELECT FROM pipeline_stages r WHERE r.tenant_id = here AND r.id = record);
        ELSE RETURN app_actor_kind() = 'job';
    END CASE;
END $$;

-- Who was with an account and is not any more: few, and asked for with every page of histories.
CREATE INDEX field_changes_moved_idx ON field_changes (tenant_id, object) WHERE field = 'account_id';
