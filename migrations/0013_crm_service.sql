-- What customers need help with, what was done about it, and how every record changed.

CREATE TABLE sla_policies (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    external_id text,
    name text NOT NULL,
    description text,
    targets jsonb NOT NULL,
    business_hours_only boolean NOT NULL DEFAULT true,
    is_default boolean NOT NULL DEFAULT false,
    is_active boolean NOT NULL DEFAULT true,
    custom jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT sla_policies_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT sla_policies_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT sla_policies_name_check CHECK (char_length(name) BETWEEN 1 AND 300),
    CONSTRAINT sla_policies_description_check CHECK (char_length(description) BETWEEN 1 AND 300),
    CONSTRAINT sla_policies_name_key UNIQUE (tenant_id, name)
);
CREATE INDEX sla_policies_name_idx ON sla_policies (tenant_id, name, id);
CREATE INDEX sla_policies_created_at_idx ON sla_policies (tenant_id, created_at, id);
CREATE INDEX sla_policies_updated_at_idx ON sla_policies (tenant_id, updated_at, id);
CREATE INDEX sla_policies_deleted_at_idx ON sla_policies (tenant_id, deleted_at, id) WHERE deleted_at IS NOT NULL;
ALTER TABLE accounts ADD CONSTRAINT accounts_sla_policy_id_fkey FOREIGN KEY (tenant_id, sla_policy_id) REFERENCES sla_policies (tenant_id, id) ON DELETE SET NULL (sla_policy_id);

CREATE TABLE queues (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    external_id text,
    name text NOT NULL,
    description text,
    email text,
    language text,
    sla_policy_id uuid,
    is_default boolean NOT NULL DEFAULT false,
    is_active boolean NOT NULL DEFAULT true,
    custom jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT queues_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT queues_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT queues_name_check CHECK (char_length(name) BETWEEN 1 AND 300),
    CONSTRAINT queues_description_check CHECK (char_length(description) BETWEEN 1 AND 300),
    CONSTRAINT queues_email_check CHECK (email = lower(email) AND char_length(email) <= 320),
    CONSTRAINT queues_language_check CHECK (language ~ '^[a-z]{2,3}$'),
    CONSTRAINT queues_name_key UNIQUE (tenant_id, name),
    CONSTRAINT queues_sla_policy_id_fkey FOREIGN KEY (tenant_id, sla_policy_id) REFERENCES sla_policies (tenant_id, id) ON DELETE SET NULL (sla_policy_id)
);
CREATE INDEX queues_name_idx ON queues (tenant_id, name, id);
CREATE INDEX queues_is_active_idx ON queues (tenant_id, is_active, id);
CREATE INDEX queues_created_at_idx ON queues (tenant_id, created_at, id);
CREATE INDEX queues_updated_at_idx ON queues (tenant_id, updated_at, id);
CREATE INDEX queues_deleted_at_idx ON queues (tenant_id, deleted_at, id) WHERE deleted_at IS NOT NULL;
ALTER TABLE leads ADD CONSTRAINT leads_queue_id_fkey FOREIGN KEY (tenant_id, queue_id) REFERENCES queues (tenant_id, id) ON DELETE SET NULL (queue_id);

