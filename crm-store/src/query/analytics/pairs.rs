//! What deals that changed between the ends of two days were on both, from kept spells (`migrations/0037_spells.sql`).
//!
//! Deals that were the same on the one day, and the same on the other, are counted together before anything else is thought of
//! them: a few hundred pairs stand for a hundred thousand deals.

use chrono::NaiveDate;
use sea_query::{Expr, JoinType, Query, SelectStatement, UnionType};

use super::{
    custom,
    scope::Frame,
    spells::{at, end, ended, kept, made, rest},
};

/// The words that always tell deals apart; others only if a filter names them.
const WORDS: [&str; 3] = ["stage", "otherwise", "currency"];

/// The pairs, with how many deals each stands for and their amounts at the end of both days. What they were at the first has
/// names that begin with `was_`; `there` says whether they were, and `differs` whether their amounts are others now. Deals
/// beside are there if they changed or not.
pub(super) fn pairs(
    frame: Frame<'_>,
    days: (NaiveDate, NaiveDate),
    named: &[&'static str],
) -> Option<SelectStatement> {
    let mut select = Query::select();
    let side = |alias: &'static str, name: &'static str| Expr::col((alias, name));
    let mut keys = 0;
    for word in WORDS.iter().chain(named) {
        select
            .expr_as(side("b", word), *word)
            .expr_as(side("a", word), format!("was_{word}"));
        keys += 2;
    }
    select
        .expr_as(Expr::cust("(\"a\".id IS NOT NULL)"), "there")
        .expr_as(differs(frame), "differs");
    keys += 2;
    select
        .expr_as(Expr::cust("sum(\"b\".amount_minor)"), "amount_minor")
        .expr_as(Expr::cust("sum(\"a\".amount_minor)"), "was_amount_minor")
        .expr_as(Expr::cust("count(*)"), "records")
        .from_subquery(changed(frame, days, true)?, "b")
        .join_subquery(
            JoinType::LeftJoin,
            changed(frame, days, false)?,
            "a",
            Expr::cust("\"a\".id = \"b\".id"),
        )
        .and_where(Expr::cust("COALESCE(\"a\".known, true)"))
        .add_group_by((1..=keys).map(|place| Expr::cust(place.to_string())));
    Some(select)
}

/// Whether the amounts of a deal on both days differ when they are converted. Those of one currency are not converted for
/// that; what has no rate counts for nothing.
fn differs(frame: Frame<'_>) -> Expr {
    let column = |alias: &'static str, name: &'static str| Expr::col((alias, name));
    let worth = |alias: &'static str| {
        let (minor, currency) = (column(alias, "amount_minor"), column(alias, "currency"));
        custom("COALESCE($1, 0)", [frame.rates.converted(&minor, &currency)])
    };
    let rated: Vec<String> = frame.rates.factors.keys().cloned().collect();
    custom(
        "CASE WHEN \"a\".id IS NULL THEN false \
         WHEN \"a\".currency = \"b\".currency THEN \"a\".currency = ANY($1) \
         AND COALESCE(\"a\".amount_minor, 0) <> COALESCE(\"b\".amount_minor, 0) ELSE $2 <> $3 END",
        [Expr::val(rated), worth("a"), worth("b")],
    )
}

/// The deals that changed between the ends of two days, as they were at one of them.
fn changed(frame: Frame<'_>, (from, to): (NaiveDate, NaiveDate), later: bool) -> Option<SelectStatement> {
    let beside = frame.beside?;
    let (begin, until) = (end(frame, from), end(frame, to));
    let columns = |select: &mut SelectStatement| {
        for word in [
            "stage",
            "otherwise",
            "forecast_category",
            "currency",
            "amount_minor",
            "known",
        ] {
            select.column(("r", word));
        }
        select
            .expr_as(Expr::cust("\"r\".was_owner"), "owner_id")
            .expr_as(Expr::cust("\"r\".record_id"), "id")
            // Of whom nothing is known at the end nothing is told.
            .and_where_option(later.then(|| Expr::cust("\"r\".known")));
    };
    let of = |condition: Expr| {
        let mut some = Query::select();
        columns(&mut some);
        kept(frame, &mut some);
        some.and_where(condition).and_where_option(rest(beside));
        some
    };
    let mut all = if later {
        // Apart, so that either is found in the index alone.
        let came = || {
            custom(
                "(\"r\".from_at >= $1 AND \"r\".from_at < $2)",
                [Expr::val(begin), Expr::val(until)],
            )
        };
        let mut still = of(custom("($1 AND \"r\".to_at IS NULL)", [came()]));
        let over = custom("($1 AND \"r\".to_at >= $2)", [came(), Expr::val(until)]);
        still.union(UnionType::All, of(over));
        still
    } else {
        of(ended(begin, until))
    };
    if !beside.is_empty() {
        let mut come = Query::select();
        columns(&mut come);
        made(frame, beside, &mut come);
        come.and_where(at(if later { until } else { begin }));
        all.union(UnionType::All, come);
    }
    Some(all)
}
