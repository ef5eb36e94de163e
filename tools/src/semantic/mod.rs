//! The semantic layer: what can be asked about the numbers, in people's words and by fields of the catalogue.
//!
//! The layer lies in `tools/semantic/*.yaml`, one file for each entity; it is embedded and checked against the catalogue
//! when it is first used and by a test. To add a measure: an entry there with its definition in every language.

mod answer;
mod build;
mod calendar;
mod check;
mod doubts;
mod drill;
mod extend;
mod ground;
mod load;
mod lower;
mod model;
mod nearest;
mod query;
mod resolve;
mod rows;
mod schema;
mod seen;
mod source;
mod vocabulary;

pub(crate) use answer::checked;
pub use answer::{Spoken, answer, answer_on, answer_row, answer_rows, answer_typed, check, in_words, run};
pub use calendar::Calendar;
pub(crate) use doubts::{Doubts, doubts};
pub(crate) use drill::{behind, behind_row};
pub use ground::{Ground, model_of};
pub use load::{ModelError, Problem};
pub use lower::{Lowered, lower};
pub use model::{
    CohortDef, DimensionDef, DimensionKind, Entity, Labels, Language, MeasureDef, SemanticModel, Unit,
    ValueSource, Words,
};
pub use query::{
    Compare, Dimension, FilterOp, Form, Grain, PipelineQuery, QueryFilter, QueryHaving, QueryOrder, Range,
    ReadAs, Time,
};
pub(crate) use resolve::told_apart;
pub use resolve::{ME, MY_TEAM, ResolvedFilter, ResolvedNames, Unresolved, resolve};
pub use rows::Rows;
pub use schema::{Asking, AskingDimension, AskingEntity, AskingMeasure};
pub(crate) use seen::is_seen;
pub use vocabulary::{check_vocabulary, stale_vocabulary};
