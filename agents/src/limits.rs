//! How far a run may go.

use std::time::Duration;

use crm_store::prices::NanoUsd;
use serde_json::Value;

use crate::{event::RunOutcome, run::Run};

/// The same call with the same arguments is answered by a hint from this time on.
const REPEATS_ANSWERED: usize = 2;
/// And ends the run at this one.
const REPEATS_ALLOWED: usize = 5;

/// The limits of one run. Reaching one is an outcome, never an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Turns of a model.
    pub turns: u32,
    /// Calls of tools.
    pub tool_calls: u32,
    /// Time of work; waiting for a human does not count.
    pub wall_time: Duration,
    /// Time of one call of a tool.
    pub tool_time: Duration,
    /// Tokens over all turns.
    pub tokens: u64,
    /// Cost over all turns.
    pub cost: NanoUsd,
    /// Tokens of the answer of one turn.
    pub output_tokens: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            turns: 8,
            tool_calls: 16,
            wall_time: Duration::from_mins(2),
            tool_time: Duration::from_secs(20),
            tokens: 120_000,
            cost: NanoUsd(1_000_000_000),
            output_tokens: 2_048,
        }
    }
}

impl Limits {
    /// Which limit another turn would break.
    pub(crate) fn before_turn(&self, run: &Run) -> Option<RunOutcome> {
        if run.turns >= self.turns {
            return Some(RunOutcome::TurnLimit);
        }
        let tokens = run
            .usage
            .tokens
            .input_tokens
            .saturating_add(run.usage.tokens.output_tokens);
        (tokens >= self.tokens || run.usage.cost_nano_usd >= self.cost.0).then_some(RunOutcome::BudgetLimit)
    }

    /// Whether a call that can use `tokens` and cost `cost` at the most still fits.
    pub(crate) fn has_room(&self, run: &Run, tokens: u64, cost: NanoUsd) -> bool {
        let used = run
            .usage
            .tokens
            .input_tokens
            .saturating_add(run.usage.tokens.output_tokens);
        used.saturating_add(tokens) <= self.tokens
            && run.usage.cost_nano_usd.saturating_add(cost.0) <= self.cost.0
    }
}

/// What to do about a call that was made before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Run it.
    Fine,
    /// Tell the model that it goes in circles, and do not run it.
    Circles,
    /// It was told and does not listen: end the run.
    Hopeless,
}

/// Counts how often each call was made, whatever the order of its arguments.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Repeats(Vec<(String, usize)>);

impl Repeats {
    pub(crate) fn note(&mut self, tool: &str, arguments: &str) -> Repeat {
        let canonical =
            serde_json::from_str(arguments).map_or_else(|_| arguments.to_owned(), |value| sorted(&value));
        let key = format!("{tool} {canonical}");
        let count = if let Some((_, count)) = self.0.iter_mut().find(|(known, _)| *known == key) {
            *count += 1;
            *count
        } else {
            self.0.push((key, 1));
            1
        };
        match count {
            ..=REPEATS_ANSWERED => Repeat::Fine,
            REPEATS_ALLOWED.. => Repeat::Hopeless,
            _ => Repeat::Circles,
        }
    }
}

/// JSON with its keys in order.
fn sorted(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            let inner: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{name:?}:{}", sorted(value)))
                .collect();
            format!("{{{}}}", inner.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(sorted).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_repeats_is_hinted_at_and_then_ends_the_run() {
        let mut repeats = Repeats::default();
        let seen: Vec<_> = (0..6)
            .map(|_| repeats.note("search", r#"{"query":"x"}"#))
            .collect();

        assert_eq!(
            seen,
            [
                Repeat::Fine,
                Repeat::Fine,
                Repeat::Circles,
                Repeat::Circles,
                Repeat::Hopeless,
                Repeat::Hopeless
            ]
        );
    }

    #[test]
    fn the_order_of_arguments_does_not_hide_a_repeat() {
        let mut repeats = Repeats::default();
        repeats.note("search", r#"{"query":"x","limit":{"a":[1],"b":2}}"#);
        repeats.note("search", r#"{ "limit":{"b":2,"a":[1]}, "query":"x" }"#);

        assert_eq!(
            repeats.note("search", r#"{"limit":{"a":[1],"b":2},"query":"x"}"#),
            Repeat::Circles
        );
        assert_eq!(repeats.note("search", r#"{"query":"y"}"#), Repeat::Fine);
        assert_eq!(repeats.note("search", "not json"), Repeat::Fine);
    }
}
