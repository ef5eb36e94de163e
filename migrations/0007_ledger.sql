-- Money: what a model costs, what a tenant may spend, and every movement of it.
-- Amounts are integers in billionths of a US dollar.

-- Global, reached only through SystemTx. A row holds from `valid_from` until the next one of its model.
CREATE TABLE prices (
    id uuid PRIMARY KEY,
    model text NOT NULL CHECK (model <> ''),
    valid_from timestamptz NOT NULL,
    input_nano_per_mtok bigint NOT NULL CHECK (input_nano_per_mtok >= 0),
    cached_input_nano_per_mtok bigint NOT NULL CHECK (cached_input_nano_per_mtok >= 0),
    output_nano_per_mtok bigint NOT NULL CHECK (output_nano_per_mtok >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT prices_model_valid_from_key UNIQUE (model, valid_from)
);
GRANT SELECT, INSERT, UPDATE ON prices TO crm_system;

-- Period, time zone and agent decide which entries a budget counts, so they never change.
CREATE TABLE budgets (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id uuid NOT NULL,
    name text NOT NULL CHECK (name <> ''),
    agent text,
    limit_nano bigint NOT NULL CHECK (limit_nano >= 0),
    period text NOT NULL CHECK (period IN ('day', 'month', 'total')),
    timezone text NOT NULL DEFAULT 'UTC',
    active boolean NOT NULL DEFAULT true,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT budgets_name_key UNIQUE (tenant_id, name)
);
SELECT protect_tenant_table('budgets');
CREATE POLICY record ON budgets FOR ALL TO crm_app USING (true) WITH CHECK (true);
CREATE POLICY system ON budgets FOR SELECT TO crm_system USING (true);
GRANT SELECT, INSERT ON budgets TO crm_app;
GRANT UPDATE (name, limit_nano, active, version, updated_at) ON budgets TO crm_app;
GRANT SELECT ON budgets TO crm_system;

-- Cached sums of the entries of one budget in one period. `opening_nano` is what the
-- period had already cost when the budget was made.
CREATE TABLE budget_periods (
    tenant_id uuid NOT NULL,
    budget_id uuid NOT NULL,
    period_start timestamptz NOT NULL,
    opening_nano bigint NOT NULL DEFAULT 0 CHECK (opening_nano >= 0),
    held_nano bigint NOT NULL DEFAULT 0 CHECK (held_nano >= 0),
    spent_nano bigint NOT NULL DEFAULT 0 CHECK (spent_nano >= 0),
    PRIMARY KEY (tenant_id, budget_id, period_start),
    FOREIGN KEY (tenant_id, budget_id) REFERENCES budgets (tenant_id, id)
) WITH (fillfactor = 50);
SELECT protect_tenant_table('budget_periods');
CREATE POLICY record ON budget_periods FOR ALL TO crm_app USING (true) WITH CHECK (true);
CREATE POLICY system_read ON budget_periods FOR SELECT TO crm_system USING (true);
CREATE POLICY system_settle ON budget_periods FOR UPDATE TO crm_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON budget_periods TO crm_app;
GRANT UPDATE (held_nano, spent_nano) ON budget_periods TO crm_app;
GRANT SELECT, UPDATE (held_nano, spent_nano) ON budget_periods TO crm_system;

-- Double entry, one row a movement: from one account of the tenant to another.
-- Rows are only ever added. `lease_until` is not money: it is cleared on the hold
-- when the attempt is settled, so that the sweeper finds what is still open.
CREATE TABLE ledger_entries (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id uuid NOT NULL,
    attempt_id uuid NOT NULL,
    run_id uuid,
    agent text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('hold', 'settle', 'release', 'overrun')),
    from_account text NOT NULL,
    to_account text NOT NULL,
    amount_nano bigint NOT NULL CHECK (amount_nano >= 0),
    provider text NOT NULL,
    model text NOT NULL,
    input_tokens bigint NOT NULL DEFAULT 0 CHECK (input_tokens >= 0),
    output_tokens bigint NOT NULL DEFAULT 0 CHECK (output_tokens >= 0),
    cached_input_tokens bigint NOT NULL DEFAULT 0 CHECK (cached_input_tokens >= 0),
    -- Whether the provider reported the tokens, or we had to estimate them.
    estimated boolean NOT NULL DEFAULT false,
    -- When the attempt was held: every entry of an attempt counts in the period of its hold.
    held_at timestamptz NOT NULL,
    -- The budgets that the hold was counted in; later entries of the attempt count in the same.
    budgets uuid[] NOT NULL DEFAULT '{}',
    lease_until timestamptz,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT ledger_entries_attempt_kind_key UNIQUE (tenant_id, attempt_id, kind),
    CONSTRAINT ledger_entries_accounts_check CHECK ((kind, from_account, to_account) IN (
        ('hold', 'available', 'held'), ('settle', 'held', 'spent'),
        ('release', 'held', 'available'), ('overrun', 'available', 'spent'))),
    CONSTRAINT ledger_entries_lease_check CHECK (kind = 'hold' OR lease_until IS NULL)
);
CREATE INDEX ledger_entries_open_idx ON ledger_entries (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX ledger_entries_created_at_idx ON ledger_entries (tenant_id, created_at, id);
CREATE INDEX ledger_entries_run_id_idx ON ledger_entries (tenant_id, run_id) WHERE run_id IS NOT NULL;
SELECT protect_tenant_table('ledger_entries');
CREATE POLICY record ON ledger_entries FOR ALL TO crm_app USING (true) WITH CHECK (true);
CREATE POLICY system_read ON ledger_entries FOR SELECT TO crm_system USING (true);
CREATE POLICY system_settle ON ledger_entries FOR INSERT TO crm_system WITH CHECK (kind <> 'hold');
CREATE POLICY system_close ON ledger_entries FOR UPDATE TO crm_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE (lease_until) ON ledger_entries TO crm_app;
GRANT SELECT, INSERT, UPDATE (lease_until) ON ledger_entries TO crm_system;

-- A version 7 id of the moment `at`, for rows that a statement makes by itself.
CREATE FUNCTION uuid_at(at timestamptz) RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE
    RETURN encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        PLACING substring(int8send((extract(epoch FROM at) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid;

-- Where the period that contains `at` starts, and when the next one does.
CREATE FUNCTION budget_period_start(period text, at timestamptz, timezone text) RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE period WHEN 'total' THEN 'epoch'::timestamptz ELSE date_trunc(period, at, timezone) END;

CREATE FUNCTION budget_period_end(period text, at timestamptz, timezone text) RETURNS timestamptz
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE period WHEN 'total' THEN NULL ELSE
        (date_trunc(period, at AT TIME ZONE timezone) + ('1 ' || period)::interval) AT TIME ZONE timezone END;

-- List prices of common models in nano-dollars a million tokens, so that a fresh
-- installation meters them about right. `prices().set` adds newer ones.
INSERT INTO prices (id, model, valid_from, input_nano_per_mtok, cached_input_nano_per_mtok, output_nano_per_mtok)
SELECT uuid_at(now()), model, '2025-01-01T00:00:00Z', input * 1000000::bigint, cached * 1000000::bigint, output * 1000000::bigint
FROM (VALUES
    ('gpt-4o', 2500, 1250, 10000), ('gpt-4o-mini', 150, 75, 600),
    ('gpt-4.1', 2000, 500, 8000), ('gpt-4.1-mini', 400, 100, 1600), ('gpt-4.1-nano', 100, 25, 400),
    ('gpt-5', 1250, 125, 10000), ('gpt-5-mini', 250, 25, 2000), ('gpt-5-nano', 50, 5, 400),
    ('o3', 2000, 500, 8000), ('o4-mini', 1100, 275, 4400)
) AS list (model, input, cached, output);
