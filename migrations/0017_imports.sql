-- Bringing records in, what waits for the other side of a relation, and privacy: exports, erasures, receipts.

-- One import of one file. `rows_done` is written in the transaction of each batch, so that an import that was cut off
-- goes on where it stood.
CREATE TABLE imports (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    object text NOT NULL,
    file_name text NOT NULL,
    file_hash bytea NOT NULL,
    -- Of the object, the mapping and the options: the same file with another mapping is another import.
    plan_hash bytea NOT NULL,
    mapping text,
    -- Where an upload waits, below the data folder; commands read the file where it is.
    path text,
    state text NOT NULL DEFAULT 'waiting',
    bytes bigint NOT NULL DEFAULT 0,
    bytes_done bigint NOT NULL DEFAULT 0,
    rows_done bigint NOT NULL DEFAULT 0,
    rows_created bigint NOT NULL DEFAULT 0,
    rows_updated bigint NOT NULL DEFAULT 0,
    rows_unchanged bigint NOT NULL DEFAULT 0,
    rows_bad bigint NOT NULL DEFAULT 0,
    rows_duplicate bigint NOT NULL DEFAULT 0,
    rows_waiting bigint NOT NULL DEFAULT 0,
    links_unresolved bigint NOT NULL DEFAULT 0,
    links_resolved bigint NOT NULL DEFAULT 0,
    problem text,
    cancel_requested boolean NOT NULL DEFAULT false,
    actor_kind text NOT NULL,
    actor_id uuid NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT imports_state_check CHECK (state IN ('waiting', 'running', 'done', 'failed', 'cancelled')),
    CONSTRAINT imports_ended_at_check CHECK ((state IN ('done', 'failed', 'cancelled')) = (ended_at IS NOT NULL)),
    CONSTRAINT imports_actor_kind_check CHECK (actor_kind IN ('user', 'api_key', 'job'))
);
CREATE INDEX imports_created_at_idx ON imports (tenant_id, created_at DESC, id DESC);
CREATE INDEX imports_open_idx ON imports (tenant_id, plan_hash, file_hash) WHERE state IN ('waiting', 'running');

CREATE TABLE import_errors (
    tenant_id uuid NOT NULL,
    import_id uuid NOT NULL,
    line bigint NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (tenant_id, import_id, line),
    CONSTRAINT import_errors_import_id_fkey FOREIGN KEY (tenant_id, import_id) REFERENCES imports (tenant_id, id) ON DELETE CASCADE
);

-- References of records that are there to records that are not there yet.
CREATE TABLE import_links (
    tenant_id uuid NOT NULL REFERENCES tenants,
    object text NOT NULL,
    record_id uuid NOT NULL,
    field text NOT NULL,
    target text NOT NULL,
    target_external_id text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, object, record_id, field)
);
CREATE INDEX import_links_target_idx ON import_links (tenant_id, target, target_external_id);

-- Rows that cannot be records before the record that they belong to is there.
CREATE TABLE import_waiting (
    tenant_id uuid NOT NULL REFERENCES tenants,
    object text NOT NULL,
    external_id text NOT NULL,
    target text NOT NULL,
    target_external_id text NOT NULL,
    line jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, object, external_id)
);
CREATE INDEX import_waiting_target_idx ON import_waiting (tenant_id, target, target_external_id);

-- The people of the system that the records come from: their ids there, by whose addresses members are found.
CREATE TABLE import_people (
    tenant_id uuid NOT NULL REFERENCES tenants,
    external_id text NOT NULL,
    email text NOT NULL,
    PRIMARY KEY (tenant_id, external_id)
);

SELECT protect_tenant_table(t) FROM unnest(ARRAY['imports', 'import_errors', 'import_links', 'import_waiting',
    'import_people']::regclass[]) t;
CREATE POLICY record ON imports FOR ALL TO crm_app
    USING ((SELECT app_manages('imports'))) WITH CHECK ((SELECT app_manages('imports')));
CREATE POLICY record ON import_errors FOR ALL TO crm_app
    USING ((SELECT app_manages('imports'))) WITH CHECK ((SELECT app_manages('imports')));
CREATE POLICY record ON import_links FOR ALL TO crm_app
    USING ((SELECT app_manages('imports'))) WITH CHECK ((SELECT app_manages('imports')));
CREATE POLICY record ON import_waiting FOR ALL TO crm_app
    USING ((SELECT app_manages('imports'))) WITH CHECK ((SELECT app_manages('imports')));
CREATE POLICY record ON import_people FOR ALL TO crm_app
    USING ((SELECT app_manages('imports'))) WITH CHECK ((SELECT app_manages('imports')));
GRANT SELECT, INSERT, UPDATE, DELETE ON imports, import_errors, import_links, import_waiting, import_people TO crm_app;

