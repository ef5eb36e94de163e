-- What is usual with a tenant's deals, leads and customers: rates of winning by stage, source, competitor and so on, as the
-- program reads them (`crm_predict::features::Usual`). The nightly scoring makes them where no model is active, so that
-- whoever asks for one score does not have all records read for it. One row a kind, overwritten. Made of all records, so
-- only the service itself reads it.
CREATE TABLE usual_figures (
    tenant_id uuid NOT NULL REFERENCES tenants,
    kind text NOT NULL,
    figures jsonb NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, kind),
    CONSTRAINT usual_figures_kind_check CHECK (kind IN ('win', 'lead', 'churn'))
);
SELECT protect_tenant_table('usual_figures');
CREATE POLICY record ON usual_figures FOR ALL TO crm_app
    USING ((SELECT app_actor_kind()) = 'job') WITH CHECK ((SELECT app_actor_kind()) = 'job');
GRANT SELECT, INSERT, UPDATE, DELETE ON usual_figures TO crm_app;
