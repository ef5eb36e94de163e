-- What was learned from a tenant's own closed deals and ended leads, and what it says of each record.

CREATE TABLE predictive_models (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    kind text NOT NULL,
    number integer NOT NULL,                 -- counts the models of a kind, from 1
    state text NOT NULL DEFAULT 'candidate',
    why text NOT NULL,                       -- why it is in this state, one sentence
    data_from timestamptz,                   -- the records that it was learned from ended between these
    data_to timestamptz,
    examples bigint NOT NULL DEFAULT 0,      -- records, of which
    positives bigint NOT NULL DEFAULT 0,     -- so many were won or converted,
    rows bigint NOT NULL DEFAULT 0,          -- seen at so many moments
    metrics jsonb NOT NULL DEFAULT '{}',
    card jsonb NOT NULL DEFAULT '{}',
    features jsonb NOT NULL DEFAULT '[]',
    artifact bytea,                          -- as crm_predict writes it; old ones are forgotten
    trained_at timestamptz NOT NULL,
    activated_at timestamptz,
    retired_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT predictive_models_number_key UNIQUE (tenant_id, kind, number),
    CONSTRAINT predictive_models_kind_check CHECK (kind IN ('win', 'lead', 'churn')),
    CONSTRAINT predictive_models_number_check CHECK (number > 0),
    CONSTRAINT predictive_models_state_check CHECK (state IN ('candidate', 'active', 'rejected', 'retired', 'failed')),
    CONSTRAINT predictive_models_why_check CHECK (char_length(why) BETWEEN 1 AND 2000),
    CONSTRAINT predictive_models_artifact_check CHECK (state <> 'active' OR artifact IS NOT NULL),
    CONSTRAINT predictive_models_activated_at_check CHECK (state <> 'active' OR activated_at IS NOT NULL)
);
CREATE UNIQUE INDEX predictive_models_active_key ON predictive_models (tenant_id, kind) WHERE state = 'active';
CREATE INDEX predictive_models_trained_at_idx ON predictive_models (tenant_id, trained_at DESC, id DESC);

-- How far training and scoring are, and when they were done last: one row for each task of a kind.
CREATE TABLE prediction_work (
    tenant_id uuid NOT NULL REFERENCES tenants,
    kind text NOT NULL,
    task text NOT NULL,
    state text NOT NULL,
    phase text,                              -- what is being done, a few words
    done bigint NOT NULL DEFAULT 0,
    total bigint NOT NULL DEFAULT 0,
    after_id uuid,                           -- the last record that was scored: a crash goes on behind it
    model_id uuid,
    problem text,                            -- why it could not be done, one sentence
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, kind, task),
    CONSTRAINT prediction_work_kind_check CHECK (kind IN ('win', 'lead', 'churn')),
    CONSTRAINT prediction_work_task_check CHECK (task IN ('train', 'score')),
    CONSTRAINT prediction_work_state_check CHECK (state IN ('running', 'done', 'failed')),
    CONSTRAINT prediction_work_finished_at_check CHECK ((state = 'running') = (finished_at IS NULL)),
    CONSTRAINT prediction_work_model_id_fkey FOREIGN KEY (tenant_id, model_id)
        REFERENCES predictive_models (tenant_id, id) ON DELETE SET NULL (model_id)
);

