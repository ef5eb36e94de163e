-- Conversations and messages know whom they are with, what came of them, and how the person felt.

ALTER TABLE conversations
    ADD COLUMN contact_id uuid,
    ADD COLUMN lead_id uuid,
    ADD COLUMN case_id uuid,
    ADD COLUMN queue_id uuid,
    ADD COLUMN site_id uuid,
    ADD COLUMN address text,
    ADD COLUMN context_summary text,
    ADD COLUMN tokens bigint NOT NULL DEFAULT 0,
    ADD COLUMN outcome text,
    ADD COLUMN handoff_reason text,
    ADD COLUMN handoff_requested_at timestamptz,
    ADD COLUMN handoff_accepted_at timestamptz,
    ADD COLUMN handoff_returned_at timestamptz,
    ADD COLUMN closed_at timestamptz,
    ADD CONSTRAINT conversations_contact_id_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id) ON DELETE SET NULL (contact_id),
    ADD CONSTRAINT conversations_lead_id_fkey FOREIGN KEY (tenant_id, lead_id) REFERENCES leads (tenant_id, id) ON DELETE SET NULL (lead_id),
    ADD CONSTRAINT conversations_case_id_fkey FOREIGN KEY (tenant_id, case_id) REFERENCES cases (tenant_id, id) ON DELETE SET NULL (case_id),
    ADD CONSTRAINT conversations_queue_id_fkey FOREIGN KEY (tenant_id, queue_id) REFERENCES queues (tenant_id, id) ON DELETE SET NULL (queue_id),
    ADD CONSTRAINT conversations_site_id_fkey FOREIGN KEY (tenant_id, site_id) REFERENCES widget_sites (tenant_id, id) ON DELETE SET NULL (site_id),
    ADD CONSTRAINT conversations_address_check CHECK (char_length(address) <= 320),
    ADD CONSTRAINT conversations_outcome_check CHECK (outcome IN ('resolved', 'handed_off', 'qualified', 'unqualified', 'booked', 'abandoned')),
    ADD CONSTRAINT conversations_tokens_check CHECK (tokens >= 0);
ALTER TABLE conversations DROP CONSTRAINT conversations_channel_check;
ALTER TABLE conversations ADD CONSTRAINT conversations_channel_check
    CHECK (channel IN ('widget', 'console', 'api', 'email', 'phone', 'chat', 'whatsapp', 'sms', 'social'));
CREATE INDEX conversations_contact_id_idx ON conversations (tenant_id, contact_id, updated_at, id) WHERE contact_id IS NOT NULL;
CREATE INDEX conversations_lead_id_idx ON conversations (tenant_id, lead_id, updated_at, id) WHERE lead_id IS NOT NULL;
CREATE INDEX conversations_case_id_idx ON conversations (tenant_id, case_id, updated_at, id) WHERE case_id IS NOT NULL;
CREATE INDEX conversations_owner_id_idx ON conversations (tenant_id, owner_id, updated_at, id);
CREATE INDEX conversations_address_idx ON conversations (tenant_id, address, updated_at, id) WHERE address IS NOT NULL;

ALTER TABLE messages
    ADD COLUMN channel text,
    ADD COLUMN subject text,
    ADD COLUMN sender_address text,
    ADD COLUMN recipient_address text,
    ADD COLUMN provider_message_id text,
    ADD COLUMN in_reply_to text,
    ADD COLUMN delivery_status text,
    ADD COLUMN delivered_at timestamptz,
    ADD COLUMN lead_id uuid,
    ADD COLUMN contact_id uuid,
    ADD COLUMN case_id uuid,
    ADD COLUMN sentiment numeric(4, 3),
    ADD COLUMN sentiment_confidence numeric(4, 3),
    ADD COLUMN sentiment_label text,
    ADD COLUMN urgency integer,
    ADD COLUMN summary text,
    ADD COLUMN processed_at timestamptz,
    ADD CONSTRAINT messages_channel_check
        CHECK (channel IN ('widget', 'console', 'api', 'email', 'phone', 'chat', 'whatsapp', 'sms', 'social')),
    ADD CONSTRAINT messages_subject_check CHECK (char_length(subject) <= 500),
    ADD CONSTRAINT messages_provider_message_id_key UNIQUE (tenant_id, channel, provider_message_id),
    ADD CONSTRAINT messages_provider_message_id_check
        CHECK (char_length(provider_message_id) BETWEEN 1 AND 500 AND (provider_message_id IS NULL OR channel IS NOT NULL)),
    ADD CONSTRAINT messages_delivery_status_check
        CHECK (delivery_status IN ('queued', 'sent', 'delivered', 'read', 'failed', 'received')),
    ADD CONSTRAINT messages_lead_id_fkey FOREIGN KEY (tenant_id, lead_id) REFERENCES leads (tenant_id, id) ON DELETE SET NULL (lead_id),
    ADD CONSTRAINT messages_contact_id_fkey FOREIGN KEY (tenant_id, contact_id) REFERENCES contacts (tenant_id, id) ON DELETE SET NULL (contact_id),
    ADD CONSTRAINT messages_case_id_fkey FOREIGN KEY (tenant_id, case_id) REFERENCES cases (tenant_id, id) ON DELETE SET NULL (case_id),
    ADD CONSTRAINT messages_sentiment_check CHECK (sentiment BETWEEN -1 AND 1),
    ADD CONSTRAINT messages_sentiment_confidence_check CHECK (sentiment_confidence BETWEEN 0 AND 1),
    ADD CONSTRAINT messages_sentiment_label_check CHECK (sentiment_label IN ('negative', 'neutral', 'positive')),
    ADD CONSTRAINT messages_urgency_check CHECK (urgency BETWEEN 0 AND 100);
