-- A person's questions about the numbers, and what they want to be told of.

CREATE TABLE saved_questions (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    owner_id uuid NOT NULL,
    owner_kind text NOT NULL,
    name text NOT NULL,
    question text,
    query jsonb NOT NULL,
    is_pinned boolean NOT NULL DEFAULT false,
    alert_measure text,
    alert_op text,
    alert_value numeric,
    -- Whether the number was beyond the value when it was last looked at; unknown before the first look.
    alert_is_beyond boolean,
    alert_looked_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT saved_questions_name_key UNIQUE (tenant_id, owner_id, name),
    CONSTRAINT saved_questions_name_check CHECK (char_length(name) BETWEEN 1 AND 120),
    CONSTRAINT saved_questions_question_check CHECK (char_length(question) BETWEEN 1 AND 1000),
    CONSTRAINT saved_questions_query_check CHECK (jsonb_typeof(query) = 'object' AND octet_length(query::text) <= 65536),
    CONSTRAINT saved_questions_alert_op_check CHECK (alert_op IN ('lt', 'lte', 'gt', 'gte')),
    CONSTRAINT saved_questions_alert_check CHECK (num_nulls(alert_measure, alert_op, alert_value) IN (0, 3))
);
SELECT protect_tenant_table('saved_questions');
CREATE POLICY record_read ON saved_questions FOR SELECT TO crm_app
    USING ((SELECT app_is_staff()) AND (owner_id = (SELECT app_actor_id()) OR (SELECT app_actor_kind()) = 'job'));
CREATE POLICY record_insert ON saved_questions FOR INSERT TO crm_app
    WITH CHECK ((SELECT app_is_staff()) AND owner_id = (SELECT app_actor_id()));
CREATE POLICY record_update ON saved_questions FOR UPDATE TO crm_app
    USING ((SELECT app_is_staff()) AND (owner_id = (SELECT app_actor_id()) OR (SELECT app_actor_kind()) = 'job'))
    WITH CHECK ((SELECT app_is_staff()) AND (owner_id = (SELECT app_actor_id()) OR (SELECT app_actor_kind()) = 'job'));
CREATE POLICY record_delete ON saved_questions FOR DELETE TO crm_app
    USING ((SELECT app_is_staff()) AND (owner_id = (SELECT app_actor_id()) OR (SELECT app_actor_kind()) = 'job'));
GRANT SELECT, INSERT, UPDATE, DELETE ON saved_questions TO crm_app;
