//! What deals were before they became what they are.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rand::{Rng as _, rngs::StdRng, seq::IndexedRandom as _};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{CATEGORIES, FORGOTTEN, Known, Rows, STAGES, some_day};
use crate::analytics_support::at;

/// A value that a deal has or had.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) enum Held {
    Stage(&'static str),
    /// Without an amount nothing tells which currency it was: today's.
    Amount(Option<i64>, &'static str),
    Close(Option<NaiveDate>),
    Owner(Option<Uuid>),
    Probability(i32),
    Category(&'static str),
}

/// That a deal had a value until a moment, and another one since.
#[derive(Debug, Clone)]
pub(in super::super) struct Change {
    pub(in super::super) deal: Uuid,
    pub(in super::super) at: DateTime<Utc>,
    pub(in super::super) old: Held,
}

impl Held {
    fn field(&self) -> &'static str {
        match self {
            Self::Stage(_) => "stage",
            Self::Amount(..) => "amount",
            Self::Close(_) => "close_date",
            Self::Owner(_) => "owner_id",
            Self::Probability(_) => "probability",
            Self::Category(_) => "forecast_category",
        }
    }

    /// As the record engine writes it down.
    fn json(&self) -> Json {
        match self {
            Self::Stage(word) | Self::Category(word) => json!(word),
            Self::Amount(None, _) => Json::Null,
            Self::Amount(Some(minor), currency) => {
                let digits = if *currency == "JPY" { 0 } else { 2 };
                json!({"amount": Decimal::new(*minor, digits).to_string(), "currency": currency})
            }
            Self::Close(day) => json!(day),
            Self::Owner(owner) => json!(owner),
            Self::Probability(percent) => json!(percent),
        }
    }

    /// Makes this the deal's value.
    pub(in super::super) fn put(&self, known: &mut Known) {
        match self {
            Self::Stage(stage) => known.deal.stage = stage,
            Self::Amount(minor, currency) => {
                (known.deal.minor, known.deal.currency) = (*minor, currency);
            }
            Self::Close(close) => known.deal.close = *close,
            Self::Owner(owner) => known.deal.owner = *owner,
            Self::Probability(percent) => known.deal.probability = *percent,
            Self::Category(category) => known.category = category,
        }
    }
}

impl Rows {
    /// Goes back from what each deal is, change by change.
    pub(super) async fn history(&mut self, random: &mut StdRng) {
        for place in 0..self.deals.len() {
            let today = self.deals[place].deal.currency;
            let mut known = self.deals[place].clone();
            let mut moments: Vec<DateTime<Utc>> = Vec::new();
            let left = (at(2024, 6, 13, 0) - known.deal.created).num_minutes().max(2);
            for _ in 0..random.random_range(0..6) {
                let again = moments.last().copied().filter(|_| random.random_bool(0.15));
                let before = random.random_bool(0.04);
                let some = known.deal.created
                    + TimeDelta::minutes(if before {
                        -random.random_range(1..50_000)
                    } else {
                        random.random_range(1..left)
                    });
                moments.push(again.unwrap_or(some));
            }
            moments.sort_unstable();
            let mut changes: Vec<(Change, Held)> = Vec::new();
            for at in moments.into_iter().rev() {
                let (old, new) = self.step(&known, today, random);
                old.put(&mut known);
                let deal = known.deal.id;
                changes.push((Change { deal, at, old }, new));
            }
            changes.reverse();
            for (change, new) in &changes {
                let (old, new) = (change.old.json(), new.json());
                self.world
                    .changed(change.deal, change.old.field(), old, new, change.at)
                    .await;
            }
            let stage_changed = changes
                .iter()
                .filter(|(change, _)| matches!(change.old, Held::Stage(_)))
                .map(|(change, _)| change.at)
                .next_back();
            let known = &mut self.deals[place];
            known.entered = stage_changed
                .unwrap_or(known.deal.created)
                .max(known.deal.created);
            if stage_changed.is_none() && random.random_bool(0.2) {
                // It came from elsewhere: what it was before it came into its stage is not known.
                known.entered = known.deal.created + TimeDelta::minutes(random.random_range(1..left));
            }
            sqlx::query(
                "UPDATE opportunities SET closed_at = $2, stage_entered_at = $3, forecast_category = $4 WHERE id = $1",
            )
            .bind(known.deal.id)
            .bind(known.closed)
            .bind(known.entered)
            .bind(known.category)
            .execute(&self.world.owner)
            .await
            .unwrap();
            self.changes.extend(changes.into_iter().map(|(change, _)| change));
        }
    }

    /// Another value that one of the deal's fields had before, and the one that it has.
    fn step(&self, known: &Known, today: &'static str, random: &mut StdRng) -> (Held, Held) {
        let deal = &known.deal;
        match random.random_range(0..10) {
            0..4 => {
                let mut stages: Vec<&str> = STAGES.iter().map(|stage| stage.0).collect();
                stages.push(FORGOTTEN);
                stages.retain(|stage| *stage != deal.stage);
                (
                    Held::Stage(stages.choose(random).unwrap()),
                    Held::Stage(deal.stage),
                )
            }
            4 | 5 => {
                let minor = *[None, Some(50_000), Some(1), Some(777_777)]
                    .choose(random)
                    .unwrap();
                let currency = *["EUR", "USD", "JPY", "CHF"].choose(random).unwrap();
                let currency = minor.map_or(today, |_| currency);
                (
                    Held::Amount(minor, currency),
                    Held::Amount(deal.minor, deal.currency),
                )
            }
            6 | 7 => (
                Held::Close(random.random_bool(0.9).then(|| some_day(random))),
                Held::Close(deal.close),
            ),
            8 => (Held::Owner(self.owner(random)), Held::Owner(deal.owner)),
            _ if random.random_bool(0.5) => (
                Held::Probability(*[5, 20, 60, 95].choose(random).unwrap()),
                Held::Probability(deal.probability),
            ),
            _ => (
                Held::Category(CATEGORIES.choose(random).unwrap()),
                Held::Category(known.category),
            ),
        }
    }
}
