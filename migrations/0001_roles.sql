-- Roles are cluster-wide while migrations run per database, perhaps several at
-- once: whoever comes second finds the role and goes on.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['crm_app NOLOGIN', 'crm_system NOLOGIN', 'crm_login LOGIN NOINHERIT'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = split_part(wanted, ' ', 1)) THEN
            BEGIN
                EXECUTE 'CREATE ROLE ' || wanted;
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
        END IF;
    END LOOP;
    FOREACH wanted IN ARRAY ARRAY['crm_app', 'crm_system'] LOOP
        IF NOT pg_has_role('crm_login', wanted, 'MEMBER') THEN
            BEGIN
                EXECUTE format('GRANT %I TO crm_login', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation OR internal_error THEN
                NULL; -- "tuple concurrently updated": the other one granted it
            END;
        END IF;
    END LOOP;
END $$;

COMMENT ON ROLE crm_app IS 'rows of one tenant, as one actor, under row-level security';
COMMENT ON ROLE crm_system IS 'the few reads and writes across tenants: keys, jobs, tenants, sweeps';

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO crm_app, crm_system;
GRANT SELECT ON _sqlx_migrations TO crm_system;

-- A setting that was local to an ended transaction reads as '' on a reused
-- connection, not as NULL.
CREATE FUNCTION app_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT NULLIF(current_setting('app.tenant_id', true), '')::uuid $$;
CREATE FUNCTION app_actor_kind() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT NULLIF(current_setting('app.actor_kind', true), '') $$;
CREATE FUNCTION app_actor_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT NULLIF(current_setting('app.actor_id', true), '')::uuid $$;
-- Everyone but a visitor of the widget. No actor at all is not staff.
CREATE FUNCTION app_is_staff() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT COALESCE(current_setting('app.actor_kind', true) IN ('user', 'api_key', 'job'), false) $$;

-- Puts the wall around a table. Permissive record policies and grants come
-- after it: without them nobody sees anything.
CREATE FUNCTION protect_tenant_table(target regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format(
        'CREATE POLICY tenant ON %s AS RESTRICTIVE FOR ALL TO crm_app
             USING (tenant_id = (SELECT app_tenant())) WITH CHECK (tenant_id = (SELECT app_tenant()))',
        target);
END $$;
REVOKE ALL ON FUNCTION protect_tenant_table(regclass) FROM PUBLIC;
