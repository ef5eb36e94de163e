-- Signing in: passwords, sessions, lockout, invites, resets, what happened, and how fast an actor may ask.

-- Apart from users, which tenants read: nobody but crm_system reads a hash.
CREATE TABLE credentials (
    user_id uuid PRIMARY KEY REFERENCES users,
    password_hash text NOT NULL,
    changed_at timestamptz NOT NULL
);
-- Attempts to sign in or to reset, per account and per address, known or not: the key is a hash of either.
CREATE TABLE login_failures (
    key bytea PRIMARY KEY,
    failures integer NOT NULL,
    last_at timestamptz NOT NULL,
    locked_until timestamptz,
    CONSTRAINT login_failures_key_check CHECK (octet_length(key) = 32)
);
CREATE INDEX login_failures_last_at_idx ON login_failures (last_at);
DO $$
DECLARE
    target text;
BEGIN
    FOREACH target IN ARRAY ARRAY['credentials', 'login_failures'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', target);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', target);
        EXECUTE format('CREATE POLICY system ON %I FOR ALL TO crm_system USING (true) WITH CHECK (true)', target);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO crm_system', target);
    END LOOP;
END $$;

-- A session is a family of refresh tokens: each names its generation, and only the latest one is good. The tokens
-- themselves are not here; a key of the configuration proves them.
CREATE TABLE sessions (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users,
    generation integer NOT NULL DEFAULT 1,
    ip text,
    user_agent text,
    created_at timestamptz NOT NULL,
    refreshed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    revoked_because text,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT sessions_revoked_because_check CHECK ((revoked_at IS NULL) = (revoked_because IS NULL)),
    CONSTRAINT sessions_user_agent_check CHECK (char_length(user_agent) <= 400)
);
CREATE INDEX sessions_user_id_idx ON sessions (user_id) WHERE revoked_at IS NULL;
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);

CREATE TABLE login_history (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users,
    outcome text NOT NULL,
    ip text,
    user_agent text,
    request_id text,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT login_history_outcome_check CHECK (outcome IN ('succeeded', 'wrong_password', 'locked', 'not_a_member'))
);
CREATE INDEX login_history_at_idx ON login_history (tenant_id, at DESC, id DESC);
CREATE INDEX login_history_user_id_idx ON login_history (tenant_id, user_id, at DESC, id DESC);

CREATE TABLE security_events (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    kind text NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid NOT NULL,
    ip text,
    request_id text,
    detail jsonb NOT NULL DEFAULT '{}',
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT security_events_kind_check CHECK (char_length(kind) BETWEEN 1 AND 60)
);
CREATE INDEX security_events_at_idx ON security_events (tenant_id, at DESC, id DESC);

CREATE TABLE invites (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    email text NOT NULL,
    name text,
    role_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    invited_by uuid,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT invites_token_hash_key UNIQUE (token_hash),
    CONSTRAINT invites_token_hash_check CHECK (octet_length(token_hash) = 32),
    CONSTRAINT invites_email_check CHECK (email = lower(email) AND email ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND char_length(email) <= 320),
    CONSTRAINT invites_name_check CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT invites_role_id_fkey FOREIGN KEY (tenant_id, role_id) REFERENCES roles (tenant_id, id)
);
-- One open invitation for each address.
CREATE UNIQUE INDEX invites_email_key ON invites (tenant_id, email) WHERE accepted_at IS NULL AND revoked_at IS NULL;
CREATE INDEX invites_created_at_idx ON invites (tenant_id, created_at DESC, id DESC);
CREATE INDEX invites_role_id_idx ON invites (tenant_id, role_id);

-- In the tenant that the mail is sent by.
CREATE TABLE password_resets (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users,
    token_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT password_resets_token_hash_key UNIQUE (token_hash),
    CONSTRAINT password_resets_token_hash_check CHECK (octet_length(token_hash) = 32)
);
CREATE INDEX password_resets_user_id_idx ON password_resets (user_id) WHERE used_at IS NULL;

-- Tokens that an actor may still spend. Unlogged: after a crash of Postgres every bucket is full again, which is no harm.
CREATE UNLOGGED TABLE rate_buckets (
    tenant_id uuid NOT NULL,
    id uuid NOT NULL,
    tokens double precision NOT NULL,
    refilled_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX rate_buckets_refilled_at_idx ON rate_buckets (refilled_at);

SELECT protect_tenant_table(t) FROM unnest(ARRAY['sessions', 'login_history', 'security_events', 'invites',
    'password_resets', 'rate_buckets']::regclass[]) t;

-- Members see their own sessions and sign-ins, whoever looks after security everybody's.
CREATE POLICY record_read ON sessions FOR SELECT TO crm_app
    USING (((SELECT app_actor_kind()) = 'user' AND user_id = (SELECT app_actor_id()))
        OR (SELECT app_manages('members')) OR (SELECT app_manages('security')));
CREATE POLICY record_update ON sessions FOR UPDATE TO crm_app
    USING (((SELECT app_actor_kind()) = 'user' AND user_id = (SELECT app_actor_id())) OR (SELECT app_manages('members')));
CREATE POLICY record_erase ON sessions FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = 'job');
CREATE POLICY system ON sessions FOR ALL TO crm_system USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE (revoked_at, revoked_because), DELETE ON sessions TO crm_app;
GRANT SELECT, INSERT, DELETE, UPDATE (generation, refreshed_at, expires_at, ip, user_agent, revoked_at, revoked_because)
    ON sessions TO crm_system;

