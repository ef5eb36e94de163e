//! Metering: every attempt to call a model is held in the ledger before the call
//! and settled after it.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, TimeDelta, Utc};
use crm_prompts::{TokenCounter, tokens::estimate};
use crm_store::{
    StoreError, TenantStore, TenantTx,
    ids::AttemptId,
    ledger::{Actual, NewHold, Tokens},
    prices::{NanoUsd, Rates},
};
use crm_tools::ToolSpec;

use crate::{
    Agent,
    model::{Entry, ModelProfile, TokenUsage, ToolResult},
    prices::PriceBook,
    run::Run,
    task::Owed,
};

/// Tokens that a provider adds to every entry and to the whole prompt.
const PER_ENTRY: u64 = 12;
/// How much longer than its run a hold stays before the sweeper settles it.
const GRACE: TimeDelta = TimeDelta::minutes(2);
/// An answer with less room than this is not worth a call.
const LEAST_OUTPUT: u64 = 64;

/// A hold in the ledger for one attempt, written before the call. Dropping it is
/// only a hint: the sweeper settles holds whose lease ran out, at the held
/// amount, so a crash cannot lose one.
#[derive(Debug, Clone)]
#[must_use = "settle it with what the provider reported"]
pub(crate) struct Hold {
    attempt: AttemptId,
    rates: Rates,
    /// The estimated size of the prompt.
    pub(crate) input_tokens: u64,
    /// The most that the answer may have.
    pub(crate) output_tokens: u32,
}

impl Hold {
    /// What was used when nobody reported it: the prompt and what was said of the answer.
    pub(crate) fn estimated(&self, profile: Option<&ModelProfile>, text: &str) -> TokenUsage {
        TokenUsage {
            input_tokens: self.input_tokens,
            output_tokens: profile.map_or_else(|| estimate(text), |profile| count(profile, text)),
            cached_input_tokens: 0,
            estimated: true,
        }
    }

    pub(crate) fn cost(&self, usage: &TokenUsage) -> NanoUsd {
        self.rates.cost(tokens(usage))
    }
}

/// A hold that is worked out but not written.
#[derive(Debug)]
pub(crate) struct Planned {
    new: NewHold,
    hold: Hold,
}

impl Planned {
    /// The most tokens and money that the call can use.
    pub(crate) fn worst_case(&self) -> (u64, NanoUsd) {
        (
            self.new.tokens.input.saturating_add(self.new.tokens.output),
            self.new.amount,
        )
    }

    /// Writes the hold in the caller's transaction.
    pub(crate) async fn write(self, tx: &mut TenantTx) -> Result<Hold, StoreError> {
        tx.ledger().hold(&self.new).await?;
        Ok(self.hold)
    }
}

/// Plans, holds and settles.
#[derive(Debug)]
pub(crate) struct UsageMeter {
    pub(crate) prices: PriceBook,
    /// Tokens of an agent's instructions and tools, which are the same in most runs.
    fixed: Mutex<HashMap<(String, String), (usize, u64)>>,
}

impl UsageMeter {
    pub(crate) fn new(default: Rates) -> Self {
        Self {
            prices: PriceBook::new(default),
            fixed: Mutex::default(),
        }
    }

    /// Works out the hold for the next call of a model; `None` when the prompt
    /// leaves no room for an answer.
    pub(crate) fn plan(
        &self,
        run: &Run,
        sizes: &mut Vec<u64>,
        agent: &Agent,
        profile: &ModelProfile,
        now: DateTime<Utc>,
    ) -> Option<Planned> {
        for entry in run.transcript.iter().skip(sizes.len()) {
            sizes.push(entry_tokens(profile, entry));
        }
        let said: u64 = sizes.iter().sum();
        let input = said.saturating_add(self.fixed_tokens(run, agent, profile));
        let room = u64::from(profile.context_tokens).saturating_sub(input);
        if room < LEAST_OUTPUT {
            return None;
        }
        let most = u64::from(profile.max_output_tokens.min(agent.limits.output_tokens)).min(room);
        let rates = self.prices.rates(profile, now);
        let tokens = Tokens {
            input,
            output: most,
            cached_input: 0,
        };
        let attempt = AttemptId::new();
        let lease = TimeDelta::from_std(agent.limits.wall_time).unwrap_or(GRACE);
        let new = NewHold {
            attempt,
            run: Some(run.id),
            agent: run.agent.clone(),
            provider: profile.provider.clone(),
            model: profile.model.clone(),
            amount: rates.worst_case(tokens),
            tokens,
            lease_until: now + lease + GRACE,
        };
        let output_tokens = u32::try_from(most).unwrap_or(u32::MAX);
        Some(Planned {
            new,
            hold: Hold {
                attempt,
                rates,
                input_tokens: input,
                output_tokens,
            },
        })
    }