CREATE TABLE queue_members (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    external_id text,
    queue_id uuid NOT NULL,
    user_id uuid NOT NULL,
    skills jsonb NOT NULL DEFAULT '[]',
    capacity integer NOT NULL DEFAULT 10,
    is_active boolean NOT NULL DEFAULT true,
    custom jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT queue_members_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT queue_members_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT queue_members_user_id_key UNIQUE (tenant_id, queue_id, user_id),
    CONSTRAINT queue_members_capacity_check CHECK (capacity BETWEEN 0 AND 1000),
    CONSTRAINT queue_members_queue_id_fkey FOREIGN KEY (tenant_id, queue_id) REFERENCES queues (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT queue_members_user_id_fkey FOREIGN KEY (user_id) REFERENCES users
);
CREATE INDEX queue_members_queue_id_idx ON queue_members (tenant_id, queue_id, id);
CREATE INDEX queue_members_user_id_idx ON queue_members (tenant_id, user_id, id);
CREATE INDEX queue_members_created_at_idx ON queue_members (tenant_id, created_at, id);
CREATE INDEX queue_members_updated_at_idx ON queue_members (tenant_id, updated_at, id);
CREATE INDEX queue_members_deleted_at_idx ON queue_members (tenant_id, deleted_at, id) WHERE deleted_at IS NOT NULL;

CREATE TABLE cases (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    external_id text,
    owner_id uuid,
    case_number bigint NOT NULL,
    subject text NOT NULL,
    description text,
    status text NOT NULL DEFAULT 'new',
    priority text NOT NULL DEFAULT 'normal',
    origin text,
    type text,
    reason text,
    language text,
    account_id uuid,
    contact_id uuid,
    parent_id uuid,
    product_id uuid,
    conversation_id uuid,
    queue_id uuid,
    sla_policy_id uuid,
    supplied_name text,
    supplied_email text,
    supplied_phone text,
    is_escalated boolean NOT NULL DEFAULT false,
    first_response_due_at timestamptz,
    first_responded_at timestamptz,
    first_response_breached boolean NOT NULL DEFAULT false,
    resolution_due_at timestamptz,
    pending_since timestamptz,
    paused_minutes integer NOT NULL DEFAULT 0,
    resolved_at timestamptz,
    resolution_breached boolean NOT NULL DEFAULT false,
    closed_at timestamptz,
    reopened_count integer NOT NULL DEFAULT 0,
    resolution text,
    satisfaction integer,
    satisfaction_comment text,
    sentiment numeric(4,3),
    urgency integer,
    last_activity_at timestamptz,
    custom jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT cases_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT cases_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT cases_case_number_key UNIQUE (tenant_id, case_number),
    CONSTRAINT cases_subject_check CHECK (char_length(subject) BETWEEN 1 AND 300),
    CONSTRAINT cases_description_check CHECK (octet_length(description) <= 200000),
    CONSTRAINT cases_status_check CHECK (status IN ('new', 'open', 'pending', 'resolved', 'closed', 'reopened')),
    CONSTRAINT cases_priority_check CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    CONSTRAINT cases_origin_check CHECK (origin IN ('email', 'phone', 'web', 'chat', 'whatsapp', 'sms', 'social', 'api', 'other')),
    CONSTRAINT cases_type_check CHECK (char_length(type) <= 500),
    CONSTRAINT cases_reason_check CHECK (char_length(reason) <= 500),
    CONSTRAINT cases_language_check CHECK (language ~ '^[a-z]{2,3}$'),
    CONSTRAINT cases_supplied_name_check CHECK (char_length(supplied_name) BETWEEN 1 AND 300),
    CONSTRAINT cases_supplied_email_check CHECK (supplied_email = lower(supplied_email) AND char_length(supplied_email) <= 320),
    CONSTRAINT cases_resolution_check CHECK (octet_length(resolution) <= 200000),
    CONSTRAINT cases_satisfaction_comment_check CHECK (octet_length(satisfaction_comment) <= 200000),
    CONSTRAINT cases_satisfaction_check CHECK (satisfaction BETWEEN 1 AND 5),
    CONSTRAINT cases_urgency_check CHECK (urgency BETWEEN 0 AND 100),
    CONSTRAINT cases_sentiment_check CHECK (sentiment BETWEEN -1 AND 1),
    CONSTRAINT cases_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users,
    CONSTRAINT cases_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id) ON DELETE SET NULL (account_id),
    CONSTRAINT cases_contact_id_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id) ON DELETE SET NULL (contact_id),
    CONSTRAINT cases_parent_id_fkey FOREIGN KEY (tenant_id, parent_id) REFERENCES cases (tenant_id, id) ON DELETE SET NULL (parent_id),
    CONSTRAINT cases_product_id_fkey FOREIGN KEY (tenant_id, product_id) REFERENCES products (tenant_id, id) ON DELETE SET NULL (product_id),
    CONSTRAINT cases_conversation_id_fkey FOREIGN KEY (tenant_id, conversation_id) REFERENCES conversations (tenant_id, id) ON DELETE SET NULL (conversation_id),
    CONSTRAINT cases_queue_id_fkey FOREIGN KEY (tenant_id, queue_id) REFERENCES queues (tenant_id, id) ON DELETE SET NULL (queue_id),
    CONSTRAINT cases_sla_policy_id_fkey FOREIGN KEY (tenant_id, sla_policy_id) REFERENCES sla_policies (tenant_id, id) ON DELETE SET NULL (sla_policy_id)
);
CREATE INDEX cases_owner_id_idx ON cases (tenant_id, owner_id, id);
CREATE INDEX cases_subject_idx ON cases (tenant_id, subject, id);
CREATE INDEX cases_status_idx ON cases (tenant_id, status, id);
CREATE INDEX cases_priority_idx ON cases (tenant_id, priority, id);
CREATE INDEX cases_origin_idx ON cases (tenant_id, origin, id);
CREATE INDEX cases_type_idx ON cases (tenant_id, type, id);
CREATE INDEX cases_reason_idx ON cases (tenant_id, reason, id);
CREATE INDEX cases_account_id_idx ON cases (tenant_id, account_id, id);
CREATE INDEX cases_contact_id_idx ON cases (tenant_id, contact_id, id);
CREATE INDEX cases_parent_id_idx ON cases (tenant_id, parent_id, id);
CREATE INDEX cases_conversation_id_idx ON cases (tenant_id, conversation_id, id);
CREATE INDEX cases_queue_id_idx ON cases (tenant_id, queue_id, id);
CREATE INDEX cases_supplied_email_idx ON cases (tenant_id, supplied_email, id);
CREATE INDEX cases_first_response_due_at_idx ON cases (tenant_id, first_response_due_at, id);
CREATE INDEX cases_first_responded_at_idx ON cases (tenant_id, first_responded_at, id);
CREATE INDEX cases_first_response_breached_idx ON cases (tenant_id, first_response_breached, id);
CREATE INDEX cases_resolution_due_at_idx ON cases (tenant_id, resolution_due_at, id);
CREATE INDEX cases_resolved_at_idx ON cases (tenant_id, resolved_at, id);
CREATE INDEX cases_resolution_breached_idx ON cases (tenant_id, resolution_breached, id);
CREATE INDEX cases_closed_at_idx ON cases (tenant_id, closed_at, id);
CREATE INDEX cases_satisfaction_idx ON cases (tenant_id, satisfaction, id);
CREATE INDEX cases_urgency_idx ON cases (tenant_id, urgency, id);
CREATE INDEX cases_last_activity_at_idx ON cases (tenant_id, last_activity_at, id);
CREATE INDEX cases_created_at_idx ON cases (tenant_id, created_at, id);
CREATE INDEX cases_updated_at_idx ON cases (tenant_id, updated_at, id);
CREATE INDEX cases_deleted_at_idx ON cases (tenant_id, deleted_at, id) WHERE deleted_at IS NOT NULL;
CREATE TRIGGER give_number BEFORE INSERT ON cases FOR EACH ROW WHEN (NEW.case_number IS NULL)
    EXECUTE FUNCTION give_number('case', 'case_number');

