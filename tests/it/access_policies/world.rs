//! A database in which every table has a row of every kind that a policy can tell apart.
//!
//! The rows need not make sense: constraints and triggers are dropped in this copy, so that they can be made for any
//! table from its columns alone. What refers to something refers to the row with the same label.

use std::collections::{BTreeMap, HashMap};

use crm_tests::harness::TestDb;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};
use uuid::Uuid;

/// Whose a row is. `other` belongs to another tenant.
pub(super) const LABELS: &[&str] = &["own", "peer", "below", "unowned", "shared", "writable", "other"];

/// Tables whose rows the service makes with a tenant; the actors stand in them.
const BASE: &[&str] = &["tenants", "users", "roles", "memberships", "api_keys"];

/// Values without which a policy shows nothing to anybody: table, column, label, value.
const VALUES: &[(&str, &str, &str, &str)] = &[
    ("articles", "status", "own", "published"),
    ("articles", "audience", "own", "public"),
    ("article_versions", "status", "own", "published"),
    ("article_versions", "audience", "own", "public"),
    ("approvals", "state", "own", "pending"),
    ("messages", "author_kind", "own", "visitor"),
    ("messages", "direction", "own", "inbound"),
    ("ledger_entries", "kind", "own", "hold"),
    ("predictive_models", "kind", "own", "win"),
    ("predictive_models", "kind", "peer", "lead"),
    ("predictive_models", "kind", "below", "churn"),
    // The job that erases, which the policies `erase` look for.
    ("jobs", "kind", "shared", "erase"),
    ("jobs", "state", "shared", "leased"),
];

/// Somebody whose eyes the tables are seen through.
#[derive(Debug, Clone)]
pub(super) struct Actor {
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) id: Uuid,
}

/// A table with row-level security.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// The columns of its primary key.
    pub(super) key: Vec<String>,
    /// The label of each row, by the text of its key.
    pub(super) rows: HashMap<String, String>,
    /// A row of each label, as JSON.
    pub(super) samples: BTreeMap<String, serde_json::Value>,
}

/// A column of a table.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    kind: String,
    nullable: bool,
    has_default: bool,
    /// The table that it refers to.
    target: Option<String>,
}

/// The database, with a connection of its owner.
pub(super) struct World {
    /// Lives as long as the connection.
    _db: TestDb,
    pub(super) owner: PgConnection,
    pub(super) tables: Vec<Table>,
    pub(super) actors: Vec<Actor>,
    pub(super) acme: Uuid,
    pub(super) globex: Uuid,
    /// The member whose rows are `peer`.
    pub(super) peer: Uuid,
}

/// Ids that are known before anything is made.
struct Cast {
    users: HashMap<&'static str, Uuid>,
    rep_role: Uuid,
    key: Uuid,
    visitor: Uuid,
    acme: Uuid,
    globex: Uuid,
    others: HashMap<&'static str, Uuid>,
}

impl World {
    pub(super) async fn new() -> Self {
        let db = TestDb::new().await;
        let store = db.store().await;
        let (_, acme) = db.tenant_in(&store, "acme").await;
        let (_, globex) = db.tenant_in(&store, "globex").await;
        let (acme, globex) = (acme.tenant().uuid(), globex.tenant().uuid());
        let mut owner = PgConnection::connect(&db.owner_url()).await.unwrap();
        let mut tables = tables(&mut owner).await;
        loosen(&mut owner).await;
        let (cast, actors) = cast(&mut owner, acme, globex).await;
        for table in &mut tables {
            if !BASE.contains(&table.name.as_str()) {
                populate(&mut owner, table, &cast).await;
            }
            label(&mut owner, table, acme).await;
        }
        let peer = cast.users["peer"];
        Self {
            _db: db,
            owner,
            tables,
            actors,
            acme,
            globex,
            peer,
        }
    }
}

/// Every table with row-level security, with its columns and what they refer to.
async fn tables(owner: &mut PgConnection) -> Vec<Table> {
    let rows = sqlx::query(
        "SELECT c.relname::text AS name, \
           (SELECT array_agg(a.attname::text ORDER BY k.n) FROM pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY k (at, n) \
              JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.at \
            WHERE i.indrelid = c.oid AND i.indisprimary) AS key \
         FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relrowsecurity \
         ORDER BY 1",
    )
    .fetch_all(&mut *owner)
    .await
    .unwrap();
    let mut tables = Vec::new();
    for row in rows {
        let name: String = row.get("name");
        let columns = columns(owner, &name).await;
        tables.push(Table {
            key: row
                .get::<Option<Vec<String>>, _>("key")
                .unwrap_or_else(|| panic!("{name} has no primary key")),
            columns,
            name,
            rows: HashMap::new(),
            samples: BTreeMap::new(),
        });
    }
    tables
}

