//! What was won as a share of what was to be won in the same days by the same people.

use chrono::NaiveDate;
use crm_tools::semantic::{FilterOp, PipelineQuery};
use rust_decimal::Decimal;

use super::{
    Reference, currency_of,
    days::{Span, lies, next},
    values::{Row, Value, holds},
};
use crate::pipeline_differential::rows::Quota;

impl Reference<'_> {
    /// The share of a group with these keys; none without quotas. Day by day, as a quota is spread evenly over its days.
    pub(super) fn of_quotas(
        &self,
        query: &PipelineQuery,
        keys: &[Value],
        rows: &[&Row],
        days: Span,
    ) -> Option<Decimal> {
        let currency = currency_of(query);
        let won: Decimal = rows
            .iter()
            .filter(|row| row.is_won())
            .filter_map(|row| row.amount(&currency, self))
            .sum();
        let quotas = self.rows.quotas.iter().filter(|quota| self.sees(quota.owner));
        let each = quotas.filter_map(|quota| {
            if !self.is_of(quota, query, keys) {
                return None;
            }
            let mut at = quota.from;
            let (mut all, mut shared) = (0, 0);
            while at <= quota.to {
                all += 1;
                let counts = lies(at, days) && self.is_in(at, query, keys);
                shared += i64::from(counts);
                at = next(at);
            }
            let worth = self.converted(quota.minor, quota.currency, &currency)?;
            (shared > 0).then(|| worth * Decimal::from(shared) / Decimal::from(all))
        });
        let quota: Option<Decimal> = each.fold(None, |sum, one| Some(sum.unwrap_or_default() + one));
        quota.filter(|quota| !quota.is_zero()).map(|quota| won / quota)
    }

    /// Who has a quota in the days of a question that makes groups by owner alone: they are told of though they won nothing.
    pub(super) fn those_with_quotas(&self, query: &PipelineQuery, days: Span) -> Vec<Vec<Value>> {
        let by_owner = matches!(query.dimensions.as_slice(), [one] if one.name == "owner");
        if !by_owner || !query.measures.iter().any(|name| name == "quota_attainment") {
            return Vec::new();
        }
        let mut owners = Vec::new();
        for quota in self.rows.quotas.iter().filter(|quota| self.sees(quota.owner)) {
            let mut at = quota.from;
            let mut counts = false;
            while at <= quota.to {
                counts |= lies(at, days) && self.is_in(at, query, &[]);
                at = next(at);
            }
            let owner = quota
                .owner
                .map(|id| Value::Named(id, self.rows.people.get(&id).cloned()));
            if let (Some(owner), true) = (owner, counts && self.is_of(quota, query, &[])) {
                owners.push(vec![owner]);
            }
        }
        owners
    }

    /// Whether a quota is one of the people of the question and of the group.
    fn is_of(&self, quota: &Quota, query: &PipelineQuery, keys: &[Value]) -> bool {
        let owner = quota.owner.map_or(Value::None, |id| {
            Value::Named(id, self.rows.people.get(&id).cloned())
        });
        let mut filters = query.filters.iter().filter(|filter| filter.dimension == "owner");
        let asked = filters.all(|filter| holds(&owner, filter));
        let mut groups = query.dimensions.iter().zip(keys);
        asked && groups.all(|(dimension, key)| dimension.name != "owner" || *key == owner)
    }

    /// Whether a day is one of the group's stretch, and of the days that filters leave.
    fn is_in(&self, at: NaiveDate, query: &PipelineQuery, keys: &[Value]) -> bool {
        let filters = query
            .filters
            .iter()
            .filter(|filter| filter.dimension == "close_date");
        let mut asked = filters.map(|filter| {
            let limit: NaiveDate = filter.value.as_str().unwrap().parse().unwrap();
            match filter.op {
                FilterOp::Gte => at >= limit,
                FilterOp::Lt => at < limit,
                _ => panic!("{filter:?} is not asked here"),
            }
        });
        let mut groups = query.dimensions.iter().zip(keys);
        asked.all(|holds| holds)
            && groups.all(|(dimension, key)| match (dimension.grain, key) {
                (Some(grain), Value::Day(first)) => self.calendar.first_of(at, grain) == *first,
                // Nothing is to be won on no day.
                (Some(_), _) => false,
                (None, _) => true,
            })
    }
}
