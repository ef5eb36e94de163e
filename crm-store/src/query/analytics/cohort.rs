//! What became of the records that began in the same stretch of the calendar.

use chrono::NaiveDate;
use sea_query::{Expr, Order, Query};

use super::{
    super::Statement,
    calendar, custom,
    scope::{Frame, Scope, said},
};
use crate::{
    StoreError,
    analytics::{Cohort, Filter, Grain, Path, Reporting},
    catalog::{FieldType, Object},
};

/// A question for cohorts.
pub(crate) struct CohortPlan<'a> {
    pub(crate) frame: Frame<'a>,
    pub(crate) object: &'static Object,
    pub(crate) filters: &'a [Filter],
    pub(crate) cohort: &'a Cohort,
}

impl CohortPlan<'_> {
    /// The statement: `begun`, `records`, and `n0`, `n1`, … for how many had reached it so many stretches later.
    pub(crate) fn compile(&self) -> Result<Statement, StoreError> {
        let mut scope = Scope::new(self.frame, self.object, "t")?;
        let begun = self.day(&mut scope, &self.cohort.begun)?;
        let reached = self.day(&mut scope, &self.cohort.reached)?;
        let has_begun = custom("$1 IS NOT NULL", [scope.column(&self.cohort.begun)?]);
        let only = scope.conditions(&self.cohort.only)?;
        let condition = scope.conditions(self.filters)?;
        // Records are counted by their days first: stretches are made of a few thousand days and not of each record.
        let mut days = scope.select()?;
        if let Some(condition) = condition {
            days.and_where(condition);
        }
        // Asked of the column, for which nothing has to be made of it.
        days.and_where(has_begun)
            .expr_as(begun, "begun")
            .expr_as(
                match only {
                    Some(only) => custom("CASE WHEN ($1) THEN $2 END", [only, reached]),
                    None => reached,
                },
                "reached",
            )
            .expr_as(Expr::cust("count(*)"), "records")
            .add_group_by([Expr::cust("1"), Expr::cust("2")]);
        let stretch = |column: &'static str| {
            calendar::stretch(Expr::col(("d", column)), self.cohort.grain, self.frame.reporting)
        };
        let mut each = Query::select();
        each.expr_as(stretch("begun"), "begun")
            .expr_as(stretch("reached"), "reached")
            .expr_as(Expr::col(("d", "records")), "records")
            .from_subquery(days, "d");
        let months = "(extract(year FROM reached) * 12 + extract(month FROM reached)) \
                      - (extract(year FROM begun) * 12 + extract(month FROM begun))";
        let later = match (self.cohort.grain, calendar::months(self.cohort.grain)) {
            (_, Some(length)) => format!("({months}) / {length}"),
            (Grain::Week, None) => "(reached - begun) / 7".to_owned(),
            (_, None) => "(reached - begun)".to_owned(),
        };
        let mut sums = Query::select();
        sums.expr_as(Expr::cust("begun"), "begun")
            .expr_as(Expr::cust("sum(records)::bigint"), "records");
        for stretch in 0..=self.cohort.stretches {
            sums.expr_as(
                Expr::cust(format!(
                    "COALESCE(sum(records) FILTER (WHERE {later} <= {stretch}), 0)::bigint"
                )),
                format!("n{stretch}"),
            );
        }
        sums.from_subquery(each, "e")
            .add_group_by([Expr::cust("begun")])
            .order_by_expr(Expr::cust("begun"), Order::Asc);
        Ok(Statement::select(&sums))
    }

    fn day(&self, scope: &mut Scope<'_>, path: &Path) -> Result<Expr, StoreError> {
        if path.custom.is_some() || !matches!(path.field.kind, FieldType::Date | FieldType::Time) {
            return Err(StoreError::invalid(said(path), "is no day and no moment"));
        }
        let column = scope.column(path)?;
        let zone = self.frame.reporting.timezone;
        let day = calendar::day(column.clone(), path.field.kind, zone);
        if path.field.kind == FieldType::Time && self.frame.sums {
            return Ok(calendar::begun(
                &column,
                self.cohort.grain,
                self.frame.reporting,
                day,
            ));
        }
        Ok(day)
    }
}

/// How many stretches have begun since a first day of one; none when it lies ahead.
pub(crate) fn begun_since(
    first: NaiveDate,
    today: NaiveDate,
    grain: Grain,
    reporting: &Reporting,
) -> Option<u32> {
    use chrono::Datelike as _;
    let now = calendar::stretch_of(today, grain, reporting);
    let count = |day: NaiveDate| i64::from(day.year()) * 12 + i64::from(day.month0());
    let since = match (grain, calendar::months(grain)) {
        (_, Some(length)) => (count(now) - count(first)) / i64::from(length),
        (Grain::Week, None) => now.signed_duration_since(first).num_days() / 7,
        (_, None) => now.signed_duration_since(first).num_days(),
    };
    u32::try_from(since).ok()
}
