-- What predictions rest on has a history: also what became of activities, and who plays which part in a deal.

ALTER TABLE field_changes DROP CONSTRAINT field_changes_object_check;
ALTER TABLE field_changes ADD CONSTRAINT field_changes_object_check CHECK (object IN ('lead', 'contact', 'account',
    'opportunity', 'case', 'quote', 'contract', 'payment', 'activity', 'opportunity_contact_role')) NOT VALID;
ALTER TABLE field_changes VALIDATE CONSTRAINT field_changes_object_check;

-- Seen by whoever sees the record. The service leaves out fields that a role may not see.
DROP POLICY record_read ON field_changes;
CREATE POLICY record_read ON field_changes FOR SELECT TO crm_app USING (CASE object
    WHEN 'lead' THEN EXISTS (SELECT FROM leads r WHERE r.tenant_id = field_changes.tenant_id AND r.id = record_id)
    WHEN 'contact' THEN EXISTS (SELECT FROM contacts r WHERE r.tenant_id = field_changes.tenant_id AND r.id = record_id)
    WHEN 'account' THEN EXISTS (SELECT FROM accounts r WHERE r.tenant_id = field_changes.tenant_id AND r.id = record_id)
    WHEN 'opportunity' THEN EXISTS (SELECT FROM opportunities r WHERE r.tenant_id = field_changes.tenant_id AND r.id = record_id)
    WHEN 'case' THEN EXISTS (SELECT FROM cases r WHERE r.tenant_id = field_changes.tenant_id AND r.id = record_id)
    WHEN 'quote' THEN EXISTS (SELECT FROM quotes r WHERE r.tenant_id = field_changes.tenant_id AND r.id = record_id)
    WHEN 'contract' THEN EXISTS (SELECT FROM contracts r WHERE r.tenant_id = field_changes.tenant_id AND r.id = record_id)
    WHEN 'payment' THEN EXISTS (SELECT FROM payments r WHERE r.tenant_id = field_changes.tenant_id AND r.id = record_id)
    WHEN 'activity' THEN EXISTS (SELECT FROM activities r WHERE r.tenant_id = field_changes.tenant_id AND r.id = record_id)
    WHEN 'opportunity_contact_role' THEN EXISTS (
        SELECT FROM opportunity_contact_roles r WHERE r.tenant_id = field_changes.tenant_id AND r.id = record_id)
    ELSE (SELECT app_actor_kind()) = 'job' END);
