//! Names that people write, as the ids and words that are stored; looked up as the asker, who finds nothing hidden.

mod called;
mod declared;
mod looked;

use std::fmt;

use crm_store::{Actor, FieldError, StoreError, TenantTx, catalog::FieldType};
use serde_json::Value as Json;
use uuid::Uuid;

pub(crate) use self::called::told_apart;
use self::{
    called::by_name,
    declared::{boolean, word},
    looked::{Looked, looked_up, stored},
};
use super::{
    model::{DimensionDef, DimensionKind, Entity, ValueSource},
    nearest::nearest,
    query::{FilterOp, PipelineQuery, QueryFilter},
};
use crate::whose::team;

/// The asker, as a value of a dimension of people.
pub const ME: &str = "me";
/// Those whose roles are below the asker's, as a value of a dimension of people.
pub const MY_TEAM: &str = "my_team";

/// The most filters of a query.
const MOST_FILTERS: usize = 40;
/// The most values of all its filters: names of people and records are looked up one by one, all else at once.
const MOST_VALUES: usize = 400;

/// The filters of a query as they are stored and as they are shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ResolvedNames {
    /// The query's own filters in their order, then those of the entity that it says nothing of.
    pub filters: Vec<ResolvedFilter>,
}

/// A filter whose names are found.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedFilter {
    /// The filter with stored values.
    pub filter: QueryFilter,
    /// Its values as people know them.
    pub names: Vec<String>,
    /// Whether no record that the asker may see has such a value.
    pub unknown: bool,
    /// Its place among the query's own filters; none for one of the entity.
    pub place: Option<usize>,
}

/// A name that can be several people or records, or is only nearly that of one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Doubt {
    /// The place of its filter among the query's own.
    pub(crate) filter: usize,
    /// The name, as it was said.
    pub(crate) said: String,
    /// Whom it can mean, each told apart from the others.
    pub(crate) candidates: Vec<(Uuid, String)>,
}

/// Why a query's names cannot be used.
#[derive(Debug)]
pub enum Unresolved {
    /// The asker can mend these.
    Query(Vec<FieldError>),
    /// The store says no.
    Store(StoreError),
}

