-- What the outside hears and says: the feed, webhooks out, channels in.

-- Changes, in the transaction that makes them. Readers go by the snapshot of Postgres: what was not visible in the
-- snapshot that a reader has read is new to it, however long its transaction was open (crm-store/src/feed/cursor.rs).
CREATE TABLE feed_events (
    tenant_id uuid NOT NULL REFERENCES tenants,
    xid bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
    seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    object text NOT NULL,
    record_id uuid,                          -- none: many records of the object changed at once
    action text NOT NULL,
    fields text[] NOT NULL DEFAULT '{}',
    refs jsonb NOT NULL DEFAULT '{}',        -- ids that a reader wants with it, such as a message's conversation
    record_version bigint,
    owner_id uuid,                           -- decides who hears of a record that is gone
    actor_kind text NOT NULL,
    actor_id uuid NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, xid, seq)
);
CREATE INDEX feed_events_at_idx ON feed_events (tenant_id, at);

-- The highest transaction whose events were pruned: a reader that stopped before it has a gap.
CREATE TABLE feed_floors (
    tenant_id uuid NOT NULL REFERENCES tenants,
    xid bigint NOT NULL,
    PRIMARY KEY (tenant_id)
);

SELECT protect_tenant_table(t) FROM unnest(ARRAY['feed_events', 'feed_floors']::regclass[]) t;
-- Staff read the raw list; crm-store/src/feed.rs passes on what the actor sees of the records. A visitor's message is
-- an event too.
CREATE POLICY record_read ON feed_events FOR SELECT TO crm_app USING ((SELECT app_is_staff()));
CREATE POLICY record_write ON feed_events FOR INSERT TO crm_app
    WITH CHECK (actor_kind = (SELECT app_actor_kind()) AND actor_id = (SELECT app_actor_id()));
CREATE POLICY record_erase ON feed_events FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = 'job');
CREATE POLICY record_read ON feed_floors FOR SELECT TO crm_app USING ((SELECT app_is_staff()));
CREATE POLICY record_insert ON feed_floors FOR INSERT TO crm_app WITH CHECK ((SELECT app_actor_kind()) = 'job');
CREATE POLICY record_update ON feed_floors FOR UPDATE TO crm_app
    USING ((SELECT app_actor_kind()) = 'job') WITH CHECK ((SELECT app_actor_kind()) = 'job');
GRANT SELECT, INSERT, DELETE ON feed_events TO crm_app;
GRANT SELECT, INSERT, UPDATE ON feed_floors TO crm_app;

-- Where a tenant wants to be told of events.
CREATE TABLE webhook_endpoints (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    url text NOT NULL,
    description text,
    events text[] NOT NULL,
    status text NOT NULL DEFAULT 'active',
    disabled_reason text,
    failures integer NOT NULL DEFAULT 0,     -- in a row
    failing_since timestamptz,
    paused_until timestamptz,                -- it failed: nothing is sent before
    secret_sealed bytea NOT NULL,
    old_secret_sealed bytea,                 -- signs too until old_secret_until
    old_secret_until timestamptz,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT webhook_endpoints_url_check CHECK (url ~ '^https?://' AND char_length(url) <= 2000),
    CONSTRAINT webhook_endpoints_description_check CHECK (char_length(description) <= 300),
    CONSTRAINT webhook_endpoints_events_check CHECK (cardinality(events) BETWEEN 1 AND 50),
    CONSTRAINT webhook_endpoints_status_check CHECK (status IN ('active', 'paused', 'disabled')),
    CONSTRAINT webhook_endpoints_old_secret_check CHECK ((old_secret_sealed IS NULL) = (old_secret_until IS NULL))
);
CREATE INDEX webhook_endpoints_created_at_idx ON webhook_endpoints (tenant_id, created_at DESC, id DESC);

