//! Questions over kept spells (`migrations/0037_spells.sql`): what there was at the end of a day, the ways of deals through
//! the stages, and what changed between two days.
//!
//! What is kept of the deals that were touched since is taken away, and what they are by their records comes in its place.
//! So do the deals that others share with the asker.

use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, Utc};
use sea_query::{Expr, ExprTrait as _, Func, Query, SelectStatement, UnionType};
use uuid::Uuid;

use super::{
    calendar, custom,
    scope::Frame,
    sums::{Chosen, Way},
};
use crate::{
    access::Verb,
    analytics::DayRange,
    catalog::{FieldType, OPPORTUNITY},
};

const SPELLS: &str = "opportunity_spells";
const SUMS: &str = "opportunity_spell_sums";
/// From this day of a month on, less of the month lies ahead than behind.
const HALF: u32 = 16;
const NUMBERS: [&str; 5] = ["records", "amounts", "amount_minor", "weighings", "weighted"];

/// The rows that a question reads.
pub(super) fn source(frame: Frame<'_>, chosen: &Chosen) -> Option<SelectStatement> {
    let beside = frame.beside?;
    Some(match chosen.way {
        Way::Past(day) => told(frame, past(frame, beside, chosen.by_owner, day, None)),
        Way::Unchanged(from, to) => {
            let until = Some(end(frame, to));
            told(frame, past(frame, beside, chosen.by_owner, from, until))
        }
        Way::Stages => stages(frame, beside, chosen),
        Way::EachStages => each_stages(frame, beside),
        Way::Now => return None,
    })
}

/// How many deals there were at the end of a day whose stage is not known.
pub(super) fn unknown(frame: Frame<'_>, day: NaiveDate) -> Option<SelectStatement> {
    let beside = frame.beside?;
    let by_owner = !frame.access.can(&OPPORTUNITY, Verb::ViewAll);
    let mut select = Query::select();
    select
        .expr(Expr::cust("COALESCE(sum(\"s\".records), 0)::bigint"))
        .from_subquery(past(frame, beside, by_owner, day, None), "s")
        .and_where(Expr::cust("NOT \"s\".known"));
    Some(select)
}

/// A moment in which a day has ended.
pub(super) fn end(frame: Frame<'_>, day: NaiveDate) -> DateTime<Utc> {
    calendar::end_of(day, frame.reporting.timezone)
}

/// The owners whose spells an actor reads who may not view all: as the policies say it.
pub(super) fn own(frame: Frame<'_>) -> Option<Expr> {
    let owner = || Expr::col(("r", "owner_id"));
    (!frame.access.can(&OPPORTUNITY, Verb::ViewAll)).then(|| {
        let owners = Expr::val(frame.access.owners().to_vec());
        custom("($1 IS NULL OR $2 = ANY($3))", [owner(), owner(), owners])
    })
}

/// Whether a spell counts at a moment.
pub(super) fn at(moment: DateTime<Utc>) -> Expr {
    custom(
        "(\"r\".from_at < $1 AND (\"r\".to_at IS NULL OR \"r\".to_at >= $2))",
        [Expr::val(moment), Expr::val(moment)],
    )
}

/// Kept spells.
pub(super) fn kept(frame: Frame<'_>, select: &mut SelectStatement) {
    select
        .from_as(SPELLS, "r")
        .and_where(Expr::col(("r", "tenant_id")).eq(frame.tenant))
        .and_where_option(own(frame));
}

/// Spells of deals by their records, under the policies.
pub(super) fn made(frame: Frame<'_>, beside: &[Uuid], select: &mut SelectStatement) {
    let function = Func::cust("opportunity_spells_of")
        .arg(Expr::val(frame.tenant))
        .arg(Expr::val(beside.to_vec()));
    select.from_function(function, "r");
}

/// Whether a spell is of one of these deals.
pub(super) fn among(beside: &[Uuid]) -> Expr {
    custom("\"r\".record_id = ANY($1)", [Expr::val(beside.to_vec())])
}

/// The numbers of single spells, each so many times.
fn counted(select: &mut SelectStatement, sign: i8) {
    let numbers = [
        "1",
        "(\"r\".amount_minor IS NOT NULL)::int",
        "COALESCE(\"r\".amount_minor, 0)::numeric",
        "(\"r\".amount_minor IS NOT NULL AND \"r\".probability IS NOT NULL)::int",
        "COALESCE(\"r\".amount_minor::numeric * \"r\".probability, 0)",
    ];
    for (name, number) in NUMBERS.into_iter().zip(numbers) {
        let cast = if number.contains("numeric") {
            "numeric"
        } else {
            "bigint"
        };
        select.expr_as(Expr::cust(format!("({number} * {sign})::{cast}")), name);
    }
}

