//! Inputs of `pipeline/`.

use serde::Serialize;

use crate::{Fenced, Prompt};

/// The instructions of the agent that answers questions about the numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PipelineSystem {
    /// Today in the asker's time zone, as `2026-11-21`.
    pub today: String,
    /// The query of the question before, as JSON in a fence.
    pub previous: Option<Fenced>,
    /// ISO 639-1 code of the asker's language.
    pub language: Option<String>,
    /// What can be asked about.
    pub entities: Vec<PipelineEntity>,
}

/// Something that can be asked about, by the names that queries use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PipelineEntity {
    /// Its name.
    pub name: String,
    /// The names of its measures.
    pub measures: String,
    /// The names of its dimensions.
    pub dimensions: String,
    /// The dimension of time that is meant when none is named.
    pub time: String,
}

impl Prompt for PipelineSystem {
    const TEMPLATE: &'static str = "pipeline/system";
}
