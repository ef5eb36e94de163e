-- Finding records by their words, the fields that a tenant adds, and what a sharing rule opens.
--
-- Row-level security evaluates its policies before `@@`, which is not leakproof, so no index would serve it. One
-- generated function for each object searches as crm_search, a role whose own policy shows every row of the columns that
-- it was granted; the function keeps to the tenant, and its ids are read again under the actor's policies.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'crm_search') THEN
        BEGIN
            CREATE ROLE crm_search NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL; -- another database's migration came first
        END;
    END IF;
    IF NOT pg_has_role(CURRENT_USER, 'crm_search', 'MEMBER') THEN
        BEGIN
            EXECUTE format('GRANT crm_search TO %I', CURRENT_USER);
        EXCEPTION WHEN duplicate_object OR unique_violation OR internal_error THEN
            NULL;
        END;
    END IF;
END $$;
COMMENT ON ROLE crm_search IS 'owns the search functions; reads the searched columns of all tenants through them alone';
GRANT USAGE ON SCHEMA public TO crm_search;

-- The words of a text: without case and accents, whatever the locale of the database; at most 40 characters of each.
-- Long texts are searched by their first 20,000 characters.
CREATE FUNCTION app_search_words(said text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT COALESCE(array_agg(DISTINCT left(w.word, 40)), '{}')
    FROM regexp_split_to_table(
        CASE WHEN octet_length(said) = char_length(said) THEN lower(left(said, 20000))
             ELSE lower(translate(
                regexp_replace(regexp_replace(regexp_replace(
                    regexp_replace(normalize(left(said, 20000), NFKD), '[\u0300-\u036f]', '', 'g'),
                    '[ßẞ]', 'ss', 'g'), '[æÆ]', 'ae', 'g'), '[œŒ]', 'oe', 'g'),
                'АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯІЄҐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩςØŁĐøłđ',
                'абвгдежзийклмнопрстуфхцчшщъыьэюяієґαβγδεζηθικλμνξοπρστυφχψωσoldold'))
        END,
        '[\s\u00a0\u2000-\u206f\u3000-\u3002!-/:-@\[-`{-~]+') AS w (word)
    WHERE w.word <> '' $$;

-- Eight characters of the random part of a tenant's id stand before each of its words, so that every tenant has a
-- stretch of the index of its own: others cost it nothing and cannot be told from its answers. Two tenants that share
-- them share a stretch; rows are compared with the tenant all the same.
CREATE FUNCTION app_search_lexemes(tenant uuid, VARIADIC said text[]) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_to_tsvector(ARRAY(
        SELECT right(tenant::text, 8) || w.word FROM unnest(app_search_words(array_to_string(said, ' '))) AS w (word))) $$;

-- Every word begins one of the record's.
CREATE FUNCTION app_search_query(said text) RETURNS tsquery LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT string_agg('''' || right(app_tenant()::text, 8) || w.word || ''':*', ' & ')::tsquery
    FROM (SELECT word FROM unnest(app_search_words(said)) AS u (word) ORDER BY length(word) DESC LIMIT 12) w $$;

-- About how many rows have these words, by the statistics of the planner. EXPLAIN is for volatile functions alone.
CREATE FUNCTION app_search_estimate(target regclass, asked tsquery) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE format('EXPLAIN (FORMAT JSON) SELECT FROM %s WHERE search @@ %L::tsquery', target, asked) INTO plan;
    RETURN (plan -> 0 -> 'Plan' ->> 'Plan Rows')::bigint;
END $$;

-- The ids of the records that have the words, when there are at most `most` of them; NULL when there are more, or so many
-- to be expected that counting them would cost more than reading a sorted list until a page is full.
CREATE FUNCTION app_search(target regclass, said text, most integer, deleted boolean) RETURNS uuid[] LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    asked constant tsquery := app_search_query(said);
    narrow tsquery := asked;
    word text;
    words bigint;
    fewest bigint := 2000;
    found uuid[];
BEGIN
    IF asked IS NULL THEN
        RETURN '{}';
    ELSIF app_search_estimate(target, asked) > most * 5 THEN
        RETURN NULL;
    END IF;
    -- The index collects all rows of each beginning of a word: one rare word is enough for it, the rest is compared.
    IF numnode(asked) > 1 THEN
        FOR word IN SELECT s.part FROM string_to_table(asked::text, ' & ') AS s (part) ORDER BY length(s.part) DESC LIMIT 4 LOOP
            words := app_search_estimate(target, word::tsquery);
            IF words < fewest THEN
                fewest := words;
                narrow := word::tsquery;
            END IF;
        END LOOP;
    END IF;
    -- IS NOT DISTINCT FROM: a plain comparison would tempt the planner to read all rows of the tenant by another index.
    EXECUTE format('SELECT COALESCE(array_agg(id), ''{}'') FROM (SELECT id FROM %s WHERE search @@ %L::tsquery
        AND (search @@ %L::tsquery) IS TRUE AND tenant_id IS NOT DISTINCT FROM app_tenant()
        AND ($1 OR deleted_at IS NULL) LIMIT $2 + 1) hits', target, narrow, asked) INTO found USING deleted, most;
    RETURN CASE WHEN cardinality(found) <= most THEN found END;
END $$;

CREATE FUNCTION make_searchable(target regclass, columns text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    said text := (SELECT string_agg(format('%I', c.name), ', ') FROM unnest(columns) AS c (name));
    finder text := format('search_%s(text, integer, boolean)', target);
BEGIN
    EXECUTE format('ALTER TABLE %s ADD COLUMN search tsvector NOT NULL
        GENERATED ALWAYS AS (app_search_lexemes(tenant_id, %s)) STORED', target, said);
    EXECUTE format('CREATE INDEX %s_search_idx ON %1$s USING gin (search)', target);
    EXECUTE format('CREATE POLICY search ON %s FOR SELECT TO crm_search USING (true)', target);
    EXECUTE format('GRANT SELECT (tenant_id, id, deleted_at, search) ON %s TO crm_search', target);
    EXECUTE format('CREATE FUNCTION search_%s(said text, most integer, deleted boolean) RETURNS uuid[]
        LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $f$
            SELECT app_search(%1$L, said, most, deleted) $f$', target);
    EXECUTE format('ALTER FUNCTION %s OWNER TO crm_search', finder);
    EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', finder);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO crm_app', finder);
END $$;
REVOKE ALL ON FUNCTION make_searchable(regclass, text[]) FROM PUBLIC;

GRANT CREATE ON SCHEMA public TO crm_search; -- to become the owner of the functions
SELECT make_searchable('accounts', ARRAY['name', 'domain', 'email', 'phone', 'description']);
SELECT make_searchable('activities', ARRAY['subject', 'body']);
SELECT make_searchable('campaigns', ARRAY['name', 'description']);
SELECT make_searchable('cases', ARRAY['subject', 'description', 'resolution', 'supplied_name', 'supplied_email']);
-- The name is made of the first and the last one.
SELECT make_searchable('contacts', ARRAY['first_name', 'last_name', 'email', 'phone', 'mobile_phone', 'description']);
SELECT make_searchable('contracts', ARRAY['name', 'description']);
SELECT make_searchable('leads', ARRAY['first_name', 'last_name', 'company', 'email', 'phone', 'description']);
SELECT make_searchable('opportunities', ARRAY['name', 'next_step', 'description']);
SELECT make_searchable('products', ARRAY['name', 'code', 'description']);
SELECT make_searchable('quotes', ARRAY['name']);
REVOKE CREATE ON SCHEMA public FROM crm_search;

-- The latest records of an owner, which is how somebody who sees their own alone reads a list.
CREATE INDEX accounts_owner_created_at_idx ON accounts (tenant_id, owner_id, created_at, id);
CREATE INDEX cases_owner_created_at_idx ON cases (tenant_id, owner_id, created_at, id);
CREATE INDEX contacts_owner_created_at_idx ON contacts (tenant_id, owner_id, created_at, id);
CREATE INDEX leads_owner_created_at_idx ON leads (tenant_id, owner_id, created_at, id);
CREATE INDEX opportunities_owner_created_at_idx ON opportunities (tenant_id, owner_id, created_at, id);

-- What a tenant says about the `custom` field of an object: a JSON Schema.
CREATE TABLE custom_schemas (
    tenant_id uuid NOT NULL REFERENCES tenants,
    object text NOT NULL,
    schema jsonb NOT NULL,
    revision uuid NOT NULL,                 -- of these very words; compiled schemas are remembered by it
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, object),
    CONSTRAINT custom_schemas_schema_check CHECK (octet_length(schema::text) <= 131072)
);
SELECT protect_tenant_table('custom_schemas');
CREATE POLICY record_read ON custom_schemas FOR SELECT TO crm_app USING ((SELECT app_is_staff()));
CREATE POLICY record_insert ON custom_schemas FOR INSERT TO crm_app WITH CHECK ((SELECT app_manages('catalog')));
CREATE POLICY record_update ON custom_schemas FOR UPDATE TO crm_app
    USING ((SELECT app_manages('catalog'))) WITH CHECK ((SELECT app_manages('catalog')));
CREATE POLICY record_delete ON custom_schemas FOR DELETE TO crm_app USING ((SELECT app_manages('catalog')));
GRANT SELECT, INSERT, UPDATE, DELETE ON custom_schemas TO crm_app;

-- The records that are shared with a role, for lists.
CREATE INDEX record_shares_role_id_idx ON record_shares (tenant_id, role_id, object, record_id);