CREATE TABLE case_events (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    case_id uuid NOT NULL,
    kind text NOT NULL,
    old jsonb,
    new jsonb,
    actor_kind text NOT NULL,
    actor_id uuid NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT case_events_kind_check CHECK (kind IN ('created', 'status_changed', 'assigned', 'priority_changed', 'first_response', 'escalated', 'sla_set', 'sla_breached', 'satisfaction', 'merged')),
    CONSTRAINT case_events_actor_kind_check CHECK (actor_kind IN ('user', 'api_key', 'visitor', 'job')),
    CONSTRAINT case_events_case_id_fkey FOREIGN KEY (tenant_id, case_id) REFERENCES cases (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX case_events_case_id_idx ON case_events (tenant_id, case_id, at, id);
CREATE INDEX case_events_at_idx ON case_events (tenant_id, at, id);

CREATE TABLE activities (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    external_id text,
    owner_id uuid,
    type text NOT NULL,
    subject text,
    body text,
    status text NOT NULL DEFAULT 'planned',
    priority text NOT NULL DEFAULT 'normal',
    direction text,
    outcome text,
    due_at timestamptz,
    occurred_at timestamptz NOT NULL,
    ended_at timestamptz,
    completed_at timestamptz,
    duration_minutes integer,
    location text,
    language text,
    lead_id uuid,
    contact_id uuid,
    account_id uuid,
    opportunity_id uuid,
    case_id uuid,
    campaign_id uuid,
    custom jsonb NOT NULL DEFAULT '{}',
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT activities_external_id_key UNIQUE (tenant_id, external_id),
    CONSTRAINT activities_external_id_check CHECK (char_length(external_id) BETWEEN 1 AND 200),
    CONSTRAINT activities_type_check CHECK (type IN ('task', 'call', 'meeting', 'email', 'note', 'transcript')),
    CONSTRAINT activities_subject_check CHECK (char_length(subject) BETWEEN 1 AND 300),
    CONSTRAINT activities_body_check CHECK (octet_length(body) <= 200000),
    CONSTRAINT activities_status_check CHECK (status IN ('planned', 'in_progress', 'waiting', 'completed', 'cancelled')),
    CONSTRAINT activities_priority_check CHECK (priority IN ('low', 'normal', 'high')),
    CONSTRAINT activities_direction_check CHECK (direction IN ('inbound', 'outbound')),
    CONSTRAINT activities_outcome_check CHECK (char_length(outcome) <= 500),
    CONSTRAINT activities_duration_minutes_check CHECK (duration_minutes >= 0),
    CONSTRAINT activities_location_check CHECK (char_length(location) BETWEEN 1 AND 300),
    CONSTRAINT activities_language_check CHECK (language ~ '^[a-z]{2,3}$'),
    CONSTRAINT activities_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users,
    CONSTRAINT activities_lead_id_fkey FOREIGN KEY (tenant_id, lead_id) REFERENCES leads (tenant_id, id) ON DELETE SET NULL (lead_id),
    CONSTRAINT activities_contact_id_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id) ON DELETE SET NULL (contact_id),
    CONSTRAINT activities_account_id_fkey FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id) ON DELETE SET NULL (account_id),
    CONSTRAINT activities_opportunity_id_fkey FOREIGN KEY (tenant_id, opportunity_id) REFERENCES opportunities (tenant_id, id) ON DELETE SET NULL (opportunity_id),
    CONSTRAINT activities_case_id_fkey FOREIGN KEY (tenant_id, case_id) REFERENCES cases (tenant_id, id) ON DELETE SET NULL (case_id),
    CONSTRAINT activities_campaign_id_fkey FOREIGN KEY (tenant_id, campaign_id) REFERENCES campaigns (tenant_id, id) ON DELETE SET NULL (campaign_id)
);
CREATE INDEX activities_owner_id_idx ON activities (tenant_id, owner_id, occurred_at, id);
CREATE INDEX activities_type_idx ON activities (tenant_id, type, id);
CREATE INDEX activities_status_idx ON activities (tenant_id, status, id);
CREATE INDEX activities_outcome_idx ON activities (tenant_id, outcome, id);
CREATE INDEX activities_due_at_idx ON activities (tenant_id, due_at, id);
CREATE INDEX activities_occurred_at_idx ON activities (tenant_id, occurred_at, id);
CREATE INDEX activities_completed_at_idx ON activities (tenant_id, completed_at, id);
CREATE INDEX activities_lead_id_idx ON activities (tenant_id, lead_id, occurred_at, id);
CREATE INDEX activities_contact_id_idx ON activities (tenant_id, contact_id, occurred_at, id);
CREATE INDEX activities_account_id_idx ON activities (tenant_id, account_id, occurred_at, id);
CREATE INDEX activities_opportunity_id_idx ON activities (tenant_id, opportunity_id, occurred_at, id);
CREATE INDEX activities_case_id_idx ON activities (tenant_id, case_id, occurred_at, id);
CREATE INDEX activities_created_at_idx ON activities (tenant_id, created_at, id);
CREATE INDEX activities_updated_at_idx ON activities (tenant_id, updated_at, id);
CREATE INDEX activities_deleted_at_idx ON activities (tenant_id, deleted_at, id) WHERE deleted_at IS NOT NULL;

