//! What each actor can do to each table, asked of Postgres itself.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{AssertSqlSafe, Executor, PgConnection, Row};

use super::world::{Actor, Table, World, key_text};

/// What an actor tries with a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Try {
    /// To see its rows.
    Read,
    /// To change its rows, whichever they are.
    Update,
    /// To move the rows to another tenant.
    Move,
    /// To hand the rows over to a colleague.
    Give,
    /// To put a row like this one of the tenant's own in.
    Insert(&'static str),
    /// To delete its rows.
    Delete,
}

/// Every attempt, in the order in which the report tells them.
pub(super) const TRIES: &[Try] = &[
    Try::Read,
    Try::Update,
    Try::Move,
    Try::Give,
    Try::Insert("own"),
    Try::Insert("peer"),
    Try::Insert("base"),
    Try::Insert("other"),
    Try::Delete,
];

impl Try {
    pub(super) fn name(self) -> String {
        match self {
            Self::Read => "read".to_owned(),
            Self::Update => "update".to_owned(),
            Self::Move => "move to another tenant".to_owned(),
            Self::Give => "hand over".to_owned(),
            Self::Insert(label) => format!("insert {label}"),
            Self::Delete => "delete".to_owned(),
        }
    }

    /// The command that a policy must be for to have a say in it.
    pub(super) fn is_ruled_by(self, command: &str) -> bool {
        command == "ALL"
            || match self {
                Self::Read => command == "SELECT",
                Self::Update | Self::Move | Self::Give => command == "UPDATE",
                Self::Insert(_) => command == "INSERT",
                Self::Delete => command == "DELETE",
            }
    }
}

/// The database roles whose policies are probed, each with those who act as it.
pub(super) fn actors_of(role: &str, actors: &[Actor]) -> Vec<Actor> {
    if role == "crm_app" {
        return actors.to_vec();
    }
    // These roles act for the service; the actor matters to none of their policies.
    vec![actors.iter().find(|actor| actor.name == "admin").unwrap().clone()]
}

/// What comes of a try: the labels of the rows, or why nothing did.
pub(super) async fn attempt(
    world: &mut World,
    role: &str,
    actor: &Actor,
    table: &Table,
    what: Try,
) -> String {
    let Some(statement) = statement(world, role, table, what).await else {
        return "-".to_owned();
    };
    let conn = &mut world.owner;
    let start: i64 = sqlx::query_scalar("SELECT pg_current_xact_id()::text::bigint")
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    run(conn, "SAVEPOINT probe").await;
    let (tenant, kind, id) = (world.acme, actor.kind, actor.id);
    run(
        conn,
        &format!(
            "SET LOCAL ROLE {role}; SELECT set_config('app.tenant_id', '{tenant}', true), \
             set_config('app.actor_kind', '{kind}', true), set_config('app.actor_id', '{id}', true)"
        ),
    )
    .await;
    let outcome = if what == Try::Read {
        conn.fetch_all(AssertSqlSafe(statement)).await.map(|rows| {
            let keys: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
            labels(table, &keys)
        })
    } else {
        match conn.execute(AssertSqlSafe(statement)).await {
            Ok(_) => Ok(changed(conn, table, what, start).await),
            Err(error) => Err(error),
        }
    };
    run(
        &mut world.owner,
        "ROLLBACK TO SAVEPOINT probe; RELEASE SAVEPOINT probe",
    )
    .await;
    match outcome {
        Ok(labels) => labels,
        Err(error) => refusal(table, what, &error),
    }
}

/// The rows that the last statement touched.
async fn changed(conn: &mut PgConnection, table: &Table, what: Try, start: i64) -> String {
    run(conn, "RESET ROLE").await;
    let key = key_text(table);
    let name = &table.name;
    match what {
        Try::Delete => {
            let left: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!("SELECT {key} FROM {name}")))
                .fetch_all(conn)
                .await
                .unwrap();
            let left: BTreeSet<_> = left.into_iter().collect();
            let gone: Vec<String> = table
                .rows
                .keys()
                .filter(|key| !left.contains(*key))
                .cloned()
                .collect();
            labels(table, &gone)
        }
        Try::Insert(_) => "goes through".to_owned(),
        Try::Move | Try::Update | Try::Give | Try::Read => {
            let sql = format!(
                "SELECT count(*) FILTER (WHERE xmin::text::bigint >= {start}), array_agg({key}) \
                 FILTER (WHERE xmin::text::bigint >= {start}) FROM {name}"
            );
            let row = conn.fetch_one(AssertSqlSafe(sql)).await.unwrap();
            if what == Try::Move {
                // The key of a row that moved is another one.
                return match row.get::<i64, _>(0) {
                    0 => "nothing".to_owned(),
                    count => format!("{count} rows"),
                };
            }
            labels(table, &row.get::<Option<Vec<String>>, _>(1).unwrap_or_default())
        }
    }
}

