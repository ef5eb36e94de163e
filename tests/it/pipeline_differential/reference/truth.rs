//! What is known of the records of an entity, whichever they are.

use crm_tools::semantic::{Entity, PipelineQuery};
use rust_decimal::Decimal;

use super::{
    days::{Calendar, Span, lies},
    values::{Number, Value},
};
use crate::pipeline_differential::ask::dimension_of;

pub(in super::super) trait Truth {
    /// A record as it counts.
    type Row;

    fn calendar(&self) -> Calendar;

    fn entity(&self) -> &'static Entity;

    /// The records that the asker sees and that fulfil the filters.
    fn filtered(&self, query: &PipelineQuery) -> Vec<Self::Row>;

    fn value(&self, row: &Self::Row, dimension: &str) -> Value;

    /// What a measure is worth over some records.
    fn measure(&self, name: &str, rows: &[&Self::Row], query: &PipelineQuery) -> Number;

    /// What the records of a group with these keys are of the quotas in these days.
    fn attained(
        &self,
        _query: &PipelineQuery,
        _keys: &[Value],
        _rows: &[&Self::Row],
        _days: Span,
    ) -> Option<Decimal> {
        None
    }

    /// The keys of groups that are told of though they have no records.
    fn with_quotas(&self, _query: &PipelineQuery, _days: Span) -> Vec<Vec<Value>> {
        Vec::new()
    }

    /// The dimension of a query's days and the days; all days of the usual dimension when none are asked for.
    fn days<'q>(&self, query: &'q PipelineQuery) -> (&'q str, Span) {
        let usual = self.entity().time.as_deref().unwrap();
        let dimension = dimension_of(self.entity(), query).unwrap_or(usual);
        let days = query.time.as_ref().map(|time| self.calendar().days(&time.range));
        (dimension, days.unwrap_or((None, None)))
    }

    /// Whether a record lies in days; a record without a day lies in none.
    fn within(&self, row: &Self::Row, dimension: &str, days: Span) -> bool {
        matches!(self.value(row, dimension), Value::Day(day) if lies(day, days))
    }

    /// The records of a query that is not about groups.
    fn asked(&self, query: &PipelineQuery) -> Vec<Self::Row> {
        let mut rows = self.filtered(query);
        if query.time.is_some() {
            let (dimension, days) = self.days(query);
            rows.retain(|row| self.within(row, dimension, days));
        }
        rows
    }
}
