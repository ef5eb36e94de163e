-- What the hand-written SQL of pipeline.yaml reads: the rows of one demo company, in its currency and its days. It is
-- written from the tables alone and knows nothing of the semantic layer or of how plans become SQL.
CREATE TEMP VIEW me AS SELECT * FROM tenants WHERE slug = current_setting('demo.slug');
CREATE TEMP VIEW rates AS
  SELECT DISTINCT ON (r.currency) r.currency, r.rate FROM exchange_rates r JOIN me ON r.tenant_id = me.id
  WHERE r.valid_from <= '2026-11-20' ORDER BY r.currency, r.valid_from DESC;
CREATE TEMP VIEW opp AS
  SELECT o.id, o.name, u.name AS owner, a.name AS account, a.industry, a.billing_city AS city, a.billing_country AS country,
    o.stage, o.lead_source AS src, o.type, o.closed_reason AS reason, o.competitor AS rival, o.forecast_category AS cat,
    o.probability AS prob, NOT o.is_closed AS open, o.is_won AS won, o.is_closed AND NOT o.is_won AS lost,
    o.close_date AS close, (o.created_at AT TIME ZONE me.timezone)::date AS created, o.amount_minor / 100.0 AS raw,
    o.amount_minor / 100.0 * CASE WHEN coalesce(o.currency, me.currency) = me.currency THEN 1 ELSE rates.rate END AS amt,
    extract(epoch FROM o.closed_at - o.created_at) / 86400 AS cycle,
    (o.last_activity_at AT TIME ZONE me.timezone)::date AS touched
  FROM opportunities o JOIN me ON o.tenant_id = me.id LEFT JOIN users u ON u.id = o.owner_id
  LEFT JOIN accounts a ON a.tenant_id = me.id AND a.id = o.account_id LEFT JOIN rates ON rates.currency = o.currency
  WHERE o.deleted_at IS NULL;
CREATE TEMP VIEW quo AS
  SELECT u.name AS owner, q.starts_on AS first_day, q.ends_on AS last_day, q.amount_minor / 100.0 AS amt
  FROM quotas q JOIN me ON q.tenant_id = me.id AND q.currency = me.currency LEFT JOIN users u ON u.id = q.owner_id WHERE q.deleted_at IS NULL;
CREATE TEMP VIEW ld AS
  SELECT l.id, l.company, l.created_at AS made, u.name AS owner, l.lead_source AS source, l.status, l.rating, l.industry, l.country,
    (l.created_at AT TIME ZONE me.timezone)::date AS created, l.is_converted AS conv,
    (l.converted_at AT TIME ZONE me.timezone)::date AS converted
  FROM leads l JOIN me ON l.tenant_id = me.id LEFT JOIN users u ON u.id = l.owner_id WHERE l.deleted_at IS NULL;
CREATE TEMP VIEW acc AS
  SELECT a.id, u.name AS owner, a.created_at AS made, a.type, a.industry, a.billing_city AS city, a.billing_country AS country
  FROM accounts a JOIN me ON a.tenant_id = me.id LEFT JOIN users u ON u.id = a.owner_id WHERE a.deleted_at IS NULL;
CREATE TEMP VIEW act AS
  SELECT a.id, u.name AS owner, a.type, a.status, (a.occurred_at AT TIME ZONE me.timezone)::date AS day
  FROM activities a JOIN me ON a.tenant_id = me.id LEFT JOIN users u ON u.id = a.owner_id WHERE a.deleted_at IS NULL;