async fn columns(owner: &mut PgConnection, table: &str) -> Vec<Column> {
    let rows = sqlx::query(
        "SELECT a.attname::text AS name, format_type(a.atttypid, NULL) AS kind, NOT a.attnotnull AS nullable, a.atthasdef AS has_default, \
           (SELECT f.confrelid::regclass::text FROM pg_constraint f WHERE f.conrelid = a.attrelid AND f.contype = 'f' \
              AND a.attnum = f.conkey[array_upper(f.conkey, 1)] AND a.attname <> 'tenant_id' LIMIT 1) AS target \
         FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped \
           AND a.attgenerated = '' AND a.attidentity = '' ORDER BY a.attnum",
    )
    .bind(table)
    .fetch_all(owner)
    .await
    .unwrap();
    rows.into_iter()
        .map(|row| Column {
            name: row.get("name"),
            kind: row.get("kind"),
            nullable: row.get("nullable"),
            has_default: row.get("has_default"),
            target: row.get("target"),
        })
        .collect()
}

/// Takes away whatever would refuse a row that makes no sense; primary keys and policies stay.
async fn loosen(owner: &mut PgConnection) {
    let statement = "DO $$ DECLARE r record; BEGIN \
        FOR r IN SELECT conrelid::regclass AS t, conname FROM pg_constraint \
            WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f', 'u', 'x') AND conparentid = 0 AND conrelid <> 0 \
            ORDER BY contype = 'f' DESC LOOP \
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I CASCADE', r.t, r.conname); \
        END LOOP; \
        FOR r IN SELECT indexrelid::regclass AS i FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid \
            WHERE c.relnamespace = 'public'::regnamespace AND x.indisunique AND NOT x.indisprimary AND c.relname <> '_sqlx_migrations' LOOP \
            EXECUTE format('DROP INDEX IF EXISTS %s', r.i); \
        END LOOP; \
        FOR r IN SELECT DISTINCT tgrelid::regclass AS t FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid \
            WHERE c.relnamespace = 'public'::regnamespace AND NOT tgisinternal LOOP \
            EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', r.t); \
        END LOOP; END $$";
    owner.execute(statement).await.unwrap();
}

/// The actors: one of each role that a tenant has, three of roles made here, and those who are no members.
async fn cast(owner: &mut PgConnection, acme: Uuid, globex: Uuid) -> (Cast, Vec<Actor>) {
    let mut actors = Vec::new();
    let built_in: Vec<(String, Uuid)> = sqlx::query_as(
        "SELECT name, id FROM roles WHERE tenant_id = $1 ORDER BY (name = 'admin') DESC, name",
    )
    .bind(acme)
    .fetch_all(&mut *owner)
    .await
    .unwrap();
    let mut roles = built_in.clone();
    let everyday = r#"{"objects": {"*": ["create", "read", "update", "delete"]}}"#;
    let mut rep_role = Uuid::nil();
    for (name, permissions) in [("rep", everyday), ("junior", everyday), ("nobody", "{}")] {
        let id = id_of("roles", name);
        let parent = (name == "junior").then_some(rep_role);
        if name == "rep" {
            rep_role = id;
        }
        sqlx::query("INSERT INTO roles (tenant_id, id, name, parent_id, permissions, created_at, updated_at) VALUES ($1, $2, $3, $4, $5::jsonb, now(), now())")
            .bind(acme)
            .bind(id)
            .bind(name)
            .bind(parent)
            .bind(permissions)
            .execute(&mut *owner)
            .await
            .unwrap();
        roles.push((name.to_owned(), id));
    }
    roles.push(("peer".to_owned(), rep_role));
    for (name, role) in &roles {
        let id = member(owner, acme, name, *role, "active").await;
        actors.push(Actor {
            name: name.clone(),
            kind: "user",
            id,
        });
    }
    let id = member(owner, acme, "disabled", built_in[0].1, "disabled").await;
    let visitor = id_of("visitors", "own");
    let key = api_key(owner, acme, "key", None).await;
    let bound = api_key(owner, acme, "key_of_rep", Some(rep_role)).await;
    api_key(owner, globex, "key_of_globex", None).await;
    let stranger: Uuid = sqlx::query_scalar("SELECT user_id FROM memberships WHERE tenant_id = $1")
        .bind(globex)
        .fetch_one(&mut *owner)
        .await
        .unwrap();
    let other = |name: &str, kind, id| Actor {
        name: name.to_owned(),
        kind,
        id,
    };
    actors.extend([
        other("disabled", "user", id),
        other("stranger", "user", stranger),
        other("key", "api_key", key),
        other("key_of_rep", "api_key", bound),
        other("visitor", "visitor", visitor),
        other("job", "job", id_of("jobs", "own")),
        other("eraser", "job", id_of("jobs", "shared")),
        other("nameless", "", Uuid::nil()),
    ]);
    let user = |name: &str| actors.iter().find(|actor| actor.name == name).unwrap().id;
    let users = HashMap::from([
        ("own", user("rep")),
        ("peer", user("peer")),
        ("below", user("junior")),
        ("shared", user("admin")),
        ("writable", user("admin")),
        ("other", stranger),
    ]);
    let role_of_globex: Uuid =
        sqlx::query_scalar("SELECT id FROM roles WHERE tenant_id = $1 AND name = 'admin'")
            .bind(globex)
            .fetch_one(&mut *owner)
            .await
            .unwrap();
    let cast = Cast {
        users,
        rep_role,
        key,
        visitor,
        acme,
        globex,
        others: HashMap::from([("roles", role_of_globex)]),
    };
    (cast, actors)
}

