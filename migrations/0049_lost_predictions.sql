-- Whose trainings and scorings nobody works on any more is found by one statement over all tenants, which sees that a task is
-- there and when it last went on, and nothing of what it found.
CREATE POLICY system ON prediction_work FOR SELECT TO crm_system USING (true);
GRANT SELECT (tenant_id, kind, task, updated_at) ON prediction_work TO crm_system;
