//! How fast an actor and a tenant may ask: a token bucket for each, the same on every replica.
//!
//! The buckets are rows of Postgres. A replica leases tokens by the handful and hands them out of memory; it asks for
//! more in the background before they are used up. So a request costs no round trip, but for the first one of an actor
//! on a replica and those beyond the limit, and the limit holds however many replicas there are, because what was not
//! leased cannot be spent. A batched count afterwards would be as cheap and would let every replica spend a whole burst
//! before it learns of the others. Tokens that nobody uses go back after a few seconds.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use crm_store::{
    Store, StoreError,
    auth::Authenticated,
    rate::{Ask, BucketKey, Leased},
};

use crate::{Problem, ProblemKind, config::RateLimit, state::AppState};

/// Leases that are kept in memory. One that was given back says nothing and can go.
const MAX_LEASES: usize = 100_000;
/// Tokens of one lease at the most, and the part of a burst that it is.
const LARGEST_LEASE: f64 = 50.0;
const PART_OF_BURST: f64 = 10.0;
/// A lease that rested this long goes back.
const REST: Duration = Duration::from_secs(5);
/// How often full buckets are forgotten, in rests.
const FORGET_EVERY: u32 = 120;

/// What this process may hand out.
#[derive(Debug)]
pub struct RateLimiter {
    config: RateLimit,
    leases: Mutex<HashMap<BucketKey, Lease>>,
}

/// How fast one bucket fills, and how much it holds.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rate {
    per_second: f64,
    burst: f64,
}

#[derive(Debug, Clone, Copy)]
struct Lease {
    rate: Rate,
    /// Tokens that may be handed out.
    tokens: f64,
    /// What the bucket had left when it was asked last.
    left: f64,
    asked: Instant,
    used: Instant,
    /// The bucket is known to be empty until then.
    empty_until: Option<Instant>,
    /// Somebody asks for more already.
    asking: bool,
}

/// What an actor may still do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    limit: u64,
    remaining: u64,
    /// Seconds until the bucket is full.
    reset: u64,
}

/// What the leases in memory say.
enum Taken {
    Token { allowance: Allowance, low: bool },
    Empty { lease: Lease },
    Unknown,
}

impl RateLimiter {
    /// Limits as configured.
    pub fn new(config: RateLimit) -> Self {
        Self {
            config,
            leases: Mutex::default(),
        }
    }

    /// Takes a token of the tenant and one of the actor.
    pub async fn take(&self, state: &AppState, caller: &Authenticated) -> Result<Allowance, Problem> {
        let tenant = Rate {
            per_second: self.config.tenant_per_second.get().into(),
            burst: self.config.tenant_burst.get().into(),
        };
        self.take_of(
            state,
            BucketKey::of_tenant(&caller.grant),
            tenant,
            "this organisation",
        )
        .await?;
        // A tenant may slow its actors down, not speed them up.
        let own =
            |wanted: Option<u32>, most: u32| f64::from(wanted.map_or(most, |wanted| wanted.clamp(1, most)));
        let actor = Rate {
            per_second: own(caller.gates.per_second, self.config.per_second.get()),
            burst: own(caller.gates.burst, self.config.burst.get()),
        };
        self.take_of(state, BucketKey::of_actor(&caller.grant), actor, "this caller")
            .await
    }

    async fn take_of(
        &self,
        state: &AppState,
        key: BucketKey,
        rate: Rate,
        who: &str,
    ) -> Result<Allowance, Problem> {
        match self.take_leased(key, rate, Instant::now()) {
            Taken::Token { allowance, low } => {
                if low {
                    let state = state.clone();
                    state
                        .tasks
                        .clone()
                        .spawn(async move { state.limiter.top_up(&state.store, key, rate).await });
                }
                return Ok(allowance);
            }
            Taken::Empty { lease } => return Err(refusal(&lease, who, Instant::now())),
            Taken::Unknown => {}
        }
        let asked = Instant::now();
        let got = lease(&state.store, key, rate, rate.lease_size()).await?;
        self.keep(got, rate, asked)?;
        match self.take_leased(key, rate, Instant::now()) {
            Taken::Token { allowance, .. } => Ok(allowance),
            Taken::Empty { lease } => Err(refusal(&lease, who, Instant::now())),
            // Another request had the last one.
            Taken::Unknown => Err(refusal(&Lease::new(rate, asked), who, Instant::now())),
        }
    }

    fn leases(&self) -> MutexGuard<'_, HashMap<BucketKey, Lease>> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a token out of memory, if there is one.
    fn take_leased(&self, key: BucketKey, rate: Rate, now: Instant) -> Taken {
        let mut leases = self.leases();
        let Some(lease) = leases.get_mut(&key) else {
            return Taken::Unknown;
        };
        lease.rate = rate;
        lease.used = now;
        if lease.tokens >= 1.0 {
            lease.tokens -= 1.0;
            let low = !lease.asking && lease.tokens < rate.lease_size() / 4.0 && rate.lease_size() >= 8.0;
            lease.asking |= low;
            return Taken::Token {
                allowance: lease.allowance(now),
                low,
            };
        }
        if lease.empty_until.is_some_and(|until| until > now) {
            return Taken::Empty { lease: *lease };
        }
        Taken::Unknown
    }

