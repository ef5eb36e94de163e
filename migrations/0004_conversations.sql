CREATE TABLE conversations (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    channel text NOT NULL,
    visitor_id uuid,
    subject text,
    status text NOT NULL DEFAULT 'open',
    language text,
    owner_id uuid REFERENCES users,
    message_count integer NOT NULL DEFAULT 0,
    last_message_at timestamptz,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT conversations_channel_check CHECK (channel IN ('widget', 'console', 'api', 'email', 'phone', 'chat')),
    CONSTRAINT conversations_status_check CHECK (status IN ('open', 'handed_off', 'closed')),
    CONSTRAINT conversations_subject_check CHECK (char_length(subject) <= 300),
    CONSTRAINT conversations_language_check CHECK (language ~ '^[a-z]{2,3}$')
);
CREATE INDEX conversations_updated_at_idx ON conversations (tenant_id, updated_at DESC, id DESC);
CREATE INDEX conversations_status_idx ON conversations (tenant_id, status, updated_at DESC, id DESC);
CREATE INDEX conversations_visitor_id_idx ON conversations (tenant_id, visitor_id, updated_at DESC, id DESC) WHERE visitor_id IS NOT NULL;

CREATE TABLE messages (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    direction text NOT NULL,
    kind text NOT NULL DEFAULT 'text',
    author_kind text NOT NULL,
    author_id uuid,
    body text NOT NULL,
    language text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT messages_conversation_id_fkey FOREIGN KEY (tenant_id, conversation_id)
        REFERENCES conversations (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT messages_direction_check CHECK (direction IN ('inbound', 'outbound', 'internal')),
    CONSTRAINT messages_kind_check CHECK (kind IN ('text', 'email', 'note', 'transcript')),
    CONSTRAINT messages_author_kind_check CHECK (author_kind IN ('user', 'api_key', 'visitor', 'job', 'agent')),
    CONSTRAINT messages_body_check CHECK (octet_length(body) BETWEEN 1 AND 200000),
    CONSTRAINT messages_language_check CHECK (language ~ '^[a-z]{2,3}$')
);
CREATE INDEX messages_conversation_id_idx ON messages (tenant_id, conversation_id, created_at, id);

SELECT protect_tenant_table(t) FROM unnest(ARRAY['conversations', 'messages']::regclass[]) t;

CREATE POLICY record ON conversations FOR ALL TO crm_app USING ((SELECT app_is_staff())) WITH CHECK ((SELECT app_is_staff()));
CREATE POLICY visitor ON conversations FOR ALL TO crm_app
    USING ((SELECT app_actor_kind()) = 'visitor' AND visitor_id = (SELECT app_actor_id()))
    WITH CHECK ((SELECT app_actor_kind()) = 'visitor' AND visitor_id = (SELECT app_actor_id()));

-- A visitor reads what was said to them, never a note, and speaks only as themselves.
CREATE POLICY record ON messages FOR ALL TO crm_app USING ((SELECT app_is_staff())) WITH CHECK ((SELECT app_is_staff()));
CREATE POLICY visitor_read ON messages FOR SELECT TO crm_app
    USING ((SELECT app_actor_kind()) = 'visitor' AND direction <> 'internal' AND EXISTS (
        SELECT FROM conversations c WHERE c.tenant_id = messages.tenant_id AND c.id = messages.conversation_id));
CREATE POLICY visitor_write ON messages FOR INSERT TO crm_app
    WITH CHECK ((SELECT app_actor_kind()) = 'visitor' AND EXISTS (
        SELECT FROM conversations c WHERE c.tenant_id = messages.tenant_id AND c.id = messages.conversation_id)
        AND ((direction = 'inbound' AND author_kind = 'visitor' AND author_id = (SELECT app_actor_id()))
            OR (direction = 'outbound' AND author_kind = 'agent')));
GRANT SELECT, INSERT, UPDATE, DELETE ON conversations TO crm_app;
GRANT SELECT, INSERT, DELETE ON messages TO crm_app;
