//! Which measure a question is about: named, or put together from what is counted and which records count.

use crm_store::{
    analytics::{Aggregate, Filter, Formula, Measure},
    query::Op,
};
use serde_json::Value as Json;

use super::{
    decline::DeclineReason,
    draft::{Draft, Quantity, Status},
};
use crate::semantic::{Entity, FilterOp, Language, MeasureDef, QueryFilter, Unit};

/// A measure with the conditions that it needs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Picked {
    pub(super) measure: String,
    pub(super) filters: Vec<QueryFilter>,
    /// What it is called, where there are several.
    pub(super) label: String,
    /// Whether words of time were for the measure and say nothing more.
    pub(super) own_time: bool,
}

/// The measures that a question can be about; several where the words leave it open.
pub(super) fn pick(entity: &Entity, draft: &Draft, language: Language) -> Result<Vec<Picked>, DeclineReason> {
    let picked = |measure: &MeasureDef, filters: Vec<QueryFilter>| Picked {
        measure: measure.name.clone(),
        filters,
        label: measure
            .labels
            .get(&language)
            .or_else(|| measure.labels.get(&Language::En))
            .cloned()
            .unwrap_or_default(),
        own_time: false,
    };
    let named = |names: &[&str]| {
        let found: Vec<Picked> = names
            .iter()
            .filter_map(|name| entity.measure(name))
            .map(|measure| picked(measure, Vec::new()))
            .collect();
        if found.is_empty() {
            Err(DeclineReason::Unclear)
        } else {
            Ok(found)
        }
    };
    let status: Vec<Status> = draft
        .status
        .iter()
        .copied()
        .filter(|status| *status != Status::New)
        .collect();
    if let Some(measure) = draft.measure.and_then(|m| entity.measures.get(m)) {
        // "Win rate and deal size": one of them at a time.
        let others = draft.more.iter().filter_map(|m| entity.measures.get(*m));
        return std::iter::once(measure)
            .chain(others)
            .map(|measure| Ok(picked(measure, narrowed(entity, measure, &status)?)))
            .collect();
    }
    if draft.how_long {
        let lengths: Vec<&str> = entity
            .measures
            .iter()
            .filter(|measure| matches!(measure.unit, Unit::Hours | Unit::Days))
            .map(|measure| measure.name.as_str())
            .collect();
        return named(&lengths);
    }
    let best = draft.best || draft.most.is_some() && !draft.noun && !draft.pipeline;
    if best && draft.quantity.is_none() && status.is_empty() {
        return named(&["won_amount", "won_count", "win_rate"]);
    }
    let quantity = draft.quantity.unwrap_or(if draft.pipeline {
        Quantity::Money
    } else {
        Quantity::Count
    });
    // The pipeline is what is open.
    let new = draft.status.contains(&Status::New);
    let status = if status.is_empty() && draft.pipeline && !new {
        vec![Status::Open]
    } else {
        status
    };
    match (quantity, status.as_slice()) {
        (Quantity::Average, _) => {
            average(entity, &status).map(|(measure, filters)| vec![picked(measure, filters)])
        }
        (Quantity::Money, []) if !new && entity.measure("open_amount").is_some() => {
            named(&["open_amount", "won_amount"])
        }
        (_, []) if new => {
            let name = format!("{}_{}", Status::New.prefix(), suffix(quantity));
            match entity.measure(&name) {
                Some(measure) => Ok(vec![Picked {
                    own_time: true,
                    ..picked(measure, Vec::new())
                }]),
                None => plain(entity, quantity).map(|measure| vec![picked(measure, Vec::new())]),
            }
        }
        (_, []) => plain(entity, quantity).map(|measure| vec![picked(measure, Vec::new())]),
        (_, [status]) => {
            if let Some(measure) = entity.measure(&format!("{}_{}", status.prefix(), suffix(quantity))) {
                return Ok(vec![picked(measure, Vec::new())]);
            }
            let filters = status_filters(entity, *status).ok_or(DeclineReason::Unclear)?;
            plain(entity, quantity).map(|measure| vec![picked(measure, filters)])
        }
        _ => Err(DeclineReason::Unclear),
    }
}

const fn suffix(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::Count => "count",
        Quantity::Money | Quantity::Average => "amount",
    }
}

fn plain(entity: &Entity, quantity: Quantity) -> Result<&MeasureDef, DeclineReason> {
    entity.measure(suffix(quantity)).ok_or(DeclineReason::Unclear)
}

/// The conditions that words like "open" add to a measure by name; none where the measure says the same itself.
fn narrowed(
    entity: &Entity,
    measure: &MeasureDef,
    status: &[Status],
) -> Result<Vec<QueryFilter>, DeclineReason> {
    let mut filters = Vec::new();
    for status in status {
        let own = status_filters(entity, *status).ok_or(DeclineReason::Unclear)?;
        let senseless = own
            .iter()
            .any(|filter| measure.not_by.contains(&filter.dimension));
        if !senseless {
            filters.extend(own);
        } else if !says(entity, measure, &own) {
            let label = measure.labels.get(&Language::En).cloned().unwrap_or_default();
            return Err(DeclineReason::Senseless {
                what: format!("{label} / {}", status.prefix()),
            });
        }
    }
    Ok(filters)
}

