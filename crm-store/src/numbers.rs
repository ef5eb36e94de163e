//! The numbers of cases, quotes and contracts, counted per tenant.
//!
//! A row that comes without a number gets the next one from a trigger. Who writes many rows reserves their numbers in
//! one statement instead.

use crate::{StoreError, TenantTx, text_enum::text_enum};

text_enum! {
    /// What is numbered.
    pub enum Counter {
        /// Cases.
        Case = "case",
        /// Quotes.
        Quote = "quote",
        /// Contracts.
        Contract = "contract",
    }
}

impl TenantTx {
    /// Reserves `count` numbers and returns the first of them.
    pub async fn reserve_numbers(&mut self, counter: Counter, count: u32) -> Result<i64, StoreError> {
        let tenant = self.grant().tenant();
        let last: i64 = sqlx::query_scalar(
            "INSERT INTO counters AS c (tenant_id, name, value) VALUES ($1, $2, $3) \
             ON CONFLICT (tenant_id, name) DO UPDATE SET value = c.value + excluded.value RETURNING value",
        )
        .bind(tenant)
        .bind(counter)
        .bind(i64::from(count))
        .fetch_one(self.conn())
        .await?;
        Ok(last - i64::from(count) + 1)
    }
}
