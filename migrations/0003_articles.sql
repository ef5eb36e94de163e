-- The knowledge base. `articles` shows what readers get: while a version is
-- published, title, language and audience are that version's; a draft waits in
-- article_versions and changes nothing for readers.

CREATE TABLE articles (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    external_id text,
    title text NOT NULL,
    status text NOT NULL DEFAULT 'draft',
    audience text NOT NULL DEFAULT 'internal',
    language text NOT NULL,
    current_version_id uuid,
    latest_number integer NOT NULL DEFAULT 0,
    owner_id uuid REFERENCES users,
    published_at timestamptz,
    withdrawn_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT articles_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT articles_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT articles_title_check CHECK (char_length(title) BETWEEN 1 AND 300),
    CONSTRAINT articles_status_check CHECK (status IN ('draft', 'published', 'withdrawn')),
    CONSTRAINT articles_audience_check CHECK (audience IN ('public', 'internal')),
    CONSTRAINT articles_language_check CHECK (language ~ '^[a-z]{2,3}$'),
    CONSTRAINT articles_current_version_check CHECK ((status = 'published') = (current_version_id IS NOT NULL))
);
CREATE INDEX articles_updated_at_idx ON articles (tenant_id, updated_at DESC, id DESC);
CREATE INDEX articles_status_idx ON articles (tenant_id, status, updated_at DESC, id DESC);
CREATE INDEX articles_owner_id_idx ON articles (tenant_id, owner_id, updated_at DESC, id DESC) WHERE owner_id IS NOT NULL;
CREATE INDEX articles_published_idx ON articles (tenant_id, id) WHERE status = 'published';

CREATE TABLE article_versions (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    article_id uuid NOT NULL,
    number integer NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    language text NOT NULL,
    audience text NOT NULL,
    content_hash bytea NOT NULL,
    status text NOT NULL DEFAULT 'draft',
    created_by_kind text NOT NULL,
    created_by_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    published_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT article_versions_number_key UNIQUE (tenant_id, article_id, number),
    CONSTRAINT article_versions_article_key UNIQUE (tenant_id, article_id, id),
    CONSTRAINT article_versions_article_id_fkey FOREIGN KEY (tenant_id, article_id)
        REFERENCES articles (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT article_versions_number_check CHECK (number > 0),
    CONSTRAINT article_versions_title_check CHECK (char_length(title) BETWEEN 1 AND 300),
    CONSTRAINT article_versions_body_check CHECK (octet_length(body) BETWEEN 1 AND 2000000),
    CONSTRAINT article_versions_language_check CHECK (language ~ '^[a-z]{2,3}$'),
    CONSTRAINT article_versions_audience_check CHECK (audience IN ('public', 'internal')),
    CONSTRAINT article_versions_content_hash_check CHECK (octet_length(content_hash) = 32),
    CONSTRAINT article_versions_status_check CHECK (status IN ('draft', 'published', 'superseded', 'withdrawn')),
    CONSTRAINT article_versions_created_by_kind_check CHECK (created_by_kind IN ('user', 'api_key', 'visitor', 'job'))
);
-- Readers of one article get one text; writers work on one draft.
CREATE UNIQUE INDEX article_versions_published_key ON article_versions (tenant_id, article_id) WHERE status = 'published';
CREATE UNIQUE INDEX article_versions_draft_key ON article_versions (tenant_id, article_id) WHERE status = 'draft';

ALTER TABLE articles ADD CONSTRAINT articles_current_version_id_fkey
    FOREIGN KEY (tenant_id, id, current_version_id) REFERENCES article_versions (tenant_id, article_id, id);

-- A citation points into this text for ever.
CREATE FUNCTION keep_published_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> 'draft' AND (NEW.article_id, NEW.number, NEW.title, NEW.body, NEW.language, NEW.content_hash)
        IS DISTINCT FROM (OLD.article_id, OLD.number, OLD.title, OLD.body, OLD.language, OLD.content_hash) THEN
        RAISE check_violation USING
            MESSAGE = 'the text of a version that was published does not change',
            CONSTRAINT = 'article_versions_immutable_check';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_published_text BEFORE UPDATE ON article_versions
    FOR EACH ROW EXECUTE FUNCTION keep_published_text();

SELECT protect_tenant_table(t) FROM unnest(ARRAY['articles', 'article_versions']::regclass[]) t;

CREATE POLICY record ON articles FOR ALL TO crm_app USING ((SELECT app_is_staff())) WITH CHECK ((SELECT app_is_staff()));
CREATE POLICY visitor_read ON articles FOR SELECT TO crm_app
    USING ((SELECT app_actor_kind()) = 'visitor' AND status = 'published' AND audience = 'public');
CREATE POLICY record ON article_versions FOR ALL TO crm_app USING ((SELECT app_is_staff())) WITH CHECK ((SELECT app_is_staff()));
CREATE POLICY visitor_read ON article_versions FOR SELECT TO crm_app
    USING ((SELECT app_actor_kind()) = 'visitor' AND status = 'published' AND audience = 'public');
GRANT SELECT, INSERT, UPDATE, DELETE ON articles, article_versions TO crm_app;