CREATE TEMP VIEW cs AS
  SELECT c.id, c.case_number AS number, a.name AS account, c.created_at AS made, u.name AS owner, q.name AS queue, c.status, c.priority, c.status NOT IN ('resolved', 'closed') AS open,
    (c.created_at AT TIME ZONE me.timezone)::date AS created, c.satisfaction AS sat,
    c.first_response_breached OR c.resolution_breached AS breached,
    extract(epoch FROM c.first_responded_at - c.created_at) / 3600 AS answered_in,
    extract(epoch FROM c.resolved_at - c.created_at) / 3600 AS resolved_in, (c.resolved_at AT TIME ZONE me.timezone)::date AS resolved
  FROM cases c JOIN me ON c.tenant_id = me.id LEFT JOIN users u ON u.id = c.owner_id
  LEFT JOIN queues q ON q.tenant_id = me.id AND q.id = c.queue_id
  LEFT JOIN accounts a ON a.tenant_id = me.id AND a.id = c.account_id WHERE c.deleted_at IS NULL;
CREATE TEMP VIEW mem AS
  SELECT m.id, k.name AS campaign, m.has_responded AS responded
  FROM campaign_members m JOIN me ON m.tenant_id = me.id JOIN campaigns k ON k.tenant_id = me.id AND k.id = m.campaign_id
  WHERE m.deleted_at IS NULL;
CREATE TEMP VIEW cmp AS
  SELECT k.id, k.name, k.type, k.start_date AS begins, k.budgeted_cost_minor / 100.0 AS budget, k.actual_cost_minor / 100.0 AS cost
  FROM campaigns k JOIN me ON k.tenant_id = me.id AND coalesce(k.currency, me.currency) = me.currency WHERE k.deleted_at IS NULL;
CREATE TEMP VIEW talk AS
  SELECT c.id, c.channel, c.status, c.handoff_requested_at IS NOT NULL AS handed, (c.created_at AT TIME ZONE me.timezone)::date AS created
  FROM conversations c JOIN me ON c.tenant_id = me.id;
CREATE TEMP VIEW run AS
  SELECT r.id, r.agent, r.outcome, (r.created_at AT TIME ZONE me.timezone)::date AS created FROM runs r JOIN me ON r.tenant_id = me.id;
CREATE TEMP VIEW spent AS
  SELECT e.agent, e.amount_nano / 1000000000.0 AS cost, (e.created_at AT TIME ZONE me.timezone)::date AS day
  FROM ledger_entries e JOIN me ON e.tenant_id = me.id WHERE e.to_account = 'spent';
-- The history of opportunities, with an index by which the statements below are bearable.
CREATE TEMP TABLE changes AS
  SELECT tenant_id, record_id, id, field, old, new, effective_at FROM field_changes WHERE object = 'opportunity';
CREATE INDEX ON changes (record_id, field, effective_at, id);
ANALYZE changes;
-- A field of an opportunity at the end of a day: what the last change up to then made it, or what the first one after
-- then found, or what it still is.
CREATE FUNCTION pg_temp.was(opportunity uuid, what text, at timestamptz, still jsonb) RETURNS jsonb LANGUAGE sql AS $$
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM changes f WHERE f.record_id = opportunity AND f.field = what AND f.effective_at < at)
      THEN (SELECT f.new FROM changes f WHERE f.record_id = opportunity AND f.field = what AND f.effective_at < at
            ORDER BY f.effective_at DESC, f.id DESC LIMIT 1)
    WHEN EXISTS (SELECT 1 FROM changes f WHERE f.record_id = opportunity AND f.field = what)
      THEN (SELECT f.old FROM changes f WHERE f.record_id = opportunity AND f.field = what
            ORDER BY f.effective_at, f.id LIMIT 1)
    ELSE still END $$;