/// Whether a measure counts only what fulfils conditions, or tells those records from others as a rate does.
fn says(entity: &Entity, measure: &MeasureDef, filters: &[QueryFilter]) -> bool {
    match &measure.measure {
        Measure::Plain(formula) | Measure::Attainment(formula) => filters
            .iter()
            .all(|filter| conditions(entity, formula).contains(filter)),
        Measure::Total { of, and } => filters.iter().all(|filter| {
            conditions(entity, of).contains(filter) && conditions(entity, and).contains(filter)
        }),
        Measure::Ratio { .. } => true,
    }
}

fn average<'e>(
    entity: &'e Entity,
    status: &[Status],
) -> Result<(&'e MeasureDef, Vec<QueryFilter>), DeclineReason> {
    let any = entity.measure("average_amount");
    let won = entity.measures.iter().find(|measure| {
        measure.unit == Unit::Money
            && matches!(
                &measure.measure,
                Measure::Plain(Formula {
                    aggregate: Aggregate::Of(crm_store::analytics::Summary::Average, _),
                    ..
                })
            )
            && measure.name != "average_amount"
    });
    match status {
        [] | [Status::Won] => won
            .or(any)
            .map(|measure| (measure, Vec::new()))
            .ok_or(DeclineReason::Unclear),
        [status] => {
            let filters = status_filters(entity, *status).ok_or(DeclineReason::Unclear)?;
            any.map(|measure| (measure, filters))
                .ok_or(DeclineReason::Unclear)
        }
        _ => Err(DeclineReason::Unclear),
    }
}

/// The conditions of a status, as the layer's own measure of it has them.
pub(super) fn status_filters(entity: &Entity, status: Status) -> Option<Vec<QueryFilter>> {
    if status == Status::New {
        return Some(Vec::new());
    }
    let measure = entity.measure(&format!("{}_count", status.prefix()))?;
    measure_filters(entity, measure)
}

/// What a measure counts, as conditions on records; none if they cannot be said so.
pub(super) fn measure_filters(entity: &Entity, measure: &MeasureDef) -> Option<Vec<QueryFilter>> {
    let Measure::Plain(formula) = &measure.measure else {
        return None;
    };
    let filters = conditions(entity, formula);
    (filters.len() == formula.only.len()).then_some(filters)
}

fn conditions(entity: &Entity, formula: &Formula) -> Vec<QueryFilter> {
    formula
        .only
        .iter()
        .filter_map(|filter| condition(entity, filter))
        .collect()
}

fn condition(entity: &Entity, filter: &Filter) -> Option<QueryFilter> {
    let Filter::Field { path, op, value } = filter else {
        return None;
    };
    let dimension = entity
        .dimensions
        .iter()
        .find(|dimension| dimension.path == *path)?;
    let op = match op {
        Op::Eq => FilterOp::Eq,
        Op::Ne => FilterOp::Ne,
        Op::Lt => FilterOp::Lt,
        Op::Lte => FilterOp::Lte,
        Op::Gt => FilterOp::Gt,
        Op::Gte => FilterOp::Gte,
        Op::In => FilterOp::In,
        _ => return None,
    };
    Some(QueryFilter {
        dimension: dimension.name.clone(),
        op,
        value: value.clone(),
    })
}

/// The opposite of a status, where one condition says it.
pub(super) fn not(entity: &Entity, status: Status) -> Option<QueryFilter> {
    let filters = status_filters(entity, status)?;
    let [filter] = filters.as_slice() else {
        return None;
    };
    let mut opposite = filter.clone();
    match (&filter.op, &filter.value) {
        (FilterOp::Eq, Json::Bool(value)) => opposite.value = Json::from(!value),
        (FilterOp::Eq, _) => opposite.op = FilterOp::Ne,
        (FilterOp::In, _) => opposite.op = FilterOp::NotIn,
        _ => return None,
    }
    Some(opposite)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::semantic::SemanticModel;

    #[test]
    fn what_is_open_is_what_the_layer_says() {
        let model = SemanticModel::embedded().unwrap();
        let deals = model.entity("opportunities").unwrap();
        let open = QueryFilter {
            dimension: "is_closed".to_owned(),
            op: FilterOp::Eq,
            value: Json::from(false),
        };
        assert_eq!(status_filters(deals, Status::Open), Some(vec![open.clone()]));
        let closed = QueryFilter {
            value: Json::from(true),
            ..open
        };
        assert_eq!(not(deals, Status::Open), Some(closed));
    }

    #[test]
    fn an_amount_without_a_status_is_open_or_won() {
        let model = SemanticModel::embedded().unwrap();
        let deals = model.entity("opportunities").unwrap();
        let draft = Draft {
            quantity: Some(Quantity::Money),
            noun: true,
            ..Draft::default()
        };
        let names: Vec<String> = pick(deals, &draft, Language::En)
            .unwrap()
            .into_iter()
            .map(|picked| picked.measure)
            .collect();
        assert_eq!(names, ["open_amount", "won_amount"]);
    }
}
