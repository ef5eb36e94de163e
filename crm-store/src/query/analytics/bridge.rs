//! Where the open amount went between the ends of two days.
//!
//! Each record is looked at twice, as it was on both days. What it had at the end counts where it enters or leaves, so that
//! every difference to what it had at the beginning is a change, and the parts add up. Where spells are kept, what was the
//! same on both days is added up by them, and looked at are the records that changed.

use chrono::NaiveDate;
use sea_query::{CommonTableExpression, Expr, JoinType, Query, SelectStatement, WithClause};

use super::{
    super::Statement,
    custom, history, pairs,
    scope::{Frame, Scope},
    sums::{self, Chosen, Way},
};
use crate::{
    StoreError,
    analytics::{DayRange, Filter, Path},
    catalog::OPPORTUNITY,
};

/// The parts, in the order of the columns: `m0` and `n0` are the amount and the number of records of the first.
pub(crate) const PARTS: [&str; 8] = [
    "opening", "created", "moved_in", "won", "lost", "slipped", "changed", "closing",
];

/// A question for the way between two days.
pub(crate) struct BridgePlan<'a> {
    pub(crate) frame: Frame<'a>,
    pub(crate) filters: &'a [Filter],
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
    pub(crate) closing: DayRange,
}

/// The record on one of the days.
struct Seen {
    amount: Expr,
    /// Whether it is one of those that count, open or closed.
    counts: Expr,
}

