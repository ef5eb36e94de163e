-- Which made-up data sets a tenant has, so that loading one twice does nothing.
CREATE TABLE seeds (
    tenant_id uuid NOT NULL REFERENCES tenants,
    name text NOT NULL,
    -- The generator and what it was given, such as the day that it takes for today.
    edition text NOT NULL,
    loaded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, name),
    CONSTRAINT seeds_name_check CHECK (char_length(name) BETWEEN 1 AND 120),
    CONSTRAINT seeds_edition_check CHECK (char_length(edition) BETWEEN 1 AND 200)
);
SELECT protect_tenant_table('seeds');
CREATE POLICY record ON seeds FOR ALL TO crm_app
    USING ((SELECT app_actor_kind()) = 'job') WITH CHECK ((SELECT app_actor_kind()) = 'job');
GRANT SELECT, INSERT ON seeds TO crm_app;
