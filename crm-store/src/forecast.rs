//! What a forecast reads beside the histories of deals.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    access::{FieldRule, Verb},
    catalog,
};

/// The fields that a forecast shows sums of.
const FIELDS: &[&str] = &["amount", "close_date", "stage", "owner_id", "forecast_category"];

/// What is said of an open deal's chances.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct OpenOdds {
    /// The deal.
    pub id: Uuid,
    /// Its forecast category: `omitted`, `pipeline`, `best_case`, `commit`.
    pub forecast_category: String,
    /// The probability that it is won, by its latest score; none before it was scored.
    pub probability: Option<f64>,
}

/// Somebody who owns deals.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Person {
    /// The user.
    pub id: Uuid,
    /// The name for people.
    pub name: String,
    /// The name of the role; none for who has left.
    pub team: Option<String>,
}

impl TenantTx {
    /// Refuses an actor whose role does not show what forecasts are made of.
    pub async fn may_forecast(&mut self) -> Result<(), StoreError> {
        let access = self.access().await?;
        access.require(&catalog::OPPORTUNITY, Verb::Read)?;
        let closed: Vec<String> = FIELDS
            .iter()
            .filter(|field| {
                matches!(
                    access.field_rule(&catalog::OPPORTUNITY, field),
                    Some(FieldRule::Hidden | FieldRule::Masked)
                )
            })
            .map(|&field| field.to_owned())
            .collect();
        if closed.is_empty() {
            return Ok(());
        }
        Err(StoreError::Refused {
            what: format!(
                "a forecast is made of fields of opportunities that your role may not see: {}",
                closed.join(", ")
            ),
            fields: closed,
        })
    }

    /// What is said of the open deals that the actor sees, in the order of their ids, after one.
    pub async fn open_odds(&mut self, after: Option<Uuid>, most: u32) -> Result<Vec<OpenOdds>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT o.id, o.forecast_category, s.probability FROM opportunities o
            LEFT JOIN win_scores s ON s.opportunity_id = o.id AND s.is_latest
            WHERE NOT o.is_closed AND o.deleted_at IS NULL AND o.id > $1 ORDER BY o.id LIMIT $2",
        )
        .bind(after.unwrap_or_default())
        .bind(i64::from(most.clamp(1, 5_000)))
        .fetch_all(self.conn())
        .await?)
    }

    /// Who these people of the tenant are.
    pub async fn people(&mut self, ids: &[Uuid]) -> Result<Vec<Person>, StoreError> {
        Ok(sqlx::query_as(
            "SELECT u.id, u.name, r.name AS team FROM users u
            LEFT JOIN memberships m ON m.user_id = u.id
            LEFT JOIN roles r ON r.tenant_id = m.tenant_id AND r.id = m.role_id WHERE u.id = ANY ($1)",
        )
        .bind(ids)
        .fetch_all(self.conn())
        .await?)
    }

    /// The closed deals that the actor sees, among those that closed since a moment.
    pub async fn closed_deals_seen(&mut self, since: DateTime<Utc>) -> Result<Vec<Uuid>, StoreError> {
        Ok(
            sqlx::query_scalar("SELECT id FROM opportunities WHERE closed_at >= $1 AND deleted_at IS NULL")
                .bind(since)
                .fetch_all(self.conn())
                .await?,
        )
    }
}
