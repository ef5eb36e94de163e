//! Catalogue fields and typed filters to SQL: the only user of sea-query.
//!
//! Names of tables and columns come from the catalogue, values are always bound. Row-level security decides what is
//! seen; what stands here makes plans good.

pub(crate) mod analytics;
mod columns;
mod condition;
mod cursor;
mod list;
mod read;
mod repoint;
mod row;
mod search;
mod value;
mod write;

pub(crate) use columns::{Column, insert_columns};
pub(crate) use condition::{Checked, Subject};
pub use condition::{Condition, Op};
pub(crate) use cursor::{Position, decode_cursor, encode_cursor, fingerprint};
pub(crate) use list::{First, ListPlan, Seen, Shared, Sort, position};
pub(crate) use read::{by_field, by_ids, locked, many_of, matching, visible};
pub(crate) use repoint::{link, merged_into, owned, put_away, repoint, touch};
pub(crate) use row::{Columns, record};
pub(crate) use search::{Words, is_searched};
pub(crate) use value::stored_json;
pub(crate) use write::{insert, seed, update};

use std::collections::HashSet;

use sea_query::{PostgresQueryBuilder, SelectStatement};
use sea_query_sqlx::{SqlxBinder, SqlxValues};
use sqlx::{AssertSqlSafe, PgConnection, Row, postgres::PgRow};
use uuid::Uuid;

use crate::StoreError;

/// A statement with its values.
pub(crate) struct Statement {
    sql: String,
    values: SqlxValues,
    /// Whether its plan suits all values: a row by its key. Else it is planned for these very values, because a plan
    /// that suits all tenants suits none.
    keeps_plan: bool,
}

impl Statement {
    /// A statement that is planned for its values.
    fn select(select: &SelectStatement) -> Self {
        let (sql, values) = select.build_sqlx(PostgresQueryBuilder);
        Self {
            sql,
            values,
            keeps_plan: false,
        }
    }

    /// A statement that reads or writes rows by their keys.
    fn keyed(sql: String, values: Vec<sea_query::Value>) -> Self {
        Self {
            sql,
            values: SqlxValues(sea_query::Values(values)),
            keeps_plan: true,
        }
    }

    /// The same statement, whose plan is kept.
    fn kept(self) -> Self {
        Self {
            keeps_plan: true,
            ..self
        }
    }

    /// Runs it and reads what comes.
    pub(crate) async fn rows(self, conn: &mut PgConnection) -> Result<Vec<PgRow>, StoreError> {
        // The text holds names of the catalogue and placeholders alone.
        Ok(sqlx::query_with(AssertSqlSafe(self.sql), self.values)
            .persistent(self.keeps_plan)
            .fetch_all(conn)
            .await?)
    }

    /// Runs it for what it does.
    pub(crate) async fn run(self, conn: &mut PgConnection) -> Result<u64, StoreError> {
        let done = sqlx::query_with(AssertSqlSafe(self.sql), self.values)
            .persistent(self.keeps_plan)
            .execute(conn)
            .await?;
        Ok(done.rows_affected())
    }

    /// What Postgres expects of it: the plan as JSON.
    pub(crate) async fn expected(&self, conn: &mut PgConnection) -> Result<serde_json::Value, StoreError> {
        let sql = format!("EXPLAIN (FORMAT JSON) {}", self.sql);
        Ok(
            sqlx::query_scalar_with(AssertSqlSafe(sql), SqlxValues(self.values.0.clone()))
                .persistent(false)
                .fetch_one(conn)
                .await?,
        )
    }

    /// How Postgres does it, and how long that takes.
    pub(crate) async fn explained(self, conn: &mut PgConnection) -> Result<String, StoreError> {
        let sql = format!("EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {}", self.sql);
        let lines: Vec<String> = sqlx::query_scalar_with(AssertSqlSafe(sql), self.values)
            .persistent(false)
            .fetch_all(conn)
            .await?;
        Ok(lines.join("\n"))
    }

    /// The ids in the first column.
    pub(crate) async fn ids(self, conn: &mut PgConnection) -> Result<HashSet<Uuid>, StoreError> {
        let rows = self.rows(conn).await?;
        Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
    }
}
