//! A walk over everything that Postgres has, so that nothing new slips through.

use sqlx::PgConnection;

use super::{World, tenant_tables};

/// Tables without a `tenant_id`, and why that is right.
const NOBODYS: &[(&str, &str)] = &[
    ("_sqlx_migrations", "which migrations ran"),
    (
        "credentials",
        "a person has one password for all tenants; only crm_system reads it",
    ),
    (
        "login_failures",
        "attempts come before anybody knows a tenant; only crm_system reads them",
    ),
    (
        "prices",
        "what models cost is the same for all; only crm_system reads it",
    ),
    (
        "tenants",
        "its id is the tenant; a policy shows each tenant its own row",
    ),
    (
        "users",
        "a person may belong to several tenants; a policy shows each tenant its members",
    ),
];

/// What may run with the rights of its owner: the generated search functions, whose owner reads the searched columns
/// alone.
const SECURITY_DEFINER: &[&str] = &[
    "search_accounts",
    "search_activities",
    "search_campaigns",
    "search_cases",
    "search_contacts",
    "search_contracts",
    "search_leads",
    "search_opportunities",
    "search_products",
    "search_quotes",
];

/// What the cross-tenant role may do: per table what it may do to all columns, then column by column.
const SYSTEM_MAY: &[&str] = &[
    "_sqlx_migrations: SELECT",
    "activity_deltas: SELECT (id, tenant_id)",
    "api_keys: INSERT, SELECT; UPDATE (last_used_at, revoked_at)",
    "approvals: SELECT (call_id, expires_at, run_id, state, tenant_id)",
    "budget_periods: SELECT; UPDATE (held_nano, spent_nano)",
    "budgets: SELECT",
    "channel_configs: SELECT (channel, enabled, id, scheme, secret_sealed, site, tenant_id, verify_token_sealed)",
    "credentials: DELETE, INSERT, SELECT, UPDATE",
    "idempotency_keys: DELETE; SELECT (actor_id, expires_at, key, tenant_id)",
    "invites: SELECT; UPDATE (accepted_at)",
    "jobs: DELETE, SELECT; UPDATE (attempts, last_error, lease_until, leased_by, run_at, state, updated_at)",
    "ledger_entries: INSERT, SELECT; UPDATE (lease_until)",
    "login_failures: DELETE, INSERT, SELECT, UPDATE",
    "login_history: INSERT",
    "memberships: INSERT, SELECT; UPDATE (role_id, status, updated_at, version)",
    "opportunity_deltas: SELECT (id, tenant_id)",
    "opportunity_touched: SELECT (id, tenant_id)",
    "password_resets: SELECT; UPDATE (used_at)",
    "pipeline_stages: INSERT",
    "prediction_work: SELECT (kind, task, tenant_id, updated_at)",
    "prices: INSERT, SELECT, UPDATE",
    "queues: INSERT",
    "rate_buckets: DELETE, INSERT, SELECT, UPDATE",
    "roles: INSERT, SELECT; UPDATE (builtin)",
    "runs: SELECT (actor_id, actor_kind, cancel_requested_at, id, lease_until, leased_by, state, tenant_id); \
     UPDATE (lease_until, leased_by, updated_at)",
    "security_events: INSERT",
    "sessions: DELETE, INSERT, SELECT; UPDATE (expires_at, generation, ip, refreshed_at, revoked_at, revoked_because, user_agent)",
    "sla_policies: INSERT",
    "sum_states: SELECT (accounts_at, folded_at, tenant_id, zone)",
    "tenants: INSERT, SELECT, UPDATE",
    "users: INSERT, SELECT, UPDATE",
    "widget_sites: SELECT",
];

/// Tenant tables without both flags and the restrictive policy that is the wall. Others of that kind only narrow it.
pub(super) async fn unprotected(owner: &mut PgConnection) -> Vec<String> {
    let mut bare = Vec::new();
    for table in tenant_tables(owner).await {
        let (enabled, forced): (bool, bool) = sqlx::query_as(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = $1::regclass",
        )
        .bind(&table)
        .fetch_one(&mut *owner)
        .await
        .unwrap();
        let walls: Vec<(String, Option<String>, Option<String>)> = sqlx::query_as(
            "SELECT cmd, qual, with_check FROM pg_policies WHERE tablename = $1 AND permissive = 'RESTRICTIVE' \
             AND roles = '{crm_app}' AND policyname = 'tenant'",
        )
        .bind(&table)
        .fetch_all(&mut *owner)
        .await
        .unwrap();
        let wall = Some("(tenant_id = ( SELECT app_tenant() AS app_tenant))".to_owned());
        if !(enabled && forced && walls == [("ALL".to_owned(), wall.clone(), wall)]) {
            bare.push(table);
        }
    }
    bare
}

async fn strings(owner: &mut PgConnection, query: &'static str) -> Vec<String> {
    sqlx::query_scalar(query).fetch_all(owner).await.unwrap()
}

#[tokio::test]
async fn every_table_has_a_tenant_or_a_reason() {
    let world = World::new().await;
    let mut owner = world.owner().await;
    let without = strings(
        &mut owner,
        "SELECT c.relname::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'm', 'f') \
         AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND a.attnotnull) ORDER BY 1",
    )
    .await;
    assert_eq!(
        without,
        NOBODYS.iter().map(|(table, _)| *table).collect::<Vec<_>>()
    );
    assert_eq!(unprotected(&mut owner).await, Vec::<String>::new());
}

