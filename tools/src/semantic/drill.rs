//! The records behind numbers, as queries: behind the first number of a card, and behind that of one row.

use chrono::{Days, Months, NaiveDate};
use crm_store::StoreError;
use serde_json::{Value as Json, json};

use super::{
    lower::Lowered,
    model::Entity,
    query::{FilterOp, Form, Grain, PipelineQuery, QueryFilter, Time},
};

/// The measure whose records a bridge begins and ends with.
const OPEN: &str = "open_amount";

/// The query of the records behind the first number; none for what are records already, and for forms whose numbers are of
/// several days or of stays in stages.
pub(crate) fn behind(query: &PipelineQuery, lowered: &Lowered) -> Option<PipelineQuery> {
    match query.form {
        Form::Records {} | Form::Bridge { .. } | Form::StageDurations {} => None,
        Form::Groups | Form::Funnel {} | Form::Cohort { .. } => Some(list(query, lowered)),
    }
}

/// The query of the records behind one row of an answer, by the values of its dimensions; none where no list has just those.
pub(crate) fn behind_row(
    entity: &Entity,
    query: &PipelineQuery,
    lowered: &Lowered,
    row: &[Json],
) -> Option<PipelineQuery> {
    let mut found = list(query, lowered);
    match &query.form {
        Form::Groups => {
            for (place, asked) in query.dimensions.iter().enumerate() {
                found
                    .filters
                    .extend(filters(&asked.name, asked.grain, row.get(place)?)?);
            }
        }
        Form::Cohort { grain, .. } => {
            let begun = &entity.cohort.as_ref()?.begun;
            let dimension = entity.dimensions.iter().find(|it| it.path == *begun)?;
            found
                .filters
                .extend(filters(&dimension.name, Some(*grain), row.first()?)?);
        }
        Form::Bridge { from, to } => {
            let day = match row.first()?.as_str()? {
                "opening" => from,
                "closing" => to,
                _ => return None,
            };
            found.measures = vec![entity.measure(OPEN)?.name.clone()];
            found.as_of = Some(*day);
        }
        Form::Records {} | Form::Funnel {} | Form::StageDurations {} => return None,
    }
    Some(found)
}

/// Why there is no list of the records behind a row.
pub(super) fn no_list() -> StoreError {
    StoreError::invalid(
        "row",
        "must be a row of this query's card of which there is a list: one that `opens` marks",
    )
}

/// The records that the first measure counts.
fn list(query: &PipelineQuery, lowered: &Lowered) -> PipelineQuery {
    PipelineQuery {
        entity: query.entity.clone(),
        form: Form::Records {},
        measures: query.measures.iter().take(1).cloned().collect(),
        dimensions: Vec::new(),
        filters: query.filters.clone(),
        having: Vec::new(),
        time: query.time.as_ref().map(|time| Time {
            dimension: lowered.time.clone(),
            range: time.range.clone(),
        }),
        compare: None,
        as_of: query.as_of,
        order: Vec::new(),
        limit: None,
        other: false,
        share: false,
        // Plain amounts in filters are in it.
        currency: query.currency.clone(),
        read_as: Vec::new(),
    }
}

/// The conditions under which a record has this value; none of what is beyond the limit.
fn filters(dimension: &str, grain: Option<Grain>, cell: &Json) -> Option<Vec<QueryFilter>> {
    let filter = |op, value| QueryFilter {
        dimension: dimension.to_owned(),
        op,
        value,
    };
    Some(match cell {
        Json::Null => vec![filter(FilterOp::IsNull, Json::Bool(true))],
        Json::String(day) if grain.is_some() => {
            let first: NaiveDate = day.parse().ok()?;
            let last = last_of(first, grain?)?;
            vec![
                filter(FilterOp::Gte, json!(first)),
                filter(FilterOp::Lte, json!(last)),
            ]
        }
        Json::Object(record) => vec![filter(FilterOp::Eq, record.get("id")?.clone())],
        Json::Bool(_) | Json::String(_) => vec![filter(FilterOp::Eq, cell.clone())],
        Json::Number(_) | Json::Array(_) => return None,
    })
}

/// The last day of a stretch that begins on a day, of the calendar or of the fiscal year.
fn last_of(first: NaiveDate, grain: Grain) -> Option<NaiveDate> {
    let next = match grain {
        Grain::Day => first.checked_add_days(Days::new(1)),
        Grain::Week => first.checked_add_days(Days::new(7)),
        Grain::Month => first.checked_add_months(Months::new(1)),
        Grain::Quarter => first.checked_add_months(Months::new(3)),
        Grain::Year => first.checked_add_months(Months::new(12)),
    };
    next?.pred_opt()
}