CREATE INDEX messages_created_at_idx ON messages (tenant_id, created_at, id);
CREATE INDEX messages_lead_id_idx ON messages (tenant_id, lead_id, created_at, id) WHERE lead_id IS NOT NULL;
CREATE INDEX messages_contact_id_idx ON messages (tenant_id, contact_id, created_at, id) WHERE contact_id IS NOT NULL;
CREATE INDEX messages_case_id_idx ON messages (tenant_id, case_id, created_at, id) WHERE case_id IS NOT NULL;
CREATE INDEX messages_urgency_idx ON messages (tenant_id, urgency, id);

-- Staff see the conversations that they or those below own and those that wait for somebody; visitors keep their rules.
DROP POLICY record ON conversations;
CREATE POLICY record_read ON conversations FOR SELECT TO crm_app USING ((SELECT app_can('conversation', 'read')) AND (
    (SELECT app_can('conversation', 'view_all')) OR owner_id IS NULL OR owner_id = ANY ((SELECT app_visible_owners())::uuid[])
    OR id = ANY ((SELECT app_writing())::uuid[])
    OR EXISTS (SELECT FROM record_shares s WHERE s.tenant_id = conversations.tenant_id AND s.object = 'conversation'
        AND s.record_id = conversations.id AND s.role_id = (SELECT app_role_id()))));
CREATE POLICY record_insert ON conversations FOR INSERT TO crm_app WITH CHECK ((SELECT app_can('conversation', 'create')));
CREATE POLICY record_update ON conversations FOR UPDATE TO crm_app USING ((SELECT app_can('conversation', 'update')) AND (
    (SELECT app_can('conversation', 'modify_all')) OR owner_id IS NULL OR owner_id = ANY ((SELECT app_visible_owners())::uuid[])
    OR EXISTS (SELECT FROM record_shares s WHERE s.tenant_id = conversations.tenant_id AND s.object = 'conversation'
        AND s.record_id = conversations.id AND s.role_id = (SELECT app_role_id()) AND s.access = 'write')))
    WITH CHECK ((SELECT app_can('conversation', 'update')));
CREATE POLICY record_erase ON conversations FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = 'job');

DROP POLICY record ON messages;
CREATE POLICY record_read ON messages FOR SELECT TO crm_app USING ((SELECT app_can('message', 'read')) AND EXISTS (
    SELECT FROM conversations c WHERE c.tenant_id = messages.tenant_id AND c.id = messages.conversation_id));
CREATE POLICY record_insert ON messages FOR INSERT TO crm_app WITH CHECK ((SELECT app_can('message', 'create')) AND EXISTS (
    SELECT FROM conversations c WHERE c.tenant_id = messages.tenant_id AND c.id = messages.conversation_id));
CREATE POLICY record_update ON messages FOR UPDATE TO crm_app USING ((SELECT app_can('message', 'update')) AND EXISTS (
    SELECT FROM conversations c WHERE c.tenant_id = messages.tenant_id AND c.id = messages.conversation_id))
    WITH CHECK ((SELECT app_can('message', 'update')));
CREATE POLICY record_erase ON messages FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = 'job');
-- What was said does not change; what became of it does.
GRANT UPDATE (delivery_status, delivered_at, provider_message_id, lead_id, contact_id, case_id, language, sentiment,
    sentiment_confidence, sentiment_label, urgency, summary, processed_at) ON messages TO crm_app;
