-- Who sees a run of an agent. What it answered was read with the rights of whoever started it, so it is for them, for
-- those above them, for visitors' runs whoever reads conversations, for runs of `answer` (which quote articles alone)
-- whoever manages articles, and for those who administer runs. Jobs carry runs on.
DROP POLICY record ON runs;
CREATE POLICY record ON runs FOR ALL TO crm_app
    USING ((SELECT app_actor_kind()) = 'job'
        OR (actor_kind = (SELECT app_actor_kind()) AND actor_id = (SELECT app_actor_id()))
        OR (actor_kind = 'user' AND actor_id = ANY ((SELECT app_visible_owners())::uuid[]))
        OR (actor_kind = 'visitor' AND (SELECT app_can('conversation', 'read')))
        OR (agent = 'answer' AND (SELECT app_manages('articles')))
        OR (SELECT app_manages('runs')))
    -- Nobody starts a run in another's name.
    WITH CHECK ((SELECT app_actor_kind()) = 'job'
        OR (actor_kind = (SELECT app_actor_kind()) AND actor_id = (SELECT app_actor_id()))
        OR (SELECT app_is_staff()));

-- What hangs on a run is for whoever sees the run.
DROP POLICY record ON answers;
CREATE POLICY record ON answers FOR ALL TO crm_app
    USING (EXISTS (SELECT FROM runs r WHERE r.tenant_id = answers.tenant_id AND r.id = answers.run_id))
    WITH CHECK (EXISTS (SELECT FROM runs r WHERE r.tenant_id = answers.tenant_id AND r.id = answers.run_id));
DROP POLICY record ON answer_citations;
CREATE POLICY record ON answer_citations FOR ALL TO crm_app
    USING (EXISTS (SELECT FROM answers a WHERE a.tenant_id = answer_citations.tenant_id AND a.id = answer_citations.answer_id))
    WITH CHECK (EXISTS (SELECT FROM answers a WHERE a.tenant_id = answer_citations.tenant_id AND a.id = answer_citations.answer_id));
DROP POLICY record_read ON approvals;
CREATE POLICY record_read ON approvals FOR SELECT TO crm_app
    USING (EXISTS (SELECT FROM runs r WHERE r.tenant_id = approvals.tenant_id AND r.id = approvals.run_id));
DROP POLICY record_propose ON approvals;
CREATE POLICY record_propose ON approvals FOR INSERT TO crm_app
    WITH CHECK (state = 'pending' AND EXISTS (
        SELECT FROM runs r WHERE r.tenant_id = approvals.tenant_id AND r.id = approvals.run_id));
DROP POLICY record_decide ON approvals;
CREATE POLICY record_decide ON approvals FOR UPDATE TO crm_app
    USING (EXISTS (SELECT FROM runs r WHERE r.tenant_id = approvals.tenant_id AND r.id = approvals.run_id))
    WITH CHECK ((SELECT app_is_staff()) OR state IN ('cancelled', 'expired'));
