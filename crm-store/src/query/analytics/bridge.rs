//! Where the open amount went between the ends of two days.
//!
//! Each record is looked at twice, as it was on both days. What it had at the end counts where it enters or leaves, so that
//! every difference to what it had at the beginning is a change, and the parts add up. Where spells are kept, what was the
//! same on both days is added up by them, and looked at are the records that changed.

use chrono::NaiveDate;
use sea_query::{CommonTableExpression, Expr, JoinType, Query, SelectStatement, WithClause};

use super::{
    super::Statement,
    custom, history,
    scope::{Frame, Scope},
    spells,
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
        each.and_where(Expr::cust("\"b\".known AND COALESCE(\"a\".known, true)"));
        each.expr_as(was.amount, "before")
            .expr_as(is.amount, "after")
            .expr_as(Expr::cust("(\"a\".id IS NOT NULL)"), "there")
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
            ("after - before", "began AND after <> before"),
            ("after", "ended"),
        ];
        let kept = self.kept(Way::Unchanged(self.from, self.to));
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
                Expr::cust(format!("(count(*) FILTER (WHERE {which}){records})")),
                format!("n{place}"),
            );
        }
        let records = stayed("records");
        sums.expr_as(
            Expr::cust(format!("(count(*) FILTER (WHERE began OR entered){records})")),
            "records",
        )
        .from_subquery(entered, "s")
        .with_cte(self.days(kept)?);
        Ok(Statement::select(&sums))
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

    /// The records as they were on both days, each found once: joined in one piece, the policies of the one would be
    /// thought of for every record of the other.
    fn days(&self, kept: Option<Chosen>) -> Result<WithClause, StoreError> {
        let mut days = WithClause::new();
        for (name, day, is_later) in [("earlier", self.from, false), ("later", self.to, true)] {
            let changed =
                spells::changed(self.frame, (self.from, self.to), is_later).filter(|_| kept.is_some());
            let records = match changed {
                Some(changed) => changed,
                None => history::source(self.frame, &OPPORTUNITY, day)?,
            };
            let mut records = CommonTableExpression::from_select(records);
            records.table_name(name).materialized(true);
            days.cte(records);
        }
        if let Some(kept) = kept {
            let mut stayed = CommonTableExpression::from_select(self.stayed(kept)?);
            stayed.table_name("stayed").materialized(true);
            days.cte(stayed);
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
