//! Values of a filter, looked up all at once.

use std::collections::BTreeMap;

use crm_store::{StoreError, TenantTx};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{Found, called::names_of, declared::spoken, usable};
use crate::semantic::model::{DimensionDef, ValueSource};

/// What is known of the values of a filter, with one look for all of them.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// Those that records have, as they are written there.
    pub(super) stored: Vec<String>,
    /// Those that are ids, and what they are called.
    pub(super) names: BTreeMap<Uuid, String>,
}

/// Looks for the values that are ids, and for those that records may have.
pub(super) async fn looked_up(
    tx: &mut TenantTx,
    dimension: &DimensionDef,
    said: &[Json],
) -> Result<Looked, StoreError> {
    let mut looked = Looked::default();
    if dimension.path.custom.is_some() {
        return Ok(looked);
    }
    let texts = said
        .iter()
        .filter_map(Json::as_str)
        .map(str::trim)
        .filter(|text| usable(text).is_ok());
    match dimension.values {
        ValueSource::Stages | ValueSource::Distinct => {
            let texts: Vec<&str> = texts.filter(|text| spoken(dimension, text).is_none()).collect();
            if !texts.is_empty() {
                let found = tx.values_named(&dimension.path, &texts).await?;
                looked.stored = found.into_iter().map(|(_, name)| name).collect();
            }
        }
        ValueSource::Members | ValueSource::Records => {
            let ids: Vec<Uuid> = texts.filter_map(|text| Uuid::parse_str(text).ok()).collect();
            if !ids.is_empty() {
                looked.names = names_of(tx, dimension, &ids).await?;
            }
        }
        ValueSource::Enum | ValueSource::None => {}
    }
    Ok(looked)
}

/// A text as it stands in records, whatever its capitals.
pub(super) fn stored(dimension: &DimensionDef, text: &str, looked: &Looked) -> Found {
    if let Some(value) = spoken(dimension, text) {
        return (Json::from(value), value.to_owned(), true);
    }
    let said = text.to_lowercase();
    let same = looked
        .stored
        .iter()
        .filter(|value| value.to_lowercase() == said)
        .min_by_key(|value| *value != text);
    match same {
        Some(value) => (Json::from(value.as_str()), value.clone(), true),
        None => (Json::from(text), text.to_owned(), false),
    }
}
