//! Every tenant table, tried from another tenant.
//!
//! The rows are generated from the columns, so a new table is tried without a
//! line of code. For that the clone of this test loses its foreign keys, unique
//! keys and checks; policies and rights stay as they are. A tenant's first row
//! of every table has one and the same id, so that it is the parent of all the
//! tenant's rows.

use crm_store::Grant;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

use super::{DENIED, World, count, enter, execute, refusal, tenant_tables};

/// What an actor's rights hang on.
const RIGHTS: [&str; 2] = ["roles", "memberships"];

/// A column that a generated row needs.
#[derive(sqlx::FromRow)]
struct Column {
    name: String,
    r#type: String,
}

/// Leaves of the schema only what decides who may do what.
async fn drop_constraints(owner: &mut PgConnection) {
    let constraints: Vec<(String, String)> = sqlx::query_as(
        "SELECT conrelid::regclass::text, conname::text FROM pg_constraint \
         WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f', 'u') AND conrelid <> 0 ORDER BY contype",
    )
    .fetch_all(&mut *owner)
    .await
    .unwrap();
    for (table, name) in constraints {
        execute(owner, format!("ALTER TABLE {table} DROP CONSTRAINT \"{name}\"")).await;
    }
}

/// `INSERT` of a row of `tenant`, written by `actor`, with the id that the tenant's other rows refer to.
async fn first_insertion(owner: &mut PgConnection, table: &str, tenant: Uuid, actor: Uuid) -> String {
    insertion_with(owner, table, tenant, actor, tenant).await
}

/// `INSERT` of another row of `tenant`, written by `actor`.
async fn insertion(owner: &mut PgConnection, table: &str, tenant: Uuid, actor: Uuid) -> String {
    insertion_with(owner, table, tenant, actor, Uuid::now_v7()).await
}

async fn insertion_with(
    owner: &mut PgConnection,
    table: &str,
    tenant: Uuid,
    actor: Uuid,
    id: Uuid,
) -> String {
    let columns: Vec<Column> = sqlx::query_as(
        "SELECT attname::text AS name, format_type(atttypid, NULL) AS type FROM pg_attribute \
         WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attnotnull AND attidentity = '' \
         AND attgenerated = '' ORDER BY attnum",
    )
    .bind(table)
    .fetch_all(owner)
    .await
    .unwrap();
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for column in &columns {
        names.push(format!("\"{}\"", column.name));
        values.push(match (column.name.as_str(), column.r#type.as_str()) {
            ("tenant_id", _) => format!("'{tenant}'"),
            // Record rules ask for these.
            ("actor_id" | "owner_id", _) => format!("'{actor}'"),
            ("object", "text") => "'lead'".to_owned(),
            ("id", "uuid") => format!("'{id}'"),
            // The tenant's own row of whatever table this refers to.
            (_, "uuid") if table != "memberships" => format!("'{tenant}'"),
            ("actor_kind", _) => "'user'".to_owned(),
            ("state", "text") => "'pending'".to_owned(),
            (_, "uuid") => "gen_random_uuid()".to_owned(),
            (_, "text") => format!("'{}'", Uuid::now_v7()),
            (_, "bytea") => format!("'\\x{}'", Uuid::now_v7().simple()),
            (_, "jsonb") => "'{}'".to_owned(),
            (_, "timestamp with time zone") => "now()".to_owned(),
            (_, "boolean") => "false".to_owned(),
            (_, "date") => "current_date".to_owned(),
            (_, "smallint" | "integer" | "bigint" | "real" | "double precision" | "numeric") => {
                "1".to_owned()
            }
            (_, list) if list.ends_with("[]") => "'{}'".to_owned(),
            (name, other) => panic!("{table}.{name}: say here what a value of type {other} looks like"),
        });
    }
    format!(
        "INSERT INTO {table} ({}) VALUES ({})",
        names.join(", "),
        values.join(", ")
    )
}

/// Gives a tenant a row of every table.
async fn fill(owner: &mut PgConnection, tables: &[String], grant: &Grant) {
    for table in tables {
        let insert = first_insertion(owner, table, grant.tenant().uuid(), grant.actor().id()).await;
        execute(owner, insert).await;
    }
}

/// A column that `crm_app` may write to, if any.
async fn writable(owner: &mut PgConnection, table: &str) -> Option<String> {
    sqlx::query_scalar(
        "SELECT attname::text FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped \
         AND has_column_privilege('crm_app', attrelid, attnum, 'UPDATE') ORDER BY attname = 'tenant_id', attnum LIMIT 1",
    )
    .bind(table)
    .fetch_optional(owner)
    .await
    .unwrap()
}

/// Whether rows of the table are told apart by what they refer to alone.
async fn without_id(owner: &mut PgConnection, table: &str) -> bool {
    sqlx::query_scalar(
        "SELECT NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = $1::regclass AND attname = 'id' AND NOT attisdropped)",
    )
    .bind(table)
    .fetch_one(owner)
    .await
    .unwrap()
}

async fn may(owner: &mut PgConnection, table: &str, right: &str) -> bool {
    sqlx::query_scalar("SELECT has_table_privilege('crm_app', $1::regclass, $2)")
        .bind(table)
        .bind(right)
        .fetch_one(owner)
        .await
        .unwrap()
}

/// The rows of a tenant with their places: an update, even one that changes nothing, moves a row.
async fn versions(owner: &mut PgConnection, table: &str, tenant: Uuid) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(format!(
        "SELECT t.ctid::text || t::text FROM {table} t WHERE tenant_id = '{tenant}' ORDER BY 1"
    )))
    .fetch_all(owner)
    .await
    .unwrap()
}