CREATE TABLE field_changes (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    object text NOT NULL,
    record_id uuid NOT NULL,
    field text NOT NULL,
    old jsonb,
    new jsonb,
    effective_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor_kind text,
    actor_id uuid,
    source text NOT NULL DEFAULT 'service',
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT field_changes_object_check CHECK (object IN ('lead', 'contact', 'account', 'opportunity', 'case', 'quote', 'contract', 'payment')),
    CONSTRAINT field_changes_field_check CHECK (char_length(field) BETWEEN 1 AND 300),
    CONSTRAINT field_changes_actor_kind_check CHECK (actor_kind IN ('user', 'api_key', 'visitor', 'job')),
    CONSTRAINT field_changes_source_check CHECK (source IN ('service', 'import'))
);
CREATE INDEX field_changes_object_idx ON field_changes (tenant_id, object, record_id, effective_at, id);
CREATE INDEX field_changes_record_id_idx ON field_changes (tenant_id, record_id, field, effective_at, id);
CREATE INDEX field_changes_effective_at_idx ON field_changes (tenant_id, effective_at, id);

SELECT protect_common_table('sla_policies', 'sla_policy');
SELECT protect_common_table('queues', 'queue');
SELECT protect_common_table('queue_members', 'queue_member');
SELECT protect_owned_table('cases', 'case');
SELECT protect_related_table('activities', 'activity');

