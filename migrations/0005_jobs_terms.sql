-- Background work, and what the index of a tenant contains.

CREATE TABLE jobs (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    payload jsonb NOT NULL DEFAULT '{}',
    state text NOT NULL DEFAULT 'ready',
    attempts integer NOT NULL DEFAULT 0,
    max_attempts integer NOT NULL DEFAULT 10,
    run_at timestamptz NOT NULL,
    lease_until timestamptz,
    leased_by text,
    last_error text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT jobs_state_check CHECK (state IN ('ready', 'leased', 'done', 'dead')),
    CONSTRAINT jobs_lease_check CHECK ((state = 'leased') = (lease_until IS NOT NULL))
);
-- At most one waiting job per key; a change that comes while one is leased waits as a row of its own.
CREATE UNIQUE INDEX jobs_ready_key ON jobs (tenant_id, kind, key) WHERE state = 'ready';
CREATE UNIQUE INDEX jobs_leased_key ON jobs (tenant_id, kind, key) WHERE state = 'leased';
CREATE INDEX jobs_ready_idx ON jobs (tenant_id, run_at, id) WHERE state = 'ready';
CREATE INDEX jobs_lease_idx ON jobs (lease_until) WHERE state = 'leased';
CREATE INDEX jobs_ended_idx ON jobs (updated_at) WHERE state IN ('done', 'dead');

CREATE FUNCTION notify_jobs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('jobs', '');
    RETURN NULL;
END $$;
CREATE TRIGGER notify_jobs AFTER INSERT ON jobs FOR EACH STATEMENT EXECUTE FUNCTION notify_jobs();

-- What each document adds to the counts below, so that it can be taken out again.
CREATE TABLE indexed_documents (
    tenant_id uuid NOT NULL REFERENCES tenants,
    kind text NOT NULL,
    document_id uuid NOT NULL,
    version_id uuid NOT NULL,
    content_hash bytea NOT NULL,
    fingerprint text NOT NULL,
    language text NOT NULL,
    chunks integer NOT NULL,
    tokens bigint NOT NULL,
    terms text[] NOT NULL,
    counts integer[] NOT NULL,
    indexed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, kind, document_id),
    CONSTRAINT indexed_documents_counts_check CHECK (cardinality(terms) = cardinality(counts)),
    CONSTRAINT indexed_documents_size_check CHECK (chunks >= 0 AND tokens >= 0)
);

-- In how many chunks of the tenant's documents in a language a term occurs.
CREATE TABLE term_stats (
    tenant_id uuid NOT NULL REFERENCES tenants,
    language text NOT NULL,
    term text NOT NULL,
    chunks bigint NOT NULL,
    PRIMARY KEY (tenant_id, language, term),
    CONSTRAINT term_stats_chunks_check CHECK (chunks >= 0)
);

CREATE TABLE corpus_stats (
    tenant_id uuid NOT NULL REFERENCES tenants,
    language text NOT NULL,
    documents bigint NOT NULL,
    chunks bigint NOT NULL,
    tokens bigint NOT NULL,
    PRIMARY KEY (tenant_id, language),
    CONSTRAINT corpus_stats_size_check CHECK (documents >= 0 AND chunks >= 0 AND tokens >= 0)
);

SELECT protect_tenant_table(t)
    FROM unnest(ARRAY['jobs', 'indexed_documents', 'term_stats', 'corpus_stats']::regclass[]) t;

CREATE POLICY record ON jobs FOR ALL TO crm_app USING (true) WITH CHECK (true);
CREATE POLICY system ON jobs FOR ALL TO crm_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON jobs TO crm_app;
GRANT SELECT, DELETE, UPDATE (state, attempts, run_at, lease_until, leased_by, last_error, updated_at) ON jobs TO crm_system;

-- Visitors ask questions too, so they read the counts; only staff and jobs change them.
CREATE POLICY record ON indexed_documents FOR ALL TO crm_app USING ((SELECT app_is_staff())) WITH CHECK ((SELECT app_is_staff()));
CREATE POLICY record ON term_stats FOR ALL TO crm_app USING ((SELECT app_is_staff())) WITH CHECK ((SELECT app_is_staff()));
CREATE POLICY visitor_read ON term_stats FOR SELECT TO crm_app USING ((SELECT app_actor_kind()) = 'visitor');
CREATE POLICY record ON corpus_stats FOR ALL TO crm_app USING ((SELECT app_is_staff())) WITH CHECK ((SELECT app_is_staff()));
CREATE POLICY visitor_read ON corpus_stats FOR SELECT TO crm_app USING ((SELECT app_actor_kind()) = 'visitor');
GRANT SELECT, INSERT, UPDATE, DELETE ON indexed_documents, term_stats, corpus_stats TO crm_app;
