-- Sums of deals by account and by the year in which they close, so that what is asked by account, or by what accounts are
-- like, reads one row for the deals that an account has of a year in one currency, and not each deal. What an account is
-- like is looked up when somebody asks, so a change of an account changes no sum.
--
-- Written and read as the sums of `0029_sums.sql`: writers leave differences, which have the account now, and the upkeep
-- moves them here. Until it has made these sums, records answer. So they do when an upkeep that does not know these sums
-- moved differences, while two releases run: `accounts_at` is not `folded_at` then.

ALTER TABLE opportunity_deltas ADD COLUMN account_id uuid;

CREATE OR REPLACE FUNCTION opportunities_came() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO opportunity_deltas (tenant_id, owner_id, account_id, stage, forecast_category, currency, type, lead_source,
        closed_reason, is_closed, is_won, close_date, created_at, closed_at, amount_minor, probability, records)
    SELECT tenant_id, owner_id, account_id, stage, forecast_category, currency, type, lead_source,
        closed_reason, is_closed, is_won, close_date, created_at, closed_at, amount_minor, probability, 1
    FROM came WHERE deleted_at IS NULL;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION opportunities_went() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO opportunity_deltas (tenant_id, owner_id, account_id, stage, forecast_category, currency, type, lead_source,
        closed_reason, is_closed, is_won, close_date, created_at, closed_at, amount_minor, probability, records)
    SELECT tenant_id, owner_id, account_id, stage, forecast_category, currency, type, lead_source,
        closed_reason, is_closed, is_won, close_date, created_at, closed_at, amount_minor, probability, -1
    FROM went WHERE deleted_at IS NULL;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION opportunities_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO opportunity_deltas (tenant_id, owner_id, account_id, stage, forecast_category, currency, type, lead_source,
        closed_reason, is_closed, is_won, close_date, created_at, closed_at, amount_minor, probability, records)
    SELECT tenant_id, owner_id, account_id, stage, forecast_category, currency, type, lead_source,
        closed_reason, is_closed, is_won, close_date, created_at, closed_at, amount_minor, probability, sum(records)
    FROM (
        SELECT tenant_id, owner_id, account_id, stage, forecast_category, currency, type, lead_source,
            closed_reason, is_closed, is_won, close_date, created_at, closed_at, amount_minor, probability, 1 AS records
        FROM came WHERE deleted_at IS NULL
        UNION ALL
        SELECT tenant_id, owner_id, account_id, stage, forecast_category, currency, type, lead_source,
            closed_reason, is_closed, is_won, close_date, created_at, closed_at, amount_minor, probability, -1
        FROM went WHERE deleted_at IS NULL
    ) both_sides
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
    HAVING sum(records) <> 0;
    RETURN NULL;
END $$;

-- A deal is open, won or lost, so each row has the numbers of all three. `-infinity` stands for all years together, and for
-- deals without a day. `key` is the hash of what a row is made by.
CREATE TABLE opportunity_account_sums (
    tenant_id uuid NOT NULL REFERENCES tenants,
    key bytea NOT NULL,
    year date NOT NULL,
    account_id uuid,
    currency text,
    open_records integer NOT NULL,
    open_amounts integer NOT NULL,
    open_minor numeric NOT NULL,
    won_records integer NOT NULL,
    won_amounts integer NOT NULL,
    won_minor numeric NOT NULL,
    lost_records integer NOT NULL,
    lost_amounts integer NOT NULL,
    lost_minor numeric NOT NULL,
    PRIMARY KEY (tenant_id, key)
);
-- In the order of accounts, so that those of one account are added up as they come.
CREATE INDEX opportunity_account_sums_year_idx ON opportunity_account_sums (tenant_id, year, account_id);

-- When differences were moved into these sums last. The upkeep makes them anew where that was not when others were.
ALTER TABLE sum_states ADD COLUMN accounts_at timestamptz;
GRANT SELECT (folded_at, accounts_at) ON sum_states TO crm_system;

-- They have no owners, so they are for who may view all.
SELECT protect_tenant_table('opportunity_account_sums');
CREATE POLICY record_read ON opportunity_account_sums FOR SELECT TO crm_app
    USING ((SELECT app_can('opportunity', 'read')) AND (SELECT app_can('opportunity', 'view_all')));
CREATE POLICY record_insert ON opportunity_account_sums FOR INSERT TO crm_app WITH CHECK ((SELECT app_actor_kind()) = 'job');
CREATE POLICY record_update ON opportunity_account_sums FOR UPDATE TO crm_app
    USING ((SELECT app_actor_kind()) = 'job') WITH CHECK ((SELECT app_actor_kind()) = 'job');
CREATE POLICY record_erase ON opportunity_account_sums FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = 'job');
GRANT SELECT, INSERT, UPDATE, DELETE ON opportunity_account_sums TO crm_app;