async fn member(owner: &mut PgConnection, tenant: Uuid, name: &str, role: Uuid, status: &str) -> Uuid {
    let id = id_of("users", name);
    sqlx::query(
        "INSERT INTO users (id, email, name, created_at, updated_at) VALUES ($1, $2, $3, now(), now())",
    )
    .bind(id)
    .bind(format!("{name}@probe.test"))
    .bind(name)
    .execute(&mut *owner)
    .await
    .unwrap();
    sqlx::query("INSERT INTO memberships (tenant_id, id, user_id, role_id, status, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, now(), now())")
        .bind(tenant)
        .bind(id_of("memberships", name))
        .bind(id)
        .bind(role)
        .bind(status)
        .execute(owner)
        .await
        .unwrap();
    id
}

async fn api_key(owner: &mut PgConnection, tenant: Uuid, name: &str, role: Option<Uuid>) -> Uuid {
    let id = id_of("api_keys", name);
    sqlx::query("INSERT INTO api_keys (tenant_id, id, name, key_hash, prefix, role_id, created_at) VALUES ($1, $2, $3, sha256($3::bytea), $3, $4, now())")
        .bind(tenant)
        .bind(id)
        .bind(name)
        .bind(role)
        .execute(owner)
        .await
        .unwrap();
    id
}

/// A row of each label.
async fn populate(owner: &mut PgConnection, table: &Table, cast: &Cast) {
    for label in LABELS {
        let mut row = serde_json::Map::new();
        for column in &table.columns {
            if let Some(value) = value(table, column, label, cast) {
                row.insert(column.name.clone(), value);
            }
        }
        if table.name == "record_shares" {
            // Each shares the row of its label, whatever the table, with the rep.
            continue;
        }
        insert(owner, &table.name, &row).await;
    }
    if table.name != "record_shares" && table.columns.iter().any(|column| column.name == "owner_id") {
        share(owner, table, cast).await;
    }
}

/// Opens the rows `shared` and `writable` of a table to the role of the rep.
async fn share(owner: &mut PgConnection, table: &Table, cast: &Cast) {
    let object = crm_store::catalog::OBJECTS
        .iter()
        .find(|object| object.table == table.name);
    let Some(object) = object else { return };
    for (label, access) in [("shared", "read"), ("writable", "write")] {
        sqlx::query("INSERT INTO record_shares (tenant_id, object, record_id, role_id, rule_id, access) VALUES ($1, $2, $3, $4, $5, $6)")
            .bind(cast.acme)
            .bind(object.name)
            .bind(id_of(&table.name, label))
            .bind(cast.rep_role)
            .bind(id_of("sharing_rules", label))
            .bind(access)
            .execute(&mut *owner)
            .await
            .unwrap();
    }
}

async fn insert(owner: &mut PgConnection, table: &str, row: &serde_json::Map<String, serde_json::Value>) {
    let names: Vec<String> = row.keys().map(|name| format!("\"{name}\"")).collect();
    let names = names.join(", ");
    let sql = format!(
        "INSERT INTO {table} ({names}) SELECT {names} FROM jsonb_populate_record(NULL::{table}, $1) \
         ON CONFLICT DO NOTHING"
    );
    let done = sqlx::query(AssertSqlSafe(sql))
        .bind(serde_json::Value::Object(row.clone()))
        .execute(owner)
        .await;
    if let Err(error) = done {
        panic!("no row for {table}: {error}\n{row:?}");
    }
}