const STATE: [&str; 4] = ["stage", "otherwise", "forecast_category", "currency"];

/// What deals were like in a spell.
fn state(select: &mut SelectStatement) {
    select.expr_as(Expr::cust("\"r\".was_owner"), "owner_id");
    for word in STATE {
        select.column(("r", word));
    }
    select.column(("r", "known"));
}

/// What there was at the end of a day: rows that are added up. With `but` the deals beside stay away, and those that changed
/// until that moment too.
fn past(
    frame: Frame<'_>,
    beside: &[Uuid],
    by_owner: bool,
    day: NaiveDate,
    but: Option<DateTime<Utc>>,
) -> SelectStatement {
    let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
    let month = next.with_day(1).unwrap_or(next);
    let year = month.with_month(1).unwrap_or(month);
    let moment = end(frame, day);
    // The days that the sums have too few or too many: of the month's beginning or of its end, whichever are fewer. After
    // today hardly anything begins or ends.
    let whole = month
        .checked_add_months(Months::new(1))
        .filter(|_| next.day() > HALF);
    let sums = |by_time: &str| {
        let mut sums = Query::select();
        state(&mut sums);
        for number in NUMBERS {
            sums.column(("r", number));
        }
        sums.from_as(SUMS, "r")
            .and_where(Expr::col(("r", "tenant_id")).eq(frame.tenant))
            .and_where(Expr::col(("r", "by_owner")).eq(by_owner))
            .and_where(Expr::col(("r", "by_time")).eq(by_time))
            .and_where_option(own(frame));
        sums
    };
    let mut all = sums("year");
    all.and_where(Expr::col(("r", "month")).lt(year));
    let mut months = sums("month");
    months
        .and_where(Expr::col(("r", "month")).gte(year))
        .and_where(Expr::col(("r", "month")).lt(whole.unwrap_or(month)));
    all.union(UnionType::All, months);
    let spells = |sign: i8| {
        let mut spells = Query::select();
        state(&mut spells);
        counted(&mut spells, sign);
        spells
    };
    if month < next {
        let start = |day: NaiveDate| calendar::start_of(day, frame.reporting.timezone);
        let (since, until, sign) = match whole {
            Some(after) => (moment, start(after), -1),
            None => (start(month), moment, 1),
        };
        for (column, sign) in [("from_at", sign), ("to_at", -sign)] {
            let mut rest = spells(sign);
            kept(frame, &mut rest);
            rest.and_where(Expr::col(("r", column)).gte(since))
                .and_where(Expr::col(("r", column)).lt(until));
            all.union(UnionType::All, rest);
        }
    }
    if !beside.is_empty() {
        let mut gone = spells(-1);
        kept(frame, &mut gone);
        gone.and_where(among(beside)).and_where(at(moment));
        all.union(UnionType::All, gone);
    }
    match but {
        None if !beside.is_empty() => {
            let mut come = spells(1);
            made(frame, beside, &mut come);
            come.and_where(at(moment));
            all.union(UnionType::All, come);
        }
        None => {}
        Some(until) => {
            let mut changed = spells(-1);
            kept(frame, &mut changed);
            changed
                .and_where(ended(moment, until))
                .and_where_option(rest(beside));
            all.union(UnionType::All, changed);
        }
    }
    all
}

/// Deals that are not beside.
pub(super) fn rest(beside: &[Uuid]) -> Option<Expr> {
    (!beside.is_empty()).then(|| custom("(NOT ($1))", [among(beside)]))
}

/// Spells that count at a moment and ended before another one.
pub(super) fn ended(moment: DateTime<Utc>, until: DateTime<Utc>) -> Expr {
    custom(
        "(\"r\".to_at >= $1 AND \"r\".to_at < $2 AND \"r\".from_at < $3)",
        [Expr::val(moment), Expr::val(until), Expr::val(moment)],
    )
}

