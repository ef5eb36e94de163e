-- Indexes that have all that questions over a million deals ask of them, so that they are read alone: by account for what
-- is asked by industry, by amount for what is asked above or below one. What is added to them is in other indexes too, and
-- `updated_at` is in one, so no change of a deal that kept its place in the indexes moves for it.
DROP INDEX opportunities_account_id_idx;
CREATE INDEX opportunities_account_id_idx ON opportunities (tenant_id, account_id, id, owner_id)
    INCLUDE (close_date, amount_minor, currency, is_closed, is_won, deleted_at);
DROP INDEX opportunities_amount_minor_idx;
CREATE INDEX opportunities_amount_minor_idx ON opportunities (tenant_id, amount_minor, id, owner_id)
    INCLUDE (currency, is_closed, is_won, deleted_at);
-- The largest open deals of each currency, in order.
CREATE INDEX opportunities_open_amount_idx ON opportunities (tenant_id, currency, amount_minor)
    INCLUDE (id, owner_id, stage, type, forecast_category, close_date, created_at)
    WHERE deleted_at IS NULL AND NOT is_closed;

-- Who sees some owners' deals reads their sums, and not those of everybody.
CREATE INDEX opportunity_sums_owner_idx ON opportunity_sums (tenant_id, owner_id, by_time, month) WHERE by_owner;
CREATE INDEX opportunity_spell_sums_owner_idx ON opportunity_spell_sums (tenant_id, owner_id, by_time, month) WHERE by_owner;

-- An index is read alone where all rows of a page are known to be seen by everybody, which a vacuum notes down. By itself
-- one comes when a fifth of a table has changed: of a million deals 200,000, which may lie on all pages.
ALTER TABLE opportunities SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.02);
ALTER TABLE activities SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.02);
