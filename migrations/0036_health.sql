-- How likely customers leave, and forecasts as they were told.

-- Append-only, but for the mark of the latest. The probability is that of leaving within the next 90 days.
CREATE TABLE account_scores (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    model_id uuid,                           -- none: the prior alone
    state text NOT NULL,
    probability double precision NOT NULL,
    low double precision NOT NULL,
    high double precision NOT NULL,
    log_odds double precision NOT NULL,
    prior double precision NOT NULL,
    terms jsonb NOT NULL,
    cause jsonb NOT NULL DEFAULT '{}',
    band text,                               -- in words; it changes only when the number is clearly beyond a line
    as_of timestamptz NOT NULL,
    scored_at timestamptz NOT NULL,
    is_latest boolean NOT NULL DEFAULT true,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT account_scores_state_check CHECK (state IN ('model', 'prior')),
    CONSTRAINT account_scores_band_check CHECK (band IN ('healthy', 'watch', 'at_risk')),
    CONSTRAINT account_scores_probability_check CHECK (probability BETWEEN 0 AND 1 AND low BETWEEN 0 AND probability
        AND high BETWEEN probability AND 1 AND prior BETWEEN 0 AND 1),
    CONSTRAINT account_scores_account_id_fkey FOREIGN KEY (tenant_id, account_id)
        REFERENCES accounts (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT account_scores_model_id_fkey FOREIGN KEY (tenant_id, model_id)
        REFERENCES predictive_models (tenant_id, id) ON DELETE SET NULL (model_id)
);
CREATE UNIQUE INDEX account_scores_latest_key ON account_scores (tenant_id, account_id) WHERE is_latest;
CREATE INDEX account_scores_account_id_idx ON account_scores (tenant_id, account_id, scored_at DESC, id DESC);
CREATE INDEX account_scores_probability_idx ON account_scores (tenant_id, probability DESC, account_id) WHERE is_latest;
CREATE INDEX account_scores_model_id_idx ON account_scores (tenant_id, model_id) WHERE model_id IS NOT NULL;
CREATE INDEX account_scores_old_idx ON account_scores (tenant_id, scored_at) WHERE NOT is_latest;

-- What was said of a period on a day: of all deals, of a team's, of an owner's. Sums are in the tenant's currency of that day.
CREATE TABLE forecast_snapshots (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    period_from date NOT NULL,
    period_to date NOT NULL,
    scope text NOT NULL,
    owner_id uuid REFERENCES users,          -- of an owner's
    team text,                               -- of a team's: the name of the role
    currency text NOT NULL,
    closed numeric NOT NULL,
    expected numeric NOT NULL,
    low numeric NOT NULL,
    high numeric NOT NULL,
    commit numeric NOT NULL,
    best_case numeric NOT NULL,
    pipeline numeric NOT NULL,
    made_on date NOT NULL,                   -- the day in the tenant's zone
    as_of timestamptz NOT NULL,              -- what was known then is what it rests on
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT forecast_snapshots_key UNIQUE NULLS NOT DISTINCT (tenant_id, period_from, period_to, made_on, scope, owner_id, team),
    CONSTRAINT forecast_snapshots_period_check CHECK (period_from <= period_to),
    CONSTRAINT forecast_snapshots_scope_check CHECK (scope IN ('all', 'team', 'owner')),
    CONSTRAINT forecast_snapshots_owner_id_check CHECK (owner_id IS NULL OR scope = 'owner'),
    CONSTRAINT forecast_snapshots_team_check CHECK (team IS NULL OR scope = 'team'),
    CONSTRAINT forecast_snapshots_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT forecast_snapshots_low_check CHECK (low <= high)
);
CREATE INDEX forecast_snapshots_period_idx ON forecast_snapshots (tenant_id, period_from DESC, made_on DESC);
CREATE INDEX forecast_snapshots_owner_id_idx ON forecast_snapshots (tenant_id, owner_id) WHERE owner_id IS NOT NULL;
CREATE INDEX forecast_snapshots_old_idx ON forecast_snapshots (tenant_id, as_of);

SELECT protect_tenant_table(t) FROM unnest(ARRAY['account_scores', 'forecast_snapshots']::regclass[]) t;

-- A score is seen by whoever sees its account, and written by the service alone: it rests on all records of the tenant.
CREATE POLICY record_read ON account_scores FOR SELECT TO crm_app USING ((SELECT app_can('account', 'read')) AND EXISTS (
    SELECT FROM accounts parent WHERE parent.tenant_id = account_scores.tenant_id AND parent.id = account_scores.account_id));
CREATE POLICY record_insert ON account_scores FOR INSERT TO crm_app WITH CHECK ((SELECT app_actor_kind()) = 'job');
CREATE POLICY record_update ON account_scores FOR UPDATE TO crm_app
    USING ((SELECT app_actor_kind()) = 'job') WITH CHECK ((SELECT app_actor_kind()) = 'job');
CREATE POLICY record_erase ON account_scores FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = 'job');

-- An owner's sums are seen by whoever sees that owner's deals; all other sums by whoever sees all deals.
CREATE POLICY record_read ON forecast_snapshots FOR SELECT TO crm_app USING ((SELECT app_can('opportunity', 'read')) AND (
    (SELECT app_can('opportunity', 'view_all'))
    OR scope = 'owner' AND owner_id = ANY ((SELECT app_visible_owners())::uuid[])));
CREATE POLICY record_insert ON forecast_snapshots FOR INSERT TO crm_app WITH CHECK ((SELECT app_actor_kind()) = 'job');
CREATE POLICY record_update ON forecast_snapshots FOR UPDATE TO crm_app
    USING ((SELECT app_actor_kind()) = 'job') WITH CHECK ((SELECT app_actor_kind()) = 'job');
CREATE POLICY record_erase ON forecast_snapshots FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = 'job');

GRANT SELECT, INSERT, UPDATE, DELETE ON account_scores, forecast_snapshots TO crm_app;
