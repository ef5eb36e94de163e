//! Questions about many records ([`crate::analytics`]) to SQL.
//!
//! [`Scope`] knows the records that a question is about and the tables that its paths lead to; filters, keys and
//! measures are made in it. The shapes put them together.

mod accounts;
mod attainment;
mod behind;
mod bridge;
mod calendar;
mod called;
mod cohort;
mod compare;
mod filters;
mod folded;
mod groups;
mod history;
mod keys;
mod measures;
mod money;
mod names;
mod order;
mod pairs;
mod records;
mod scope;
mod spells;
mod stays;
mod steps;
mod summed;
mod sums;
mod values;

pub(crate) use accounts::{ByAccount, is_by_account};
pub(crate) use bridge::{BridgePlan, PARTS};
pub(crate) use called::{CalledPlan, Sought};
pub(crate) use cohort::{CohortPlan, begun_since};
pub(crate) use groups::{Asked, Compiled, GroupsPlan, Numbers};
pub(crate) use history::unknown;
pub(crate) use keys::Kind;
pub(crate) use money::Rates;
pub(crate) use names::{named, title};
pub(crate) use records::RecordsPlan;
pub(crate) use scope::Frame;
pub(crate) use stays::stays;
pub(crate) use steps::{FunnelPlan, Step};
pub(crate) use sums::{KEPT, Kept};
pub(crate) use values::{Named, ValuesPlan};

pub(crate) use super::Statement;

use sea_query::Expr;

/// SQL with parts in the places of `$1`, `$2` and so on.
fn custom<const N: usize>(sql: &'static str, parts: [Expr; N]) -> Expr {
    Expr::cust_with_exprs(sql, parts)
}

/// All of these hold.
fn all(conditions: Vec<Expr>) -> Option<Expr> {
    conditions
        .into_iter()
        .reduce(|one, other| custom("($1) AND ($2)", [one, other]))
}
