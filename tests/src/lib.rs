//! What the integration tests of crm-ai share.

pub mod fake_openai;
pub mod harness;
pub mod knowledge;
