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

/// What people call a feature, and the objects and fields that it rests on; none of a feature that this program does not know.
pub(super) fn named(kind: ModelKind, feature: &str) -> Option<(&'static str, &'static [&'static str])> {
    match kind {
        ModelKind::Win => one_of(&DEAL_FEATURES, feature),
        ModelKind::Lead => one_of(&LEAD_FEATURES, feature),
        ModelKind::Churn => one_of(&ACCOUNT_FEATURES, feature),
    }
}

fn one_of<K: Kind>(
    features: &'static [Feature<K>],
    name: &str,
) -> Option<(&'static str, &'static [&'static str])> {
    let feature = features.iter().find(|feature| feature.name == name)?;
    Some((feature.label, feature.rests_on))
}

fn of<K: Kind>(features: &[Feature<K>]) -> BTreeMap<&'static str, &'static str> {
    features
        .iter()
        .map(|feature| (feature.name, feature.label))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_has_words_of_its_own() {
        for (kind, features) in [
            (ModelKind::Win, DEAL_FEATURES.len()),
            (ModelKind::Lead, LEAD_FEATURES.len()),
            (ModelKind::Churn, ACCOUNT_FEATURES.len()),
        ] {
            let labels = labels(kind);
            assert_eq!(labels.len(), features, "a name of {kind} stands for two features");
            for (name, label) in labels {
                let is_said = label.starts_with(char::is_uppercase) && !label.contains('_');
                assert!(is_said, "{kind}: {name} is called {label:?}");
            }
        }
    }
}
