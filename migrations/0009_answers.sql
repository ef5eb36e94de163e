-- What agents answered, on which text, and what people thought of it.

CREATE TABLE answers (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    run_id uuid NOT NULL,
    question text NOT NULL,
    text text NOT NULL,
    outcome text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, run_id) REFERENCES runs (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT answers_run_id_key UNIQUE (tenant_id, run_id)
);
CREATE INDEX answers_created_at_idx ON answers (tenant_id, created_at, id);
SELECT protect_tenant_table('answers');
CREATE POLICY record ON answers FOR ALL TO crm_app
    USING ((SELECT app_is_staff()) OR EXISTS (
        SELECT FROM runs r WHERE r.tenant_id = answers.tenant_id AND r.id = answers.run_id))
    WITH CHECK ((SELECT app_is_staff()) OR EXISTS (
        SELECT FROM runs r WHERE r.tenant_id = answers.tenant_id AND r.id = answers.run_id));
GRANT SELECT, INSERT ON answers TO crm_app;

-- `start_byte` and `end_byte` point into the body of the version; `start_` and
-- `end_` are the same place in Unicode code points, as the outside sees it.
CREATE TABLE answer_citations (
    tenant_id uuid NOT NULL,
    answer_id uuid NOT NULL,
    marker integer NOT NULL CHECK (marker > 0),
    article_id uuid NOT NULL,
    version_id uuid NOT NULL,
    start_byte integer NOT NULL CHECK (start_byte >= 0),
    end_byte integer NOT NULL,
    start_ integer NOT NULL CHECK (start_ >= 0),
    end_ integer NOT NULL,
    quote text NOT NULL,
    score real NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, answer_id, marker),
    FOREIGN KEY (tenant_id, answer_id) REFERENCES answers (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT answer_citations_article_id_fkey FOREIGN KEY (tenant_id, article_id) REFERENCES articles (tenant_id, id),
    CONSTRAINT answer_citations_version_id_fkey FOREIGN KEY (tenant_id, version_id) REFERENCES article_versions (tenant_id, id),
    CONSTRAINT answer_citations_span_check CHECK (end_byte > start_byte AND end_ > start_)
);
CREATE INDEX answer_citations_article_id_idx ON answer_citations (tenant_id, article_id, answer_id);
SELECT protect_tenant_table('answer_citations');
CREATE POLICY record ON answer_citations FOR ALL TO crm_app
    USING ((SELECT app_is_staff()) OR EXISTS (
        SELECT FROM answers a WHERE a.tenant_id = answer_citations.tenant_id AND a.id = answer_citations.answer_id))
    WITH CHECK ((SELECT app_is_staff()) OR EXISTS (
        SELECT FROM answers a WHERE a.tenant_id = answer_citations.tenant_id AND a.id = answer_citations.answer_id));
GRANT SELECT, INSERT ON answer_citations TO crm_app;

CREATE TABLE feedback (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    answer_id uuid NOT NULL,
    verdict text NOT NULL CHECK (verdict IN ('good', 'bad')),
    comment text CHECK (length(comment) <= 10000),
    actor_kind text NOT NULL CHECK (actor_kind IN ('user', 'api_key', 'visitor', 'job')),
    actor_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT feedback_answer_id_fkey FOREIGN KEY (tenant_id, answer_id)
        REFERENCES answers (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT feedback_actor_key UNIQUE (tenant_id, answer_id, actor_kind, actor_id)
);
SELECT protect_tenant_table('feedback');
CREATE POLICY record ON feedback FOR ALL TO crm_app
    USING ((SELECT app_is_staff())
        OR (actor_kind = 'visitor' AND actor_id = (SELECT app_actor_id())))
    WITH CHECK ((SELECT app_is_staff())
        OR (actor_kind = 'visitor' AND actor_id = (SELECT app_actor_id())));
GRANT SELECT, INSERT, UPDATE (verdict, comment, updated_at) ON feedback TO crm_app;
