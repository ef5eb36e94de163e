//! Finding records by words, through the search functions (`migrations/0015_search.sql`).
//!
//! The ids of the records that have the words come from the function, which reads the index of words outside of
//! row-level security; the list reads them again under the actor's policies. Words that very many records have narrow a
//! list badly by ids: then the list is walked in its order, and each record is asked for the words.

use sea_query::{Expr, ExprTrait};
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

use super::read::{column, uuids};
use crate::{
    StoreError,
    catalog::{Field, Object},
};

/// The most ids that a list is narrowed by.
const MOST_HITS: i32 = 2_000;

/// Words to be found, and where.
#[derive(Debug, Clone)]
pub(crate) struct Words {
    /// What was said.
    said: String,
    /// The fields that may have them; all searched ones together, when `None`.
    fields: Option<Vec<&'static Field>>,
    /// The records that have them, unless there are too many.
    hits: Option<Vec<Uuid>>,
}

impl Words {
    /// Looks the words up. With `fields` only these count, each word in any of them.
    pub(crate) async fn look_up(
        conn: &mut PgConnection,
        object: &'static Object,
        said: &str,
        fields: Option<Vec<&'static Field>>,
        deleted: bool,
    ) -> Result<Self, StoreError> {
        // The name of the function is made of the catalogue's.
        let sql = format!("SELECT search_{}($1, $2, $3)", object.table);
        let hits: Option<Vec<Uuid>> = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(said)
            .bind(MOST_HITS)
            .bind(deleted)
            .fetch_one(conn)
            .await?;
        Ok(Self {
            said: said.to_owned(),
            fields,
            hits,
        })
    }

    /// Whether few records have them, whose ids are known.
    pub(crate) fn is_narrow(&self) -> bool {
        self.hits.is_some()
    }

    /// The condition on the records of a list.
    pub(crate) fn expr(&self) -> Expr {
        let known = match &self.hits {
            Some(hits) => Expr::cust_with_values("\"t\".\"id\" = ANY($1)", [uuids(hits)]),
            // In parentheses of its own the question is read once, not for every record. As a CASE the planner takes it
            // for true of every second record: it is common, and a list that is walked soon has its page.
            None => Expr::cust_with_values(
                "CASE WHEN \"t\".search @@ (SELECT app_search_query($1)) THEN true ELSE false END",
                [self.said.clone()],
            ),
        };
        match &self.fields {
            None => known,
            Some(fields) => known.and(self.in_fields(fields)),
        }
    }

    fn in_fields(&self, fields: &[&'static Field]) -> Expr {
        if fields.is_empty() {
            return Expr::val(false);
        }
        let mut parts: Vec<Expr> = fields.iter().map(|field| column(field)).collect();
        let places: Vec<String> = (1..=parts.len()).map(|place| format!("${place}")).collect();
        let sql = format!(
            "app_search_lexemes(\"t\".tenant_id, {}) @@ (SELECT app_search_query(${}))",
            places.join(", "),
            parts.len() + 1
        );
        parts.push(Expr::val(self.said.clone()));
        Expr::cust_with_exprs(sql, parts)
    }
}

/// Whether records of an object can be found by words.
pub(crate) fn is_searched(object: &Object) -> bool {
    object.internal.iter().any(|(column, _)| *column == "search")
}