    /// Writes a hold by itself.
    pub(crate) async fn hold(&self, store: &TenantStore, planned: Planned) -> Result<Hold, StoreError> {
        let mut tx = store.begin().await?;
        let hold = planned.write(&mut tx).await?;
        tx.commit().await?;
        Ok(hold)
    }

    /// Settles attempts by themselves.
    pub(crate) async fn settle(&self, store: &TenantStore, owed: &[Owed]) -> Result<(), StoreError> {
        if owed.is_empty() {
            return Ok(());
        }
        let mut tx = store.begin().await?;
        Self::settle_in(&mut tx, owed).await?;
        tx.commit().await
    }

    /// Settles attempts in the caller's transaction. A second time changes nothing.
    pub(crate) async fn settle_in(tx: &mut TenantTx, owed: &[Owed]) -> Result<(), StoreError> {
        for Owed { hold, usage } in owed {
            let actual = Actual {
                cost: hold.cost(usage),
                tokens: tokens(usage),
                estimated: usage.estimated,
            };
            tx.ledger().settle(hold.attempt, &actual).await?;
        }
        Ok(())
    }

    fn fixed_tokens(&self, run: &Run, agent: &Agent, profile: &ModelProfile) -> u64 {
        let key = (agent.name.clone(), profile.model.clone());
        let len = run.system.len();
        let mut fixed = self.fixed.lock().unwrap_or_else(PoisonError::into_inner);
        match fixed.get(&key) {
            Some((known, tokens)) if *known == len => *tokens,
            _ => {
                let tools: u64 = agent
                    .tools
                    .specs()
                    .iter()
                    .map(|tool| tool_tokens(profile, tool))
                    .sum();
                let tokens = count(profile, &run.system) + tools + PER_ENTRY;
                fixed.insert(key, (len, tokens));
                tokens
            }
        }
    }
}

fn tool_tokens(profile: &ModelProfile, tool: &ToolSpec) -> u64 {
    count(profile, &tool.name)
        + count(profile, &tool.description)
        + count(profile, &tool.parameters.to_string())
        + PER_ENTRY
}

fn entry_tokens(profile: &ModelProfile, entry: &Entry) -> u64 {
    let tokens = match entry {
        Entry::User { text } => count(profile, text),
        Entry::Assistant { text, tool_calls } => {
            let calls = tool_calls
                .iter()
                .map(|call| count(profile, &call.name) + count(profile, &call.arguments) + PER_ENTRY);
            count(profile, text) + calls.sum::<u64>()
        }
        Entry::ToolResult {
            result: ToolResult::Ok { output },
            ..
        } => count(profile, &output.to_string()),
        Entry::ToolResult {
            result: ToolResult::Error { message },
            ..
        } => count(profile, message),
    };
    tokens + PER_ENTRY
}

/// Tokens of a text. The floor has no vocabulary: a guess is good enough for it.
fn count(profile: &ModelProfile, text: &str) -> u64 {
    if profile.is_floor {
        estimate(text)
    } else {
        TokenCounter::for_model(&profile.model).count(text)
    }
}

fn tokens(usage: &TokenUsage) -> Tokens {
    Tokens {
        input: usage.input_tokens,
        output: usage.output_tokens,
        cached_input: usage.cached_input_tokens,
    }
}
