//! Inputs of `win/`.

use serde::Serialize;

use crate::Prompt;

/// The instructions of the agent that tells how likely a deal is won.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WinSystem {
    /// Today, as `2026-11-21`.
    pub today: String,
    /// The record that the asker has open, as `opportunity:<id>`.
    pub record: Option<String>,
}

impl Prompt for WinSystem {
    const TEMPLATE: &'static str = "win/system";
}
