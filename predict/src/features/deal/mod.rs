//! What is told of a deal.

mod around;
mod doing;
mod money;
mod pace;
mod path;
mod people;

use super::feature::{Deals, Feature};

/// All features of deals.
pub(super) fn all() -> Vec<Feature<Deals>> {
    [
        path::features(),
        money::features(),
        doing::features(),
        people::features(),
        around::features(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