-- Append-only, but for the mark of the latest. Terms are the parts that add up to the log-odds.
CREATE TABLE win_scores (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    opportunity_id uuid NOT NULL,
    model_id uuid,                           -- none: the prior alone
    state text NOT NULL,
    probability double precision NOT NULL,
    low double precision NOT NULL,
    high double precision NOT NULL,
    log_odds double precision NOT NULL,
    prior double precision NOT NULL,         -- the probability that was believed before looking at the record
    terms jsonb NOT NULL,
    cause jsonb NOT NULL DEFAULT '{}',       -- why it was scored, and what moved since the score before
    as_of timestamptz NOT NULL,
    scored_at timestamptz NOT NULL,
    is_latest boolean NOT NULL DEFAULT true,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT win_scores_state_check CHECK (state IN ('model', 'prior')),
    CONSTRAINT win_scores_probability_check CHECK (probability BETWEEN 0 AND 1 AND low BETWEEN 0 AND probability
        AND high BETWEEN probability AND 1 AND prior BETWEEN 0 AND 1),
    CONSTRAINT win_scores_opportunity_id_fkey FOREIGN KEY (tenant_id, opportunity_id)
        REFERENCES opportunities (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT win_scores_model_id_fkey FOREIGN KEY (tenant_id, model_id)
        REFERENCES predictive_models (tenant_id, id) ON DELETE SET NULL (model_id)
);
CREATE UNIQUE INDEX win_scores_latest_key ON win_scores (tenant_id, opportunity_id) WHERE is_latest;
CREATE INDEX win_scores_opportunity_id_idx ON win_scores (tenant_id, opportunity_id, scored_at DESC, id DESC);
CREATE INDEX win_scores_probability_idx ON win_scores (tenant_id, probability DESC, opportunity_id) WHERE is_latest;
CREATE INDEX win_scores_model_id_idx ON win_scores (tenant_id, model_id) WHERE model_id IS NOT NULL;
CREATE INDEX win_scores_old_idx ON win_scores (tenant_id, scored_at) WHERE NOT is_latest;

CREATE TABLE lead_scores (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    lead_id uuid NOT NULL,
    model_id uuid,
    state text NOT NULL,
    probability double precision NOT NULL,
    low double precision NOT NULL,
    high double precision NOT NULL,
    log_odds double precision NOT NULL,
    prior double precision NOT NULL,
    terms jsonb NOT NULL,
    cause jsonb NOT NULL DEFAULT '{}',
    as_of timestamptz NOT NULL,
    scored_at timestamptz NOT NULL,
    is_latest boolean NOT NULL DEFAULT true,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT lead_scores_state_check CHECK (state IN ('model', 'prior')),
    CONSTRAINT lead_scores_probability_check CHECK (probability BETWEEN 0 AND 1 AND low BETWEEN 0 AND probability
        AND high BETWEEN probability AND 1 AND prior BETWEEN 0 AND 1),
    CONSTRAINT lead_scores_lead_id_fkey FOREIGN KEY (tenant_id, lead_id) REFERENCES leads (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT lead_scores_model_id_fkey FOREIGN KEY (tenant_id, model_id)
        REFERENCES predictive_models (tenant_id, id) ON DELETE SET NULL (model_id)
);
CREATE UNIQUE INDEX lead_scores_latest_key ON lead_scores (tenant_id, lead_id) WHERE is_latest;
CREATE INDEX lead_scores_lead_id_idx ON lead_scores (tenant_id, lead_id, scored_at DESC, id DESC);
CREATE INDEX lead_scores_probability_idx ON lead_scores (tenant_id, probability DESC, lead_id) WHERE is_latest;
CREATE INDEX lead_scores_model_id_idx ON lead_scores (tenant_id, model_id) WHERE model_id IS NOT NULL;
CREATE INDEX lead_scores_old_idx ON lead_scores (tenant_id, scored_at) WHERE NOT is_latest;

SELECT protect_tenant_table(t)
    FROM unnest(ARRAY['predictive_models', 'prediction_work', 'win_scores', 'lead_scores']::regclass[]) t;

-- Whoever may read an object reads how well its numbers hold; who administers models, and jobs, change them.
CREATE POLICY record_read ON predictive_models FOR SELECT TO crm_app USING (CASE kind
    WHEN 'lead' THEN (SELECT app_can('lead', 'read'))
    WHEN 'churn' THEN (SELECT app_can('account', 'read'))
    ELSE (SELECT app_can('opportunity', 'read')) END);
CREATE POLICY record_insert ON predictive_models FOR INSERT TO crm_app WITH CHECK ((SELECT app_manages('models')));
CREATE POLICY record_update ON predictive_models FOR UPDATE TO crm_app
    USING ((SELECT app_manages('models'))) WITH CHECK ((SELECT app_manages('models')));
CREATE POLICY record_erase ON predictive_models FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = 'job');

-- Every writer of a record looks here whether its score must follow. It holds nothing of any record.
CREATE POLICY record_read ON prediction_work FOR SELECT TO crm_app USING ((SELECT app_is_staff()));
CREATE POLICY record_insert ON prediction_work FOR INSERT TO crm_app WITH CHECK ((SELECT app_actor_kind()) = 'job');
CREATE POLICY record_update ON prediction_work FOR UPDATE TO crm_app
    USING ((SELECT app_actor_kind()) = 'job') WITH CHECK ((SELECT app_actor_kind()) = 'job');
CREATE POLICY record_erase ON prediction_work FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = 'job');

-- A score is seen by whoever sees its record, and written by the service alone: it rests on all records of the tenant.
CREATE POLICY record_read ON win_scores FOR SELECT TO crm_app USING ((SELECT app_can('opportunity', 'read')) AND EXISTS (
    SELECT FROM opportunities parent WHERE parent.tenant_id = win_scores.tenant_id AND parent.id = win_scores.opportunity_id));
CREATE POLICY record_insert ON win_scores FOR INSERT TO crm_app WITH CHECK ((SELECT app_actor_kind()) = 'job');
CREATE POLICY record_update ON win_scores FOR UPDATE TO crm_app
    USING ((SELECT app_actor_kind()) = 'job') WITH CHECK ((SELECT app_actor_kind()) = 'job');
CREATE POLICY record_erase ON win_scores FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = 'job');
CREATE POLICY record_read ON lead_scores FOR SELECT TO crm_app USING ((SELECT app_can('lead', 'read')) AND EXISTS (
    SELECT FROM leads parent WHERE parent.tenant_id = lead_scores.tenant_id AND parent.id = lead_scores.lead_id));
CREATE POLICY record_insert ON lead_scores FOR INSERT TO crm_app WITH CHECK ((SELECT app_actor_kind()) = 'job');
CREATE POLICY record_update ON lead_scores FOR UPDATE TO crm_app
    USING ((SELECT app_actor_kind()) = 'job') WITH CHECK ((SELECT app_actor_kind()) = 'job');
CREATE POLICY record_erase ON lead_scores FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = 'job');

GRANT SELECT, INSERT, UPDATE, DELETE ON predictive_models, prediction_work, win_scores, lead_scores TO crm_app;
