//! The rows: written by SQL alone.

use anyhow::Context;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// The large tenant.
pub(crate) const SLUG: &str = "big";
/// How many opportunities there are, some of them other tenants', and how many activities.
const OPPORTUNITIES_ROWS: i64 = 1_200_000;
const ACTIVITIES_ROWS: i64 = 3_000_000;
/// How many leads and cases.
const BESIDE_ROWS: i64 = 200_000;
/// Rows of one statement.
const BATCH: i64 = 50_000;

/// An administrator, a manager of forty, and reps; some have the names that the committed questions say. Ten other
/// tenants.
const PEOPLE: &str = "
    CREATE OR REPLACE FUNCTION bench_id(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
        SELECT (lpad(to_hex(1700000000000 + n), 12, '0') || '7000' || 'a' || substr(md5(kind || n), 1, 15))::uuid $$;
    INSERT INTO tenants (id, slug, name, currency, timezone, created_at, updated_at)
        SELECT bench_id('tenant', n), CASE n WHEN 0 THEN 'big' ELSE 'small-' || n END, 'Tenant ' || n, 'EUR', 'Europe/Berlin', now(), now()
        FROM generate_series(0, 10) n;
    INSERT INTO users (id, email, name, created_at, updated_at)
        SELECT bench_id('user', n), CASE n WHEN 0 THEN 'admin' WHEN 1 THEN 'manager' WHEN 2 THEN 'rep' ELSE 'user' || n END || '@big.test',
            COALESCE((ARRAY['Victor Okafor', 'Nele Lindauer', 'Rory Kavanagh', 'Tessa Redfern', 'Greta Falkenau', 'Meera Sandhu'])[n - 2], 'User ' || n),
            now(), now()
        FROM generate_series(0, 199) n;
    INSERT INTO roles (tenant_id, id, name, parent_id, permissions, created_at, updated_at) VALUES
        (bench_id('tenant', 0), bench_id('role', 0), 'admin', NULL, '{\"all\": true}', now(), now()),
        (bench_id('tenant', 0), bench_id('role', 1), 'manager', bench_id('role', 0), '{\"objects\": {\"*\": [\"read\", \"update\"]}}', now(), now()),
        (bench_id('tenant', 0), bench_id('role', 2), 'rep', bench_id('role', 1), '{\"objects\": {\"*\": [\"read\", \"update\"]}}', now(), now()),
        (bench_id('tenant', 0), bench_id('role', 3), 'other', bench_id('role', 0), '{\"objects\": {\"*\": [\"read\", \"update\"]}}', now(), now());
    INSERT INTO memberships (tenant_id, id, user_id, role_id, created_at, updated_at)
        SELECT bench_id('tenant', 0), bench_id('member', n), bench_id('user', n),
            bench_id('role', CASE WHEN n < 2 THEN n WHEN n < 42 THEN 2 ELSE 3 END), now(), now()
        FROM generate_series(0, 199) n;
    INSERT INTO pipeline_stages (tenant_id, id, name, position, kind, probability, forecast_category, created_at, updated_at)
        SELECT bench_id('tenant', t), bench_id('stage', t * 100 + s.place), s.name, s.place, s.kind, s.probability, s.category, now(), now()
        FROM generate_series(0, 10) t, (VALUES (1, 'Prospecting', 'open', 10, 'pipeline'), (2, 'Qualification', 'open', 10, 'pipeline'),
            (3, 'Needs Analysis', 'open', 20, 'pipeline'), (4, 'Value Proposition', 'open', 50, 'pipeline'),
            (5, 'Proposal/Price Quote', 'open', 75, 'best_case'), (6, 'Negotiation/Review', 'open', 90, 'commit'),
            (7, 'Closed Won', 'won', 100, 'closed'), (8, 'Closed Lost', 'lost', 0, 'omitted')) s (place, name, kind, probability, category);
    INSERT INTO exchange_rates (tenant_id, id, currency, rate, valid_from, created_at, updated_at)
        SELECT bench_id('tenant', 0), bench_id('rate', n), (ARRAY['USD', 'GBP'])[n], 0.9, '2020-01-01', now(), now() FROM generate_series(1, 2) n;
    INSERT INTO quotas (tenant_id, id, owner_id, starts_on, ends_on, amount_minor, currency, created_at, updated_at)
        SELECT bench_id('tenant', 0), bench_id('quota', n), bench_id('user', n), date_trunc('year', now())::date,
            (date_trunc('year', now()) + interval '1 year -1 day')::date, 1000000000, 'EUR', now(), now() FROM generate_series(0, 199) n;
    INSERT INTO campaigns (tenant_id, id, name, status, type, created_at, updated_at)
        SELECT bench_id('tenant', 0), bench_id('campaign', n), 'Campaign ' || n, 'in_progress', 'webinar', now(), now() FROM generate_series(1, 20) n;
    INSERT INTO queues (tenant_id, id, name, created_at, updated_at)
        SELECT bench_id('tenant', 0), bench_id('queue', n), 'Queue ' || n, now(), now() FROM generate_series(1, 8) n;
    INSERT INTO accounts (tenant_id, id, owner_id, name, industry, type, billing_city, created_at, updated_at)
        SELECT bench_id('tenant', 0), bench_id('account', n), bench_id('user', n % 200), 'Account ' || n,
            (ARRAY['Retail', 'Energy', 'Manufacturing', 'Healthcare', 'Finance', 'Media'])[1 + n % 6],
            (ARRAY['customer', 'prospect', 'partner'])[1 + n % 3], (ARRAY['Hamburg', 'Berlin', 'Dublin', 'Lyon'])[1 + n % 4], now(), now()
        FROM generate_series(0, 49999) n;";

/// Opportunities of three years; three quarters of them, the older ones, are closed. A sixth of the younger ones belongs
/// to other tenants.
const OPPORTUNITIES: &str = "
    INSERT INTO opportunities (tenant_id, id, owner_id, account_id, name, stage, stage_entered_at, amount_minor, currency, probability,
        forecast_category, close_date, type, lead_source, is_closed, is_won, closed_at, closed_reason, competitor, created_at, updated_at)
    SELECT p.tenant_id, bench_id('opportunity', n), bench_id('user', abs(hashint8(n)) % 200),
        CASE WHEN p.tenant_id = bench_id('tenant', 0) THEN bench_id('account', abs(hashint8(n * 17)) % 50000) END, 'Opportunity ' || n, p.name,
        d.made + interval '41 days', abs(hashint8(n * 7)) % 10000000,
        (ARRAY['EUR', 'EUR', 'EUR', 'EUR', 'EUR', 'EUR', 'USD', 'GBP'])[1 + abs(hashint8(n * 3)) % 8], p.probability, p.forecast_category,
        (d.made + interval '60 days')::date, (ARRAY['new_business', 'existing_business', 'renewal', 'upsell'])[1 + abs(hashint8(n * 5)) % 4],
        (ARRAY['Web', 'Phone', 'Partner', 'Fair', 'Referral'])[1 + abs(hashint8(n * 11)) % 5], p.kind <> 'open', p.kind = 'won',
        CASE WHEN p.kind <> 'open' THEN d.made + interval '41 days' END,
        CASE WHEN p.kind = 'lost' THEN (ARRAY['Price', 'Timing', 'Competitor', 'No budget'])[1 + abs(hashint8(n * 19)) % 4] END,
        CASE WHEN p.kind = 'lost' AND n % 5 = 0 THEN 'Jobtide' END, d.made, d.made
    FROM generate_series({from}::bigint, {to}::bigint) n
    CROSS JOIN LATERAL (SELECT now() - interval '1100 days' + n * interval '78 seconds' AS made) d
    JOIN pipeline_stages p ON p.tenant_id = bench_id('tenant', CASE WHEN n % 6 = 0 THEN 1 + n % 10 ELSE 0 END)
        AND p.position = CASE WHEN n < 900000 THEN 7 + abs(hashint8(n)) % 2 ELSE 1 + abs(hashint8(n * 13)) % 8 END";

/// Every opportunity came through two stages before the one that it is in.
const CHANGES: &str = "
    INSERT INTO field_changes (tenant_id, id, object, record_id, field, old, new, effective_at, recorded_at)
    SELECT bench_id('tenant', 0), bench_id('change', n * 4 + c.place), 'opportunity', bench_id('opportunity', n), c.field, c.old,
        COALESCE(c.new, '\"Closed Won\"'), d.made + c.place * interval '15 days' - interval '4 days', d.made
    FROM generate_series({from}::bigint, {to}::bigint) n
    CROSS JOIN LATERAL (SELECT now() - interval '1100 days' + n * interval '78 seconds' AS made) d
    CROSS JOIN (VALUES (1, 'stage', '\"Prospecting\"'::jsonb, '\"Qualification\"'::jsonb), (2, 'stage', '\"Qualification\"', '\"Needs Analysis\"'),
        (3, 'stage', '\"Needs Analysis\"', NULL)) c (place, field, old, new)
    WHERE n % 6 <> 0 AND d.made + c.place * interval '15 days' - interval '4 days' < now()";

/// Activities of three years.
const ACTIVITIES: &str = "
    INSERT INTO activities (tenant_id, id, owner_id, type, subject, status, direction, occurred_at, duration_minutes, created_at, updated_at)
    SELECT bench_id('tenant', 0), bench_id('activity', n), bench_id('user', abs(hashint8(n)) % 200),
        (ARRAY['task', 'call', 'meeting', 'email', 'note'])[1 + abs(hashint8(n * 3)) % 5], 'Subject ' || n,
        CASE WHEN n % 10 > 0 THEN 'completed' ELSE 'planned' END, (ARRAY['inbound', 'outbound', NULL])[1 + n % 3], d.at, 30, d.at, d.at
    FROM generate_series({from}::bigint, {to}::bigint) n
    CROSS JOIN LATERAL (SELECT now() - interval '1090 days' + n * interval '31 seconds' AS at) d";

/// Leads of three years.
const LEADS: &str = "
    INSERT INTO leads (tenant_id, id, owner_id, last_name, company, status, lead_source, rating, is_converted, converted_at, created_at, updated_at)
    SELECT bench_id('tenant', 0), bench_id('lead', n), bench_id('user', n % 200), 'Lead ' || n, 'Company ' || n,
        CASE WHEN n % 4 = 0 THEN 'converted' ELSE 'new' END,
        (ARRAY['Web', 'Phone', 'Partner', 'Webinar', 'Referral'])[1 + n % 5], (ARRAY['hot', 'warm', 'cold'])[1 + n % 3],
        n % 4 = 0,
        CASE WHEN n % 4 = 0 THEN d.at + interval '20 days' END, d.at, d.at
    FROM generate_series({from}::bigint, {to}::bigint) n
    CROSS JOIN LATERAL (SELECT now() - interval '1090 days' + n * interval '470 seconds' AS at) d";

/// Cases of three years.
const CASES: &str = "
    INSERT INTO cases (tenant_id, id, owner_id, subject, status, priority, queue_id, case_number, created_at, updated_at)
    SELECT bench_id('tenant', 0), bench_id('case', n), bench_id('user', n % 200), 'Case ' || n,
        CASE WHEN n % 12 = 0 THEN 'open' ELSE 'new' END, (ARRAY['low', 'normal', 'high', 'urgent'])[1 + n % 4],
        bench_id('queue', 1 + n % 8), n, d.at, d.at
    FROM generate_series({from}::bigint, {to}::bigint) n
    CROSS JOIN LATERAL (SELECT now() - interval '1090 days' + n * interval '470 seconds' AS at) d";

/// Fills the database unless it is full.
pub(crate) async fn seed(url: &str) -> anyhow::Result<()> {
    let mut owner = PgConnection::connect(url).await?;
    let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM tenants WHERE slug = $1)")
        .bind(SLUG)
        .fetch_one(&mut owner)
        .await?;
    if there {
        return Ok(());
    }
    run(&mut owner, PEOPLE.to_owned()).await?;
    for (statement, rows) in [
        (OPPORTUNITIES, OPPORTUNITIES_ROWS),
        (CHANGES, OPPORTUNITIES_ROWS),
        (ACTIVITIES, ACTIVITIES_ROWS),
        (LEADS, BESIDE_ROWS),
        (CASES, BESIDE_ROWS),
    ] {
        let mut from = 1;
        while from <= rows {
            let to = from + BATCH - 1;
            let filled = statement
                .replace("{from}", &from.to_string())
                .replace("{to}", &to.to_string());
            run(&mut owner, filled).await?;
            from += BATCH;
        }
    }
    run(&mut owner, "VACUUM ANALYZE".to_owned()).await
}

async fn run(owner: &mut PgConnection, statements: String) -> anyhow::Result<()> {
    owner
        .execute(AssertSqlSafe(statements))
        .await
        .context("a statement of the seed")?;
    Ok(())
}
