-- A key belongs to the actor that sent it: another actor's equal key is another key.
CREATE TABLE idempotency_keys (
    tenant_id uuid NOT NULL REFERENCES tenants,
    actor_id uuid NOT NULL,
    key text NOT NULL,
    method_path text NOT NULL,
    body_hash bytea NOT NULL,
    state text NOT NULL DEFAULT 'in_flight',
    status integer,
    resource_id uuid,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, actor_id, key),
    CONSTRAINT idempotency_keys_key_check CHECK (char_length(key) BETWEEN 1 AND 255),
    CONSTRAINT idempotency_keys_state_check CHECK (state IN ('in_flight', 'done')),
    CONSTRAINT idempotency_keys_status_check CHECK ((state = 'done') = (status IS NOT NULL))
);
CREATE INDEX idempotency_keys_expires_at_idx ON idempotency_keys (expires_at);

-- Who did what to which record. Append-only: nobody but the owner can update or delete.
CREATE TABLE audit_log (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid NOT NULL,
    action text NOT NULL,
    object text NOT NULL,
    object_id uuid,
    fields text[] NOT NULL DEFAULT '{}',
    request_id text,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT audit_log_actor_kind_check CHECK (actor_kind IN ('user', 'api_key', 'visitor', 'job'))
);
CREATE INDEX audit_log_at_idx ON audit_log (tenant_id, at DESC, id DESC);
CREATE INDEX audit_log_object_idx ON audit_log (tenant_id, object, object_id, at DESC, id DESC);

-- The values stand apart, so that erasing a person leaves the log whole.
CREATE TABLE audit_values (
    tenant_id uuid NOT NULL REFERENCES tenants,
    audit_id uuid NOT NULL,
    field text NOT NULL,
    old jsonb,
    new jsonb,
    PRIMARY KEY (tenant_id, audit_id, field),
    CONSTRAINT audit_values_audit_id_fkey FOREIGN KEY (tenant_id, audit_id) REFERENCES audit_log (tenant_id, id)
);

SELECT protect_tenant_table(t) FROM unnest(ARRAY['idempotency_keys', 'audit_log', 'audit_values']::regclass[]) t;

CREATE POLICY record ON idempotency_keys FOR ALL TO crm_app
    USING (actor_id = (SELECT app_actor_id())) WITH CHECK (actor_id = (SELECT app_actor_id()));
CREATE POLICY system ON idempotency_keys FOR ALL TO crm_system USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO crm_app;
GRANT SELECT (tenant_id, actor_id, key, expires_at), DELETE ON idempotency_keys TO crm_system;

-- Everyone's acts are written; staff may read them. Nobody writes in another's name.
CREATE POLICY record_read ON audit_log FOR SELECT TO crm_app USING ((SELECT app_is_staff()));
CREATE POLICY record_write ON audit_log FOR INSERT TO crm_app
    WITH CHECK (actor_kind = (SELECT app_actor_kind()) AND actor_id = (SELECT app_actor_id()));
CREATE POLICY record_read ON audit_values FOR SELECT TO crm_app USING ((SELECT app_is_staff()));
CREATE POLICY record_write ON audit_values FOR INSERT TO crm_app WITH CHECK (true);
GRANT SELECT, INSERT ON audit_log, audit_values TO crm_app;
