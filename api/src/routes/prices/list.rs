//! `GET /v1/prices`.

use axum::{Json, extract::State};
use chrono::{DateTime, Utc};
use crm_store::prices::{NanoUsd, Price};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    Problem,
    http::{
        auth::{Allowed, scopes},
        page::Page,
    },
    money::Money,
    state::AppState,
};

/// What a million tokens of a model cost from a day on.
#[derive(Debug, Serialize, ToSchema)]
pub struct PriceView {
    /// The model.
    #[schema(example = "gpt-4.1-mini")]
    model: String,
    /// From when on.
    valid_from: DateTime<Utc>,
    /// A million tokens read.
    input: Money,
    /// A million tokens read that the provider has in its cache.
    cached_input: Money,
    /// A million tokens written.
    output: Money,
}

impl From<Price> for PriceView {
    fn from(price: Price) -> Self {
        Self {
            model: price.model,
            valid_from: price.valid_from,
            input: NanoUsd(price.rates.input_nano_per_mtok).into(),
            cached_input: NanoUsd(price.rates.cached_input_nano_per_mtok).into(),
            output: NanoUsd(price.rates.output_nano_per_mtok).into(),
        }
    }
}

/// List what models cost, also past and coming prices
#[utoipa::path(
    get,
    path = "/v1/prices",
    operation_id = "list_prices",
    tag = "usage",
    responses((status = 200, description = "All prices", body = Page<PriceView>)),
)]
pub async fn handler(
    State(state): State<AppState>,
    _caller: Allowed<scopes::ReadUsage>,
) -> Result<Json<Page<PriceView>>, Problem> {
    let mut tx = state.store.system().await?;
    let prices = tx.prices().all().await?;
    Ok(Json(Page::whole(prices)))
}
