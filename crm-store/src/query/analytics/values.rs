//! The values that a field has.

use sea_query::{Expr, Order, Query};

use super::{
    super::Statement,
    custom, names,
    scope::{Frame, Scope, said},
};
use crate::{
    StoreError,
    analytics::Path,
    catalog::{self, FieldType},
};

/// So many values are gone through at the most.
const MOST_STEPS: u32 = 5_000;

/// Which values are looked for.
#[derive(Clone, Copy)]
pub(crate) enum Named<'a> {
    /// All of them.
    All,
    /// Those that have this in their names.
    Like(&'a str),
    /// Those that are called one of these, in small letters.
    OneOf(&'a [String]),
}

/// A question for the values of a field.
pub(crate) struct ValuesPlan<'a> {
    pub(crate) frame: Frame<'a>,
    pub(crate) path: &'a Path,
    pub(crate) named: Named<'a>,
    pub(crate) limit: u64,
}

impl ValuesPlan<'_> {
    /// The statement: a value, as an id or as text, and what it is called.
    pub(crate) fn compile(&self) -> Result<Statement, StoreError> {
        let mut scope = Scope::new(self.frame, self.path.object, "t")?;
        let column = scope.column(self.path)?;
        if self.path.field.kind == FieldType::Id {
            return self.records();
        }
        if self.is_walked() {
            return Ok(self.walk());
        }
        let word = if self.path.custom.is_some() {
            custom("($1 #>> '{}')", [column])
        } else {
            match self.path.field.kind {
                FieldType::Json | FieldType::Bytes | FieldType::LongText => {
                    return Err(StoreError::invalid(
                        said(self.path),
                        "has no values to choose from",
                    ));
                }
                _ => custom("($1)::text", [column]),
            }
        };
        let mut each = scope.select()?;
        each.expr_as(word, "word").distinct();
        let mut select = Query::select();
        select
            .expr_as(Expr::cust("word"), "value")
            .expr_as(Expr::cust("word"), "name")
            .from_subquery(each, "e")
            .and_where(Expr::cust("word IS NOT NULL"));
        self.cut(&mut select, "word");
        Ok(Statement::select(&select))
    }

    /// Whether an index leads from each value to the next one.
    fn is_walked(&self) -> bool {
        let Path {
            object,
            field,
            custom,
            ..
        } = self.path;
        custom.is_none()
            && field.indexed
            // Those of names are as many as the records.
            && !field.searchable
            && field.kind.column_type() == "text"
            && object.name != catalog::USER.name
    }

    /// Goes from each value to the next one, instead of through all records: some twenty steps among a million.
    fn walk(&self) -> Statement {
        let Path { object, field, .. } = self.path;
        let alive = if object.field("deleted_at").is_some() {
            " AND t.deleted_at IS NULL"
        } else {
            ""
        };
        let (column, table) = (field.column, object.table);
        let mut values = vec![sea_query::Value::from(self.frame.tenant)];
        let narrowed = match self.named {
            Named::All => "",
            Named::Like(like) => {
                values.push(sea_query::Value::from(like.to_owned()));
                " WHERE position(lower($2) IN lower(word)) > 0"
            }
            Named::OneOf(names) => {
                values.push(sea_query::Value::from(names.to_vec()));
                " WHERE lower(word) = ANY ($2)"
            }
        };
        let sql = format!(
            "WITH RECURSIVE v AS ((SELECT t.\"{column}\" AS word FROM {table} t WHERE t.tenant_id = $1{alive} \
             AND t.\"{column}\" IS NOT NULL ORDER BY t.\"{column}\" LIMIT 1) UNION ALL \
             SELECT (SELECT t.\"{column}\" FROM {table} t WHERE t.tenant_id = $1{alive} AND t.\"{column}\" > v.word \
             ORDER BY t.\"{column}\" LIMIT 1) FROM v WHERE v.word IS NOT NULL) \
             SELECT word AS value, word AS name FROM (SELECT word FROM v WHERE word IS NOT NULL LIMIT {MOST_STEPS}) w{narrowed} \
             ORDER BY word COLLATE \"C\" LIMIT {}",
            self.limit
        );
        Statement::keyed(sql, values)
    }

    /// The records that a field may name: colleagues, or what the actor sees of another object.
    fn records(&self) -> Result<Statement, StoreError> {
        let access = self.frame.access;
        let named = names::target(self.path.object, self.path.field)
            .and_then(|target| Some((target, names::title(target, access)?)));
        let Some((target, title)) = named else {
            return Err(StoreError::invalid(
                said(self.path),
                "names no records with names",
            ));
        };
        let mut each = Query::select();
        let name = Expr::col(("x", title.column));
        each.expr_as(Expr::cust("\"x\".id"), "id")
            .expr_as(
                if target.name == catalog::USER.name {
                    custom("COALESCE($1, \"x\".email)", [name])
                } else {
                    custom("($1)::text", [name])
                },
                "name",
            )
            .from_as(target.table, "x");
        if target.field("deleted_at").is_some() {
            each.and_where(Expr::cust("\"x\".deleted_at IS NULL"));
        }
        let mut select = Query::select();
        select
            .expr_as(Expr::cust("id::text"), "value")
            .expr_as(Expr::cust("name"), "name")
            .from_subquery(each, "e")
            .and_where(Expr::cust("name IS NOT NULL"));
        self.cut(&mut select, "name");
        Ok(Statement::select(&select))
    }

    fn cut(&self, select: &mut sea_query::SelectStatement, column: &'static str) {
        if let Named::OneOf(names) = self.named {
            select.and_where(Expr::cust_with_values(
                format!("lower({column}) = ANY ($1)"),
                [sea_query::Value::from(names.to_vec())],
            ));
        }
        if let Named::Like(like) = self.named {
            select.and_where(Expr::cust_with_exprs(
                format!("position(lower($1) IN lower({column})) > 0"),
                [Expr::val(like)],
            ));
            // Who is called just so is not crowded out by those who have it somewhere in their names.
            let is_it = Expr::cust_with_exprs(format!("lower({column}) = lower($1)"), [Expr::val(like)]);
            select.order_by_expr(is_it, Order::Desc);
        }
        select
            .order_by_expr(Expr::cust(format!("{column} COLLATE \"C\"")), Order::Asc)
            .order_by_expr(Expr::cust("value"), Order::Asc)
            .limit(self.limit);
    }
}
