//! What people call the features of a model.

use std::collections::BTreeMap;

use crm_predict::features::{ACCOUNT_FEATURES, DEAL_FEATURES, Feature, Kind, LEAD_FEATURES};
use crm_store::{models::ModelKind, scores::ScorePart};

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

/// What a part of a score compares its record with, where it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Compared {
    /// What people call the feature.
    pub(super) label: &'static str,
    /// All records of the kind, such as `opportunity.*`.
    pub(super) with: &'static str,
}

/// What the feature of a part compares records with. This program knows it by its own lists: what a score keeps was written by
/// one that may not have. Features of two kinds that share a name are told apart by what else they rest on.
pub(super) fn compared(part: &ScorePart) -> Option<Compared> {
    compared_of(&DEAL_FEATURES, part)
        .or_else(|| compared_of(&LEAD_FEATURES, part))
        .or_else(|| compared_of(&ACCOUNT_FEATURES, part))
}

fn compared_of<K: Kind>(features: &'static [Feature<K>], part: &ScorePart) -> Option<Compared> {
    let name = part.feature.as_deref()?;
    let feature = features.iter().find(|feature| feature.name == name)?;
    let with = feature.compares_with()?;
    let mut others = feature.rests_on.iter().filter(|place| **place != with);
    others
        .all(|place| part.rests_on.iter().any(|known| known == place))
        .then_some(Compared {
            label: feature.label,
            with,
        })
}

fn of<K: Kind>(features: &[Feature<K>]) -> BTreeMap<&'static str, &'static str> {
    features
        .iter()
        .map(|feature| (feature.name, feature.label))
        .collect()
}

#[cfg(test)]
mod tests {
    use crm_store::scores::PartKind;

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

    #[test]
    fn a_part_of_an_earlier_program_is_known_to_compare_and_with_what() {
        let with = |feature: &str, rests_on: &[&str]| {
            let part = ScorePart {
                kind: PartKind::Feature,
                feature: Some(feature.to_owned()),
                log_odds: 1.0,
                value: serde_json::Value::Null,
                sentence: Some("A sentence.".to_owned()),
                rests_on: rests_on.iter().map(|&place| place.to_owned()).collect(),
                evidence: Vec::new(),
            };
            compared(&part).map(|compared| compared.with)
        };
        let deals = Some("opportunity.*");
        assert_eq!(with("owner_record", &["opportunity.owner_id"]), deals);
        assert_eq!(
            with("owner_record", &["opportunity.owner_id", "opportunity.*"]),
            deals
        );
        assert_eq!(with("source_record", &["opportunity.lead_source"]), deals);
        assert_eq!(with("source_record", &["lead.lead_source"]), Some("lead.*"));
        // More records than are named stand for themselves.
        assert_eq!(with("earlier_won", &["opportunity", "opportunity.*"]), None);
    }
}
