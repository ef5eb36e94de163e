-- What is said of leads beside the model: points, where they stand, what people say instead, and what was found about them.

-- Without a model a lead's score is points beside the prior, and says so.
ALTER TABLE lead_scores DROP CONSTRAINT lead_scores_state_check;
ALTER TABLE lead_scores ADD CONSTRAINT lead_scores_state_check CHECK (state IN ('model', 'prior', 'points'));

-- One row for each lead that was scored: its points, and the band that it was last told to be in.
CREATE TABLE lead_standings (
    tenant_id uuid NOT NULL REFERENCES tenants,
    lead_id uuid NOT NULL,
    points double precision NOT NULL,
    parts jsonb NOT NULL,                    -- the points by kind of event; they add up
    measure text NOT NULL,                   -- what the band goes by
    band text NOT NULL,
    band_since timestamptz NOT NULL,
    as_of timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, lead_id),
    CONSTRAINT lead_standings_measure_check CHECK (measure IN ('probability', 'points')),
    CONSTRAINT lead_standings_band_check CHECK (band IN ('hot', 'warm', 'cold')),
    CONSTRAINT lead_standings_lead_id_fkey FOREIGN KEY (tenant_id, lead_id) REFERENCES leads (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX lead_standings_points_idx ON lead_standings (tenant_id, points DESC, lead_id);

-- What somebody says of a lead beside the model: a person's override, or what an agent found out by asking.
CREATE TABLE lead_judgements (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    lead_id uuid NOT NULL,
    kind text NOT NULL,
    value double precision NOT NULL,         -- an override is a probability, a qualification is 0 to 100
    reason text,
    parts jsonb NOT NULL DEFAULT '[]',       -- of a qualification: what was asked, and what was said
    actor_kind text NOT NULL,
    actor_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,                    -- when another took its place, or it was taken back
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT lead_judgements_kind_check CHECK (kind IN ('override', 'qualification')),
    CONSTRAINT lead_judgements_value_check CHECK (value BETWEEN 0 AND CASE kind WHEN 'override' THEN 1 ELSE 100 END),
    CONSTRAINT lead_judgements_reason_check CHECK (char_length(reason) BETWEEN 1 AND 4000),
    CONSTRAINT lead_judgements_actor_kind_check CHECK (actor_kind IN ('user', 'api_key', 'job')),
    CONSTRAINT lead_judgements_lead_id_fkey FOREIGN KEY (tenant_id, lead_id) REFERENCES leads (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX lead_judgements_current_key ON lead_judgements (tenant_id, lead_id, kind) WHERE ended_at IS NULL;
CREATE INDEX lead_judgements_lead_id_idx ON lead_judgements (tenant_id, lead_id, created_at DESC);
CREATE INDEX lead_judgements_ended_at_idx ON lead_judgements (tenant_id, ended_at) WHERE ended_at IS NOT NULL;

-- What people teach by correcting a score: what was said, what they say, and what was known of the record then.
CREATE TABLE training_examples (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    kind text NOT NULL,
    lead_id uuid NOT NULL,
    judgement_id uuid,
    model_id uuid,
    said double precision,                   -- none when nothing had been said of it
    judged double precision NOT NULL,
    features jsonb NOT NULL DEFAULT '{}',
    reason text,
    actor_kind text NOT NULL,
    actor_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    withdrawn_at timestamptz,                -- whoever said it took it back
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT training_examples_kind_check CHECK (kind IN ('lead_score')),
    CONSTRAINT training_examples_said_check CHECK (said BETWEEN 0 AND 1),
    CONSTRAINT training_examples_judged_check CHECK (judged BETWEEN 0 AND 1),
    CONSTRAINT training_examples_reason_check CHECK (char_length(reason) BETWEEN 1 AND 4000),
    CONSTRAINT training_examples_actor_kind_check CHECK (actor_kind IN ('user', 'api_key', 'job')),
    CONSTRAINT training_examples_lead_id_fkey FOREIGN KEY (tenant_id, lead_id) REFERENCES leads (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT training_examples_judgement_id_fkey FOREIGN KEY (tenant_id, judgement_id)
        REFERENCES lead_judgements (tenant_id, id) ON DELETE SET NULL (judgement_id),
    CONSTRAINT training_examples_model_id_fkey FOREIGN KEY (tenant_id, model_id)
        REFERENCES predictive_models (tenant_id, id) ON DELETE SET NULL (model_id)
);
CREATE INDEX training_examples_lead_id_idx ON training_examples (tenant_id, lead_id, created_at DESC);
CREATE INDEX training_examples_judgement_id_idx ON training_examples (tenant_id, judgement_id) WHERE judgement_id IS NOT NULL;
CREATE INDEX training_examples_model_id_idx ON training_examples (tenant_id, model_id) WHERE model_id IS NOT NULL;

-- What was found about a lead, with where it was found. A field is changed only when somebody accepts.
CREATE TABLE lead_suggestions (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    lead_id uuid NOT NULL,
    field text NOT NULL,                     -- of the lead; account for one of ours that it seems to belong to
    value text NOT NULL,
    source text NOT NULL,
    message_id uuid,                         -- where it was said; what was found in it goes with it
    account_id uuid,
    quote text,                              -- the words that say so
    state text NOT NULL DEFAULT 'open',
    actor_kind text,                         -- who decided
    actor_id uuid,
    decided_at timestamptz,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT lead_suggestions_value_key UNIQUE (tenant_id, lead_id, field, value),
    CONSTRAINT lead_suggestions_field_check CHECK (field IN ('company', 'website', 'phone', 'title', 'language',
        'number_of_employees', 'product_interest', 'account')),
    CONSTRAINT lead_suggestions_value_check CHECK (char_length(value) BETWEEN 1 AND 500),
    CONSTRAINT lead_suggestions_source_check CHECK (source IN ('mail_domain', 'message', 'account')),
    CONSTRAINT lead_suggestions_state_check CHECK (state IN ('open', 'accepted', 'declined')),
    CONSTRAINT lead_suggestions_decided_at_check CHECK ((state = 'open') = (decided_at IS NULL)),
    CONSTRAINT lead_suggestions_quote_check CHECK (char_length(quote) <= 500),
    CONSTRAINT lead_suggestions_lead_id_fkey FOREIGN KEY (tenant_id, lead_id) REFERENCES leads (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT lead_suggestions_message_id_fkey FOREIGN KEY (tenant_id, message_id)
        REFERENCES messages (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT lead_suggestions_account_id_fkey FOREIGN KEY (tenant_id, account_id)
        REFERENCES accounts (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX lead_suggestions_lead_id_idx ON lead_suggestions (tenant_id, lead_id, created_at);
CREATE INDEX lead_suggestions_message_id_idx ON lead_suggestions (tenant_id, message_id) WHERE message_id IS NOT NULL;
CREATE INDEX lead_suggestions_account_id_idx ON lead_suggestions (tenant_id, account_id) WHERE account_id IS NOT NULL;

SELECT protect_tenant_table(t)
    FROM unnest(ARRAY['lead_standings', 'lead_judgements', 'training_examples', 'lead_suggestions']::regclass[]) t;

-- Seen by whoever sees the lead; standings and suggestions are the service's words, as scores are.
CREATE POLICY record_read ON lead_standings FOR SELECT TO crm_app USING ((SELECT app_can('lead', 'read')) AND EXISTS (
    SELECT FROM leads parent WHERE parent.tenant_id = lead_standings.tenant_id AND parent.id = lead_standings.lead_id));
CREATE POLICY record_insert ON lead_standings FOR INSERT TO crm_app WITH CHECK ((SELECT app_actor_kind()) = 'job');
CREATE POLICY record_update ON lead_standings FOR UPDATE TO crm_app
    USING ((SELECT app_actor_kind()) = 'job') WITH CHECK ((SELECT app_actor_kind()) = 'job');
CREATE POLICY record_erase ON lead_standings FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = 'job');

CREATE POLICY record_read ON lead_suggestions FOR SELECT TO crm_app USING ((SELECT app_can('lead', 'read')) AND EXISTS (
    SELECT FROM leads parent WHERE parent.tenant_id = lead_suggestions.tenant_id AND parent.id = lead_suggestions.lead_id));
CREATE POLICY record_insert ON lead_suggestions FOR INSERT TO crm_app WITH CHECK ((SELECT app_actor_kind()) = 'job');
CREATE POLICY record_update ON lead_suggestions FOR UPDATE TO crm_app
    USING ((SELECT app_can('lead', 'update')) AND EXISTS (
        SELECT FROM leads parent WHERE parent.tenant_id = lead_suggestions.tenant_id AND parent.id = lead_suggestions.lead_id))
    WITH CHECK ((SELECT app_can('lead', 'update')));
CREATE POLICY record_erase ON lead_suggestions FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = 'job');

-- Nobody judges in another's name; whoever may change leads takes judgements back.
CREATE POLICY record_read ON lead_judgements FOR SELECT TO crm_app USING ((SELECT app_can('lead', 'read')) AND EXISTS (
    SELECT FROM leads parent WHERE parent.tenant_id = lead_judgements.tenant_id AND parent.id = lead_judgements.lead_id));
CREATE POLICY record_insert ON lead_judgements FOR INSERT TO crm_app WITH CHECK ((SELECT app_can('lead', 'update'))
    AND actor_kind = (SELECT app_actor_kind()) AND actor_id = (SELECT app_actor_id()) AND EXISTS (
        SELECT FROM leads parent WHERE parent.tenant_id = lead_judgements.tenant_id AND parent.id = lead_judgements.lead_id));
CREATE POLICY record_update ON lead_judgements FOR UPDATE TO crm_app
    USING ((SELECT app_can('lead', 'update')) AND EXISTS (
        SELECT FROM leads parent WHERE parent.tenant_id = lead_judgements.tenant_id AND parent.id = lead_judgements.lead_id))
    WITH CHECK ((SELECT app_can('lead', 'update')));
CREATE POLICY record_erase ON lead_judgements FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = 'job');

CREATE POLICY record_read ON training_examples FOR SELECT TO crm_app USING ((SELECT app_can('lead', 'read')) AND EXISTS (
    SELECT FROM leads parent WHERE parent.tenant_id = training_examples.tenant_id AND parent.id = training_examples.lead_id));
CREATE POLICY record_insert ON training_examples FOR INSERT TO crm_app WITH CHECK ((SELECT app_can('lead', 'update'))
    AND actor_kind = (SELECT app_actor_kind()) AND actor_id = (SELECT app_actor_id()) AND EXISTS (
        SELECT FROM leads parent WHERE parent.tenant_id = training_examples.tenant_id AND parent.id = training_examples.lead_id));
CREATE POLICY record_update ON training_examples FOR UPDATE TO crm_app
    USING ((SELECT app_can('lead', 'update')) AND EXISTS (
        SELECT FROM leads parent WHERE parent.tenant_id = training_examples.tenant_id AND parent.id = training_examples.lead_id))
    WITH CHECK ((SELECT app_can('lead', 'update')));
CREATE POLICY record_erase ON training_examples FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = 'job');

GRANT SELECT, INSERT, UPDATE, DELETE ON lead_standings, lead_judgements, training_examples, lead_suggestions TO crm_app;