/// Why a try failed: by the rights, by a policy, or by something that comes after both.
fn refusal(table: &Table, what: Try, error: &sqlx::Error) -> String {
    let error = error.as_database_error().unwrap_or_else(|| panic!("{error}"));
    match error.code().as_deref() {
        Some("42501") if error.message().contains("row-level security") => "refused".to_owned(),
        Some("42501") => "no right".to_owned(),
        // The same key once more: it passed the policies.
        Some("23505") => "goes through".to_owned(),
        _ => panic!("{} {}: {error}", table.name, what.name()),
    }
}

/// The statement of a try; `None` where the table has nothing to try it with.
async fn statement(world: &mut World, role: &str, table: &Table, what: Try) -> Option<String> {
    let name = &table.name;
    let has = |column: &str| table.columns.iter().any(|known| known.name == column);
    let (globex, peer) = (world.globex, world.peer);
    Some(match what {
        Try::Read => format!("SELECT {} FROM {name}", key_text(table)),
        Try::Delete => format!("DELETE FROM {name}"),
        Try::Move if has("tenant_id") => format!("UPDATE {name} SET tenant_id = '{globex}'"),
        Try::Give if has("owner_id") => format!("UPDATE {name} SET owner_id = '{peer}'"),
        Try::Give if has("user_id") => format!("UPDATE {name} SET user_id = '{peer}'"),
        Try::Update => {
            let column = updatable(&mut world.owner, role, table).await?;
            format!("UPDATE {name} SET {column}")
        }
        Try::Insert(label) => {
            let row = table.samples.get(label)?;
            let columns: Vec<String> = table
                .columns
                .iter()
                .map(|column| format!("\"{}\"", column.name))
                .collect();
            let columns = columns.join(", ");
            // Made of our own rows; a quote inside is doubled.
            let row = row.to_string().replace('\'', "''");
            format!(
                "INSERT INTO {name} ({columns}) SELECT {columns} FROM jsonb_populate_record(NULL::{name}, '{row}')"
            )
        }
        Try::Move | Try::Give => return None,
    })
}

/// An assignment that the role may make and that no row minds.
async fn updatable(owner: &mut PgConnection, role: &str, table: &Table) -> Option<String> {
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT a.attname::text, format_type(a.atttypid, NULL) FROM pg_attribute a \
         WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity = '' \
           AND has_column_privilege($2, a.attrelid, a.attnum, 'UPDATE') ORDER BY a.attnum DESC",
    )
    .bind(&table.name)
    .bind(role)
    .fetch_all(owner)
    .await
    .unwrap();
    columns
        .into_iter()
        .filter(|(name, _)| {
            !table.key.contains(name) && !matches!(name.as_str(), "owner_id" | "user_id" | "tenant_id")
        })
        .find_map(|(name, kind)| {
            let value = match kind.as_str() {
                "timestamp with time zone" => "'2001-01-01'",
                "text" => "'probe'",
                "bigint" | "integer" | "smallint" | "numeric" => "7",
                "boolean" => "true",
                "jsonb" => "'{}'",
                _ => return None,
            };
            Some(format!("\"{name}\" = {value}"))
        })
}

/// `own, peer 2/3`: the labels of these rows, with how many of them where it is not all.
fn labels(table: &Table, keys: &[String]) -> String {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for key in keys {
        let label = table.rows.get(key).map_or("?", String::as_str);
        *count.entry(label).or_default() += 1;
    }
    if count.is_empty() {
        return "nothing".to_owned();
    }
    let all = |label: &str| table.rows.values().filter(|known| *known == label).count();
    let told: Vec<String> = count
        .iter()
        .map(|(label, count)| match all(label) {
            of if of == *count => (*label).to_owned(),
            of => format!("{label} {count}/{of}"),
        })
        .collect();
    told.join(", ")
}

pub(super) async fn run(conn: &mut PgConnection, statements: &str) {
    if let Err(error) = conn.execute(AssertSqlSafe(statements.to_owned())).await {
        panic!("{statements}: {error}");
    }
}
