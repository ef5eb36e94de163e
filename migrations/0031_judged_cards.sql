-- Cards that came straight from REST can be judged as the answers of runs are; saved questions can be shared.

-- What was asked and how it was read, under the id that a verdict names. Neither the sentence nor a number is kept:
-- whoever asks the query again gets what they may see.
CREATE TABLE pipeline_cards (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id uuid NOT NULL,
    kind text NOT NULL,
    question text,
    query jsonb,
    actor_kind text NOT NULL,
    actor_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT pipeline_cards_kind_check CHECK (kind IN ('answer', 'clarification', 'declined')),
    CONSTRAINT pipeline_cards_actor_kind_check CHECK (actor_kind IN ('user', 'api_key', 'visitor', 'job'))
);
CREATE INDEX pipeline_cards_created_at_idx ON pipeline_cards (tenant_id, created_at, id);
SELECT protect_tenant_table('pipeline_cards');
-- As with runs: whoever asked, those above, those who administer runs; jobs forget.
CREATE POLICY record_read ON pipeline_cards FOR SELECT TO crm_app
    USING ((SELECT app_actor_kind()) = 'job'
        OR (actor_kind = (SELECT app_actor_kind()) AND actor_id = (SELECT app_actor_id()))
        OR (actor_kind = 'user' AND actor_id = ANY ((SELECT app_visible_owners())::uuid[]))
        OR (SELECT app_manages('runs')));
CREATE POLICY record_insert ON pipeline_cards FOR INSERT TO crm_app
    WITH CHECK (actor_kind = (SELECT app_actor_kind()) AND actor_id = (SELECT app_actor_id()));
CREATE POLICY record_forget ON pipeline_cards FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = 'job');
GRANT SELECT, INSERT, DELETE ON pipeline_cards TO crm_app;

-- A verdict is on an answer or on a card.
ALTER TABLE feedback
    ALTER COLUMN answer_id DROP NOT NULL,
    ADD COLUMN card_id uuid,
    ADD CONSTRAINT feedback_card_id_fkey FOREIGN KEY (tenant_id, card_id)
        REFERENCES pipeline_cards (tenant_id, id) ON DELETE CASCADE,
    ADD CONSTRAINT feedback_card_key UNIQUE (tenant_id, card_id, actor_kind, actor_id),
    ADD CONSTRAINT feedback_about_check CHECK (num_nonnulls(answer_id, card_id) = 1);
CREATE INDEX feedback_created_at_idx ON feedback (tenant_id, created_at DESC, id DESC);
-- A comment tells what was asked, so it is for those who may see that: whoever gave it, those above, those who
-- administer runs. Nobody judges in another's name.
DROP POLICY record ON feedback;
CREATE POLICY record_read ON feedback FOR SELECT TO crm_app
    USING ((SELECT app_actor_kind()) = 'job'
        OR (actor_kind = (SELECT app_actor_kind()) AND actor_id = (SELECT app_actor_id()))
        OR (actor_kind = 'user' AND actor_id = ANY ((SELECT app_visible_owners())::uuid[]))
        OR (SELECT app_manages('runs')));
CREATE POLICY record_insert ON feedback FOR INSERT TO crm_app
    WITH CHECK (actor_kind = (SELECT app_actor_kind()) AND actor_id = (SELECT app_actor_id()));
CREATE POLICY record_update ON feedback FOR UPDATE TO crm_app
    USING (actor_kind = (SELECT app_actor_kind()) AND actor_id = (SELECT app_actor_id()))
    WITH CHECK (actor_kind = (SELECT app_actor_kind()) AND actor_id = (SELECT app_actor_id()));

-- Jobs forget; the policy that kept everybody else from it has nothing left to keep.
DROP POLICY jobs_delete ON feedback;
CREATE POLICY record_forget ON feedback FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = 'job');

-- With whom a question is shared. Whoever opens it gets the numbers of their own rights.
ALTER TABLE saved_questions
    ADD COLUMN visibility text NOT NULL DEFAULT 'private',
    ADD COLUMN role_id uuid,
    ADD CONSTRAINT saved_questions_visibility_check CHECK (visibility IN ('private', 'role', 'tenant')),
    ADD CONSTRAINT saved_questions_role_check CHECK (role_id IS NULL OR visibility = 'role'),
    -- A question for a role that is gone is its owner's alone again.
    ADD CONSTRAINT saved_questions_role_id_fkey FOREIGN KEY (tenant_id, role_id)
        REFERENCES roles (tenant_id, id) ON DELETE SET NULL (role_id);
CREATE INDEX saved_questions_role_id_idx ON saved_questions (tenant_id, role_id) WHERE role_id IS NOT NULL;
CREATE INDEX saved_questions_shared_idx ON saved_questions (tenant_id, id) WHERE visibility <> 'private';
-- Read by the owner, by whom it is shared with, and, once it is shared, by those who administer the settings. Changed by
-- the owner and, while it is shared, by the latter.
DROP POLICY record_read ON saved_questions;
CREATE POLICY record_read ON saved_questions FOR SELECT TO crm_app
    USING ((SELECT app_is_staff()) AND (
        owner_id = (SELECT app_actor_id()) OR (SELECT app_actor_kind()) = 'job'
        OR visibility = 'tenant' OR (visibility = 'role' AND role_id = (SELECT app_role_id()))
        OR (visibility <> 'private' AND (SELECT app_manages('settings')))));
DROP POLICY record_update ON saved_questions;
CREATE POLICY record_update ON saved_questions FOR UPDATE TO crm_app
    USING ((SELECT app_is_staff()) AND (owner_id = (SELECT app_actor_id()) OR (SELECT app_actor_kind()) = 'job'
        OR (visibility <> 'private' AND (SELECT app_manages('settings')))))
    WITH CHECK ((SELECT app_is_staff()) AND (owner_id = (SELECT app_actor_id()) OR (SELECT app_actor_kind()) = 'job'
        OR (visibility <> 'private' AND (SELECT app_manages('settings')))));
DROP POLICY record_delete ON saved_questions;
CREATE POLICY record_delete ON saved_questions FOR DELETE TO crm_app
    USING ((SELECT app_is_staff()) AND (owner_id = (SELECT app_actor_id()) OR (SELECT app_actor_kind()) = 'job'
        OR (visibility <> 'private' AND (SELECT app_manages('settings')))));
