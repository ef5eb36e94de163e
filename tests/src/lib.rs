//! What the integration tests of crm-ai share.

pub mod fake_openai;
pub mod harness;
pub mod ids;
pub mod knowledge;
