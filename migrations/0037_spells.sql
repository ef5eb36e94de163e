-- Opportunities as they were, so that past days, funnels and bridges over a million deals read some ten thousand rows.
--
-- A spell is a stretch of time in which a deal was the same: it counts for days that end after `from_at` and not after
-- `to_at`. The last spell of a deal has no end, and the few words and the stages that the funnel asks for. Sums are kept of
-- spells by the months in which they begin and end, so what there was at the end of a day is what had begun less what had
-- ended; and of last spells by the months of the deals, with every stage that they were in.
--
-- Writers only list the deals that they touch. Readers take what is kept of those away and look at the records instead, so an
-- answer is right the moment a record is written; the upkeep makes their spells anew now and then.

CREATE TABLE opportunity_touched (
    tenant_id uuid NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    record_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

-- `owner_id` is today's owner, whose deal it is to see; `was_owner` the one of then. `otherwise` is the kind of stage it was
-- in if the stage is none that the tenant has.
CREATE TABLE opportunity_spells (
    tenant_id uuid NOT NULL REFERENCES tenants,
    record_id uuid NOT NULL,
    from_at timestamptz NOT NULL,
    to_at timestamptz,
    known boolean NOT NULL,
    owner_id uuid,
    was_owner uuid,
    stage text,
    otherwise text NOT NULL,
    forecast_category text,
    currency text,
    amount_minor bigint,
    probability integer,
    type text,
    lead_source text,
    close_date date,
    created_at timestamptz,
    seen text[],
    PRIMARY KEY (tenant_id, record_id, from_at)
);
CREATE INDEX opportunity_spells_from_at_idx ON opportunity_spells (tenant_id, from_at, to_at);
CREATE INDEX opportunity_spells_to_at_idx ON opportunity_spells (tenant_id, to_at, from_at);
CREATE INDEX opportunity_spells_close_date_idx ON opportunity_spells (tenant_id, close_date) WHERE to_at IS NULL;
CREATE INDEX opportunity_spells_created_at_idx ON opportunity_spells (tenant_id, created_at) WHERE to_at IS NULL;

-- `by_time`: `month` and `year` have what began less what ended in them; `close_date` and `created_at` what deals are now.
CREATE TABLE opportunity_spell_sums (
    tenant_id uuid NOT NULL REFERENCES tenants,
    by_owner boolean NOT NULL,
    by_time text NOT NULL,
    key bytea NOT NULL,
    month date,
    known boolean NOT NULL,
    owner_id uuid,
    was_owner uuid,
    stage text,
    otherwise text,
    forecast_category text,
    currency text,
    type text,
    lead_source text,
    seen text[],
    records bigint NOT NULL,
    amounts bigint NOT NULL,
    amount_minor numeric NOT NULL,
    weighings bigint NOT NULL,
    weighted numeric NOT NULL,
    PRIMARY KEY (tenant_id, by_owner, by_time, key),
    CONSTRAINT opportunity_spell_sums_by_time_check CHECK (by_time IN ('month', 'year', 'close_date', 'created_at'))
);
CREATE INDEX opportunity_spell_sums_month_idx ON opportunity_spell_sums (tenant_id, by_owner, by_time, month);

-- Since when spells are kept of a tenant.
ALTER TABLE sum_states ADD COLUMN spells_at timestamptz;

-- What changes of many fields replaced: of each field the value that the first of them replaced.
CREATE AGGREGATE jsonb_merged(jsonb) (sfunc = jsonb_concat, stype = jsonb, initcond = '{}');

-- The spells of some deals of a tenant, or of all of them.
CREATE FUNCTION opportunity_spells_of(tenant uuid, records uuid[]) RETURNS TABLE (
    tenant_id uuid, record_id uuid, from_at timestamptz, to_at timestamptz, known boolean, owner_id uuid, was_owner uuid,
    stage text, otherwise text, forecast_category text, currency text, amount_minor bigint, probability integer, type text,
    lead_source text, close_date date, created_at timestamptz, seen text[]
) LANGUAGE sql STABLE AS $$
    WITH changes AS MATERIALIZED (
        SELECT c.record_id, c.effective_at, c.id, c.field, c.old, c.new FROM field_changes c
        WHERE c.tenant_id = tenant AND c.object = 'opportunity' AND (records IS NULL OR c.record_id = ANY (records))
            AND c.field IN ('stage', 'amount', 'close_date', 'owner_id', 'probability', 'forecast_category')
    ), merged AS (
        SELECT c.record_id, c.effective_at, c.id, jsonb_merged(jsonb_build_object(c.field, c.old))
            OVER (PARTITION BY c.record_id ORDER BY c.effective_at DESC, c.id DESC ROWS UNBOUNDED PRECEDING) AS was
        FROM changes c
    ), ends AS (
        SELECT DISTINCT ON (m.record_id, m.effective_at) m.record_id, m.effective_at AS to_at, m.was
        FROM merged m ORDER BY m.record_id, m.effective_at, m.id
    ), stages AS (
        SELECT c.record_id, array_agg(DISTINCT s.name) AS names FROM changes c
        CROSS JOIN LATERAL (VALUES (c.old #>> '{}'), (c.new #>> '{}')) s (name)
        WHERE c.field = 'stage' AND s.name IS NOT NULL GROUP BY 1
    ), deals AS MATERIALIZED (
        SELECT o.id, o.owner_id, o.stage, o.stage_entered_at, o.forecast_category, o.currency, o.amount_minor, o.probability, o.type,
            o.lead_source, o.close_date, o.is_closed, o.is_won, o.created_at
        FROM opportunities o
        WHERE o.tenant_id = tenant AND o.deleted_at IS NULL AND (records IS NULL OR o.id = ANY (records))
    ), stretches AS (
        SELECT e.record_id, e.to_at, e.was, lag(e.to_at) OVER (PARTITION BY e.record_id ORDER BY e.to_at NULLS LAST) AS since
        FROM (SELECT x.record_id, x.to_at, x.was FROM ends x UNION ALL SELECT d.id, NULL, '{}'::jsonb FROM deals d) e
    )
    SELECT tenant, d.id, p.from_at, p.to_at, p.known, d.owner_id,
        CASE WHEN s.was ? 'owner_id' THEN (s.was ->> 'owner_id')::uuid ELSE d.owner_id END,
        CASE WHEN s.was ? 'stage' THEN s.was ->> 'stage' ELSE d.stage END,
        CASE
            WHEN NOT s.was ? 'stage' THEN CASE WHEN d.is_won THEN 'won' WHEN d.is_closed THEN 'lost' ELSE 'open' END
            WHEN CASE WHEN s.was ? 'forecast_category' THEN s.was ->> 'forecast_category' ELSE d.forecast_category END = 'closed' THEN 'won'
            WHEN CASE WHEN s.was ? 'forecast_category' THEN s.was ->> 'forecast_category' ELSE d.forecast_category END = 'omitted'
                AND CASE WHEN s.was ? 'probability' THEN (s.was ->> 'probability')::numeric ELSE d.probability END = 0 THEN 'lost'
            ELSE 'open' END,
        CASE WHEN s.was ? 'forecast_category' THEN s.was ->> 'forecast_category' ELSE d.forecast_category END,
        CASE WHEN s.was ? 'amount' THEN COALESCE(s.was -> 'amount' ->> 'currency', d.currency) ELSE d.currency END,
        -- Amounts of the history are in whole units; how many decimals a currency has is as ISO 4217 says.
        CASE WHEN s.was ? 'amount' THEN ((s.was -> 'amount' ->> 'amount')::numeric * CASE
            WHEN s.was -> 'amount' ->> 'currency' IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 1000
            WHEN s.was -> 'amount' ->> 'currency' IN ('CLF', 'UYW') THEN 10000
            WHEN s.was -> 'amount' ->> 'currency' IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI',
                'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'XAG', 'XAU', 'XBA', 'XBB', 'XBC', 'XBD', 'XDR', 'XPD', 'XPT', 'XSU', 'XTS', 'XUA', 'XXX')
                THEN 1
            ELSE 100 END)::bigint ELSE d.amount_minor END,
        CASE WHEN s.was ? 'probability' THEN (s.was ->> 'probability')::numeric::integer ELSE d.probability END,
        CASE WHEN p.to_at IS NULL THEN d.type END,
        CASE WHEN p.to_at IS NULL THEN d.lead_source END,
        CASE WHEN s.was ? 'close_date' THEN (s.was ->> 'close_date')::date ELSE d.close_date END,
        CASE WHEN p.to_at IS NULL THEN d.created_at END,
        CASE WHEN p.to_at IS NULL THEN ARRAY(
            SELECT DISTINCT n.name FROM unnest(g.names || d.stage) n (name) ORDER BY n.name) END
    FROM stretches s
    JOIN deals d ON d.id = s.record_id
    LEFT JOIN stages g ON g.record_id = d.id
    CROSS JOIN LATERAL (
        SELECT GREATEST(d.created_at, s.since) AS from_at, s.was ? 'stage' OR d.stage_entered_at <= GREATEST(d.created_at, s.since) AS known
    ) b
    -- What was before the stage of today was entered is not known if no change tells the stage of then.
    CROSS JOIN LATERAL (
        SELECT b.from_at, s.to_at, true AS known WHERE b.known
        UNION ALL SELECT b.from_at, LEAST(s.to_at, d.stage_entered_at), false WHERE NOT b.known
        UNION ALL SELECT d.stage_entered_at, s.to_at, true WHERE NOT b.known AND (s.to_at IS NULL OR s.to_at > d.stage_entered_at)
    ) p
    WHERE p.to_at IS NULL OR p.to_at > p.from_at
$$;

-- Which deals a statement touched. What no spell tells of, such as the next step, touches nothing.
CREATE FUNCTION opportunities_touched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO opportunity_touched (tenant_id, record_id) SELECT tenant_id, id FROM came;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO opportunity_touched (tenant_id, record_id) SELECT tenant_id, id FROM went;
    ELSE
        INSERT INTO opportunity_touched (tenant_id, record_id)
        SELECT tenant_id, id FROM (
            SELECT tenant_id, id, owner_id, stage, stage_entered_at, forecast_category, currency, amount_minor, probability, type,
                lead_source, close_date, is_closed, is_won, created_at, deleted_at IS NULL AS there FROM came
            UNION ALL
            SELECT tenant_id, id, owner_id, stage, stage_entered_at, forecast_category, currency, amount_minor, probability, type,
                lead_source, close_date, is_closed, is_won, created_at, deleted_at IS NULL FROM went
        ) both_sides
        GROUP BY tenant_id, id, owner_id, stage, stage_entered_at, forecast_category, currency, amount_minor, probability, type,
            lead_source, close_date, is_closed, is_won, created_at, there
        HAVING count(*) = 1;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER opportunities_touched_by_insert AFTER INSERT ON opportunities REFERENCING NEW TABLE AS came
    FOR EACH STATEMENT EXECUTE FUNCTION opportunities_touched();
CREATE TRIGGER opportunities_touched_by_delete AFTER DELETE ON opportunities REFERENCING OLD TABLE AS went
    FOR EACH STATEMENT EXECUTE FUNCTION opportunities_touched();
CREATE TRIGGER opportunities_touched_by_update AFTER UPDATE ON opportunities REFERENCING OLD TABLE AS went NEW TABLE AS came
    FOR EACH STATEMENT EXECUTE FUNCTION opportunities_touched();

CREATE FUNCTION field_changes_touched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        INSERT INTO opportunity_touched (tenant_id, record_id) SELECT DISTINCT tenant_id, record_id FROM came WHERE object = 'opportunity'
            AND field IN ('stage', 'amount', 'close_date', 'owner_id', 'probability', 'forecast_category');
    END IF;
    IF TG_OP IN ('DELETE', 'UPDATE') THEN
        INSERT INTO opportunity_touched (tenant_id, record_id) SELECT DISTINCT tenant_id, record_id FROM went WHERE object = 'opportunity'
            AND field IN ('stage', 'amount', 'close_date', 'owner_id', 'probability', 'forecast_category');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER field_changes_touched_by_insert AFTER INSERT ON field_changes REFERENCING NEW TABLE AS came
    FOR EACH STATEMENT EXECUTE FUNCTION field_changes_touched();
CREATE TRIGGER field_changes_touched_by_delete AFTER DELETE ON field_changes REFERENCING OLD TABLE AS went
    FOR EACH STATEMENT EXECUTE FUNCTION field_changes_touched();
CREATE TRIGGER field_changes_touched_by_update AFTER UPDATE ON field_changes REFERENCING OLD TABLE AS went NEW TABLE AS came
    FOR EACH STATEMENT EXECUTE FUNCTION field_changes_touched();

-- The upkeep makes all spells of a tenant that has none; one deal makes it look.
INSERT INTO opportunity_touched (tenant_id, record_id)
SELECT t.id, d.id FROM tenants t CROSS JOIN LATERAL (SELECT o.id FROM opportunities o WHERE o.tenant_id = t.id LIMIT 1) d;

-- Seen as the sums of `0029_sums.sql` are: those of the owners that one sees, without owners for who may view all.
SELECT protect_tenant_table(t) FROM unnest(ARRAY['opportunity_touched', 'opportunity_spells', 'opportunity_spell_sums']::regclass[]) t;
CREATE POLICY record_read ON opportunity_spells FOR SELECT TO crm_app USING ((SELECT app_can('opportunity', 'read')) AND (
    (SELECT app_can('opportunity', 'view_all')) OR owner_id IS NULL OR owner_id = ANY ((SELECT app_visible_owners())::uuid[])));
CREATE POLICY record_read ON opportunity_spell_sums FOR SELECT TO crm_app USING ((SELECT app_can('opportunity', 'read')) AND (
    (SELECT app_can('opportunity', 'view_all'))
    OR by_owner AND (owner_id IS NULL OR owner_id = ANY ((SELECT app_visible_owners())::uuid[]))));
-- Ids alone: whoever asks must leave out what is kept of these.
CREATE POLICY record_read ON opportunity_touched FOR SELECT TO crm_app USING ((SELECT app_is_staff()));
CREATE POLICY record_insert ON opportunity_touched FOR INSERT TO crm_app WITH CHECK (true);
DO $$
DECLARE
    target regclass;
BEGIN
    FOREACH target IN ARRAY ARRAY['opportunity_spells', 'opportunity_spell_sums']::regclass[] LOOP
        EXECUTE format('CREATE POLICY record_insert ON %s FOR INSERT TO crm_app WITH CHECK ((SELECT app_actor_kind()) = ''job'')', target);
        EXECUTE format('CREATE POLICY record_update ON %s FOR UPDATE TO crm_app
            USING ((SELECT app_actor_kind()) = ''job'') WITH CHECK ((SELECT app_actor_kind()) = ''job'')', target);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %s TO crm_app', target);
    END LOOP;
    FOREACH target IN ARRAY ARRAY['opportunity_touched', 'opportunity_spells', 'opportunity_spell_sums']::regclass[] LOOP
        EXECUTE format('CREATE POLICY record_erase ON %s FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = ''job'')', target);
        EXECUTE format('GRANT SELECT, DELETE ON %s TO crm_app', target);
    END LOOP;
END $$;
GRANT INSERT ON opportunity_touched TO crm_app;
CREATE POLICY system ON opportunity_touched FOR SELECT TO crm_system USING (true);
GRANT SELECT (tenant_id, id) ON opportunity_touched TO crm_system;

-- Days of one year out of many.
CREATE INDEX opportunity_sums_month_idx ON opportunity_sums (tenant_id, by_owner, by_time, month);
CREATE INDEX activity_sums_month_idx ON activity_sums (tenant_id, by_owner, by_time, month);

-- A history is seen by whoever sees the record, as before; but each statement that reads histories was planned for all the
-- tables that they may be of and for all of their policies, 40 to 140 ms and twice for a question. The three that questions
-- read stay; the others are looked at in a function. Who may view all records of an object is not asked for each change.
CREATE FUNCTION app_sees(object text, record uuid) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    here constant uuid := app_tenant();
BEGIN
    CASE object
        WHEN 'contact' THEN RETURN EXISTS (SELECT FROM contacts r WHERE r.tenant_id = here AND r.id = record);
        WHEN 'account' THEN RETURN EXISTS (SELECT FROM accounts r WHERE r.tenant_id = here AND r.id = record);
        WHEN 'quote' THEN RETURN EXISTS (SELECT FROM quotes r WHERE r.tenant_id = here AND r.id = record);
        WHEN 'contract' THEN RETURN EXISTS (SELECT FROM contracts r WHERE r.tenant_id = here AND r.id = record);
        WHEN 'payment' THEN RETURN EXISTS (SELECT FROM payments r WHERE r.tenant_id = here AND r.id = record);
        WHEN 'activity' THEN RETURN EXISTS (SELECT FROM activities r WHERE r.tenant_id = here AND r.id = record);
        WHEN 'opportunity_contact_role' THEN
            RETURN EXISTS (SELECT FROM opportunity_contact_roles r WHERE r.tenant_id = here AND r.id = record);
        ELSE RETURN app_actor_kind() = 'job';
    END CASE;
END $$;
DROP POLICY record_read ON field_changes;
CREATE POLICY record_read ON field_changes FOR SELECT TO crm_app USING (CASE object
    WHEN 'opportunity' THEN EXISTS (SELECT FROM opportunities r WHERE r.tenant_id = field_changes.tenant_id AND r.id = record_id)
    WHEN 'lead' THEN EXISTS (SELECT FROM leads r WHERE r.tenant_id = field_changes.tenant_id AND r.id = record_id)
    WHEN 'case' THEN EXISTS (SELECT FROM cases r WHERE r.tenant_id = field_changes.tenant_id AND r.id = record_id)
    ELSE app_sees(object, record_id) END);
DROP POLICY record_all ON field_changes;
CREATE POLICY record_all ON field_changes FOR SELECT TO crm_app USING (CASE object
    WHEN 'opportunity' THEN (SELECT app_can('opportunity', 'read') AND app_can('opportunity', 'view_all'))
    WHEN 'lead' THEN (SELECT app_can('lead', 'read') AND app_can('lead', 'view_all'))
    WHEN 'case' THEN (SELECT app_can('case', 'read') AND app_can('case', 'view_all'))
    WHEN 'activity' THEN (SELECT app_can('activity', 'read') AND app_can('activity', 'view_all'))
    WHEN 'account' THEN (SELECT app_can('account', 'read') AND app_can('account', 'view_all'))
    WHEN 'contact' THEN (SELECT app_can('contact', 'read') AND app_can('contact', 'view_all'))
    WHEN 'opportunity_contact_role' THEN (SELECT app_can('opportunity_contact_role', 'read')
        AND app_can('opportunity', 'read') AND app_can('opportunity', 'view_all'))
    ELSE false END);