CREATE FUNCTION pg_temp.past(day date) RETURNS TABLE (id uuid, name text, owner text, stage text, amt numeric, open boolean, won boolean, lost boolean) LANGUAGE sql AS $$
  WITH moment AS (SELECT ((day + 1)::timestamp AT TIME ZONE me.timezone) AS at FROM me),
  then_ AS (
    SELECT o.id, o.name, o.currency,
      pg_temp.was(o.id, 'stage', moment.at, to_jsonb(o.stage)) #>> '{}' AS stage,
      (pg_temp.was(o.id, 'owner_id', moment.at, to_jsonb(o.owner_id)) #>> '{}')::uuid AS owner_id,
      (pg_temp.was(o.id, 'amount', moment.at, jsonb_build_object('amount', o.amount_minor / 100.0)) ->> 'amount')::numeric AS raw
    FROM opportunities o JOIN me ON o.tenant_id = me.id, moment WHERE o.created_at < moment.at AND o.deleted_at IS NULL)
  SELECT t.id, t.name, u.name, t.stage, t.raw * CASE WHEN coalesce(t.currency, me.currency) = me.currency THEN 1 ELSE rates.rate END,
    s.kind = 'open', s.kind = 'won', s.kind = 'lost'
  FROM then_ t CROSS JOIN me JOIN pipeline_stages s ON s.tenant_id = me.id AND s.name = t.stage
  LEFT JOIN users u ON u.id = t.owner_id LEFT JOIN rates ON rates.currency = t.currency $$;

-- The stages on the way to winning, in their order; winning is the last. Losing is no step.
CREATE TEMP VIEW steps AS
  SELECT s.name AS stage, row_number() OVER (ORDER BY (s.kind = 'won')::int, s.position) AS place
  FROM pipeline_stages s JOIN me ON s.tenant_id = me.id WHERE s.kind IN ('open', 'won') AND s.is_active AND s.deleted_at IS NULL;
-- Every stage that an opportunity is in or was in, a row each.
CREATE TEMP VIEW been AS
  SELECT o.id, o.stage FROM opportunities o JOIN me ON o.tenant_id = me.id
  UNION SELECT f.record_id, f.old #>> '{}' FROM changes f JOIN me ON f.tenant_id = me.id WHERE f.field = 'stage'
  UNION SELECT f.record_id, f.new #>> '{}' FROM changes f JOIN me ON f.tenant_id = me.id WHERE f.field = 'stage';
-- How many of some opportunities came to each step or to one after it; what they are worth; as shares of the first step
-- and of the step before.
CREATE FUNCTION pg_temp.funnel(these uuid[]) RETURNS TABLE (stage text, came bigint, amt numeric, of_first numeric, of_before numeric) LANGUAGE sql AS $$
  WITH furthest AS (
    SELECT been.id, max(steps.place) AS place FROM been JOIN steps ON steps.stage = been.stage WHERE been.id = ANY(these) GROUP BY 1),
  counted AS (
    SELECT s.stage, s.place,
      (SELECT count(*) FROM furthest f WHERE f.place >= s.place) AS came,
      (SELECT sum(o.amt) FROM furthest f JOIN opp o ON o.id = f.id WHERE f.place >= s.place) AS amt
    FROM steps s)
  SELECT c.stage, c.came, c.amt,
    c.came::numeric / nullif((SELECT f.came FROM counted f WHERE f.place = 1), 0),
    c.came::numeric / nullif((SELECT b.came FROM counted b WHERE b.place = greatest(c.place - 1, 1)), 0)
  FROM counted c $$;
-- Each time that an opportunity left a stage: it had been there since the change before, or since it was made.
CREATE TEMP VIEW stays AS
  SELECT f.record_id AS id, f.old #>> '{}' AS stage,
    extract(epoch FROM f.effective_at - coalesce(
      (SELECT max(b.effective_at) FROM changes b WHERE b.field = 'stage'
        AND b.record_id = f.record_id AND (b.effective_at, b.id) < (f.effective_at, f.id)),
      o.created_at)) / 86400 AS days
  FROM changes f JOIN me ON f.tenant_id = me.id JOIN opportunities o ON o.tenant_id = me.id AND o.id = f.record_id
  WHERE f.field = 'stage' AND o.deleted_at IS NULL;
CREATE FUNCTION pg_temp.durations(these uuid[]) RETURNS TABLE (stage text, mean numeric, middle double precision, stays bigint) LANGUAGE sql AS $$
  SELECT s.stage, avg(s.days), percentile_cont(0.5) WITHIN GROUP (ORDER BY s.days), count(*)
  FROM stays s WHERE s.id = ANY(these) AND s.days >= 0 GROUP BY 1 $$;
-- Where the open amount went between the ends of two days, when every opportunity counts.
CREATE FUNCTION pg_temp.bridge(day1 date, day2 date) RETURNS TABLE (part text, amt numeric, records bigint) LANGUAGE sql AS $$
  WITH a AS (SELECT id, open, won, lost, coalesce(amt, 0) AS amt FROM pg_temp.past(day1)),
  b AS (SELECT id, open, won, lost, coalesce(amt, 0) AS amt FROM pg_temp.past(day2)),
  both_ AS (SELECT b.id, a.id IS NULL AS is_new, coalesce(a.open, false) AS was_open, coalesce(a.won, false) AS was_won,
      coalesce(a.lost, false) AS was_lost, b.open, b.won, b.lost, a.amt AS had, b.amt AS has
    FROM b LEFT JOIN a ON a.id = b.id),
  parts(part, amt, records) AS (
    SELECT 'opening', sum(amt), count(*) FROM a WHERE open
    UNION ALL SELECT 'created', sum(has), count(*) FROM both_ WHERE is_new
    -- Reopened, or closed in another way than it was before.
    UNION ALL SELECT 'moved_in', sum(has), count(*) FROM both_ WHERE NOT is_new AND NOT was_open AND (open OR won AND NOT was_won OR lost AND NOT was_lost)
    UNION ALL SELECT 'won', sum(has), count(*) FROM both_ WHERE won AND NOT was_won
    UNION ALL SELECT 'lost', sum(has), count(*) FROM both_ WHERE lost AND NOT was_lost
    -- Without conditions nothing leaves the pipeline but by being closed.
    UNION ALL SELECT 'slipped', 0, 0
    UNION ALL SELECT 'changed', sum(has - had), count(*) FROM both_ WHERE was_open AND has <> had
    UNION ALL SELECT 'closing', sum(amt), count(*) FROM b WHERE open),
  -- The parts are told in cents and add up to the cent, so the changes take what rounding left over: four cents at most.
  rest AS (SELECT sum(round(coalesce(amt, 0), 2) * CASE part WHEN 'closing' THEN 1 WHEN 'won' THEN 1 WHEN 'lost' THEN 1 WHEN 'slipped' THEN 1
    WHEN 'changed' THEN 0 ELSE -1 END) AS amt FROM parts)
  SELECT p.part, CASE WHEN p.part = 'changed' AND abs(p.amt - rest.amt) <= 0.04 THEN rest.amt ELSE coalesce(p.amt, 0) END, p.records
  FROM parts p, rest $$;
-- Leads by the month in which they were made: how many of them were converted by the end of that month and of each after.
CREATE FUNCTION pg_temp.converted(months int) RETURNS TABLE (begun date, later int, leads bigint, reached bigint, share numeric) LANGUAGE sql AS $$
  WITH cohorts AS (SELECT DISTINCT date_trunc('month', created)::date AS begun FROM ld),
  counted AS (
    SELECT c.begun, n AS later,
      (SELECT count(*) FROM ld WHERE date_trunc('month', ld.created) = c.begun) AS leads,
      (SELECT count(*) FROM ld WHERE date_trunc('month', ld.created) = c.begun AND ld.conv
        AND ld.converted < c.begun + make_interval(months => n + 1)) AS reached
    FROM cohorts c, generate_series(0, months) AS n
    -- What has not begun yet has no number.
    WHERE c.begun + make_interval(months => n) <= '2026-11-20')
  SELECT begun, later, leads, reached, reached::numeric / leads FROM counted $$;
