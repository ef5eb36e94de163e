-- Whether people agree with a probability of winning that they were shown: one verdict of each on each score.
CREATE TABLE win_opinions (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    opportunity_id uuid NOT NULL,
    score_id uuid,                           -- the score goes when it is old; what was thought of it stays
    model_id uuid,
    probability double precision NOT NULL,   -- as it was shown
    verdict text NOT NULL,
    direction text,                          -- whether it was thought too high or too low
    reason text,
    actor_kind text NOT NULL,
    actor_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT win_opinions_actor_key UNIQUE (tenant_id, score_id, actor_kind, actor_id),
    CONSTRAINT win_opinions_verdict_check CHECK (verdict IN ('good', 'bad')),
    CONSTRAINT win_opinions_direction_check CHECK (direction IN ('too_high', 'too_low')),
    CONSTRAINT win_opinions_actor_kind_check CHECK (actor_kind IN ('user', 'api_key', 'job')),
    CONSTRAINT win_opinions_probability_check CHECK (probability BETWEEN 0 AND 1),
    CONSTRAINT win_opinions_reason_check CHECK (char_length(reason) BETWEEN 1 AND 4000),
    CONSTRAINT win_opinions_opportunity_id_fkey FOREIGN KEY (tenant_id, opportunity_id)
        REFERENCES opportunities (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT win_opinions_score_id_fkey FOREIGN KEY (tenant_id, score_id)
        REFERENCES win_scores (tenant_id, id) ON DELETE SET NULL (score_id),
    CONSTRAINT win_opinions_model_id_fkey FOREIGN KEY (tenant_id, model_id)
        REFERENCES predictive_models (tenant_id, id) ON DELETE SET NULL (model_id)
);
CREATE INDEX win_opinions_opportunity_id_idx ON win_opinions (tenant_id, opportunity_id, updated_at DESC, id DESC);
CREATE INDEX win_opinions_model_id_idx ON win_opinions (tenant_id, model_id, updated_at DESC, id DESC);
CREATE INDEX win_opinions_updated_at_idx ON win_opinions (tenant_id, updated_at DESC, id DESC);

SELECT protect_tenant_table('win_opinions');

-- Seen by whoever sees the deal.
CREATE POLICY record_read ON win_opinions FOR SELECT TO crm_app USING ((SELECT app_can('opportunity', 'read')) AND EXISTS (
    SELECT FROM opportunities parent WHERE parent.tenant_id = win_opinions.tenant_id AND parent.id = win_opinions.opportunity_id));
-- Nobody has an opinion in another's name.
CREATE POLICY record_insert ON win_opinions FOR INSERT TO crm_app WITH CHECK ((SELECT app_is_staff())
    AND actor_kind = (SELECT app_actor_kind()) AND actor_id = (SELECT app_actor_id()) AND EXISTS (
    SELECT FROM opportunities parent WHERE parent.tenant_id = win_opinions.tenant_id AND parent.id = win_opinions.opportunity_id));
CREATE POLICY record_update ON win_opinions FOR UPDATE TO crm_app
    USING ((SELECT app_actor_kind()) = 'job' OR (actor_kind = (SELECT app_actor_kind()) AND actor_id = (SELECT app_actor_id())))
    WITH CHECK ((SELECT app_actor_kind()) = 'job' OR (actor_kind = (SELECT app_actor_kind()) AND actor_id = (SELECT app_actor_id())));
CREATE POLICY record_erase ON win_opinions FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = 'job');

GRANT SELECT, INSERT, UPDATE, DELETE ON win_opinions TO crm_app;