/// Rows whose stage tells whether they were open, of deals whose stage is known.
fn told(frame: Frame<'_>, rows: SelectStatement) -> SelectStatement {
    let mut select = closed(frame, rows);
    select.expr_as(Expr::col(("s", "owner_id")), "owner_id");
    for word in ["stage", "forecast_category", "currency"] {
        select.column(("s", word));
    }
    for number in NUMBERS {
        select.column(("s", number));
    }
    select.and_where(Expr::cust("\"s\".known"));
    select
}

fn closed(frame: Frame<'_>, rows: SelectStatement) -> SelectStatement {
    let mut select = Query::select();
    select
        .expr_as(
            Expr::cust("(COALESCE(\"p\".kind, \"s\".otherwise) <> 'open')"),
            "is_closed",
        )
        .expr_as(
            Expr::cust("(COALESCE(\"p\".kind, \"s\".otherwise) = 'won')"),
            "is_won",
        )
        .from_subquery(rows, "s")
        .join_as(
            sea_query::JoinType::LeftJoin,
            "pipeline_stages",
            "p",
            custom(
                "\"p\".tenant_id = $1 AND \"p\".name = \"s\".stage",
                [Expr::val(frame.tenant)],
            ),
        );
    select
}

/// The deals with all stages that they were in.
fn stages(frame: Frame<'_>, beside: &[Uuid], chosen: &Chosen) -> SelectStatement {
    let zone = frame.reporting.timezone;
    let kind = if chosen.time == "created_at" {
        FieldType::Time
    } else {
        FieldType::Date
    };
    let words = |select: &mut SelectStatement| {
        for word in chosen.kept.words(chosen.by_owner) {
            select.column(("r", *word));
        }
        select.column(("r", "seen"));
    };
    let month = || Expr::col(("r", "month"));
    let mut all = Query::select();
    words(&mut all);
    for number in NUMBERS {
        all.column(("r", number));
    }
    let time = if kind == FieldType::Time {
        custom(
            "($1::timestamp AT TIME ZONE $2)",
            [month(), Expr::val(zone.name())],
        )
    } else {
        month()
    };
    all.expr_as(time, chosen.time)
        .from_as(SUMS, "r")
        .and_where(Expr::col(("r", "tenant_id")).eq(frame.tenant))
        .and_where(Expr::col(("r", "by_owner")).eq(chosen.by_owner))
        .and_where(Expr::col(("r", "by_time")).eq(chosen.time))
        .and_where_option(own(frame));
    if !chosen.cut.is_empty() {
        let cut = Expr::val(chosen.cut.clone());
        all.and_where(custom("(($1 = ANY($2)) IS NOT TRUE)", [month(), cut]));
    }
    let last = |sign: i8| {
        let mut last = Query::select();
        words(&mut last);
        counted(&mut last, sign);
        last.column(("r", chosen.time))
            .and_where(Expr::cust("\"r\".to_at IS NULL"));
        last
    };
    for first in &chosen.cut {
        let days = DayRange {
            from: Some(*first),
            to: first
                .checked_add_months(Months::new(1))
                .and_then(|next| next.pred_opt()),
        };
        let mut cut = last(1);
        kept(frame, &mut cut);
        cut.and_where(calendar::within(&Expr::col(("r", chosen.time)), kind, days, zone));
        all.union(UnionType::All, cut);
    }
    replace(frame, beside, &mut all, last);
    all
}

/// Takes away what is kept of the deals beside, and puts what they are by their records in its place.
fn replace(
    frame: Frame<'_>,
    beside: &[Uuid],
    all: &mut SelectStatement,
    last: impl Fn(i8) -> SelectStatement,
) {
    if beside.is_empty() {
        return;
    }
    let mut gone = last(-1);
    kept(frame, &mut gone);
    gone.and_where(among(beside));
    all.union(UnionType::All, gone);
    let mut come = last(1);
    made(frame, beside, &mut come);
    all.union(UnionType::All, come);
}

/// The deals with all stages that they were in, one by one: what sums have no words for.
fn each_stages(frame: Frame<'_>, beside: &[Uuid]) -> SelectStatement {
    let last = |sign: i8| {
        let mut last = Query::select();
        for word in [
            "owner_id",
            "currency",
            "type",
            "lead_source",
            "seen",
            "close_date",
            "created_at",
        ] {
            last.column(("r", word));
        }
        counted(&mut last, sign);
        last.and_where(Expr::cust("\"r\".to_at IS NULL"));
        last
    };
    let mut all = last(1);
    kept(frame, &mut all);
    replace(frame, beside, &mut all, last);
    all
}