-- What active endpoints want, for everyone whose change may be one of these.
CREATE TABLE webhook_subscriptions (
    tenant_id uuid NOT NULL REFERENCES tenants,
    event text NOT NULL,                     -- `lead.created`, `case.*` or `*`
    endpoint_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, event, endpoint_id),
    CONSTRAINT webhook_subscriptions_endpoint_id_fkey FOREIGN KEY (tenant_id, endpoint_id)
        REFERENCES webhook_endpoints (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX webhook_subscriptions_endpoint_id_idx ON webhook_subscriptions (tenant_id, endpoint_id);

-- The outbox, and after that the log.
CREATE TABLE webhook_deliveries (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    event_id uuid NOT NULL,                  -- the webhook-id: the same in every attempt and replay
    event text NOT NULL,
    body text NOT NULL,                      -- ids and names of fields, never values of records
    state text NOT NULL DEFAULT 'pending',
    attempts integer NOT NULL DEFAULT 0,
    next_at timestamptz,
    status integer,                          -- of the last answer
    latency_ms integer,
    error text,
    log jsonb NOT NULL DEFAULT '[]',         -- one entry an attempt
    replay_of uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT webhook_deliveries_state_check CHECK (state IN ('pending', 'delivered', 'failed')),
    CONSTRAINT webhook_deliveries_next_at_check CHECK ((state = 'pending') = (next_at IS NOT NULL)),
    CONSTRAINT webhook_deliveries_endpoint_id_fkey FOREIGN KEY (tenant_id, endpoint_id)
        REFERENCES webhook_endpoints (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX webhook_deliveries_due_idx ON webhook_deliveries (tenant_id, endpoint_id, next_at, id) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_created_at_idx ON webhook_deliveries (tenant_id, endpoint_id, created_at DESC, id DESC);
CREATE INDEX webhook_deliveries_ended_idx ON webhook_deliveries (tenant_id, created_at) WHERE state <> 'pending';

-- Doors for messages from outside: the last part of `/v1/inbound/{channel}/{site}`.
CREATE TABLE channel_configs (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    channel text NOT NULL,
    name text NOT NULL,
    site text NOT NULL,                      -- random: knowing it lets nobody in, not knowing it tells nothing
    address text,                            -- ours: the number or the mailbox
    scheme text NOT NULL,                    -- how the provider signs
    unknown_person text NOT NULL DEFAULT 'lead',
    default_country text,                    -- of telephone numbers without one
    owner_id uuid REFERENCES users,          -- who gets what comes in
    queue_id uuid,
    enabled boolean NOT NULL DEFAULT true,
    secret_sealed bytea NOT NULL,
    verify_token_sealed bytea,               -- of the provider's question whether we are there
    last_received_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT channel_configs_site_key UNIQUE (site),
    CONSTRAINT channel_configs_queue_id_fkey FOREIGN KEY (tenant_id, queue_id)
        REFERENCES queues (tenant_id, id) ON DELETE SET NULL (queue_id),
    CONSTRAINT channel_configs_channel_check CHECK (channel IN ('whatsapp', 'email')),
    CONSTRAINT channel_configs_name_check CHECK (char_length(name) BETWEEN 1 AND 120),
    CONSTRAINT channel_configs_address_check CHECK (char_length(address) <= 320),
    CONSTRAINT channel_configs_scheme_check CHECK (scheme IN ('hub', 'standard', 'mailgun')),
    CONSTRAINT channel_configs_unknown_person_check CHECK (unknown_person IN ('lead', 'case')),
    CONSTRAINT channel_configs_default_country_check CHECK (default_country ~ '^[A-Z]{2}$')
);
CREATE INDEX channel_configs_created_at_idx ON channel_configs (tenant_id, created_at, id);

-- What a provider says of a message of which we do not know yet under which id it went out.
CREATE TABLE channel_receipts (
    tenant_id uuid NOT NULL REFERENCES tenants,
    channel text NOT NULL,
    provider_message_id text NOT NULL,
    status text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, channel, provider_message_id),
    CONSTRAINT channel_receipts_provider_message_id_check CHECK (char_length(provider_message_id) BETWEEN 1 AND 500),
    CONSTRAINT channel_receipts_status_check CHECK (status IN ('sent', 'delivered', 'read', 'failed'))
);
CREATE INDEX channel_receipts_at_idx ON channel_receipts (tenant_id, at);

SELECT protect_tenant_table(t) FROM unnest(ARRAY['webhook_endpoints', 'webhook_subscriptions', 'webhook_deliveries',
    'channel_configs', 'channel_receipts']::regclass[]) t;

CREATE POLICY record ON webhook_endpoints FOR ALL TO crm_app
    USING ((SELECT app_manages('webhooks'))) WITH CHECK ((SELECT app_manages('webhooks')));
CREATE POLICY record_read ON webhook_subscriptions FOR SELECT TO crm_app USING (true);
CREATE POLICY record_insert ON webhook_subscriptions FOR INSERT TO crm_app WITH CHECK ((SELECT app_manages('webhooks')));
CREATE POLICY record_delete ON webhook_subscriptions FOR DELETE TO crm_app USING ((SELECT app_manages('webhooks')));
-- Everyone's changes are told; what was told, and what came of it, is for administrators.
CREATE POLICY record_read ON webhook_deliveries FOR SELECT TO crm_app USING ((SELECT app_manages('webhooks')));
CREATE POLICY record_insert ON webhook_deliveries FOR INSERT TO crm_app WITH CHECK (true);
CREATE POLICY record_update ON webhook_deliveries FOR UPDATE TO crm_app
    USING ((SELECT app_manages('webhooks'))) WITH CHECK ((SELECT app_manages('webhooks')));
CREATE POLICY record_delete ON webhook_deliveries FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = 'job');
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_endpoints, webhook_deliveries TO crm_app;
GRANT SELECT, INSERT, DELETE ON webhook_subscriptions TO crm_app;

CREATE POLICY record ON channel_configs FOR ALL TO crm_app
    USING ((SELECT app_manages('sites'))) WITH CHECK ((SELECT app_manages('sites')));
CREATE POLICY system ON channel_configs FOR SELECT TO crm_system USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON channel_configs TO crm_app;
GRANT SELECT (tenant_id, id, channel, site, scheme, enabled, secret_sealed, verify_token_sealed) ON channel_configs TO crm_system;
CREATE POLICY record ON channel_receipts FOR ALL TO crm_app USING ((SELECT app_is_staff())) WITH CHECK ((SELECT app_is_staff()));
GRANT SELECT, INSERT, UPDATE, DELETE ON channel_receipts TO crm_app;

-- Retention. Values in the log can be forgotten, never young ones, and never the log itself.
CREATE POLICY retention ON audit_values FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = 'job' AND EXISTS (
    SELECT FROM audit_log l WHERE l.tenant_id = audit_values.tenant_id AND l.id = audit_values.audit_id
        AND l.at < now() - interval '30 days'));
GRANT DELETE ON audit_values TO crm_app;
CREATE INDEX runs_transcript_idx ON runs (tenant_id, finished_at) WHERE finished_at IS NOT NULL AND transcript <> '[]';
