//! What the database is made of, read from the database: a new table is erased and exported without a word here.

use std::collections::BTreeMap;

use crate::{StoreError, TenantTx};

/// Tables of the tenant that erasures leave alone, and why.
pub(super) const KEPT: &[(&str, &str)] = &[
    ("budget_periods", "sums of the ledger: amounts, no personal data"),
    ("erasures", "the receipts themselves"),
    (
        "ledger_entries",
        "amounts, no personal data; accounts must be kept",
    ),
];

/// Tables that follow from records, which erasures go through: what they have of a person goes when the differences that
/// this leaves are summed up.
pub(super) const DERIVED: &[&str] = &[
    "activity_deltas",
    "activity_sums",
    "opportunity_account_sums",
    "opportunity_deltas",
    "opportunity_spell_sums",
    "opportunity_spells",
    "opportunity_stay_sums",
    "opportunity_sums",
    "opportunity_touched",
];

/// A table of the tenant.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    pub(super) columns: Vec<Column>,
    /// The columns of the primary key beside the tenant's, in its order.
    keys: Vec<KeyColumn>,
}

#[derive(Debug, Clone, sqlx::FromRow)]
struct KeyColumn {
    table_name: String,
    name: String,
    kind: String,
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Column {
    table_name: String,
    pub(super) name: String,
    pub(super) kind: String,
    /// Whether this role may read it.
    pub(super) readable: bool,
    /// Whether this role may change it, and it is not generated.
    pub(super) writable: bool,
}

/// A reference between tables of the tenant.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Reference {
    pub(super) child: String,
    /// The column of the child, beside the tenant's.
    pub(super) column: String,
    pub(super) parent: String,
    pub(super) parent_column: String,
    /// As `pg_constraint.confdeltype`: `c` cascade, `n` set null, `a` and `r` refuse.
    pub(super) on_delete: String,
    /// Whether the child can do without.
    pub(super) nullable: bool,
}

/// Every table of the tenant, by name.
pub(super) async fn tables(tx: &mut TenantTx) -> Result<BTreeMap<String, Table>, StoreError> {
    let columns: Vec<Column> = sqlx::query_as(
        "SELECT c.relname::text AS table_name, a.attname::text AS name, format_type(a.atttypid, NULL) AS kind, \
             has_column_privilege(current_user, c.oid, a.attnum, 'SELECT') AS readable, \
             a.attgenerated = '' AND has_column_privilege(current_user, c.oid, a.attnum, 'UPDATE') AS writable \
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND EXISTS (\
             SELECT FROM pg_attribute t WHERE t.attrelid = c.oid AND t.attname = 'tenant_id' AND NOT t.attisdropped) \
         ORDER BY 1, a.attnum",
    )
    .fetch_all(tx.conn())
    .await?;
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    for column in columns {
        tables
            .entry(column.table_name.clone())
            .or_default()
            .columns
            .push(column);
    }
    let keys: Vec<KeyColumn> = sqlx::query_as(
        "SELECT c.relname::text AS table_name, a.attname::text AS name, format_type(a.atttypid, NULL) AS kind \
         FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid \
         CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY AS u (attnum, place) \
         JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.attnum \
         WHERE k.contype = 'p' AND c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' \
           AND (a.attname <> 'tenant_id' OR cardinality(k.conkey) = 1) \
         ORDER BY 1, u.place",
    )
    .fetch_all(tx.conn())
    .await?;
    for key in keys {
        if let Some(table) = tables.get_mut(&key.table_name) {
            table.keys.push(key);
        }
    }
    Ok(tables)
}

/// Every reference between tables of the tenant that is one column beside the tenant's.
pub(super) async fn references(tx: &mut TenantTx) -> Result<Vec<Reference>, StoreError> {
    Ok(sqlx::query_as(
        "SELECT f.conrelid::regclass::text AS child, a.attname::text AS \"column\", f.confrelid::regclass::text AS parent, \
             b.attname::text AS parent_column, f.confdeltype::text AS on_delete, NOT a.attnotnull AS nullable \
         FROM pg_constraint f CROSS JOIN LATERAL unnest(f.conkey, f.confkey) AS k (near, far) \
         JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.near \
         JOIN pg_attribute b ON b.attrelid = f.confrelid AND b.attnum = k.far \
         WHERE f.contype = 'f' AND f.connamespace = 'public'::regnamespace AND a.attname <> 'tenant_id' \
           AND cardinality(f.conkey) = 2 AND EXISTS (\
             SELECT FROM pg_attribute t WHERE t.attrelid = f.confrelid AND t.attname = 'tenant_id' AND NOT t.attisdropped) \
         ORDER BY 1, 2",
    )
    .fetch_all(tx.conn())
    .await?)
}

impl Table {
    /// The columns that hold text which this role may read.
    pub(super) fn texts(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| {
            column.readable
                && matches!(
                    column.kind.as_str(),
                    "text" | "jsonb" | "json" | "text[]" | "character varying"
                )
        })
    }

    /// The key's columns, for an order or a row of values.
    pub(super) fn key(&self) -> String {
        let names: Vec<String> = self.keys.iter().map(|key| format!("\"{}\"", key.name)).collect();
        names.join(", ")
    }

    /// The key as a text of JSON.
    pub(super) fn key_as_text(&self) -> String {
        let parts: Vec<String> = self
            .keys
            .iter()
            .map(|key| format!("\"{}\"::text", key.name))
            .collect();
        format!("jsonb_build_array({})::text", parts.join(", "))
    }

    /// The values of a key that an expression has as JSON, each of its column's type.
    pub(super) fn key_of(&self, json: &str) -> String {
        let parts: Vec<String> = self
            .keys
            .iter()
            .enumerate()
            .map(|(place, key)| format!("(({json}) ->> {place})::{}", key.kind))
            .collect();
        parts.join(", ")
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.name == name)
    }
}
