//! How many cases came in each week, by queue.

use chrono::{NaiveDate, TimeDelta};
use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    access::{FieldRule, Verb},
    catalog,
};

/// The fields of a case that counts by week and queue are made of.
const FIELDS: &[&str] = &["queue_id", "created_at"];

/// The cases of a queue in a week.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct WeekOfCases {
    /// The queue that they are in now; none for cases without one.
    pub queue: Option<Uuid>,
    /// The Monday, in the tenant's zone.
    pub week: NaiveDate,
    /// How many came.
    pub count: i64,
    /// How many of them came no later in the week than was asked for.
    pub by_then: i64,
}

/// A queue by its name.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct QueueName {
    /// The queue.
    pub id: Uuid,
    /// The name for people.
    pub name: String,
}

impl TenantTx {
    /// How many of the cases that the actor sees came in each week since a Monday, and how many of each week by `into`, the
    /// time from a week's beginning on the clocks of the tenant's zone. Refuses a role that does not show cases, their queue or
    /// when they came.
    pub async fn cases_by_week(
        &mut self,
        since: NaiveDate,
        into: TimeDelta,
    ) -> Result<Vec<WeekOfCases>, StoreError> {
        let access = self.access().await?;
        access.require(&catalog::CASE, Verb::Read)?;
        let closed: Vec<String> = FIELDS
            .iter()
            .filter(|field| {
                matches!(
                    access.field_rule(&catalog::CASE, field),
                    Some(FieldRule::Hidden | FieldRule::Masked)
                )
            })
            .map(|&field| field.to_owned())
            .collect();
        if !closed.is_empty() {
            return Err(StoreError::Refused {
                what: format!(
                    "the volume of cases is made of fields that your role may not see: {}",
                    closed.join(", ")
                ),
                fields: closed,
            });
        }
        let zone = self.reporting().await?.timezone;
        Ok(sqlx::query_as(
            "SELECT queue_id AS queue, week::date AS week, count(*) AS count, \
                    count(*) FILTER (WHERE came - week <= $3 * interval '1 second') AS by_then \
             FROM (SELECT queue_id, created_at AT TIME ZONE $1 AS came, \
                          date_trunc('week', created_at AT TIME ZONE $1) AS week \
                   FROM cases WHERE deleted_at IS NULL AND created_at >= ($2::date::timestamp AT TIME ZONE $1)) AS weekly \
             GROUP BY 1, 2 ORDER BY 2, 1",
        )
        .bind(zone.name())
        .bind(since)
        .bind(into.as_seconds_f64())
        .fetch_all(self.conn())
        .await?)
    }

    /// The names of the queues that the actor sees, in alphabetical order.
    pub async fn queue_names(&mut self) -> Result<Vec<QueueName>, StoreError> {
        Ok(
            sqlx::query_as("SELECT id, name FROM queues WHERE deleted_at IS NULL ORDER BY name, id")
                .fetch_all(self.conn())
                .await?,
        )
    }
}
