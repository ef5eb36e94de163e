//! Limits of runs, the background work, and how the process ends and logs.

use std::{num::NonZeroU32, time::Duration};

use serde::Deserialize;

use super::{ConfigError, value};

/// Section `agents`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agents {
    /// Turns of one run.
    pub max_turns: NonZeroU32,
    /// Calls of tools in one run.
    pub max_tool_calls: NonZeroU32,
    /// Time of one run.
    #[serde(deserialize_with = "value::duration")]
    pub max_wall_time: Duration,
    /// Tokens of one run.
    pub max_tokens: u64,
    /// US dollars of one run.
    pub max_cost: f64,
    /// How long a run waits for a human.
    #[serde(deserialize_with = "value::duration")]
    pub approval_expiry: Duration,
}

impl Agents {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if !(0.0..=1_000_000.0).contains(&self.max_cost) {
            return Err(ConfigError::invalid(
                "agents.max_cost",
                "must be an amount of US dollars",
            ));
        }
        Ok(())
    }

    /// The most that one run may cost, in billionths of a US dollar.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked to be below a million dollars"
    )]
    pub fn max_cost_nano(&self) -> i64 {
        (self.max_cost * 1e9).round() as i64
    }
}

/// Section `worker`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Worker {
    /// Whether `serve` works on jobs too.
    pub in_process: bool,
    /// Jobs at the same time.
    pub concurrency: NonZeroU32,
    /// How often to look for jobs unasked.
    #[serde(deserialize_with = "value::duration")]
    pub poll: Duration,
    /// How long a job belongs to a silent worker.
    #[serde(deserialize_with = "value::duration")]
    pub lease: Duration,
    /// How often to sweep and clean up.
    #[serde(deserialize_with = "value::duration")]
    pub sweep: Duration,
}

impl Worker {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let second = Duration::from_secs(1);
        for (key, time) in [
            ("worker.lease", self.lease),
            ("worker.sweep", self.sweep),
            ("worker.poll", self.poll),
        ] {
            if time < second {
                return Err(ConfigError::invalid(key, "must be at least 1s"));
            }
        }
        Ok(())
    }
}

/// Section `retention`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Of finished jobs.
    #[serde(deserialize_with = "value::duration")]
    pub jobs: Duration,
}

/// Section `shutdown`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shutdown {
    /// How long runs may go on after a signal.
    #[serde(deserialize_with = "value::duration")]
    pub grace: Duration,
}

/// Section `log`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// A filter such as `crm_api=debug,info`.
    pub level: String,
    /// How lines look.
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
    /// Text on a terminal, JSON elsewhere.
    Auto,
}