CREATE POLICY record_read ON login_history FOR SELECT TO crm_app
    USING (((SELECT app_actor_kind()) = 'user' AND user_id = (SELECT app_actor_id())) OR (SELECT app_manages('security')));
CREATE POLICY record_erase ON login_history FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = 'job');
CREATE POLICY system ON login_history FOR INSERT TO crm_system WITH CHECK (true);
GRANT SELECT, DELETE ON login_history TO crm_app;
GRANT INSERT ON login_history TO crm_system;

-- Everyone's acts may be written down as an event; nobody writes in another's name, and nobody changes one.
CREATE POLICY record_read ON security_events FOR SELECT TO crm_app USING ((SELECT app_manages('security')));
CREATE POLICY record_insert ON security_events FOR INSERT TO crm_app
    WITH CHECK (actor_kind = (SELECT app_actor_kind()) AND actor_id = (SELECT app_actor_id()));
CREATE POLICY record_erase ON security_events FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = 'job');
CREATE POLICY system ON security_events FOR INSERT TO crm_system WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON security_events TO crm_app;
GRANT INSERT ON security_events TO crm_system;

CREATE POLICY record_read ON invites FOR SELECT TO crm_app USING ((SELECT app_manages('members')));
CREATE POLICY record_insert ON invites FOR INSERT TO crm_app WITH CHECK ((SELECT app_manages('members')));
CREATE POLICY record_update ON invites FOR UPDATE TO crm_app
    USING ((SELECT app_manages('members'))) WITH CHECK ((SELECT app_manages('members')));
CREATE POLICY record_delete ON invites FOR DELETE TO crm_app
    USING ((SELECT app_manages('members')) OR (SELECT app_manages('roles')));
CREATE POLICY system ON invites FOR ALL TO crm_system USING (true) WITH CHECK (true);
GRANT SELECT (tenant_id, id, email, name, role_id, invited_by, created_at, expires_at, accepted_at, revoked_at),
    INSERT, UPDATE (revoked_at), DELETE ON invites TO crm_app;
GRANT SELECT, UPDATE (accepted_at) ON invites TO crm_system;

-- The service itself makes them, for somebody who has not signed in.
CREATE POLICY record_read ON password_resets FOR SELECT TO crm_app
    USING ((SELECT app_manages('members')) OR (SELECT app_manages('security')));
CREATE POLICY record_insert ON password_resets FOR INSERT TO crm_app WITH CHECK ((SELECT app_manages('members')));
CREATE POLICY record_erase ON password_resets FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = 'job');
CREATE POLICY system ON password_resets FOR ALL TO crm_system USING (true) WITH CHECK (true);
GRANT SELECT (tenant_id, id, user_id, created_at, expires_at, used_at), INSERT, DELETE ON password_resets TO crm_app;
GRANT SELECT, UPDATE (used_at) ON password_resets TO crm_system;

CREATE POLICY record_read ON rate_buckets FOR SELECT TO crm_app USING ((SELECT app_manages('settings')));
CREATE POLICY record_erase ON rate_buckets FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = 'job');
CREATE POLICY system ON rate_buckets FOR ALL TO crm_system USING (true) WITH CHECK (true);
GRANT SELECT, DELETE ON rate_buckets TO crm_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON rate_buckets TO crm_system;

-- Members who left keep their name on what they did: the membership stays, as `removed`.
ALTER TABLE memberships DROP CONSTRAINT memberships_status_check,
    ADD CONSTRAINT memberships_status_check CHECK (status IN ('active', 'disabled', 'removed'));
GRANT UPDATE (role_id, status, version, updated_at) ON memberships TO crm_system;

ALTER TABLE roles ADD COLUMN builtin boolean NOT NULL DEFAULT false,
    ADD COLUMN description text NOT NULL DEFAULT '',
    ADD CONSTRAINT roles_description_check CHECK (char_length(description) <= 400);
GRANT UPDATE (builtin) ON roles TO crm_system;

-- A tenant's own settings; slug, plan, status and features are the operator's.
CREATE POLICY own_update ON tenants FOR UPDATE TO crm_app
    USING (id = (SELECT app_tenant()) AND (SELECT app_manages('settings')))
    WITH CHECK (id = (SELECT app_tenant()) AND (SELECT app_manages('settings')));
GRANT UPDATE (name, locale, currency, timezone, fiscal_year_start, business_hours, settings, version, updated_at)
    ON tenants TO crm_app;

-- The log of acts names records that not everyone may see: those who look after it read all, everyone what they did.
ALTER TABLE audit_log ADD COLUMN IF NOT EXISTS ip text;
CREATE INDEX audit_log_actor_id_idx ON audit_log (tenant_id, actor_id, at DESC, id DESC);
DROP POLICY record_read ON audit_log;
CREATE POLICY record_read ON audit_log FOR SELECT TO crm_app
    USING ((SELECT app_manages('audit')) OR (actor_kind = (SELECT app_actor_kind()) AND actor_id = (SELECT app_actor_id())));
DROP POLICY record_read ON audit_values;
CREATE POLICY record_read ON audit_values FOR SELECT TO crm_app USING ((SELECT app_manages('audit')));
