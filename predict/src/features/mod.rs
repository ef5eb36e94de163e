//! What is told of deals, leads and accounts as of a moment: one list for each kind.
//!
//! A [`Feature`] is one entry with its name, its words for people, a pure function over what was known at the moment, a
//! sentence for when it is a reason, and the records that it rests on. To add one, add an entry to a file in `deal/`,
//! `lead/` or to `account.rs`; nothing else needs to know of it. What is usual in the tenant comes in as a [`Usual`], which
//! knows only what had ended before the moment.
//!
//! Never a feature: names, titles of address, gender, age and birth, origin, religion, pictures, or what a person wrote
//! about another. `tests::nothing_personal_is_a_feature` holds the list.

mod account;
mod churn;
mod dataset;
mod deal;
mod feature;
mod lead;
mod mood;
mod origin;
mod tally;
mod usual;
mod words;

pub use churn::account_dataset;
pub use dataset::{LEAD_WINDOW_DAYS, LEARNED_SPAN, Plan, deal_dataset, lead_dataset};
pub use feature::{Accounts, Deals, Direction, Feature, Kind, Leads, Lever, columns, row};
pub use tally::Belief;
pub use usual::{Usual, UsualHistory};

use std::sync::LazyLock;

/// What is told of a deal.
pub static DEAL_FEATURES: LazyLock<Vec<Feature<Deals>>> = LazyLock::new(deal::all);
/// What is told of a lead.
pub static LEAD_FEATURES: LazyLock<Vec<Feature<Leads>>> = LazyLock::new(lead::all);
/// What is told of an account.
pub static ACCOUNT_FEATURES: LazyLock<Vec<Feature<Accounts>>> = LazyLock::new(account::all);

/// How many days back features of deals look into the cases of their accounts and into what the people there said. Of an open
/// deal nothing older need be read.
pub const LOOK_BACK_DAYS: u16 = 360;
/// How many days back cases count.
const RECENT_DAYS: f64 = 180.0;