#[tokio::test]
async fn policies_name_the_two_roles_and_nobody_else() {
    let world = World::new().await;
    let mut owner = world.owner().await;
    let others = strings(
        &mut owner,
        "SELECT tablename || '.' || policyname FROM pg_policies WHERE roles NOT IN ('{crm_app}', '{crm_system}') \
             AND (policyname, cmd, roles) <> ('search', 'SELECT', '{crm_search}')",
    )
    .await;
    assert_eq!(others, Vec::<String>::new());
    let rights = strings(
        &mut owner,
        "SELECT DISTINCT c.relname || ': ' || COALESCE(g.rolname, 'PUBLIC') || ' ' || a.privilege_type FROM pg_class c \
         CROSS JOIN LATERAL aclexplode(c.relacl) a LEFT JOIN pg_roles g ON g.oid = a.grantee \
         WHERE c.relnamespace = 'public'::regnamespace AND a.grantee <> c.relowner \
           AND (COALESCE(g.rolname, 'PUBLIC') NOT IN ('crm_app', 'crm_system') \
                OR a.privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE'))",
    )
    .await;
    assert_eq!(rights, Vec::<String>::new());
}

#[tokio::test]
async fn the_role_that_searches_reads_words_and_changes_nothing() {
    let world = World::new().await;
    let mut owner = world.owner().await;
    let whole = strings(
        &mut owner,
        "SELECT table_name || ' ' || privilege_type FROM information_schema.role_table_grants WHERE grantee = 'crm_search'",
    )
    .await;
    assert_eq!(whole, Vec::<String>::new());
    let columns = strings(
        &mut owner,
        "SELECT DISTINCT column_name || ' ' || privilege_type FROM information_schema.role_column_grants \
         WHERE grantee = 'crm_search' ORDER BY 1",
    )
    .await;
    assert_eq!(
        columns,
        [
            "deleted_at SELECT",
            "id SELECT",
            "search SELECT",
            "tenant_id SELECT"
        ]
    );
    let others = strings(
        &mut owner,
        "SELECT r.rolname::text FROM pg_roles r WHERE NOT r.rolsuper AND r.rolname <> 'crm_search' \
         AND pg_has_role(r.rolname, 'crm_search', 'MEMBER')",
    )
    .await;
    assert_eq!(others, Vec::<String>::new(), "nobody who logs in may become it");
}

#[tokio::test]
async fn the_role_that_crosses_tenants_has_few_rights() {
    let world = World::new().await;
    let mut owner = world.owner().await;
    let rights = strings(
        &mut owner,
        "WITH whole AS (\
             SELECT table_name, string_agg(privilege_type, ', ' ORDER BY privilege_type) AS may, array_agg(privilege_type) AS types \
             FROM information_schema.role_table_grants WHERE grantee = 'crm_system' AND table_schema = 'public' GROUP BY 1), \
         part AS (\
             SELECT p.table_name, p.privilege_type || ' (' || string_agg(p.column_name, ', ' ORDER BY p.column_name) || ')' AS may \
             FROM information_schema.role_column_grants p LEFT JOIN whole w ON w.table_name = p.table_name \
             WHERE p.grantee = 'crm_system' AND p.table_schema = 'public' AND NOT p.privilege_type = ANY (COALESCE(w.types, '{}')) \
             GROUP BY p.table_name, p.privilege_type), \
         parts AS (SELECT table_name, string_agg(may, '; ' ORDER BY may) AS may FROM part GROUP BY 1) \
         SELECT COALESCE(w.table_name, p.table_name) || ': ' || concat_ws('; ', w.may, p.may) \
         FROM whole w FULL JOIN parts p ON p.table_name = w.table_name ORDER BY 1",
    )
    .await;
    assert_eq!(rights, SYSTEM_MAY, "a new right across tenants needs a reviewer");
}

#[tokio::test]
async fn nothing_runs_with_its_owners_rights() {
    let world = World::new().await;
    let mut owner = world.owner().await;
    let definers = strings(
        &mut owner,
        "SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef ORDER BY 1",
    )
    .await;
    assert_eq!(definers, SECURITY_DEFINER);
    let views = strings(
        &mut owner,
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'v' \
         AND NOT COALESCE(reloptions::text[] && ARRAY['security_invoker=true', 'security_invoker=on'], false)",
    )
    .await;
    assert_eq!(views, Vec::<String>::new());
}

#[tokio::test]
async fn foreign_keys_between_tenant_tables_carry_the_tenant() {
    let world = World::new().await;
    let mut owner = world.owner().await;
    let bare = strings(
        &mut owner,
        "WITH tenant AS (SELECT attrelid, attnum FROM pg_attribute WHERE attname = 'tenant_id' AND NOT attisdropped) \
         SELECT f.conrelid::regclass || '.' || f.conname FROM pg_constraint f \
         JOIN tenant t ON t.attrelid = f.conrelid JOIN tenant u ON u.attrelid = f.confrelid \
         WHERE f.contype = 'f' AND NOT EXISTS (\
             SELECT FROM unnest(f.conkey, f.confkey) AS pair (near, far) WHERE pair.near = t.attnum AND pair.far = u.attnum)",
    )
    .await;
    assert_eq!(bare, Vec::<String>::new());
}

#[tokio::test]
async fn primary_keys_of_tenant_tables_begin_with_the_tenant() {
    let world = World::new().await;
    let mut owner = world.owner().await;
    let tables = tenant_tables(&mut owner).await;
    let keyed = strings(
        &mut owner,
        "SELECT c.conrelid::regclass::text FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] \
         WHERE c.contype = 'p' AND a.attname = 'tenant_id' ORDER BY 1",
    )
    .await;
    assert_eq!(keyed, tables);
}
