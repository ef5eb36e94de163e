//! The semantic layer: what can be asked of the numbers, in the words of people, over fields of the catalogue.

mod query;

pub use query::{
    Compare, Dimension, FilterOp, Form, Grain, PipelineQuery, QueryFilter, QueryHaving, QueryOrder, Range, Time,
};
