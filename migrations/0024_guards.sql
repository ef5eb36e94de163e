-- What a role may, where the database so far asked for no more than a member: articles, sites of the widget, the log of
-- a run.

-- Articles are read by who may read them and written by who manages them; versions go with their articles.
DROP POLICY record ON articles;
CREATE POLICY record_read ON articles FOR SELECT TO crm_app USING ((SELECT app_can('article', 'read')));
CREATE POLICY record_insert ON articles FOR INSERT TO crm_app WITH CHECK ((SELECT app_manages('articles')));
CREATE POLICY record_update ON articles FOR UPDATE TO crm_app
    USING ((SELECT app_manages('articles'))) WITH CHECK ((SELECT app_manages('articles')));
CREATE POLICY record_delete ON articles FOR DELETE TO crm_app USING ((SELECT app_manages('articles')));
DROP POLICY record ON article_versions;
CREATE POLICY record_read ON article_versions FOR SELECT TO crm_app USING ((SELECT app_can('article', 'read')));
CREATE POLICY record_insert ON article_versions FOR INSERT TO crm_app WITH CHECK ((SELECT app_manages('articles')));
CREATE POLICY record_update ON article_versions FOR UPDATE TO crm_app
    USING ((SELECT app_manages('articles'))) WITH CHECK ((SELECT app_manages('articles')));
CREATE POLICY record_delete ON article_versions FOR DELETE TO crm_app USING ((SELECT app_manages('articles')));

-- Visitors come through crm_system; inside the tenant sites are for those who administer them.
DROP POLICY record ON widget_sites;
CREATE POLICY record ON widget_sites FOR ALL TO crm_app
    USING ((SELECT app_manages('sites'))) WITH CHECK ((SELECT app_manages('sites')));

-- Whoever sees the run sees its log, and nobody else: the inner query is under the policies of runs.
DROP POLICY record ON run_events;
CREATE POLICY record ON run_events FOR ALL TO crm_app
    USING (EXISTS (SELECT FROM runs r WHERE r.tenant_id = run_events.tenant_id AND r.id = run_events.run_id))
    WITH CHECK (EXISTS (SELECT FROM runs r WHERE r.tenant_id = run_events.tenant_id AND r.id = run_events.run_id));
