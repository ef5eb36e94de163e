//! What records are called.

use sea_query::{Expr, Query};
use uuid::Uuid;

use super::super::{Statement, read::uuids};
use crate::{
    access::{Access, FieldRule, Verb},
    catalog::{self, Field, Kind, Link, Object},
};

/// The object whose records a field names, if it names any.
pub(crate) fn target(object: &'static Object, field: &Field) -> Option<&'static Object> {
    if field.name == "id" {
        return Some(object);
    }
    let relation = object
        .relations
        .iter()
        .find(|relation| relation.by == Link::Field(field.name))?;
    if relation.target == catalog::USER.name {
        return Some(&catalog::USER);
    }
    catalog::object(relation.target)
}

/// The field that names the records of an object, if the actor may see it.
pub(crate) fn title(object: &'static Object, access: &Access) -> Option<&'static Field> {
    let name = match &object.kind {
        Kind::Record(rules) => {
            if !access.can(object, Verb::Read) {
                return None;
            }
            rules.title
        }
        Kind::Special => ["name", "title", "subject"]
            .into_iter()
            .find(|name| object.field(name).is_some())?,
    };
    match access.field_rule(object, name) {
        Some(FieldRule::Hidden | FieldRule::Masked) => None,
        Some(FieldRule::ReadOnly) | None => object.field(name),
    }
}

/// The ids and names of these records.
pub(crate) fn named(object: &'static Object, title: &Field, ids: &[Uuid]) -> Statement {
    let mut select = Query::select();
    let name = Expr::col(("t", title.column));
    select
        .column(("t", "id"))
        .expr(if object.name == catalog::USER.name {
            super::custom("COALESCE($1, $2)", [name, Expr::col(("t", "email"))])
        } else {
            super::custom("($1)::text", [name])
        })
        .from_as(object.table, "t")
        .and_where(Expr::cust_with_values("\"t\".\"id\" = ANY($1)", [uuids(ids)]));
    Statement::select(&select)
}
