//! What a tenant switched off is closed, by the paths that belong to it.

use crm_store::settings::{Feature, Gates};

use crate::{Problem, ProblemKind};

/// Paths and the feature that they belong to.
const GATED: &[(&str, Feature)] = &[
    ("/v1/agents/", Feature::Agents),
    ("/v1/chat/", Feature::Agents),
    ("/v1/widget/", Feature::Widget),
    ("/v1/inbound/", Feature::Inbound),
    ("/v1/channels", Feature::Inbound),
    ("/v1/webhooks", Feature::Webhooks),
    ("/v1/imports", Feature::Imports),
    ("/v1/privacy/exports", Feature::Exports),
    ("/v1/feed", Feature::Feed),
];

/// Refuses what is switched off.
pub(crate) fn check(gates: &Gates, route: &str, is_key: bool) -> Result<(), Problem> {
    let by_path = GATED
        .iter()
        .find(|(prefix, _)| route.starts_with(prefix))
        .map(|(_, feature)| *feature);
    let by_key = is_key.then_some(Feature::ApiKeys);
    match [by_path, by_key]
        .into_iter()
        .flatten()
        .find(|feature| !gates.is_on(*feature))
    {
        None => Ok(()),
        Some(feature) => Err(Problem::new(
            ProblemKind::Forbidden,
            format!(
                "{} is switched off in the settings of this organisation",
                feature.as_str()
            ),
        )
        .fact("feature", feature.as_str())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_off_is_closed_and_the_rest_is_open() {
        let gates = Gates {
            off: vec!["imports".to_owned(), "api_keys".to_owned()],
            ..Gates::default()
        };
        assert!(check(&gates, "/v1/imports/{id}", false).is_err());
        assert!(check(&gates, "/v1/leads", false).is_ok());
        assert!(check(&gates, "/v1/leads", true).is_err());
        assert!(check(&Gates::default(), "/v1/imports", true).is_ok());
    }
}
