-- Questions that sum up very many records. What they read of a record lies in an index of its own, so that a quarter or a
-- year of a large tenant is read without its rows, and so are all deals that are open. The columns that the policies look
-- at are among them: Postgres reads an index alone only if it has all that is asked. Summaries that triggers keep were
-- tried: by owner and day there are as many rows as deals.
CREATE INDEX opportunities_closing_idx ON opportunities (tenant_id, close_date)
    INCLUDE (id, owner_id, stage, amount_minor, currency, probability, forecast_category, type, is_closed, is_won, created_at)
    WHERE deleted_at IS NULL;
CREATE INDEX opportunities_made_idx ON opportunities (tenant_id, created_at)
    INCLUDE (id, owner_id, stage, amount_minor, currency, probability, forecast_category, type, is_closed, is_won, close_date)
    WHERE deleted_at IS NULL;
CREATE INDEX opportunities_open_idx ON opportunities (tenant_id, close_date)
    INCLUDE (id, owner_id, stage, amount_minor, currency, probability, forecast_category, type, is_closed, is_won, created_at)
    WHERE deleted_at IS NULL AND NOT is_closed;
CREATE INDEX activities_done_idx ON activities (tenant_id, occurred_at)
    INCLUDE (id, owner_id, type, status, lead_id, contact_id, account_id, opportunity_id, case_id)
    WHERE deleted_at IS NULL;
