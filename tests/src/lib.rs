//! What the integration tests of crm-ai share.

pub mod harness;
