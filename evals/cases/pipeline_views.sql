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
    extract(epoch FROM o.closed_at - o.created_at) / 86400 AS cycle
  FROM opportunities o JOIN me ON o.tenant_id = me.id LEFT JOIN users u ON u.id = o.owner_id
  LEFT JOIN accounts a ON a.tenant_id = me.id AND a.id = o.account_id LEFT JOIN rates ON rates.currency = o.currency
  WHERE o.deleted_at IS NULL;
CREATE TEMP VIEW ld AS
  SELECT l.id, l.name, u.name AS owner, l.lead_source AS source, l.status, l.rating, l.industry, l.country,
    (l.created_at AT TIME ZONE me.timezone)::date AS created, l.is_converted AS conv
  FROM leads l JOIN me ON l.tenant_id = me.id LEFT JOIN users u ON u.id = l.owner_id WHERE l.deleted_at IS NULL;
CREATE TEMP VIEW acc AS
  SELECT a.id, a.name, a.type, a.industry, a.billing_city AS city FROM accounts a JOIN me ON a.tenant_id = me.id WHERE a.deleted_at IS NULL;
CREATE TEMP VIEW act AS
  SELECT a.id, u.name AS owner, a.type, a.status, (a.occurred_at AT TIME ZONE me.timezone)::date AS day
  FROM activities a JOIN me ON a.tenant_id = me.id LEFT JOIN users u ON u.id = a.owner_id WHERE a.deleted_at IS NULL;
CREATE TEMP VIEW cs AS
  SELECT c.id, c.subject, u.name AS owner, q.name AS queue, c.status, c.priority, c.status NOT IN ('resolved', 'closed') AS open,
    (c.created_at AT TIME ZONE me.timezone)::date AS created, c.satisfaction AS sat,
    c.first_response_breached OR c.resolution_breached AS breached
  FROM cases c JOIN me ON c.tenant_id = me.id LEFT JOIN users u ON u.id = c.owner_id
  LEFT JOIN queues q ON q.tenant_id = me.id AND q.id = c.queue_id WHERE c.deleted_at IS NULL;
CREATE TEMP VIEW mem AS
  SELECT m.id, k.name AS campaign, m.has_responded AS responded
  FROM campaign_members m JOIN me ON m.tenant_id = me.id JOIN campaigns k ON k.tenant_id = me.id AND k.id = m.campaign_id
  WHERE m.deleted_at IS NULL;
-- A field of an opportunity at the end of a day: what the last change up to then made it, or what the first one after
-- then found, or what it still is.
CREATE FUNCTION pg_temp.was(opportunity uuid, what text, at timestamptz, still jsonb) RETURNS jsonb LANGUAGE sql AS $$
  SELECT CASE
    WHEN EXISTS (SELECT 1 FROM field_changes f WHERE f.object = 'opportunity' AND f.record_id = opportunity AND f.field = what AND f.effective_at < at)
      THEN (SELECT f.new FROM field_changes f WHERE f.object = 'opportunity' AND f.record_id = opportunity AND f.field = what AND f.effective_at < at
            ORDER BY f.effective_at DESC, f.id DESC LIMIT 1)
    WHEN EXISTS (SELECT 1 FROM field_changes f WHERE f.object = 'opportunity' AND f.record_id = opportunity AND f.field = what)
      THEN (SELECT f.old FROM field_changes f WHERE f.object = 'opportunity' AND f.record_id = opportunity AND f.field = what
            ORDER BY f.effective_at, f.id LIMIT 1)
    ELSE still END $$;
CREATE FUNCTION pg_temp.past(day date) RETURNS TABLE (id uuid, name text, owner text, stage text, amt numeric, open boolean) LANGUAGE sql AS $$
  WITH moment AS (SELECT ((day + 1)::timestamp AT TIME ZONE me.timezone) AS at FROM me),
  then_ AS (
    SELECT o.id, o.name, o.currency,
      pg_temp.was(o.id, 'stage', moment.at, to_jsonb(o.stage)) #>> '{}' AS stage,
      (pg_temp.was(o.id, 'owner_id', moment.at, to_jsonb(o.owner_id)) #>> '{}')::uuid AS owner_id,
      (pg_temp.was(o.id, 'amount', moment.at, jsonb_build_object('amount', o.amount_minor / 100.0)) ->> 'amount')::numeric AS raw
    FROM opportunities o JOIN me ON o.tenant_id = me.id, moment WHERE o.created_at < moment.at AND o.deleted_at IS NULL)
  SELECT t.id, t.name, u.name, t.stage, t.raw * CASE WHEN coalesce(t.currency, me.currency) = me.currency THEN 1 ELSE rates.rate END,
    s.kind = 'open'
  FROM then_ t CROSS JOIN me JOIN pipeline_stages s ON s.tenant_id = me.id AND s.name = t.stage
  LEFT JOIN users u ON u.id = t.owner_id LEFT JOIN rates ON rates.currency = t.currency $$;