impl From<StoreError> for Unresolved {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// A pointer into a query and what is wrong there.
pub(super) fn wrong(pointer: impl fmt::Display, message: impl Into<String>) -> FieldError {
    FieldError {
        pointer: pointer.to_string(),
        message: message.into(),
    }
}

impl Entity {
    /// The filters that hold for a query: its own, and the entity's where it says nothing of their dimension.
    pub fn filters_of(&self, query: &PipelineQuery) -> Vec<(Option<usize>, QueryFilter)> {
        let own = query.filters.iter().cloned().enumerate();
        let said = |name: &str| query.filters.iter().any(|filter| filter.dimension == name);
        let usual = self.filters.iter().filter(|filter| !said(&filter.dimension));
        own.map(|(place, filter)| (Some(place), filter))
            .chain(usual.map(|filter| (None, filter.clone())))
            .collect()
    }
}

/// Finds the names of a query's filters as the actor of the transaction.
pub async fn resolve(
    tx: &mut TenantTx,
    entity: &Entity,
    query: &PipelineQuery,
) -> Result<ResolvedNames, Unresolved> {
    look_up(tx, entity, query, &mut Vec::new()).await
}

/// The same; `doubts` gets the names that the asker must choose of.
pub(super) async fn look_up(
    tx: &mut TenantTx,
    entity: &Entity,
    query: &PipelineQuery,
    doubts: &mut Vec<Doubt>,
) -> Result<ResolvedNames, Unresolved> {
    let mut found = Vec::new();
    let mut problems = too_many(query);
    if !problems.is_empty() {
        return Err(Unresolved::Query(problems));
    }
    for (place, filter) in entity.filters_of(query) {
        let pointer = format!("/filters/{}", place.unwrap_or_default());
        let Some(dimension) = entity.dimension(&filter.dimension) else {
            let near = nearest(
                entity.dimensions.iter().map(|it| it.name.as_str()),
                &filter.dimension,
            );
            problems.push(wrong(
                format!("{pointer}/dimension"),
                format!(
                    "{} has no dimension {}{near}",
                    entity.name,
                    shown(&filter.dimension)
                ),
            ));
            continue;
        };
        let known = doubts.len();
        match values(tx, dimension, &filter, doubts).await? {
            Ok(mut resolved) => {
                resolved.place = place;
                found.push(resolved);
            }
            Err(message) => {
                for doubt in doubts.iter_mut().skip(known) {
                    doubt.filter = place.unwrap_or_default();
                }
                problems.push(wrong(format!("{pointer}/value"), message));
            }
        }
    }
    if problems.is_empty() {
        Ok(ResolvedNames { filters: found })
    } else {
        Err(Unresolved::Query(problems))
    }
}

/// What is asked for beyond the limits; told before anything is looked up.
fn too_many(query: &PipelineQuery) -> Vec<FieldError> {
    let values = query.filters.iter().map(|filter| match &filter.value {
        Json::Array(values) => values.len(),
        _ => 1,
    });
    [
        ("/filters", query.filters.len(), MOST_FILTERS, "filters"),
        (
            "/filters",
            values.sum(),
            MOST_VALUES,
            "values in all filters together",
        ),
        (
            "/having",
            query.having.len(),
            MOST_FILTERS,
            "conditions on groups",
        ),
        ("/order", query.order.len(), MOST_FILTERS, "orders"),
    ]
    .into_iter()
    .filter(|(_, there, most, _)| there > most)
    .map(|(pointer, there, most, what)| {
        wrong(
            pointer,
            format!("must be at most {most} {what}; there are {there}"),
        )
    })
    .collect()
}

/// A value as it is stored, as it is shown, and whether anything visible has it.
type Found = (Json, String, bool);

async fn values(
    tx: &mut TenantTx,
    dimension: &DimensionDef,
    filter: &QueryFilter,
    doubts: &mut Vec<Doubt>,
) -> Result<Result<ResolvedFilter, String>, StoreError> {
    let mut resolved = ResolvedFilter {
        filter: filter.clone(),
        names: Vec::new(),
        unknown: false,
        place: None,
    };
    if filter.op == FilterOp::IsNull {
        return Ok(if filter.value.is_boolean() {
            Ok(resolved)
        } else {
            Err("must be true or false with the operator is_null".to_owned())
        });
    }
    let many = matches!(filter.op, FilterOp::In | FilterOp::NotIn);
    let said: Vec<Json> = match (&filter.value, many) {
        (Json::Array(values), true) if !values.is_empty() && values.len() <= 200 => values.clone(),
        (_, true) => {
            return Ok(Err(
                "must be a list of 1 to 200 values with in and not_in".to_owned()
            ));
        }
        (Json::Array(_), false) => return Ok(Err("is a list; use in or not_in with a list".to_owned())),
        (one, false) => vec![one.clone()],
    };
    let looked = looked_up(tx, dimension, &said).await?;
    let mut stored = Vec::with_capacity(said.len());
    let mut known = false;
    let mut is_team = false;
    let (mut doubtful, certain) = (None, doubts.len());
    for value in said {
        if dimension.kind == DimensionKind::Person && is_my_team(&value) {
            match team(tx).await? {
                Ok(ids) => stored.extend(ids.iter().map(|id| Json::from(id.to_string()))),
                Err(why) => return Ok(Err(why.to_owned())),
            }
            resolved.names.push(MY_TEAM.to_owned());
            (is_team, known) = (true, true);
            continue;
        }
        let before = doubts.len();
        match one(tx, dimension, &value, &looked, doubts).await? {
            Ok((value, name, exists)) => {
                stored.push(value);
                resolved.names.push(name);
                known |= exists;
            }
            // All names that are in doubt are asked back together.
            Err(message) if doubts.len() > before => doubtful = doubtful.or(Some(message)),
            Err(message) => {
                doubts.truncate(certain);
                return Ok(Err(message));
            }
        }
    }
    if let Some(message) = doubtful {
        return Ok(Err(message));
    }
    resolved.unknown = !known;
    if is_team {
        resolved.filter.op = match filter.op {
            FilterOp::Eq => FilterOp::In,
            FilterOp::Ne => FilterOp::NotIn,
            other => other,
        };
    }
    resolved.filter.value = if many || is_team {
        Json::Array(stored)
    } else {
        stored.into_iter().next().unwrap_or_default()
    };
    Ok(Ok(resolved))
}

fn is_my_team(value: &Json) -> bool {
    value
        .as_str()
        .is_some_and(|text| text.trim().replace(' ', "_").eq_ignore_ascii_case(MY_TEAM))
}

/// Whether a text can be a value.
fn usable(text: &str) -> Result<(), String> {
    if text.is_empty() || text.contains('\0') {
        return Err("must not be empty; ask for no value with is_null".to_owned());
    }
    if text.chars().count() > 500 {
        return Err("must have at most 500 characters".to_owned());
    }
    Ok(())
}

async fn one(
    tx: &mut TenantTx,
    dimension: &DimensionDef,
    value: &Json,
    looked: &Looked,
    doubts: &mut Vec<Doubt>,
) -> Result<Result<Found, String>, StoreError> {
    let text = match value {
        Json::String(text) => match usable(text.trim()) {
            Ok(()) => Some(text.trim()),
            Err(message) => return Ok(Err(message)),
        },
        Json::Null => return Ok(Err("must not be null; ask for no value with is_null".to_owned())),
        Json::Object(_) if !matches!(dimension.path.field.kind, FieldType::Money(_)) => {
            return Ok(Err("must be a text, a number, true or false".to_owned()));
        }
        _ => None,
    };
    if dimension.kind == DimensionKind::Boolean {
        return Ok(boolean(dimension, value));
    }
    if dimension.path.custom.is_some() || matches!(dimension.values, ValueSource::None) {
        let shown = text.map_or_else(|| value.to_string(), str::to_owned);
        return Ok(Ok((value.clone(), shown, true)));
    }
    let Some(text) = text else {
        return Ok(Err("must be a text".to_owned()));
    };
    match dimension.values {
        ValueSource::Enum => Ok(word(dimension, text)),
        ValueSource::Members | ValueSource::Records => record(tx, dimension, text, looked, doubts).await,
        ValueSource::Stages | ValueSource::Distinct | ValueSource::None => {
            Ok(Ok(stored(dimension, text, looked)))
        }
    }
}

/// A person or record by id or by name; only what the asker may see is found or named.
async fn record(
    tx: &mut TenantTx,
    dimension: &DimensionDef,
    text: &str,
    looked: &Looked,
    doubts: &mut Vec<Doubt>,
) -> Result<Result<Found, String>, StoreError> {
    if let Ok(id) = Uuid::parse_str(text) {
        let name = looked.names.get(&id).cloned().unwrap_or_else(|| id.to_string());
        return Ok(Ok((Json::from(id.to_string()), name, true)));
    }
    if dimension.kind == DimensionKind::Person && text.eq_ignore_ascii_case(ME) {
        return Ok(match tx.grant().actor() {
            Actor::User(user) => Ok((Json::from(user.to_string()), ME.to_owned(), true)),
            _ => Err("\"me\" is a person; a program must name one".to_owned()),
        });
    }
    by_name(tx, dimension, text, doubts).await
}

/// A part of what somebody wrote, short enough for a message.
pub(super) fn shown(text: &str) -> String {
    let mut short: String = text.chars().filter(|c| !c.is_control()).take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("\"{short}\"")
}
