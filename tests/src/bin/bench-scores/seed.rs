//! Leads with a past: those of one source convert more often, and do more.

use anyhow::Context;
use chrono::{DateTime, Utc};
use crm_store::{Store, tenants::NewTenant};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

pub(crate) const SLUG: &str = "bench";
pub(crate) const ADMIN: &str = "admin@bench.test";
/// Leads that ended, and leads that have not.
const ENDED: i64 = 6_000;
const OPEN: i64 = 20_000;

/// Ended leads come first; they lived sixty days each. Every third converts, of referrals two thirds.
const LEADS: &str = "
    INSERT INTO leads (tenant_id, id, last_name, company, email, industry, lead_source, number_of_employees, status,
        is_converted, converted_at, created_at, updated_at)
    SELECT $1, gen_random_uuid(), 'Lead ' || n, 'Company ' || n % 900, 'lead' || n || '@company' || n % 900 || '.example',
        (ARRAY['Retail', 'Energy', 'Media', 'Finance'])[1 + n % 4], s.source, 10 + n % 500,
        CASE WHEN NOT s.ended THEN (ARRAY['new', 'working', 'nurturing'])[1 + n % 3] WHEN s.good THEN 'converted' ELSE 'unqualified' END,
        s.ended AND s.good, CASE WHEN s.ended AND s.good THEN s.made + interval '40 days' END, s.made,
        CASE WHEN s.ended THEN s.made + interval '40 days' ELSE s.made END
    FROM generate_series(1, $2::bigint + $3::bigint) n CROSS JOIN LATERAL (
        SELECT n <= $2 AS ended, (ARRAY['Referral', 'Web', 'Fair'])[1 + n % 3] AS source,
            abs(hashint8(n)) % 100 < (ARRAY[66, 25, 12])[1 + n % 3] AS good,
            CASE WHEN n <= $2 THEN now() - interval '700 days' + n * interval '150 minutes'
                ELSE now() - (n % 60) * interval '1 day' END AS made) s";

/// When those that ended did: without it they would always have been so, and nothing could be learned of them.
const ENDS: &str = "
    INSERT INTO field_changes (tenant_id, id, object, record_id, field, old, new, effective_at, recorded_at, source)
    SELECT l.tenant_id, gen_random_uuid(), 'lead', l.id, 'status', '\"working\"', to_jsonb(l.status), e.at, e.at, 'import'
    FROM leads l CROSS JOIN LATERAL (SELECT l.created_at + interval '40 days' AS at) e
    WHERE l.tenant_id = $1 AND l.status IN ('converted', 'unqualified')";

/// Who converts does more.
const EVENTS: &str = "
    INSERT INTO engagement_events (tenant_id, id, type, lead_id, occurred_at, created_at, updated_at)
    SELECT l.tenant_id, gen_random_uuid(), (ARRAY['page_visited', 'email_opened', 'content_downloaded', 'form_submitted'])[1 + k % 4],
        l.id, e.at, e.at, e.at
    FROM leads l CROSS JOIN generate_series(1, 6) k CROSS JOIN LATERAL (SELECT l.created_at + k * interval '2 days' AS at) e
    WHERE l.tenant_id = $1 AND k <= CASE WHEN l.is_converted OR abs(hashtext(l.last_name)) % 3 = 0 THEN 6 ELSE 3 END AND e.at < now()";

/// Where there is none, what was done about them.
const CALLS: &str = "
    INSERT INTO activities (tenant_id, id, type, status, subject, lead_id, occurred_at, completed_at, created_at, updated_at)
    SELECT l.tenant_id, gen_random_uuid(), 'call', 'completed', 'Call', l.id, e.at, e.at, e.at, e.at
    FROM leads l CROSS JOIN LATERAL (SELECT l.created_at + interval '1 day' AS at) e
    WHERE l.tenant_id = $1 AND abs(hashtext(l.last_name)) % 2 = 0 AND e.at < now()";

/// Fills the database unless it is filled.
pub(crate) async fn seed(store: &Store, owner: &str) -> anyhow::Result<()> {
    if store.operate(SLUG, Some(ADMIN)).await?.is_some() {
        return Ok(());
    }
    let mut tx = store.system().await?;
    let new = NewTenant {
        slug: SLUG.to_owned(),
        name: "Bench".to_owned(),
        admin_email: ADMIN.to_owned(),
        admin_name: None,
    };
    tx.tenants().create(&new).await?;
    tx.commit().await?;
    let grant = store.operate(SLUG, Some(ADMIN)).await?.context("the member")?;
    let mut owner = PgConnection::connect(owner).await?;
    for (sql, counted) in [(LEADS, true), (ENDS, false), (EVENTS, false), (CALLS, false)] {
        let mut query = sqlx::query(sql).bind(grant.tenant().uuid());
        if counted {
            query = query.bind(ENDED).bind(OPEN);
        }
        query.execute(&mut owner).await?;
    }
    count_in(&mut owner).await
}

/// Has Postgres count what is in the tables, as it does by itself within seconds or a minute, long before a day is over.
pub(crate) async fn count(owner: &str) -> anyhow::Result<()> {
    count_in(&mut PgConnection::connect(owner).await?).await
}

async fn count_in(owner: &mut PgConnection) -> anyhow::Result<()> {
    sqlx::query("ANALYZE").execute(owner).await?;
    Ok(())
}

/// Some leads that may still be converted.
pub(crate) async fn open_leads(owner: &str, most: usize) -> anyhow::Result<Vec<Uuid>> {
    let mut owner = PgConnection::connect(owner).await?;
    Ok(sqlx::query_scalar(
        "SELECT l.id FROM leads l JOIN tenants t ON t.id = l.tenant_id AND t.slug = $1 \
         WHERE l.status NOT IN ('converted', 'unqualified') ORDER BY md5(l.id::text) LIMIT $2",
    )
    .bind(SLUG)
    .bind(i64::try_from(most)?)
    .fetch_all(&mut owner)
    .await?)
}

/// When a lead was scored last.
pub(crate) async fn last_scored(owner: &str) -> anyhow::Result<Option<DateTime<Utc>>> {
    let mut owner = PgConnection::connect(owner).await?;
    Ok(sqlx::query_scalar("SELECT max(scored_at) FROM lead_scores")
        .fetch_one(&mut owner)
        .await?)
}

/// How many leads have a score.
pub(crate) async fn scored_leads(owner: &str) -> anyhow::Result<i64> {
    let mut owner = PgConnection::connect(owner).await?;
    Ok(
        sqlx::query_scalar("SELECT count(*) FROM lead_scores WHERE is_latest")
            .fetch_one(&mut owner)
            .await?,
    )
}