CREATE POLICY system ON sla_policies FOR INSERT TO crm_system WITH CHECK (true);
CREATE POLICY system ON queues FOR INSERT TO crm_system WITH CHECK (true);
GRANT INSERT ON sla_policies, queues TO crm_system;

-- Whoever changes a case writes its events, also the one that hands the case to somebody else, so the right to write
-- them is that of staff; they are read with the case. Neither these nor the changes of fields can be altered.
SELECT protect_tenant_table(t) FROM unnest(ARRAY['case_events', 'field_changes']::regclass[]) t;
CREATE POLICY record_read ON case_events FOR SELECT TO crm_app USING (EXISTS (
    SELECT FROM cases c WHERE c.tenant_id = case_events.tenant_id AND c.id = case_events.case_id));
CREATE POLICY record_insert ON case_events FOR INSERT TO crm_app WITH CHECK ((SELECT app_is_staff()));
CREATE POLICY record_erase ON case_events FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = 'job');
GRANT SELECT, INSERT, DELETE ON case_events TO crm_app;

-- Seen by whoever sees the record. The service leaves out fields that a role may not see.
CREATE POLICY record_read ON field_changes FOR SELECT TO crm_app USING (CASE object
    WHEN 'lead' THEN EXISTS (SELECT FROM leads r WHERE r.tenant_id = field_changes.tenant_id AND r.id = record_id)
    WHEN 'contact' THEN EXISTS (SELECT FROM contacts r WHERE r.tenant_id = field_changes.tenant_id AND r.id = record_id)
    WHEN 'account' THEN EXISTS (SELECT FROM accounts r WHERE r.tenant_id = field_changes.tenant_id AND r.id = record_id)
    WHEN 'opportunity' THEN EXISTS (SELECT FROM opportunities r WHERE r.tenant_id = field_changes.tenant_id AND r.id = record_id)
    WHEN 'case' THEN EXISTS (SELECT FROM cases r WHERE r.tenant_id = field_changes.tenant_id AND r.id = record_id)
    WHEN 'quote' THEN EXISTS (SELECT FROM quotes r WHERE r.tenant_id = field_changes.tenant_id AND r.id = record_id)
    WHEN 'contract' THEN EXISTS (SELECT FROM contracts r WHERE r.tenant_id = field_changes.tenant_id AND r.id = record_id)
    WHEN 'payment' THEN EXISTS (SELECT FROM payments r WHERE r.tenant_id = field_changes.tenant_id AND r.id = record_id)
    ELSE (SELECT app_actor_kind()) = 'job' END);
CREATE POLICY record_insert ON field_changes FOR INSERT TO crm_app WITH CHECK ((SELECT app_is_staff()));
-- Erasing a person takes the old values of the record along; merging hands them to the record that stays.
CREATE POLICY record_erase ON field_changes FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = 'job');
GRANT SELECT, INSERT, DELETE ON field_changes TO crm_app;

-- Every member of staff is held by these, so every one reads them, whatever the role says about the object.
DROP POLICY record_read ON sla_policies;
CREATE POLICY record_read ON sla_policies FOR SELECT TO crm_app USING ((SELECT app_is_staff()));
DROP POLICY record_read ON queues;
CREATE POLICY record_read ON queues FOR SELECT TO crm_app USING ((SELECT app_is_staff()));
