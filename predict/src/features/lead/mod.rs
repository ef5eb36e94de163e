//! What is told of a lead.

mod doing;
mod who;

use super::feature::{Feature, Leads};

/// All features of leads.
pub(super) fn all() -> Vec<Feature<Leads>> {
    [who::features(), doing::features()]
        .into_iter()
        .flatten()
        .collect()
}
