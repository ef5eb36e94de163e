//! The rows: written by SQL alone, the same each time.

use anyhow::Context;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// The large tenant.
pub(crate) const SLUG: &str = "big";

/// Values that occur, for the filters.
pub(crate) struct Seeded {
    pub(crate) last_names: Vec<String>,
    pub(crate) sources: Vec<String>,
    pub(crate) owners: Vec<String>,
    pub(crate) emails: Vec<String>,
}

/// A uuid of version 7 that a number decides: `kind` tells tables apart.
const HELPERS: &str = "
    CREATE FUNCTION pg_temp.bench_id(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
        SELECT (lpad(to_hex(1700000000000 + n), 12, '0') || '7000' || 'a' || substr(md5(kind || n), 1, 15))::uuid $$;
    CREATE FUNCTION pg_temp.bench_tenant(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
        SELECT pg_temp.bench_id('tenant', n) $$;
    CREATE FUNCTION pg_temp.pick(kind text, n bigint, of integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
        SELECT (('x' || substr(md5(kind || n), 1, 8))::bit(32)::bigint % of)::integer $$;";

/// Tenants, 200 people of the large one (150 reps below a manager's role), and the contacts.
const PEOPLE: &str = "
    INSERT INTO tenants (id, slug, name, created_at, updated_at)
        SELECT pg_temp.bench_tenant(n), CASE n WHEN 0 THEN 'big' ELSE 'small-' || n END, 'Tenant ' || n, now(), now()
        FROM generate_series(0, {tenants}) n;
    INSERT INTO users (id, email, name, created_at, updated_at)
        SELECT pg_temp.bench_id('user', n), CASE n WHEN 0 THEN 'admin' WHEN 1 THEN 'manager' WHEN 2 THEN 'rep' ELSE 'user' || n END || '@big.test',
            'User ' || n, now(), now() FROM generate_series(0, 199) n;
    INSERT INTO roles (tenant_id, id, name, parent_id, permissions, created_at, updated_at) VALUES
        (pg_temp.bench_tenant(0), pg_temp.bench_id('role', 0), 'admin', NULL, '{\"all\": true}', now(), now()),
        (pg_temp.bench_tenant(0), pg_temp.bench_id('role', 1), 'manager', NULL, '{\"objects\": {\"*\": [\"read\", \"update\"]}}', now(), now()),
        (pg_temp.bench_tenant(0), pg_temp.bench_id('role', 2), 'rep', pg_temp.bench_id('role', 1), '{\"objects\": {\"*\": [\"read\", \"update\"]}}', now(), now()),
        (pg_temp.bench_tenant(0), pg_temp.bench_id('role', 3), 'others', NULL, '{\"objects\": {\"*\": [\"read\", \"update\"]}}', now(), now());
    INSERT INTO memberships (tenant_id, id, user_id, role_id, created_at, updated_at)
        SELECT pg_temp.bench_tenant(0), pg_temp.bench_id('member', n), pg_temp.bench_id('user', n),
            pg_temp.bench_id('role', CASE WHEN n < 2 THEN n WHEN n < 32 THEN 2 ELSE 3 END), now(), now()
        FROM generate_series(0, 199) n;";

/// `{from}` to `{to}` of the large tenant's contacts. One in fifty has no owner.
const CONTACTS: &str = "
    INSERT INTO contacts (tenant_id, id, external_id, owner_id, first_name, last_name, email, phone, lead_source, title, department,
        language, mailing_city, mailing_country, last_activity_at, created_at, updated_at)
    SELECT pg_temp.bench_tenant(0), pg_temp.bench_id('contact', n), 'C' || n,
        CASE WHEN pg_temp.pick('none', n, 50) > 0 THEN pg_temp.bench_id('user', pg_temp.pick('owner', n, 200)) END,
        (ARRAY['John', 'Ada', 'Grace', 'Alan', 'Edsger', 'Barbara', 'Donald', 'Margaret', 'Ken', 'Dennis', 'Radia', 'Leslie', 'Tony',
            'Frances', 'Niklaus', 'Joan', 'Johanna', 'Julia', 'Jorge', 'Mei'])[1 + pg_temp.pick('first', n, 20)],
        initcap(translate(substr(md5('last' || pg_temp.pick('last', n, 20000)), 1, 7), '0123456789', 'aeiouaeiou')),
        CASE WHEN pg_temp.pick('mail', n, 20) > 0 THEN 'contact' || n || '@example' || pg_temp.pick('domain', n, 5000) || '.com' END,
        CASE WHEN pg_temp.pick('phone', n, 3) > 0 THEN '+4930' || (10000000 + n) END,
        CASE WHEN pg_temp.pick('rare', n, 50) = 0 THEN 'Event ' || pg_temp.pick('event', n, 10)
            ELSE (ARRAY['Web', 'Phone', 'Partner', 'Fair', 'Advert', 'Referral', 'Newsletter', 'Other'])[1 + pg_temp.pick('source', n, 8)] END,
        'Engineer', 'Department ' || pg_temp.pick('department', n, 20), 'en', 'City ' || pg_temp.pick('city', n, 300), 'DE',
        CASE WHEN pg_temp.pick('active', n, 2) = 0 THEN timestamptz '2026-11-01' - pg_temp.pick('activity', n, 500000) * interval '1 minute' END,
        timestamptz '2023-11-01' + n * interval '1 minute' + pg_temp.pick('created', n, 90000) * interval '1 second',
        timestamptz '2026-11-01' - pg_temp.pick('updated', n, 1500000) * interval '1 minute'
    FROM generate_series({from}, {to}) n";

/// Five contacts for each of the others, and a rule that shares some 4,000 of the large tenant's with the reps.
const OTHERS: &str = "
    INSERT INTO contacts (tenant_id, id, first_name, last_name, email, created_at, updated_at)
    SELECT pg_temp.bench_tenant(t), pg_temp.bench_id('small', t * 10 + n), 'John', 'Smith', 'john' || n || '@example.com', now(), now()
    FROM generate_series(1, {tenants}) t, generate_series(1, 5) n;
    INSERT INTO sharing_rules (tenant_id, id, name, object, criteria, role_id, created_at, updated_at)
    VALUES (pg_temp.bench_tenant(0), pg_temp.bench_id('rule', 0), 'shared', 'contact',
        '[{\"field\": \"lead_source\", \"op\": \"in\", \"value\": [\"Event 1\", \"Event 2\"]}]',
        pg_temp.bench_id('role', 2), now(), now());
    INSERT INTO record_shares (tenant_id, object, record_id, role_id, rule_id, access)
    SELECT tenant_id, 'contact', id, pg_temp.bench_id('role', 2), pg_temp.bench_id('rule', 0), 'read' FROM contacts
    WHERE tenant_id = pg_temp.bench_tenant(0) AND lead_source IN ('Event 1', 'Event 2');";

/// Fills the database unless it is full, and reads values for the filters.
pub(crate) async fn seed(url: &str, rows: i64, tenants: i64) -> anyhow::Result<Seeded> {
    let mut owner = PgConnection::connect(url).await?;
    let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM sharing_rules WHERE name = 'shared')")
        .fetch_one(&mut owner)
        .await?;
    if !there {
        fill(&mut owner, rows, tenants).await?;
    }
    Ok(Seeded {
        last_names: values(&mut owner, "last_name").await?,
        sources: [
            "Web",
            "Phone",
            "Partner",
            "Fair",
            "Advert",
            "Referral",
            "Newsletter",
            "Other",
        ]
        .map(str::to_owned)
        .to_vec(),
        owners: values(&mut owner, "owner_id::text").await?,
        emails: values(&mut owner, "email").await?,
    })
}

async fn fill(owner: &mut PgConnection, rows: i64, tenants: i64) -> anyhow::Result<()> {
    run(owner, HELPERS.to_owned()).await?;
    run(owner, PEOPLE.replace("{tenants}", &tenants.to_string())).await?;
    let batch = 50_000;
    let mut from = 1;
    while from <= rows {
        let to = rows.min(from + batch - 1);
        let statement = CONTACTS
            .replace("{from}", &from.to_string())
            .replace("{to}", &to.to_string());
        run(owner, statement).await?;
        eprintln!("{to} contacts");
        from = to + 1;
    }
    let others = OTHERS.replace("{tenants}", &tenants.to_string());
    run(owner, others).await?;
    run(owner, "VACUUM ANALYZE".to_owned()).await
}

async fn run(owner: &mut PgConnection, statements: String) -> anyhow::Result<()> {
    owner
        .execute(AssertSqlSafe(statements))
        .await
        .context("a statement of the seed")?;
    Ok(())
}

/// A thousand values that occur in the large tenant.
async fn values(owner: &mut PgConnection, column: &str) -> anyhow::Result<Vec<String>> {
    let sql = format!(
        "SELECT {column} FROM contacts c JOIN tenants t ON t.id = c.tenant_id WHERE t.slug = 'big' AND {column} IS NOT NULL \
         AND c.external_id LIKE 'C%7' LIMIT 1000"
    );
    Ok(sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(owner).await?)
}