#[expect(clippy::too_many_lines, reason = "four ways over every table, in one world")]
#[tokio::test]
async fn rows_of_another_tenant_cannot_be_seen_changed_added_or_removed() {
    let world = World::new().await;
    let mut owner = world.owner().await;
    drop_constraints(&mut owner).await;
    let (ours, theirs) = (world.ours.grant(), world.theirs.grant());
    let tables = tenant_tables(&mut owner).await;
    assert!(tables.len() >= 20, "the walk found {}", tables.len());

    for grant in [ours, theirs] {
        fill(&mut owner, &tables, grant).await;
    }
    // Removing our own rows takes our rights away with the role: they come back for the next table.
    for table in RIGHTS {
        execute(
            &mut owner,
            format!("CREATE TEMP TABLE kept_{table} AS SELECT * FROM {table}"),
        )
        .await;
    }
    for table in &tables {
        for rights in RIGHTS {
            execute(
                &mut owner,
                format!("INSERT INTO {rights} SELECT * FROM kept_{rights} ON CONFLICT DO NOTHING"),
            )
            .await;
        }
        let mut login = world.login().await;
        let all = format!("SELECT count(*) FROM {table}");
        let theirs_there = format!(
            "SELECT count(*) FROM {table} WHERE tenant_id = '{}'",
            theirs.tenant()
        );
        let before = count(&mut owner, theirs_there.clone()).await;
        assert!(before > 0);
        let rows = versions(&mut owner, table, theirs.tenant().uuid()).await;

        // They see the row, some of them jobs alone; were it hidden from everyone, the rest would prove nothing.
        let mut seen = Vec::new();
        for kind in ["user", "job"] {
            enter(&mut login, theirs, kind).await;
            seen.push(count(&mut login, all.clone()).await);
            execute(&mut login, "ROLLBACK".to_owned()).await;
        }
        assert!(
            seen.contains(&before),
            "{table}: its own tenant sees {seen:?} of {before}"
        );

        for kind in ["user", "api_key", "visitor", "job"] {
            enter(&mut login, ours, kind).await;
            assert_eq!(
                count(&mut login, theirs_there.clone()).await,
                0,
                "{table}: read as {kind}"
            );
            execute(&mut login, "ROLLBACK".to_owned()).await;
        }

        enter(&mut login, ours, "user").await;
        let foreign = insertion(&mut owner, table, theirs.tenant().uuid(), ours.actor().id()).await;
        assert_eq!(
            refusal(&mut login, foreign).await.as_deref(),
            Some(DENIED),
            "{table}: add"
        );
        if may(&mut owner, table, "INSERT").await {
            // The first one makes room: not every table's key has an id of its own.
            let room = format!("DELETE FROM {table} WHERE tenant_id = '{}'", ours.tenant());
            if without_id(&mut owner, table).await {
                execute(&mut owner, room).await;
            }
            let own = insertion(&mut owner, table, ours.tenant().uuid(), ours.actor().id()).await;
            let mut outcome = refusal(&mut login, own.clone()).await;
            if outcome.is_some() {
                // Some tables are written by jobs alone.
                execute(
                    &mut login,
                    "SELECT set_config('app.actor_kind', 'job', true)".to_owned(),
                )
                .await;
                outcome = refusal(&mut login, own).await;
                execute(
                    &mut login,
                    "SELECT set_config('app.actor_kind', 'user', true)".to_owned(),
                )
                .await;
            }
            assert_eq!(outcome, None, "{table}: the same row of our own is fine");
        }
        if may(&mut owner, table, "DELETE").await {
            execute(&mut login, format!("DELETE FROM {table}")).await;
        } else {
            assert_eq!(
                refusal(&mut login, format!("DELETE FROM {table}"))
                    .await
                    .as_deref(),
                Some(DENIED),
                "{table}"
            );
        }
        if let Some(column) = writable(&mut owner, table).await {
            execute(
                &mut login,
                format!("UPDATE {table} SET \"{column}\" = \"{column}\""),
            )
            .await;
        } else {
            let update = format!("UPDATE {table} SET tenant_id = tenant_id");
            assert_eq!(
                refusal(&mut login, update).await.as_deref(),
                Some(DENIED),
                "{table}"
            );
        }
        execute(&mut login, "COMMIT".to_owned()).await;
        login.close().await.unwrap();

        assert_eq!(
            versions(&mut owner, table, theirs.tenant().uuid()).await,
            rows,
            "{table}: theirs is as it was"
        );
    }
}

#[tokio::test]
async fn a_row_of_ours_cannot_be_given_to_another_tenant() {
    let world = World::new().await;
    let mut owner = world.owner().await;
    drop_constraints(&mut owner).await;
    let (ours, theirs) = (world.ours.grant(), world.theirs.grant());
    let tables = tenant_tables(&mut owner).await;
    fill(&mut owner, &tables, ours).await;
    for table in tables {
        let mut login = world.login().await;
        let gift = format!("UPDATE {table} SET tenant_id = '{}'", theirs.tenant());
        let mut outcomes = Vec::new();
        for kind in ["user", "job"] {
            enter(&mut login, ours, kind).await;
            outcomes.push(refusal(&mut login, gift.clone()).await);
            execute(&mut login, "ROLLBACK".to_owned()).await;
        }
        // Whoever may change the row is refused; for the other one there is nothing to change.
        let refused = outcomes.iter().any(|outcome| outcome.as_deref() == Some(DENIED));
        assert!(refused, "{table}: {outcomes:?}");
        login.close().await.unwrap();
    }
}
