//! What models cost. The table is global: only the service itself writes it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    StoreError, SystemTx,
    ledger::{Tokens, whole},
};

/// Tokens that a price is named for.
const PER: i128 = 1_000_000;

/// Billionths of a US dollar.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type,
)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct NanoUsd(pub i64);

impl NanoUsd {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The sum, or the largest amount there is.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// What a million tokens of a model cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, FromRow)]
pub struct Rates {
    /// A million tokens of prompt.
    pub input_nano_per_mtok: i64,
    /// A million tokens of prompt that the provider had in its cache.
    pub cached_input_nano_per_mtok: i64,
    /// A million tokens of answer.
    pub output_nano_per_mtok: i64,
}

impl Rates {
    /// What `tokens` cost, rounded up to a billionth of a dollar.
    pub fn cost(&self, tokens: Tokens) -> NanoUsd {
        let cached = tokens.cached_input.min(tokens.input);
        let price = |count: u64, rate: i64| i128::from(whole(count)).saturating_mul(i128::from(rate.max(0)));
        let sum = price(tokens.input.saturating_sub(cached), self.input_nano_per_mtok)
            .saturating_add(price(cached, self.cached_input_nano_per_mtok))
            .saturating_add(price(tokens.output, self.output_nano_per_mtok));
        NanoUsd(i64::try_from(sum.saturating_add(PER - 1) / PER).unwrap_or(i64::MAX))
    }

    /// The most that `tokens` can cost, whether or not the provider has some in its cache.
    pub fn worst_case(&self, tokens: Tokens) -> NanoUsd {
        let dearest = Self {
            input_nano_per_mtok: self.input_nano_per_mtok.max(self.cached_input_nano_per_mtok),
            ..*self
        };
        dearest.cost(Tokens {
            cached_input: 0,
            ..tokens
        })
    }
}

/// A model's price from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, FromRow)]
pub struct Price {
    /// The model, as requests name it.
    pub model: String,
    /// From when it holds, until the model's next price.
    pub valid_from: DateTime<Utc>,
    /// What a million tokens cost.
    #[serde(flatten)]
    #[sqlx(flatten)]
    pub rates: Rates,
}

/// The prices of all models.
pub struct Prices<'t> {
    tx: &'t mut SystemTx,
}

impl SystemTx {
    /// The prices of all models.
    pub fn prices(&mut self) -> Prices<'_> {
        Prices { tx: self }
    }
}

impl Prices<'_> {
    /// Adds a price, or mends the one of the same model and day.
    pub async fn set(&mut self, price: &Price) -> Result<(), StoreError> {
        let now = self.tx.now();
        sqlx::query(
            "INSERT INTO prices (id, model, valid_from, input_nano_per_mtok, cached_input_nano_per_mtok,
                output_nano_per_mtok, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
            ON CONFLICT (model, valid_from) DO UPDATE SET input_nano_per_mtok = EXCLUDED.input_nano_per_mtok,
                cached_input_nano_per_mtok = EXCLUDED.cached_input_nano_per_mtok,
                output_nano_per_mtok = EXCLUDED.output_nano_per_mtok, updated_at = EXCLUDED.updated_at",
        )
        .bind(Uuid::now_v7())
        .bind(&price.model)
        .bind(price.valid_from)
        .bind(price.rates.input_nano_per_mtok)
        .bind(price.rates.cached_input_nano_per_mtok)
        .bind(price.rates.output_nano_per_mtok)
        .bind(now)
        .execute(self.tx.conn())
        .await?;
        Ok(())
    }

    /// Every price, past ones and coming ones too, by model and day.
    pub async fn all(&mut self) -> Result<Vec<Price>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT model, valid_from, input_nano_per_mtok, cached_input_nano_per_mtok, output_nano_per_mtok
            FROM prices ORDER BY model, valid_from",
        )
        .fetch_all(self.tx.conn())
        .await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_is_rounded_up_and_counts_cached_tokens_once() {
        // $2.50, $1.25 and $10 a million.
        let rates = Rates {
            input_nano_per_mtok: 2_500_000_000,
            cached_input_nano_per_mtok: 1_250_000_000,
            output_nano_per_mtok: 10_000_000_000,
        };
        let tokens = Tokens {
            input: 1_000,
            output: 100,
            cached_input: 400,
        };

        assert_eq!(
            rates.cost(tokens),
            NanoUsd(600 * 2_500 + 400 * 1_250 + 100 * 10_000)
        );
        assert_eq!(rates.worst_case(tokens), NanoUsd(1_000 * 2_500 + 100 * 10_000));

        let cheap = Rates {
            input_nano_per_mtok: 1,
            ..Rates::default()
        };
        assert_eq!(
            cheap.cost(Tokens {
                input: 1,
                ..Tokens::default()
            }),
            NanoUsd(1)
        );
        assert_eq!(cheap.cost(Tokens::default()), NanoUsd::ZERO);
    }

    #[test]
    fn an_absurd_count_saturates() {
        let rates = Rates {
            output_nano_per_mtok: i64::MAX,
            ..Rates::default()
        };

        assert_eq!(
            rates.cost(Tokens {
                output: u64::MAX,
                ..Tokens::default()
            }),
            NanoUsd(i64::MAX)
        );
    }
}