/// A value for a column; `None` leaves it to its default.
fn value(table: &Table, column: &Column, label: &str, cast: &Cast) -> Option<serde_json::Value> {
    use serde_json::json;
    let given = VALUES
        .iter()
        .find(|(t, c, l, _)| *t == table.name && *c == column.name && *l == label);
    if let Some((.., value)) = given {
        return Some(json!(value));
    }
    if column.name == "tenant_id" {
        return Some(json!(if label == "other" { cast.globex } else { cast.acme }));
    }
    if column.name == "visitor_id" {
        return Some(json!(if label == "own" {
            cast.visitor
        } else {
            id_of("visitors", label)
        }));
    }
    if column.name == "author_id" && label == "own" {
        return Some(json!(cast.visitor));
    }
    if matches!(column.name.as_str(), "actor_kind" | "author_kind") {
        return Some(json!("user"));
    }
    let is_person = column.target.as_deref() == Some("users")
        || matches!(
            column.name.as_str(),
            "owner_id" | "user_id" | "actor_id" | "author_id"
        );
    if is_person {
        let user = cast.users.get(label).copied();
        let user = user.or_else(|| (!column.nullable).then(|| cast.users["shared"]));
        return user.map(|user| json!(user));
    }
    match column.target.as_deref() {
        Some("roles") => {
            return Some(json!(if label == "other" {
                cast.others["roles"]
            } else {
                cast.rep_role
            }));
        }
        Some("api_keys") => return Some(json!(cast.key)),
        Some("memberships") => return Some(json!(id_of("memberships", "rep"))),
        // A row that is its own parent would be a circle.
        Some(target) if *target == table.name => return None,
        Some(target) if column.kind == "uuid" => return Some(json!(id_of(target, label))),
        _ => {}
    }
    if column.name == "id" && column.kind == "uuid" {
        return Some(json!(id_of(&table.name, label)));
    }
    if column.nullable || column.has_default {
        return None;
    }
    Some(match column.kind.as_str() {
        "uuid" => json!(id_of(&column.name, label)),
        "smallint" | "integer" | "bigint" | "numeric" | "double precision" | "real" => json!(1),
        "boolean" => json!(false),
        "timestamp with time zone" => json!("2026-01-01T00:00:00Z"),
        "date" => json!("2026-01-01"),
        "jsonb" => json!({}),
        "bytea" => json!("\\x00"),
        "inet" => json!("127.0.0.1"),
        kind if kind.ends_with("[]") => json!([]),
        _ => json!(label),
    })
}

/// Reads which row is which, and one of each label.
async fn label(owner: &mut PgConnection, table: &mut Table, acme: Uuid) {
    let sql = format!("SELECT {}, to_jsonb(t) FROM {} t", key_text(table), table.name);
    let rows: Vec<(String, serde_json::Value)> =
        sqlx::query_as(AssertSqlSafe(sql)).fetch_all(owner).await.unwrap();
    for (key, row) in rows {
        let label = label_of(table, &row, acme);
        table.rows.insert(key, label.clone());
        table.samples.entry(label).or_insert(row);
    }
}

fn label_of(table: &Table, row: &serde_json::Value, acme: Uuid) -> String {
    let made = LABELS
        .iter()
        .find(|label| row["id"] == serde_json::json!(id_of(&table.name, label)));
    if let Some(label) = made {
        return (*label).to_owned();
    }
    let tenant = match table.name.as_str() {
        "tenants" => &row["id"],
        _ => &row["tenant_id"],
    };
    match table.name.as_str() {
        "users" => row["name"].as_str().unwrap().to_owned(),
        _ if *tenant != serde_json::json!(acme) => "other".to_owned(),
        _ => LABELS
            .iter()
            .find(|label| {
                row.as_object().unwrap().iter().any(|(column, value)| {
                    *value == serde_json::json!(id_of(column, label))
                        || table.columns.iter().any(|known| {
                            known.name == *column
                                && known
                                    .target
                                    .as_deref()
                                    .is_some_and(|target| *value == serde_json::json!(id_of(target, label)))
                        })
                })
            })
            .map_or("base".to_owned(), |label| (*label).to_owned()),
    }
}

/// The key of a row as text, as far as the asking role may read it.
pub(super) fn key_text(table: &Table) -> String {
    let columns: Vec<String> = table.key.iter().map(|column| format!("\"{column}\"")).collect();
    format!("concat_ws('/', {})", columns.join(", "))
}

/// The id that a label stands for in a table: the same in every run.
fn id_of(table: &str, label: &str) -> Uuid {
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for byte in table.bytes().chain([b'/']).chain(label.bytes()) {
        hash = (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013B);
    }
    Uuid::from_u128(hash)
}