impl BridgePlan<'_> {
    /// The statement: one row.
    pub(crate) fn compile(&self) -> Result<Statement, StoreError> {
        if self.from >= self.to {
            return Err(StoreError::invalid("to", "must be a later day than the first"));
        }
        let mut before = Scope::new(self.frame, &OPPORTUNITY, "a")?;
        let mut after = Scope::new(self.frame, &OPPORTUNITY, "b")?;
        let (was, is) = (self.seen(&mut before)?, self.seen(&mut after)?);
        let kept = self.kept(Way::Unchanged(self.from, self.to));
        let mut each = if kept.is_some() {
            self.of_pairs()
        } else {
            of_records((&before, &was), (&after, &is))
        };
        each.expr_as(was.amount, "before")
            .expr_as(is.amount, "after")
            .expr_as(Expr::cust("\"b\".is_closed"), "closed")
            .expr_as(Expr::cust("\"b\".is_won"), "won")
            .expr_as(
                custom("COALESCE(NOT \"a\".is_closed AND ($1), false)", [was.counts]),
                "began",
            )
            .expr_as(
                custom(
                    "COALESCE(NOT \"b\".is_closed AND ($1), false)",
                    [is.counts.clone()],
                ),
                "ended",
            )
            // It was closed meanwhile, and not in the same way before.
            .expr_as(
                custom(
                    "COALESCE(\"b\".is_closed AND ($1) AND NOT (COALESCE(\"a\".is_closed, false) \
                     AND \"a\".is_won = \"b\".is_won), false)",
                    [is.counts],
                ),
                "passed",
            );
        let mut entered = Query::select();
        entered
            .expr(Expr::cust("*"))
            .expr_as(Expr::cust("(NOT began AND (ended OR passed))"), "entered")
            .from_subquery(each, "e");
        let mut sums = Query::select();
        let digits = self.frame.rates.digits;
        let parts = [
            ("before", "began"),
            ("after", "entered AND NOT there"),
            ("after", "entered AND there"),
            ("after", "(began OR entered) AND NOT ended AND won"),
            ("after", "(began OR entered) AND NOT ended AND closed AND NOT won"),
            ("after", "(began OR entered) AND NOT ended AND NOT closed"),
            ("after - before", "began AND differs"),
            ("after", "ended"),
        ];
        let stayed = |number: &str| match &kept {
            Some(_) => format!(" + (SELECT \"stayed\".{number} FROM \"stayed\")"),
            None => String::new(),
        };
        for (place, (amount, which)) in parts.into_iter().enumerate() {
            // What was open on both days, and is not looked at, began and ended.
            let is_whole = which == "began" || which == "ended";
            let more = |number| if is_whole { stayed(number) } else { String::new() };
            let (amounts, records) = (more("amount"), more("records"));
            sums.expr_as(
                Expr::cust(format!(
                    "round(COALESCE(sum({amount}) FILTER (WHERE {which}), 0){amounts}, {digits})"
                )),
                format!("m{place}"),
            );
            sums.expr_as(
                Expr::cust(format!(
                    "(COALESCE(sum(records) FILTER (WHERE {which}), 0)::bigint{records})"
                )),
                format!("n{place}"),
            );
        }
        let records = stayed("records");
        sums.expr_as(
            Expr::cust(format!(
                "(COALESCE(sum(records) FILTER (WHERE began OR entered), 0)::bigint{records})"
            )),
            "records",
        )
        .from_subquery(entered, "s")
        .with_cte(self.days(kept)?);
        Ok(Statement::select(&sums))
    }

    /// The words beside the stage and the currency that the filters name.
    fn named(&self) -> Vec<&'static str> {
        ["owner_id", "forecast_category"]
            .into_iter()
            .filter(|word| names(self.filters, word))
            .collect()
    }

    /// The deals that changed, those together that are alike, as `a` on the one day and as `b` on the other.
    fn of_pairs(&self) -> SelectStatement {
        let mut each = Query::select();
        each.from_as("pairs", "g");
        for (alias, stages, was) in [("a", "p", "was_"), ("b", "q", "")] {
            each.join_as(
                JoinType::LeftJoin,
                "pipeline_stages",
                stages,
                Expr::cust_with_exprs(
                    format!("\"{stages}\".tenant_id = $1 AND \"{stages}\".name = \"g\".{was}stage"),
                    [Expr::val(self.frame.tenant)],
                ),
            );
            let kind = format!("COALESCE(\"{stages}\".kind, \"g\".{was}otherwise)");
            let mut side = Query::select();
            side.expr_as(Expr::cust(format!("({kind} <> 'open')")), "is_closed")
                .expr_as(Expr::cust(format!("({kind} = 'won')")), "is_won");
            for word in ["stage", "currency", "amount_minor"]
                .into_iter()
                .chain(self.named())
            {
                side.expr_as(Expr::cust(format!("\"g\".{was}{word}")), word);
            }
            each.join_lateral(JoinType::InnerJoin, side, alias, Expr::cust("true"));
        }
        for column in ["there", "differs", "records"] {
            each.expr_as(Expr::col(("g", column)), column);
        }
        each
    }

    /// The kept spells, if they have the same answer as the records.
    fn kept(&self, way: Way) -> Option<Chosen> {
        let unbounded = self.closing.from.is_none() && self.closing.to.is_none();
        sums::of_past(self.frame, self.filters, way).filter(|_| unbounded)
    }

    /// The open amount, and how many records, of what was the same on both days.
    fn stayed(&self, kept: Chosen) -> Result<SelectStatement, StoreError> {
        let mut scope = Scope::new(self.frame, &OPPORTUNITY, "k")?.over(Some(kept));
        let amount = Path::parse(&OPPORTUNITY, "amount")?;
        let minor = scope.column(&amount)?;
        let currency = scope.currency(&amount)?.unwrap_or_else(|| Expr::cust("NULL"));
        let condition = scope.conditions(self.filters)?;
        let mut select = scope.select()?;
        select
            .expr_as(self.frame.rates.sum(&minor, &currency, None), "amount")
            .expr_as(scope.counted("records"), "records")
            .and_where(Expr::cust("NOT \"k\".is_closed"))
            .and_where_option(condition);
        Ok(select)
    }

    /// The deals as they were on both days; from the records, each found once: joined in one piece, the policies of the one would be
    /// thought of for every record of the other.
    fn days(&self, kept: Option<Chosen>) -> Result<WithClause, StoreError> {
        let mut days = WithClause::new();
        let mut part = |name: &'static str, records: SelectStatement| {
            let mut records = CommonTableExpression::from_select(records);
            records.table_name(name).materialized(true);
            days.cte(records);
        };
        let pairs = pairs::pairs(self.frame, (self.from, self.to), &self.named());
        match kept.zip(pairs) {
            Some((kept, pairs)) => {
                part("pairs", pairs);
                part("stayed", self.stayed(kept)?);
            }
            None => {
                for (name, day) in [("earlier", self.from), ("later", self.to)] {
                    part(name, history::source(self.frame, &OPPORTUNITY, day)?);
                }
            }
        }
        Ok(days)
    }

    fn seen(&self, scope: &mut Scope<'_>) -> Result<Seen, StoreError> {
        let path = |name: &str| Path::parse(&OPPORTUNITY, name);
        for name in ["stage", "is_closed", "is_won"] {
            scope.column(&path(name)?)?;
        }
        let (amount, close) = (path("amount")?, path("close_date")?);
        let minor = scope.column(&amount)?;
        let currency = scope.currency(&amount)?.unwrap_or_else(|| Expr::cust("NULL"));
        let converted = self.frame.rates.converted(&minor, &currency);
        let mut counts = Vec::new();
        if self.closing.from.is_some() || self.closing.to.is_some() {
            counts.extend(scope.conditions(&[Filter::Within(close, self.closing)])?);
        }
        counts.extend(scope.conditions(self.filters)?);
        Ok(Seen {
            amount: custom("COALESCE($1, 0)", [converted]),
            counts: super::all(counts).unwrap_or_else(|| Expr::cust("true")),
        })
    }

    /// Statements that count the records on the later day by the currencies of their amounts.
    pub(crate) fn currencies(&self) -> Result<Option<Statement>, StoreError> {
        let mut scope =
            Scope::at(self.frame, &OPPORTUNITY, "t", Some(self.to))?.over(self.kept(Way::Past(self.to)));
        let seen = self.seen(&mut scope)?;
        scope.by_currency(&Path::parse(&OPPORTUNITY, "amount")?, vec![seen.counts])
    }
}

/// The records, each as it was on both days.
fn of_records((before, was): (&Scope<'_>, &Seen), (after, is): (&Scope<'_>, &Seen)) -> SelectStatement {
    let mut each = Query::select();
    each.from_as("later", "b");
    after.join(&mut each);
    each.join_as(
        JoinType::LeftJoin,
        "earlier",
        "a",
        Expr::cust("\"a\".id = \"b\".id"),
    );
    before.join(&mut each);
    each.and_where(Expr::cust("\"b\".known AND COALESCE(\"a\".known, true)"))
        .expr_as(Expr::cust("(\"a\".id IS NOT NULL)"), "there")
        .expr_as(
            custom("($1 <> $2)", [was.amount.clone(), is.amount.clone()]),
            "differs",
        )
        .expr_as(Expr::cust("1"), "records");
    each
}

/// Whether filters name a field of the object itself.
fn names(filters: &[Filter], word: &str) -> bool {
    filters.iter().any(|filter| match filter {
        Filter::Field { path, .. } | Filter::Within(path, _) => sums::own(path) == Some(word),
        Filter::Any(filters) => names(filters, word),
        Filter::Not(filter) => names(std::slice::from_ref(filter), word),
    })
}
