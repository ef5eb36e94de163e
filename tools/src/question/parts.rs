//! Parts of queries: conditions that join, the time, and what shape a question wants.

use serde_json::Value as Json;

use super::{decline::DeclineReason, draft::Draft, time::range};
use crate::semantic::{FilterOp, QueryFilter, Time};

/// Adds a condition unless it is there.
pub(super) fn add_filter(filters: &mut Vec<QueryFilter>, filter: QueryFilter) {
    if !filters.contains(&filter) {
        filters.push(filter);
    }
}

/// Two values of a dimension are one or the other.
pub(super) fn merge(filters: &mut Vec<QueryFilter>, filter: QueryFilter) {
    let (one, many) = match filter.op {
        FilterOp::Eq => (FilterOp::Eq, FilterOp::In),
        FilterOp::Ne => (FilterOp::Ne, FilterOp::NotIn),
        _ => return add_filter(filters, filter),
    };
    let same = filters
        .iter_mut()
        .find(|known| known.dimension == filter.dimension && (known.op == one || known.op == many));
    match same {
        Some(known) if known.value == filter.value => {}
        Some(known) if known.op == one => {
            known.value = Json::Array(vec![known.value.take(), filter.value]);
            known.op = many;
        }
        Some(QueryFilter {
            value: Json::Array(values),
            ..
        }) => values.push(filter.value),
        _ => filters.push(filter),
    }
}

pub(super) fn changes(draft: &Draft) -> bool {
    draft.change && draft.pipeline && !draft.periods.is_empty()
}

/// Whether records are asked for, not numbers.
pub(super) fn lists(draft: &Draft) -> bool {
    let numbers = draft.measure.is_some()
        || draft.quantity.is_some()
        || draft.share
        || draft.trend
        || draft.versus
        || draft.having.is_some();
    let lacking = draft.conditions.iter().any(|condition| {
        condition
            .readings
            .first()
            .is_some_and(|(filter, ..)| filter.op == FilterOp::IsNull)
    });
    let biggest = draft.most.is_some() && draft.noun && !draft.best;
    let grouped = !draft.groups.is_empty() || !draft.loose.is_empty();
    !(numbers || grouped || draft.pipeline && !lacking && draft.most.is_none())
        && (draft.list || lacking || biggest)
}

pub(super) fn time(draft: &Draft, cue: Option<&str>) -> Result<Option<Time>, DeclineReason> {
    match draft.periods.as_slice() {
        [] => Ok(None),
        [period] => Ok(Some(Time {
            dimension: cue.map(str::to_owned),
            range: range(period)?,
        })),
        _ => Err(DeclineReason::Senseless {
            what: "days".to_owned(),
        }),
    }
}