-- Everything that the tenant, or the tenant about one person, has stored, as a file that expires.
CREATE TABLE privacy_exports (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    -- Null: the whole tenant. Else what the person is found by; emptied when the file is removed.
    subject jsonb,
    state text NOT NULL DEFAULT 'waiting',
    path text,
    bytes bigint,
    sha256 bytea,
    rows bigint,
    problem text,
    actor_kind text NOT NULL,
    actor_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    expires_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT privacy_exports_state_check CHECK (state IN ('waiting', 'done', 'failed', 'expired'))
);
CREATE INDEX privacy_exports_created_at_idx ON privacy_exports (tenant_id, created_at DESC, id DESC);

-- What was erased, for good. Whom it was about is emptied when it is done; the receipt has a digest of it.
CREATE TABLE erasures (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    scope text NOT NULL,
    subject jsonb,
    state text NOT NULL DEFAULT 'waiting',
    receipt text,
    signature bytea,
    problem text,
    actor_kind text NOT NULL,
    actor_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT erasures_scope_check CHECK (scope IN ('person', 'tenant')),
    CONSTRAINT erasures_state_check CHECK (state IN ('waiting', 'done', 'failed')),
    CONSTRAINT erasures_receipt_check CHECK ((state = 'done') = (receipt IS NOT NULL) AND (receipt IS NULL) = (signature IS NULL)),
    CONSTRAINT erasures_subject_check CHECK (state <> 'done' OR subject IS NULL)
);
CREATE INDEX erasures_created_at_idx ON erasures (tenant_id, created_at DESC, id DESC);

SELECT protect_tenant_table(t) FROM unnest(ARRAY['privacy_exports', 'erasures']::regclass[]) t;
CREATE POLICY record ON privacy_exports FOR ALL TO crm_app
    USING ((SELECT app_manages('privacy'))) WITH CHECK ((SELECT app_manages('privacy')));
CREATE POLICY record ON erasures FOR ALL TO crm_app
    USING ((SELECT app_manages('privacy'))) WITH CHECK ((SELECT app_manages('privacy')));
GRANT SELECT, INSERT, UPDATE, DELETE ON privacy_exports TO crm_app;
GRANT SELECT, INSERT, UPDATE ON erasures TO crm_app;

-- Whether the actor is a job that erases, and a worker has it right now. Only then do the policies `erase` open what
-- is append-only otherwise; the tenant's wall stands around them as around everything.
CREATE FUNCTION app_erasing() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT COALESCE(app_actor_kind() = 'job' AND EXISTS (
        SELECT FROM jobs j WHERE j.id = app_actor_id() AND j.kind = 'erase' AND j.state = 'leased'), false) $$;

CREATE FUNCTION only_jobs_delete(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE POLICY jobs_delete ON %s AS RESTRICTIVE FOR DELETE TO crm_app
        USING ((SELECT app_actor_kind()) = ''job'')', target);
END $$;
REVOKE ALL ON FUNCTION only_jobs_delete(regclass) FROM PUBLIC;

-- Opens a table to erasing jobs. Amounts in the ledger are no personal data and stay: accounts must be kept.
CREATE FUNCTION allow_erasure(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF target::text IN ('ledger_entries', 'budget_periods', 'erasures') THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE POLICY erase ON %s FOR ALL TO crm_app
        USING ((SELECT app_erasing())) WITH CHECK ((SELECT app_erasing()))', target);
    -- No right to UPDATE or SELECT: what the service may not read or change otherwise goes as a whole.
    EXECUTE format('GRANT DELETE ON %s TO crm_app', target);
END $$;
REVOKE ALL ON FUNCTION allow_erasure(regclass) FROM PUBLIC;

-- Where a policy for everything stands and nobody had the right to delete so far, only jobs get it.
SELECT only_jobs_delete(c.oid::regclass) FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relname NOT IN ('ledger_entries', 'budget_periods', 'erasures')
      AND NOT has_table_privilege('crm_app', c.oid, 'DELETE') AND EXISTS (
        SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polpermissive AND p.polcmd = '*'
            AND 'crm_app'::regrole = ANY (p.polroles));

SELECT allow_erasure(c.oid::regclass) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attname = 'tenant_id'
      AND NOT a.attisdropped AND c.relrowsecurity;

-- From here on every new tenant table is opened to erasure as it is walled.
CREATE OR REPLACE FUNCTION protect_tenant_table(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format(
        'CREATE POLICY tenant ON %s AS RESTRICTIVE FOR ALL TO crm_app
             USING (tenant_id = (SELECT app_tenant())) WITH CHECK (tenant_id = (SELECT app_tenant()))',
        target);
    PERFORM allow_erasure(target);
END $$;

-- A citation points into a published text for ever, unless the text has a person in it who is to be forgotten.
CREATE OR REPLACE FUNCTION keep_published_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> 'draft' AND NOT app_erasing()
        AND (NEW.article_id, NEW.number, NEW.title, NEW.body, NEW.language, NEW.content_hash)
        IS DISTINCT FROM (OLD.article_id, OLD.number, OLD.title, OLD.body, OLD.language, OLD.content_hash) THEN
        RAISE check_violation USING
            MESSAGE = 'the text of a version that was published does not change',
            CONSTRAINT = 'article_versions_immutable_check';
    END IF;
    RETURN NEW;
END $$;
