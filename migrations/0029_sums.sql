-- Sums of opportunities and activities by month, so that questions over a million deals read some ten thousand rows.
--
-- Two ways of looking at each object are kept: by owner with the few words that questions name most, and without owners
-- with more words. Each is kept for every time that questions are asked by. A month is one of the tenant's time zone;
-- `sum_states` says of which, and questions in another zone read the records until the sums were made anew.
--
-- Writers never touch the sums, which would make them wait for each other: triggers append what came and went to a list
-- of differences, with the raw times and amounts. Readers add the differences up with the sums, so an answer is right the
-- moment a record is written. The upkeep of the service moves differences into the sums now and then.

CREATE TABLE sum_states (
    tenant_id uuid NOT NULL REFERENCES tenants,
    zone text NOT NULL,
    folded_at timestamptz NOT NULL,
    rebuilt_at timestamptz,
    PRIMARY KEY (tenant_id)
);

-- No references to the tenant here: the record that wrote a difference has one.
CREATE TABLE opportunity_deltas (
    tenant_id uuid NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    owner_id uuid,
    stage text NOT NULL,
    forecast_category text NOT NULL,
    currency text,
    type text,
    lead_source text,
    closed_reason text,
    is_closed boolean NOT NULL,
    is_won boolean NOT NULL,
    close_date date,
    created_at timestamptz NOT NULL,
    closed_at timestamptz,
    amount_minor bigint,
    probability integer,
    records bigint NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

-- `key` is the hash of what the rows are made by: the words may be longer than an index can hold.
CREATE TABLE opportunity_sums (
    tenant_id uuid NOT NULL REFERENCES tenants,
    by_owner boolean NOT NULL,
    by_time text NOT NULL,
    key bytea NOT NULL,
    month date,
    owner_id uuid,
    stage text NOT NULL,
    forecast_category text NOT NULL,
    currency text,
    type text,
    lead_source text,
    closed_reason text,
    is_closed boolean NOT NULL,
    is_won boolean NOT NULL,
    records bigint NOT NULL,
    amounts bigint NOT NULL,
    amount_minor numeric NOT NULL,
    weighings bigint NOT NULL,
    weighted numeric NOT NULL,
    cycles bigint NOT NULL,
    cycle_seconds numeric NOT NULL,
    PRIMARY KEY (tenant_id, by_owner, by_time, key),
    CONSTRAINT opportunity_sums_by_time_check CHECK (by_time IN ('close_date', 'created_at'))
);
-- What is open is a small part, and asked for most.
CREATE INDEX opportunity_sums_open_idx ON opportunity_sums (tenant_id, by_owner, by_time) WHERE NOT is_closed;

CREATE TABLE activity_deltas (
    tenant_id uuid NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    owner_id uuid,
    type text NOT NULL,
    status text NOT NULL,
    priority text NOT NULL,
    direction text,
    outcome text,
    occurred_at timestamptz NOT NULL,
    duration_minutes integer,
    records bigint NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

CREATE TABLE activity_sums (
    tenant_id uuid NOT NULL REFERENCES tenants,
    by_owner boolean NOT NULL,
    by_time text NOT NULL,
    key bytea NOT NULL,
    month date,
    owner_id uuid,
    type text NOT NULL,
    status text NOT NULL,
    priority text,
    direction text,
    outcome text,
    records bigint NOT NULL,
    timed bigint NOT NULL,
    duration_minutes numeric NOT NULL,
    PRIMARY KEY (tenant_id, by_owner, by_time, key),
    CONSTRAINT activity_sums_by_time_check CHECK (by_time = 'occurred_at')
);

-- What came and went with a statement. Changes that touch nothing that is summed cancel out and write nothing.
CREATE FUNCTION opportunities_came() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO opportunity_deltas (tenant_id, owner_id, stage, forecast_category, currency, type, lead_source, closed_reason,
        is_closed, is_won, close_date, created_at, closed_at, amount_minor, probability, records)
    SELECT tenant_id, owner_id, stage, forecast_category, currency, type, lead_source, closed_reason,
        is_closed, is_won, close_date, created_at, closed_at, amount_minor, probability, 1
    FROM came WHERE deleted_at IS NULL;
    RETURN NULL;
END $$;

CREATE FUNCTION opportunities_went() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO opportunity_deltas (tenant_id, owner_id, stage, forecast_category, currency, type, lead_source, closed_reason,
        is_closed, is_won, close_date, created_at, closed_at, amount_minor, probability, records)
    SELECT tenant_id, owner_id, stage, forecast_category, currency, type, lead_source, closed_reason,
        is_closed, is_won, close_date, created_at, closed_at, amount_minor, probability, -1
    FROM went WHERE deleted_at IS NULL;
    RETURN NULL;
END $$;

CREATE FUNCTION opportunities_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO opportunity_deltas (tenant_id, owner_id, stage, forecast_category, currency, type, lead_source, closed_reason,
        is_closed, is_won, close_date, created_at, closed_at, amount_minor, probability, records)
    SELECT tenant_id, owner_id, stage, forecast_category, currency, type, lead_source, closed_reason,
        is_closed, is_won, close_date, created_at, closed_at, amount_minor, probability, sum(records)
    FROM (
        SELECT tenant_id, owner_id, stage, forecast_category, currency, type, lead_source, closed_reason,
            is_closed, is_won, close_date, created_at, closed_at, amount_minor, probability, 1 AS records
        FROM came WHERE deleted_at IS NULL
        UNION ALL
        SELECT tenant_id, owner_id, stage, forecast_category, currency, type, lead_source, closed_reason,
            is_closed, is_won, close_date, created_at, closed_at, amount_minor, probability, -1
        FROM went WHERE deleted_at IS NULL
    ) both_sides
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    HAVING sum(records) <> 0;
    RETURN NULL;
END $$;

CREATE TRIGGER opportunities_came AFTER INSERT ON opportunities REFERENCING NEW TABLE AS came
    FOR EACH STATEMENT EXECUTE FUNCTION opportunities_came();
CREATE TRIGGER opportunities_went AFTER DELETE ON opportunities REFERENCING OLD TABLE AS went
    FOR EACH STATEMENT EXECUTE FUNCTION opportunities_went();
CREATE TRIGGER opportunities_changed AFTER UPDATE ON opportunities REFERENCING OLD TABLE AS went NEW TABLE AS came
    FOR EACH STATEMENT EXECUTE FUNCTION opportunities_changed();

CREATE FUNCTION activities_came() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO activity_deltas (tenant_id, owner_id, type, status, priority, direction, outcome, occurred_at, duration_minutes, records)
    SELECT tenant_id, owner_id, type, status, priority, direction, outcome, occurred_at, duration_minutes, 1
    FROM came WHERE deleted_at IS NULL;
    RETURN NULL;
END $$;

CREATE FUNCTION activities_went() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO activity_deltas (tenant_id, owner_id, type, status, priority, direction, outcome, occurred_at, duration_minutes, records)
    SELECT tenant_id, owner_id, type, status, priority, direction, outcome, occurred_at, duration_minutes, -1
    FROM went WHERE deleted_at IS NULL;
    RETURN NULL;
END $$;

CREATE FUNCTION activities_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO activity_deltas (tenant_id, owner_id, type, status, priority, direction, outcome, occurred_at, duration_minutes, records)
    SELECT tenant_id, owner_id, type, status, priority, direction, outcome, occurred_at, duration_minutes, sum(records)
    FROM (
        SELECT tenant_id, owner_id, type, status, priority, direction, outcome, occurred_at, duration_minutes, 1 AS records
        FROM came WHERE deleted_at IS NULL
        UNION ALL
        SELECT tenant_id, owner_id, type, status, priority, direction, outcome, occurred_at, duration_minutes, -1
        FROM went WHERE deleted_at IS NULL
    ) both_sides
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
    HAVING sum(records) <> 0;
    RETURN NULL;
END $$;

CREATE TRIGGER activities_came AFTER INSERT ON activities REFERENCING NEW TABLE AS came
    FOR EACH STATEMENT EXECUTE FUNCTION activities_came();
CREATE TRIGGER activities_went AFTER DELETE ON activities REFERENCING OLD TABLE AS went
    FOR EACH STATEMENT EXECUTE FUNCTION activities_went();
CREATE TRIGGER activities_changed AFTER UPDATE ON activities REFERENCING OLD TABLE AS went NEW TABLE AS came
    FOR EACH STATEMENT EXECUTE FUNCTION activities_changed();

-- What is there already. Making the triggers keeps writers out until this ends.
INSERT INTO opportunity_deltas (tenant_id, owner_id, stage, forecast_category, currency, type, lead_source, closed_reason,
    is_closed, is_won, close_date, created_at, closed_at, amount_minor, probability, records)
SELECT tenant_id, owner_id, stage, forecast_category, currency, type, lead_source, closed_reason,
    is_closed, is_won, close_date, created_at, closed_at, amount_minor, probability, 1
FROM opportunities WHERE deleted_at IS NULL;
INSERT INTO activity_deltas (tenant_id, owner_id, type, status, priority, direction, outcome, occurred_at, duration_minutes, records)
SELECT tenant_id, owner_id, type, status, priority, direction, outcome, occurred_at, duration_minutes, 1
FROM activities WHERE deleted_at IS NULL;

-- Sums are seen as the records behind them are: of opportunities those of the owners that one sees. Sums without owners,
-- and those of activities, which are also seen with what they are about, are for who may view all.
SELECT protect_tenant_table(t)
FROM unnest(ARRAY['sum_states', 'opportunity_deltas', 'opportunity_sums', 'activity_deltas', 'activity_sums']::regclass[]) t;

CREATE POLICY record_read ON opportunity_sums FOR SELECT TO crm_app USING ((SELECT app_can('opportunity', 'read')) AND (
    (SELECT app_can('opportunity', 'view_all'))
    OR by_owner AND (owner_id IS NULL OR owner_id = ANY ((SELECT app_visible_owners())::uuid[]))));
CREATE POLICY record_read ON opportunity_deltas FOR SELECT TO crm_app USING ((SELECT app_can('opportunity', 'read')) AND (
    (SELECT app_can('opportunity', 'view_all')) OR owner_id IS NULL OR owner_id = ANY ((SELECT app_visible_owners())::uuid[])));
CREATE POLICY record_read ON activity_sums FOR SELECT TO crm_app
    USING ((SELECT app_can('activity', 'read')) AND (SELECT app_can('activity', 'view_all')));
CREATE POLICY record_read ON activity_deltas FOR SELECT TO crm_app
    USING ((SELECT app_can('activity', 'read')) AND (SELECT app_can('activity', 'view_all')));
CREATE POLICY record_read ON sum_states FOR SELECT TO crm_app USING ((SELECT app_is_staff()));

-- Whoever writes a record writes its differences; the upkeep, which is a job, does the rest.
CREATE POLICY record_insert ON opportunity_deltas FOR INSERT TO crm_app WITH CHECK (true);
CREATE POLICY record_insert ON activity_deltas FOR INSERT TO crm_app WITH CHECK (true);
DO $$
DECLARE
    target regclass;
BEGIN
    FOREACH target IN ARRAY ARRAY['opportunity_sums', 'activity_sums', 'sum_states']::regclass[] LOOP
        EXECUTE format('CREATE POLICY record_insert ON %s FOR INSERT TO crm_app WITH CHECK ((SELECT app_actor_kind()) = ''job'')', target);
        EXECUTE format('CREATE POLICY record_update ON %s FOR UPDATE TO crm_app
            USING ((SELECT app_actor_kind()) = ''job'') WITH CHECK ((SELECT app_actor_kind()) = ''job'')', target);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %s TO crm_app', target);
    END LOOP;
    FOREACH target IN ARRAY ARRAY['opportunity_sums', 'activity_sums', 'sum_states', 'opportunity_deltas', 'activity_deltas']::regclass[] LOOP
        EXECUTE format('CREATE POLICY record_erase ON %s FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = ''job'')', target);
        EXECUTE format('GRANT SELECT, DELETE ON %s TO crm_app', target);
    END LOOP;
END $$;
GRANT INSERT ON opportunity_deltas, activity_deltas TO crm_app;

-- The upkeep asks which tenants have something to move, and whose zone changed.
CREATE POLICY system ON opportunity_deltas FOR SELECT TO crm_system USING (true);
CREATE POLICY system ON activity_deltas FOR SELECT TO crm_system USING (true);
CREATE POLICY system ON sum_states FOR SELECT TO crm_system USING (true);
GRANT SELECT (tenant_id, id) ON opportunity_deltas, activity_deltas TO crm_system;
GRANT SELECT (tenant_id, zone) ON sum_states TO crm_system;

-- A history may be as long as a table: who may view all records of an object is not asked again for each change. It comes
-- before the policy that looks for the record, and shows no more than that one of records that are there.
CREATE POLICY record_all ON field_changes FOR SELECT TO crm_app USING (CASE object
    WHEN 'opportunity' THEN (SELECT app_can('opportunity', 'read') AND app_can('opportunity', 'view_all'))
    WHEN 'lead' THEN (SELECT app_can('lead', 'read') AND app_can('lead', 'view_all'))
    WHEN 'case' THEN (SELECT app_can('case', 'read') AND app_can('case', 'view_all'))
    ELSE false END);

-- Questions by account and by what accounts are like join on the account: with it in the index a year of deals is read
-- without its rows.
DROP INDEX opportunities_closing_idx;
CREATE INDEX opportunities_closing_idx ON opportunities (tenant_id, close_date)
    INCLUDE (id, owner_id, account_id, stage, amount_minor, currency, probability, forecast_category, type, is_closed, is_won, created_at)
    WHERE deleted_at IS NULL;
