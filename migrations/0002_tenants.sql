-- Identity: who the tenants are, who may act for them.

CREATE TABLE tenants (
    id uuid PRIMARY KEY,
    slug text NOT NULL,
    name text NOT NULL,
    plan text NOT NULL DEFAULT 'standard',
    status text NOT NULL DEFAULT 'active',
    features text[] NOT NULL DEFAULT '{}',
    locale text NOT NULL DEFAULT 'en',
    currency text NOT NULL DEFAULT 'EUR',
    timezone text NOT NULL DEFAULT 'UTC',
    fiscal_year_start smallint NOT NULL DEFAULT 1,
    business_hours jsonb NOT NULL DEFAULT '{}',
    settings jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT tenants_slug_key UNIQUE (slug),
    CONSTRAINT tenants_slug_check CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
    CONSTRAINT tenants_name_check CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT tenants_status_check CHECK (status IN ('active', 'suspended')),
    CONSTRAINT tenants_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT tenants_fiscal_year_start_check CHECK (fiscal_year_start BETWEEN 1 AND 12)
);

CREATE TABLE users (
    id uuid PRIMARY KEY,
    email text NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT users_email_key UNIQUE (email),
    CONSTRAINT users_email_check CHECK (email = lower(email) AND email ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND char_length(email) <= 320),
    CONSTRAINT users_name_check CHECK (char_length(name) BETWEEN 1 AND 200)
);

CREATE TABLE roles (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    name text NOT NULL,
    parent_id uuid,
    permissions jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT roles_name_key UNIQUE (tenant_id, name),
    CONSTRAINT roles_name_check CHECK (char_length(name) BETWEEN 1 AND 80),
    CONSTRAINT roles_parent_id_fkey FOREIGN KEY (tenant_id, parent_id) REFERENCES roles (tenant_id, id)
);

CREATE TABLE memberships (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users,
    role_id uuid NOT NULL,
    status text NOT NULL DEFAULT 'active',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT memberships_user_id_key UNIQUE (tenant_id, user_id),
    CONSTRAINT memberships_status_check CHECK (status IN ('active', 'disabled')),
    CONSTRAINT memberships_role_id_fkey FOREIGN KEY (tenant_id, role_id) REFERENCES roles (tenant_id, id)
);
CREATE INDEX memberships_user_id_idx ON memberships (user_id);

CREATE TABLE api_keys (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    name text NOT NULL,
    key_hash bytea NOT NULL,
    prefix text NOT NULL,
    scopes text[] NOT NULL DEFAULT '{}',
    created_by uuid REFERENCES users,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT api_keys_key_hash_key UNIQUE (key_hash),
    CONSTRAINT api_keys_key_hash_check CHECK (octet_length(key_hash) = 32),
    CONSTRAINT api_keys_name_check CHECK (char_length(name) BETWEEN 1 AND 120)
);
CREATE INDEX api_keys_created_at_idx ON api_keys (tenant_id, created_at DESC, id DESC);

CREATE TABLE widget_sites (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    name text NOT NULL,
    publishable_key text NOT NULL,
    allowed_origins text[] NOT NULL DEFAULT '{}',
    enabled boolean NOT NULL DEFAULT true,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT widget_sites_publishable_key_key UNIQUE (publishable_key),
    CONSTRAINT widget_sites_name_check CHECK (char_length(name) BETWEEN 1 AND 120)
);

SELECT protect_tenant_table(t) FROM unnest(ARRAY['roles', 'memberships', 'api_keys', 'widget_sites']::regclass[]) t;

-- tenants and users have no tenant_id. A tenant sees its own row and its members.
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenants FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON tenants FOR SELECT TO crm_app USING (id = (SELECT app_tenant()));
CREATE POLICY system ON tenants FOR ALL TO crm_system USING (true) WITH CHECK (true);
GRANT SELECT ON tenants TO crm_app;
GRANT SELECT, INSERT, UPDATE ON tenants TO crm_system;

ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE users FORCE ROW LEVEL SECURITY;
CREATE POLICY members ON users FOR SELECT TO crm_app
    USING ((SELECT app_is_staff()) AND EXISTS (SELECT FROM memberships m WHERE m.user_id = users.id));
CREATE POLICY system ON users FOR ALL TO crm_system USING (true) WITH CHECK (true);
GRANT SELECT ON users TO crm_app;
GRANT SELECT, INSERT, UPDATE ON users TO crm_system;

CREATE POLICY record ON roles FOR ALL TO crm_app USING ((SELECT app_is_staff())) WITH CHECK ((SELECT app_is_staff()));
CREATE POLICY system ON roles FOR ALL TO crm_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON roles TO crm_app;
GRANT SELECT, INSERT ON roles TO crm_system;

CREATE POLICY record ON memberships FOR ALL TO crm_app USING ((SELECT app_is_staff())) WITH CHECK ((SELECT app_is_staff()));
CREATE POLICY system ON memberships FOR ALL TO crm_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON memberships TO crm_app;
GRANT SELECT, INSERT ON memberships TO crm_system;

-- The tenant never reads the hash of a key, only the prefix that it shows.
CREATE POLICY record ON api_keys FOR ALL TO crm_app USING ((SELECT app_is_staff())) WITH CHECK ((SELECT app_is_staff()));
CREATE POLICY system ON api_keys FOR ALL TO crm_system USING (true) WITH CHECK (true);
GRANT SELECT (tenant_id, id, name, prefix, scopes, created_by, expires_at, revoked_at, last_used_at, created_at),
    INSERT, UPDATE (name, revoked_at) ON api_keys TO crm_app;
GRANT SELECT, INSERT, UPDATE (last_used_at, revoked_at) ON api_keys TO crm_system;

CREATE POLICY record ON widget_sites FOR ALL TO crm_app USING ((SELECT app_is_staff())) WITH CHECK ((SELECT app_is_staff()));
CREATE POLICY system ON widget_sites FOR SELECT TO crm_system USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON widget_sites TO crm_app;
GRANT SELECT ON widget_sites TO crm_system;
