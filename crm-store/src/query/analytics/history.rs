//! Opportunities as they were at the end of a day, from the history of their fields.
//!
//! The value of a field at a moment is what the first change after it replaced; without one it is today's. Fields that have
//! no history, such as the name, are today's too.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, Utc};
use sea_query::{Expr, ExprTrait, JoinType, Query, SelectStatement};

use super::{
    super::Statement,
    calendar, custom,
    money::Rates,
    scope::{self, Frame},
    spells,
};
use crate::{
    StoreError,
    catalog::{FieldType, OPPORTUNITY, Object},
    records::exponent,
};

/// The fields whose values are found in the history.
const TRACKED: &[&str] = &[
    "stage",
    "amount",
    "close_date",
    "owner_id",
    "probability",
    "forecast_category",
];

/// What kind of stage a record was in. A stage that was given another name is not found by its old one: a record that is in
/// it still is as closed as it is today, and one that left it was as its probability and category said.
const KIND: &str = "COALESCE(\"p\".kind, CASE \
    WHEN NOT COALESCE(\"h\".stage_changed, false) THEN \
        CASE WHEN \"o\".is_won THEN 'won' WHEN \"o\".is_closed THEN 'lost' ELSE 'open' END \
    WHEN (CASE WHEN \"h\".forecast_category_changed THEN \"h\".forecast_category_was #>> '{}' \
        ELSE \"o\".forecast_category END) = 'closed' THEN 'won' \
    WHEN (CASE WHEN \"h\".forecast_category_changed THEN \"h\".forecast_category_was #>> '{}' \
        ELSE \"o\".forecast_category END) = 'omitted' \
        AND (CASE WHEN \"h\".probability_changed THEN (\"h\".probability_was #>> '{}')::numeric \
        ELSE \"o\".probability END) = 0 THEN 'lost' \
    ELSE 'open' END)";

/// The records of an object as they were at the end of a day; `known` says whether the history goes back that far.
pub(super) fn source(
    frame: Frame<'_>,
    object: &Object,
    day: NaiveDate,
) -> Result<SelectStatement, StoreError> {
    if object.name != OPPORTUNITY.name {
        return Err(StoreError::invalid(
            "as_of",
            format!("only opportunities are known as they were, not {}", object.plural),
        ));
    }
    let end = calendar::end_of(day, frame.reporting.timezone);
    let mut select = Query::select();
    select.column(("o", "tenant_id"));
    for field in object
        .fields
        .iter()
        .filter(|field| field.kind != FieldType::Bytes)
    {
        select.expr_as(was(field.name, field.column, frame.rates), field.column);
    }
    select
        .expr_as(
            custom(
                "(\"o\".stage_entered_at < $1 OR COALESCE(\"h\".stage_changed, false))",
                [Expr::val(end)],
            ),
            "known",
        )
        .from_as(object.table, "o")
        .join_subquery(
            JoinType::LeftJoin,
            changes(frame, object, end),
            "h",
            Expr::cust("\"h\".record_id = \"o\".id"),
        )
        .join_as(
            JoinType::LeftJoin,
            "pipeline_stages",
            "p",
            custom(
                "\"p\".tenant_id = \"o\".tenant_id AND \"p\".name = ($1)",
                [was("stage", "stage", frame.rates)],
            ),
        )
        .and_where(Expr::col(("o", "tenant_id")).eq(frame.tenant))
        .and_where(Expr::cust("\"o\".deleted_at IS NULL"))
        .and_where(custom("\"o\".created_at < $1", [Expr::val(end)]))
        .and_where_option(scope::seen(frame, object, "o"));
    Ok(select)
}

/// What the first change of each field after a moment replaced.
fn changes(frame: Frame<'_>, object: &Object, end: DateTime<Utc>) -> SelectStatement {
    let mut select = Query::select();
    select.column(("c", "record_id"));
    for field in TRACKED {
        select.expr_as(
            Expr::cust(format!("bool_or(\"c\".field = '{field}')")),
            format!("{field}_changed"),
        );
        select.expr_as(
            Expr::cust(format!(
                "(array_agg(\"c\".old ORDER BY \"c\".effective_at, \"c\".id) FILTER (WHERE \"c\".field = '{field}'))[1]"
            )),
            format!("{field}_was"),
        );
    }
    select
        .from_as("field_changes", "c")
        .and_where(Expr::col(("c", "tenant_id")).eq(frame.tenant))
        .and_where(Expr::col(("c", "object")).eq(object.name))
        .and_where(Expr::col(("c", "effective_at")).gte(end))
        .and_where(Expr::col(("c", "field")).is_in(TRACKED.iter().copied()))
        .add_group_by([Expr::cust("1")]);
    select
}

/// A column as it was.
fn was(field: &str, column: &str, rates: &Rates) -> Expr {
    let text = |cast: &str| {
        Expr::cust(format!(
            "CASE WHEN \"h\".{field}_changed THEN (\"h\".{field}_was #>> '{{}}'){cast} ELSE \"o\".\"{column}\" END"
        ))
    };
    match field {
        "stage" | "forecast_category" => text(""),
        "owner_id" => text("::uuid"),
        "close_date" => text("::date"),
        "probability" => text("::numeric::integer"),
        "amount" => {
            let mut digits = String::from("CASE \"h\".amount_was ->> 'currency'");
            // Codes that ISO 4217 knows: three letters.
            for (code, scale) in rates
                .factors
                .keys()
                .filter_map(|code| Some((code, exponent(code)?)))
            {
                let _ = write!(digits, " WHEN '{code}' THEN {}", 10_i64.pow(scale));
            }
            digits.push_str(" ELSE 100 END");
            Expr::cust(format!(
                "CASE WHEN \"h\".amount_changed THEN ((\"h\".amount_was ->> 'amount')::numeric * {digits})::bigint \
                 ELSE \"o\".amount_minor END"
            ))
        }
        "currency" => Expr::cust(
            "CASE WHEN \"h\".amount_changed THEN COALESCE(\"h\".amount_was ->> 'currency', \"o\".currency) \
             ELSE \"o\".currency END",
        ),
        "is_closed" => Expr::cust(format!("({KIND} <> 'open')")),
        "is_won" => Expr::cust(format!("({KIND} = 'won')")),
        "closed_at" => Expr::cust(format!("CASE WHEN {KIND} <> 'open' THEN \"o\".closed_at END")),
        _ => Expr::col(("o", column.to_owned())),
    }
}

/// How many records there were whose history begins later.
pub(crate) fn unknown(frame: Frame<'_>, day: NaiveDate) -> Statement {
    if let Some(kept) = spells::unknown(frame, day) {
        return Statement::select(&kept);
    }
    let end = calendar::end_of(day, frame.reporting.timezone);
    let mut select = Query::select();
    select
        .expr(Expr::cust("count(*)"))
        .from_as(OPPORTUNITY.table, "o")
        .and_where(Expr::col(("o", "tenant_id")).eq(frame.tenant))
        .and_where(Expr::cust("\"o\".deleted_at IS NULL"))
        .and_where(custom(
            "\"o\".created_at < $1 AND \"o\".stage_entered_at >= $1 AND NOT EXISTS (SELECT FROM field_changes c \
             WHERE c.tenant_id = \"o\".tenant_id AND c.record_id = \"o\".id AND c.field = 'stage' \
             AND c.object = 'opportunity' AND c.effective_at >= $1)",
            [Expr::val(end)],
        ));
    Statement::select(&select)
}
