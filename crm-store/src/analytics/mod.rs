//! Questions about many records: groups, funnels, cohorts, the pipeline as it was, the way between two days.
//!
//! A [`Plan`] names fields of the catalogue and nothing else; [`crate::query`] makes SQL of it. It runs as the asking
//! actor, so row-level security and the rules on fields hold as they do in lists: a field that the actor may not see is
//! refused in measures, keys, filters and order alike.

mod accounts;
mod ask;
mod behind;
mod bridge;
mod called;
mod cells;
mod cohort;
mod cost;
mod groups;
mod notes;
mod plan;
mod rates;
mod records;
mod spells;
mod stays;
mod steps;
mod sums;
mod table;
mod values;
mod work;

use ask::run;
pub(crate) use cost::explained;

pub use called::Called;
pub use plan::{
    Aggregate, Cohort, DayRange, Filter, Formula, Funnel, Grain, Groups, Having, Key, Measure, Order,
    OrderBy, Path, Plan, Reporting, Shape, Span, Summary, Test,
};
pub(crate) use sums::sum_up;
pub use sums::{Drift, SummedUp};
pub use table::{Cell, Column, Note, Role, Table};

/// The most rows of an answer.
pub const MAX_ROWS: u32 = 10_000;