    /// Adds what was got.
    fn keep(&self, got: Leased, rate: Rate, asked: Instant) -> Result<(), Problem> {
        let mut known = self.leases();
        if known.len() >= MAX_LEASES && !known.contains_key(&got.bucket) {
            return Err(Problem::unavailable(
                "too many callers at once: try again shortly",
            ));
        }
        let lease = known.entry(got.bucket).or_insert_with(|| Lease::new(rate, asked));
        lease.tokens += got.tokens;
        lease.left = got.left;
        lease.asked = asked;
        lease.asking = false;
        lease.empty_until = (lease.tokens < 1.0)
            .then(|| asked + Duration::from_secs_f64(((1.0 - got.left) / rate.per_second).max(0.02)));
        Ok(())
    }

    async fn top_up(&self, store: &Store, key: BucketKey, rate: Rate) {
        let asked = Instant::now();
        match lease(store, key, rate, rate.lease_size()).await {
            Ok(leased) => {
                if self.keep(leased, rate, asked).is_err() {
                    tracing::debug!("a lease of tokens found no room");
                }
            }
            Err(error) => {
                tracing::warn!(%error, "no tokens could be leased");
                if let Some(lease) = self.leases().get_mut(&key) {
                    lease.asking = false;
                }
            }
        }
    }

    /// Takes the leases that rested out of memory, as what is to be given back.
    fn rested(&self, now: Instant) -> Vec<Ask> {
        let mut back = Vec::new();
        self.leases().retain(|key, lease| {
            let rested = now.saturating_duration_since(lease.used) >= REST && !lease.asking;
            if rested && lease.tokens > 0.0 {
                back.push(lease.rate.ask(*key, -lease.tokens));
            }
            !rested
        });
        back
    }

    async fn give_back(&self, store: &Store, asks: &[Ask]) {
        for part in asks.chunks(1_000) {
            if let Err(error) = store.lease_tokens(part).await {
                // The bucket fills again by itself.
                tracing::debug!(%error, "tokens could not be given back");
            }
        }
    }
}

/// Gives back what rests, until the service ends; then everything.
pub async fn sweep(state: AppState) {
    let mut ticks = tokio::time::interval(REST);
    let mut rounds = 0_u32;
    loop {
        let ending = tokio::select! {
            _ = ticks.tick() => false,
            () = state.ending.cancelled() => true,
        };
        let now = if ending {
            Instant::now() + REST
        } else {
            Instant::now()
        };
        let back = state.limiter.rested(now);
        state.limiter.give_back(&state.store, &back).await;
        if ending {
            return;
        }
        rounds = rounds.wrapping_add(1);
        if rounds.is_multiple_of(FORGET_EVERY) {
            let forgotten = async {
                state.store.forget_buckets().await?;
                state.store.forget_sign_ins().await
            };
            if let Err(error) = forgotten.await {
                tracing::warn!(%error, "old buckets could not be forgotten");
            }
        }
    }
}

async fn lease(store: &Store, key: BucketKey, rate: Rate, tokens: f64) -> Result<Leased, StoreError> {
    let leased = store.lease_tokens(&[rate.ask(key, tokens)]).await?;
    Ok(leased.first().copied().unwrap_or(Leased {
        bucket: key,
        tokens: 0.0,
        left: 0.0,
    }))
}

impl Rate {
    fn lease_size(self) -> f64 {
        (self.burst / PART_OF_BURST).floor().clamp(1.0, LARGEST_LEASE)
    }

    fn ask(self, bucket: BucketKey, tokens: f64) -> Ask {
        Ask {
            bucket,
            tokens,
            per_second: self.per_second,
            burst: self.burst,
        }
    }
}

impl Lease {
    fn new(rate: Rate, now: Instant) -> Self {
        Self {
            rate,
            tokens: 0.0,
            left: 0.0,
            asked: now,
            used: now,
            empty_until: None,
            asking: false,
        }
    }

    fn allowance(&self, now: Instant) -> Allowance {
        let rested = now.saturating_duration_since(self.asked).as_secs_f64();
        let left = self
            .rate
            .per_second
            .mul_add(rested, self.left + self.tokens)
            .min(self.rate.burst);
        Allowance {
            limit: floor(self.rate.burst),
            remaining: floor(left),
            reset: whole_seconds((self.rate.burst - left) / self.rate.per_second),
        }
    }
}

fn refusal(lease: &Lease, who: &str, now: Instant) -> Problem {
    let wait = lease
        .empty_until
        .map_or(1, |until| {
            whole_seconds(until.saturating_duration_since(now).as_secs_f64())
        })
        .max(1);
    let mut problem = Problem::new(
        ProblemKind::RateLimited,
        format!(
            "{who} may make {} requests a second: wait {wait} s",
            lease.rate.per_second
        ),
    )
    .header(header::RETRY_AFTER, HeaderValue::from(wait));
    for (name, value) in lease.allowance(now).headers() {
        problem = problem.header(name, value);
    }
    problem
}

impl Allowance {
    /// `RateLimit-Limit`, `-Remaining` and `-Reset`.
    pub fn headers(self) -> [(HeaderName, HeaderValue); 3] {
        [
            (
                HeaderName::from_static("ratelimit-limit"),
                HeaderValue::from(self.limit),
            ),
            (
                HeaderName::from_static("ratelimit-remaining"),
                HeaderValue::from(self.remaining),
            ),
            (
                HeaderName::from_static("ratelimit-reset"),
                HeaderValue::from(self.reset),
            ),
        ]
    }

    /// Writes the headers.
    pub fn write(self, headers: &mut HeaderMap) {
        headers.extend(self.headers());
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small and not negative"
)]
fn floor(number: f64) -> u64 {
    number.max(0.0).floor() as u64
}

fn whole_seconds(seconds: f64) -> u64 {
    floor(seconds.ceil())
}
