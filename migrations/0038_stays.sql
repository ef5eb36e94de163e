-- How long deals stayed in the stages that they left, so that the mean and the median over a million deals read some
-- thousand rows.
--
-- The last spell of a deal (`0037_spells.sql`) has its stays. Sums of stays are kept by how long they were, roughly: number
-- and time together give the mean, and tell in which stretch of lengths the one in the middle lies. Only the stays of that
-- stretch are looked at one by one; those of the same length and the same words are one row. What was touched since is
-- read from the records, as for spells.

-- In microseconds, each beside its stage, in the order in which the stages were left.
ALTER TABLE opportunity_spells ADD COLUMN left_stages text[], ADD COLUMN left_after bigint[];

-- The stretch in which a length lies: a minute of the first hour, an hour of the first week, six hours of the first hundred
-- days, or ten days. Whole numbers alone: it must never come out otherwise for the same length.
CREATE FUNCTION stay_bucket(micros bigint) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (CASE
        WHEN micros < 3600000000 THEN micros / 60000000
        WHEN micros < 604800000000 THEN 59 + micros / 3600000000
        WHEN micros < 8640000000000 THEN 199 + micros / 21600000000
        ELSE 589 + micros / 864000000000 END)::integer
$$;

-- The stays of a spell.
CREATE FUNCTION opportunity_stays(left_stages text[], left_after bigint[])
RETURNS TABLE (stage text, bucket integer, micros bigint) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT s.stage, stay_bucket(s.micros), s.micros FROM unnest(left_stages, left_after) s (stage, micros)
$$;

-- Rows that are `exact` have one length and all words; the others a stretch of lengths, by owner or by the other words.
-- `key` is the hash of what the rows are made by: the words may be longer than an index can hold.
CREATE TABLE opportunity_stay_sums (
    tenant_id uuid NOT NULL REFERENCES tenants,
    key bytea NOT NULL,
    by_owner boolean NOT NULL,
    exact boolean NOT NULL,
    stage text NOT NULL,
    bucket integer NOT NULL,
    micros bigint,
    owner_id uuid,
    type text,
    lead_source text,
    stays bigint NOT NULL,
    total numeric NOT NULL,
    PRIMARY KEY (tenant_id, key),
    CONSTRAINT opportunity_stay_sums_exact_check CHECK (exact = (micros IS NOT NULL) AND (by_owner OR NOT exact))
);
CREATE INDEX opportunity_stay_sums_bucket_idx ON opportunity_stay_sums (tenant_id, by_owner) WHERE NOT exact;
CREATE INDEX opportunity_stay_sums_exact_idx ON opportunity_stay_sums (tenant_id, md5(stage), bucket, micros) WHERE exact;

SELECT protect_tenant_table('opportunity_stay_sums');
CREATE POLICY record_read ON opportunity_stay_sums FOR SELECT TO crm_app USING ((SELECT app_can('opportunity', 'read')) AND (
    (SELECT app_can('opportunity', 'view_all'))
    OR by_owner AND (owner_id IS NULL OR owner_id = ANY ((SELECT app_visible_owners())::uuid[]))));
CREATE POLICY record_insert ON opportunity_stay_sums FOR INSERT TO crm_app WITH CHECK ((SELECT app_actor_kind()) = 'job');
CREATE POLICY record_update ON opportunity_stay_sums FOR UPDATE TO crm_app
    USING ((SELECT app_actor_kind()) = 'job') WITH CHECK ((SELECT app_actor_kind()) = 'job');
CREATE POLICY record_erase ON opportunity_stay_sums FOR DELETE TO crm_app USING ((SELECT app_actor_kind()) = 'job');
GRANT SELECT, INSERT, UPDATE, DELETE ON opportunity_stay_sums TO crm_app;

-- As in `0037_spells.sql`, with stays.
DROP FUNCTION opportunity_spells_of(uuid, uuid[]);
CREATE FUNCTION opportunity_spells_of(tenant uuid, records uuid[]) RETURNS TABLE (
    tenant_id uuid, record_id uuid, from_at timestamptz, to_at timestamptz, known boolean, owner_id uuid, was_owner uuid,
    stage text, otherwise text, forecast_category text, currency text, amount_minor bigint, probability integer, type text,
    lead_source text, close_date date, created_at timestamptz, seen text[],
    left_stages text[], left_after bigint[]
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
    ), stays AS (
        -- A stage lasts from the change before to the one that left it, the first one from when the deal was made. A history
        -- that begins before the deal does not tell how long the first stage lasted.
        SELECT x.record_id, array_agg(x.stage ORDER BY x.effective_at, x.id) AS left_stages,
            array_agg(x.micros ORDER BY x.effective_at, x.id) AS left_after
        FROM (
            SELECT c.record_id, c.effective_at, c.id, c.old #>> '{}' AS stage, (1000000 * extract(epoch FROM c.effective_at - COALESCE(
                lag(c.effective_at) OVER (PARTITION BY c.record_id ORDER BY c.effective_at, c.id), d.created_at)))::bigint AS micros
            FROM changes c JOIN deals d ON d.id = c.record_id WHERE c.field = 'stage'
        ) x
        WHERE x.stage IS NOT NULL AND x.micros >= 0 GROUP BY 1
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
            SELECT DISTINCT n.name FROM unnest(g.names || d.stage) n (name) ORDER BY n.name) END,
        CASE WHEN p.to_at IS NULL THEN y.left_stages END,
        CASE WHEN p.to_at IS NULL THEN y.left_after END
    FROM stretches s
    JOIN deals d ON d.id = s.record_id
    LEFT JOIN stages g ON g.record_id = d.id
    LEFT JOIN stays y ON y.record_id = d.id
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

-- The upkeep makes all spells anew, now with stays; one deal makes it look. Records answer until then.
UPDATE sum_states SET spells_at = NULL;
INSERT INTO opportunity_touched (tenant_id, record_id)
SELECT t.id, d.id FROM tenants t CROSS JOIN LATERAL (SELECT o.id FROM opportunities o WHERE o.tenant_id = t.id LIMIT 1) d;
