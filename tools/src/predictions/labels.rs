//! What people call the features of a model.

use std::collections::BTreeMap;

use crm_predict::features::{ACCOUNT_FEATURES, DEAL_FEATURES, Feature, Kind, LEAD_FEATURES};
use crm_store::models::ModelKind;

/// What people call each feature that models of a kind look at, by its name.
pub fn labels(kind: ModelKind) -> BTreeMap<&'static str, &'static str> {
    match kind {
        ModelKind::Win => of(&DEAL_FEATURES),
        ModelKind::Lead => of(&LEAD_FEATURES),
        ModelKind::Churn => of(&ACCOUNT_FEATURES),
    }
}

fn of<K: Kind>(features: &[Feature<K>]) -> BTreeMap<&'static str, &'static str> {
    features
        .iter()
        .map(|feature| (feature.name, feature.label))
        .collect()
}
