//! Remembers that a model is down, so that not every run finds out for itself.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::event::DegradedReason;

/// When a model counts as down, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerPolicy {
    /// Failures in a row that open the breaker.
    pub failures: u32,
    /// How long it stays open at first; it doubles while probes fail.
    pub pause: Duration,
    /// The longest it stays open.
    pub longest: Duration,
}

impl Default for BreakerPolicy {
    fn default() -> Self {
        Self {
            failures: 3,
            pause: Duration::from_secs(10),
            longest: Duration::from_mins(2),
        }
    }
}

/// A circuit breaker: closed while the model works, open while it is down; after
/// a pause one request at a time may find out whether it is back.
#[derive(Debug)]
pub struct Breaker {
    policy: BreakerPolicy,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    failures: u32,
    pause: Duration,
    /// `Some` while the breaker is open.
    open: Option<Open>,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    until: Instant,
    reason: DegradedReason,
    probing: bool,
}

/// Leave to ask the model once. Dropping it without a verdict, as a cancelled
/// run does, lets the next one ask.
#[derive(Debug)]
#[must_use = "say how the attempt went"]
pub struct Permit<'a> {
    breaker: &'a Breaker,
    probe: bool,
}

impl Breaker {
    /// A closed breaker.
    pub fn new(policy: BreakerPolicy) -> Self {
        Self {
            policy,
            state: Mutex::new(State {
                failures: 0,
                pause: policy.pause,
                open: None,
            }),
        }
    }

    /// Leave to ask the model, or why it is thought to be down.
    pub fn permit(&self) -> Result<Permit<'_>, DegradedReason> {
        let mut state = self.lock();
        match &mut state.open {
            None => Ok(Permit {
                breaker: self,
                probe: false,
            }),
            Some(open) if !open.probing && Instant::now() >= open.until => {
                open.probing = true;
                Ok(Permit {
                    breaker: self,
                    probe: true,
                })
            }
            Some(open) => Err(open.reason),
        }
    }

    /// Why nobody gets leave now; asks for none.
    pub(crate) fn down(&self) -> Option<DegradedReason> {
        self.lock()
            .open
            .filter(|open| open.probing || Instant::now() < open.until)
            .map(|open| open.reason)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit<'_> {
    /// The model answered.
    pub fn succeeded(mut self) {
        self.probe = false;
        let mut state = self.breaker.lock();
        *state = State {
            failures: 0,
            pause: self.breaker.policy.pause,
            open: None,
        };
    }

    /// The model failed; `wait` is how long it asked to be left alone.
    pub fn failed(mut self, reason: DegradedReason, wait: Option<Duration>) {
        let was_probe = std::mem::take(&mut self.probe);
        let policy = self.breaker.policy;
        let mut state = self.breaker.lock();
        state.failures = state.failures.saturating_add(1);
        if !was_probe && wait.is_none() && state.failures < policy.failures {
            return;
        }
        if was_probe {
            state.pause = state.pause.saturating_mul(2).min(policy.longest);
        }
        let pause = state.pause.max(wait.unwrap_or_default()).min(policy.longest);
        state.open = Some(Open {
            until: Instant::now() + pause,
            reason,
            probing: false,
        });
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.probe
            && let Some(open) = &mut self.breaker.lock().open
        {
            open.probing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const DOWN: DegradedReason = DegradedReason::ModelUnavailable;

    fn breaker() -> Breaker {
        Breaker::new(BreakerPolicy {
            failures: 2,
            pause: Duration::from_secs(10),
            longest: Duration::from_secs(30),
        })
    }

    #[tokio::test(start_paused = true)]
    async fn failures_in_a_row_open_it_and_a_success_between_does_not_count() {
        let breaker = breaker();

        breaker.permit().unwrap().failed(DOWN, None);
        breaker.permit().unwrap().succeeded();
        breaker.permit().unwrap().failed(DOWN, None);
        assert!(breaker.permit().is_ok());
        breaker.permit().unwrap().failed(DOWN, None);
        assert_eq!(breaker.permit().unwrap_err(), DOWN);
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_pause_one_request_probes_and_closes_it_again() {
        let breaker = breaker();
        for _ in 0..2 {
            breaker.permit().unwrap().failed(DOWN, None);
        }

        advance(Duration::from_secs(11)).await;
        let probe = breaker.permit().unwrap();
        assert!(breaker.permit().is_err());
        probe.succeeded();

        assert!(breaker.permit().is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_probe_doubles_the_pause_up_to_the_longest() {
        let breaker = breaker();
        for _ in 0..2 {
            breaker.permit().unwrap().failed(DOWN, None);
        }
        for pause in [10, 20, 30, 30] {
            advance(Duration::from_millis(pause * 1_000 - 1)).await;
            assert!(breaker.permit().is_err(), "{pause}");
            advance(Duration::from_millis(1)).await;
            breaker.permit().unwrap().failed(DOWN, None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_that_is_dropped_lets_the_next_one_ask() {
        let breaker = breaker();
        breaker
            .permit()
            .unwrap()
            .failed(DegradedReason::RateLimited, Some(Duration::from_secs(20)));
        assert_eq!(breaker.permit().unwrap_err(), DegradedReason::RateLimited);

        advance(Duration::from_secs(20)).await;
        drop(breaker.permit().unwrap());

        assert!(breaker.permit().is_ok());
    }
}
