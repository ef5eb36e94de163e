//! crm-ai.

pub mod event;
pub mod model;
