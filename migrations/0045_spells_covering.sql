-- Indexes that have all that is asked of spells between two days and of leads by when they came, so that they are read alone.

-- A bridge reads what ended, and what began and goes on, between its days; each spell lies in another page of its table.
DROP INDEX opportunity_spells_to_at_idx;
CREATE INDEX opportunity_spells_to_at_idx ON opportunity_spells (tenant_id, to_at, from_at)
    INCLUDE (record_id, owner_id, was_owner, known, stage, otherwise, forecast_category, currency, amount_minor, probability);

-- Cohorts count all leads by when they were made and converted.
DROP INDEX leads_created_at_idx;
CREATE INDEX leads_created_at_idx ON leads (tenant_id, created_at, id, owner_id)
    INCLUDE (converted_at, is_converted, status, lead_source, rating, deleted_at);

-- As for opportunities in `0039_covering.sql`: an index is read alone where a vacuum has noted that all see its rows.
ALTER TABLE opportunity_spells SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.02);
ALTER TABLE leads SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.02);
