-- Runs of agents, their event logs, and the calls that wait for a human.

CREATE TABLE runs (
    tenant_id uuid NOT NULL REFERENCES tenants (id),
    id uuid NOT NULL,
    agent text NOT NULL CHECK (agent <> ''),
    state text NOT NULL CHECK (state IN ('queued', 'running', 'awaiting_approval', 'finished')),
    outcome text,
    input jsonb NOT NULL,
    -- The typed transcript, written when the run parks and when it ends.
    transcript jsonb NOT NULL DEFAULT '[]',
    -- What a parked run needs beyond its transcript to go on in another process.
    parked jsonb,
    actor_kind text NOT NULL CHECK (actor_kind IN ('user', 'api_key', 'visitor', 'job')),
    actor_id uuid NOT NULL,
    conversation_id uuid,
    degraded boolean NOT NULL DEFAULT false,
    degraded_reason text,
    usage jsonb NOT NULL DEFAULT '{}',
    last_seq bigint NOT NULL DEFAULT 0,
    leased_by text,
    lease_until timestamptz,
    cancel_requested_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    finished_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT runs_conversation_id_fkey FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations (tenant_id, id),
    CONSTRAINT runs_finished_check CHECK ((state = 'finished') = (outcome IS NOT NULL)
        AND (state = 'finished') = (finished_at IS NOT NULL)),
    CONSTRAINT runs_leased_check CHECK ((state IN ('queued', 'running')) = (leased_by IS NOT NULL)
        AND (leased_by IS NULL) = (lease_until IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX runs_lease_until_idx ON runs (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX runs_leased_by_idx ON runs (leased_by) WHERE leased_by IS NOT NULL;
CREATE INDEX runs_created_idx ON runs (tenant_id, created_at, id);
CREATE INDEX runs_conversation_id_idx ON runs (tenant_id, conversation_id) WHERE conversation_id IS NOT NULL;
SELECT protect_tenant_table('runs');
-- A visitor of a website has their own runs and no others.
CREATE POLICY record ON runs FOR ALL TO crm_app
    USING ((SELECT app_is_staff())
        OR (actor_kind = 'visitor' AND actor_id = (SELECT app_actor_id())))
    WITH CHECK ((SELECT app_is_staff())
        OR (actor_kind = 'visitor' AND actor_id = (SELECT app_actor_id())));
-- The service extends its leases and takes over those of a lost process.
CREATE POLICY system_read ON runs FOR SELECT TO crm_system USING (true);
CREATE POLICY system_lease ON runs FOR UPDATE TO crm_system USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON runs TO crm_app;
GRANT SELECT (tenant_id, id, state, actor_kind, actor_id, leased_by, lease_until, cancel_requested_at) ON runs TO crm_system;
GRANT UPDATE (leased_by, lease_until, updated_at) ON runs TO crm_system;

-- Append-only. A row of text holds the deltas `seq` to `seq_end`, cut at `splits` (bytes).
CREATE TABLE run_events (
    tenant_id uuid NOT NULL,
    run_id uuid NOT NULL,
    seq bigint NOT NULL CHECK (seq > 0),
    seq_end bigint NOT NULL,
    type text NOT NULL,
    payload jsonb NOT NULL,
    splits integer[] NOT NULL DEFAULT '{}',
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, run_id, seq),
    FOREIGN KEY (tenant_id, run_id) REFERENCES runs (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT run_events_range_check CHECK (seq_end >= seq AND cardinality(splits) = seq_end - seq)
);
SELECT protect_tenant_table('run_events');
-- Whoever sees the run sees its log: the inner query is under the policies of runs.
CREATE POLICY record ON run_events FOR ALL TO crm_app
    USING ((SELECT app_is_staff()) OR EXISTS (
        SELECT FROM runs r WHERE r.tenant_id = run_events.tenant_id AND r.id = run_events.run_id))
    WITH CHECK ((SELECT app_is_staff()) OR EXISTS (
        SELECT FROM runs r WHERE r.tenant_id = run_events.tenant_id AND r.id = run_events.run_id));
GRANT SELECT, INSERT, DELETE ON run_events TO crm_app;

-- One row a call that waits, or waited, for a human.
CREATE TABLE approvals (
    tenant_id uuid NOT NULL,
    run_id uuid NOT NULL,
    call_id text NOT NULL,
    tool text NOT NULL,
    -- As the model proposed them, and as the human changed them.
    arguments jsonb NOT NULL,
    decided_arguments jsonb,
    state text NOT NULL CHECK (state IN ('pending', 'approve', 'reject', 'expired', 'cancelled')),
    decided_by_kind text,
    decided_by_id uuid,
    decided_at timestamptz,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, run_id, call_id),
    FOREIGN KEY (tenant_id, run_id) REFERENCES runs (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT approvals_decided_check CHECK ((state = 'pending') = (decided_at IS NULL))
);
CREATE INDEX approvals_pending_idx ON approvals (expires_at) WHERE state = 'pending';
SELECT protect_tenant_table('approvals');
-- A visitor's run may propose; a visitor never decides.
CREATE POLICY record_read ON approvals FOR SELECT TO crm_app
    USING ((SELECT app_is_staff()) OR EXISTS (
        SELECT FROM runs r WHERE r.tenant_id = approvals.tenant_id AND r.id = approvals.run_id));
CREATE POLICY record_propose ON approvals FOR INSERT TO crm_app
    WITH CHECK (state = 'pending' AND ((SELECT app_is_staff()) OR EXISTS (
        SELECT FROM runs r WHERE r.tenant_id = approvals.tenant_id AND r.id = approvals.run_id)));
CREATE POLICY record_decide ON approvals FOR UPDATE TO crm_app
    USING ((SELECT app_is_staff()) OR EXISTS (
        SELECT FROM runs r WHERE r.tenant_id = approvals.tenant_id AND r.id = approvals.run_id))
    WITH CHECK ((SELECT app_is_staff()) OR state IN ('cancelled', 'expired'));
CREATE POLICY system_read ON approvals FOR SELECT TO crm_system USING (true);
GRANT SELECT, INSERT ON approvals TO crm_app;
GRANT UPDATE (decided_arguments, state, decided_by_kind, decided_by_id, decided_at) ON approvals TO crm_app;
GRANT SELECT (tenant_id, run_id, call_id, state, expires_at) ON approvals TO crm_system;
