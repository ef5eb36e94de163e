//! The rows: written by SQL alone.

use anyhow::Context;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// The large tenant.
pub(crate) const SLUG: &str = "big";

/// An administrator, a manager and 198 reps; ten other tenants.
const PEOPLE: &str = "
    CREATE OR REPLACE FUNCTION bench_id(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
        SELECT (lpad(to_hex(1700000000000 + n), 12, '0') || '7000' || 'a' || substr(md5(kind || n), 1, 15))::uuid $$;
    INSERT INTO tenants (id, slug, name, currency, timezone, created_at, updated_at)
        SELECT bench_id('tenant', n), CASE n WHEN 0 THEN 'big' ELSE 'small-' || n END, 'Tenant ' || n, 'EUR', 'Europe/Berlin', now(), now()
        FROM generate_series(0, 10) n;
    INSERT INTO users (id, email, name, created_at, updated_at)
        SELECT bench_id('user', n), CASE n WHEN 0 THEN 'admin' WHEN 2 THEN 'rep' ELSE 'user' || n END || '@big.test', 'User ' || n, now(), now()
        FROM generate_series(0, 199) n;
    INSERT INTO roles (tenant_id, id, name, parent_id, permissions, created_at, updated_at) VALUES
        (bench_id('tenant', 0), bench_id('role', 0), 'admin', NULL, '{\"all\": true}', now(), now()),
        (bench_id('tenant', 0), bench_id('role', 1), 'rep', bench_id('role', 0), '{\"objects\": {\"*\": [\"read\", \"update\"]}}', now(), now());
    INSERT INTO memberships (tenant_id, id, user_id, role_id, created_at, updated_at)
        SELECT bench_id('tenant', 0), bench_id('member', n), bench_id('user', n), bench_id('role', least(n, 1)), now(), now()
        FROM generate_series(0, 199) n;
    INSERT INTO pipeline_stages (tenant_id, id, name, position, kind, probability, forecast_category, created_at, updated_at)
        SELECT bench_id('tenant', t), bench_id('stage', t * 100 + s.place), s.name, s.place, s.kind, s.probability, s.category, now(), now()
        FROM generate_series(0, 10) t, (VALUES (1, 'Prospecting', 'open', 10, 'pipeline'), (2, 'Qualification', 'open', 10, 'pipeline'),
            (3, 'Needs Analysis', 'open', 20, 'pipeline'), (4, 'Value Proposition', 'open', 50, 'pipeline'),
            (5, 'Proposal/Price Quote', 'open', 75, 'best_case'), (6, 'Negotiation/Review', 'open', 90, 'commit'),
            (7, 'Closed Won', 'won', 100, 'closed'), (8, 'Closed Lost', 'lost', 0, 'omitted')) s (place, name, kind, probability, category);
    INSERT INTO exchange_rates (tenant_id, id, currency, rate, valid_from, created_at, updated_at)
        SELECT bench_id('tenant', 0), bench_id('rate', n), (ARRAY['USD', 'GBP'])[n], 0.9, '2020-01-01', now(), now() FROM generate_series(1, 2) n;";

/// Opportunities of three years; three quarters of them, the older ones, are closed.
const OPPORTUNITIES: &str = "
    INSERT INTO opportunities (tenant_id, id, owner_id, name, stage, stage_entered_at, amount_minor, currency, probability,
        forecast_category, close_date, type, lead_source, is_closed, is_won, closed_at, created_at, updated_at)
    SELECT p.tenant_id, bench_id('opportunity', n), bench_id('user', abs(hashint8(n)) % 200), 'Opportunity ' || n, p.name,
        d.made + interval '5 days', abs(hashint8(n * 7)) % 10000000,
        (ARRAY['EUR', 'EUR', 'EUR', 'EUR', 'EUR', 'EUR', 'USD', 'GBP'])[1 + abs(hashint8(n * 3)) % 8], p.probability, p.forecast_category,
        (d.made + interval '60 days')::date, (ARRAY['new_business', 'existing_business', 'renewal', 'upsell'])[1 + abs(hashint8(n * 5)) % 4],
        (ARRAY['Web', 'Phone', 'Partner', 'Fair', 'Advert'])[1 + abs(hashint8(n * 11)) % 5], p.kind <> 'open', p.kind = 'won',
        CASE WHEN p.kind <> 'open' THEN d.made + interval '60 days' END, d.made, d.made
    FROM generate_series({from}::bigint, {to}::bigint) n
    CROSS JOIN LATERAL (SELECT now() - interval '1100 days' + n * interval '94 seconds' AS made) d
    JOIN pipeline_stages p ON p.tenant_id = bench_id('tenant', CASE WHEN n % 6 = 0 AND n > 1000000 THEN 1 + n % 10 ELSE 0 END)
        AND p.position = CASE WHEN n < 750000 THEN 7 + abs(hashint8(n)) % 2 ELSE 1 + abs(hashint8(n * 13)) % 8 END";

/// Activities of three years.
const ACTIVITIES: &str = "
    INSERT INTO activities (tenant_id, id, owner_id, type, subject, status, occurred_at, duration_minutes, created_at, updated_at)
    SELECT bench_id('tenant', 0), bench_id('activity', n), bench_id('user', abs(hashint8(n)) % 200),
        (ARRAY['task', 'call', 'meeting', 'email', 'note'])[1 + abs(hashint8(n * 3)) % 5], 'Subject ' || n,
        CASE WHEN n % 10 > 0 THEN 'completed' ELSE 'planned' END, d.at, 30, d.at, d.at
    FROM generate_series({from}::bigint, {to}::bigint) n
    CROSS JOIN LATERAL (SELECT now() - interval '1090 days' + n * interval '31 seconds' AS at) d";

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
    for (statement, rows) in [(OPPORTUNITIES, 1_000_000), (ACTIVITIES, 3_000_000)] {
        let batch = 50_000;
        for from in (1..rows).step_by(batch) {
            let to = from + i64::try_from(batch)? - 1;
            let filled = statement
                .replace("{from}", &from.to_string())
                .replace("{to}", &to.to_string());
            run(&mut owner, filled).await?;
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
