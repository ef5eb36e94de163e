//! Alerts: when the number of a question goes beyond a value, its owner is told.

use chrono::TimeDelta;
use rust_decimal::Decimal;
use serde_json::json;

use super::{ALERT_JOB, ALERTS, Questions, SavedQuestion};
use crate::{
    StoreError,
    feed::{self, FeedEvent},
    jobs::NewJob,
    text_enum::text_enum,
};

/// How long a job waits between two looks.
const EVERY: TimeDelta = TimeDelta::minutes(15);

text_enum! {
    /// How a number is compared with the value of an alert.
    pub enum AlertOp {
        /// Less.
        Lt = "lt",
        /// Less or equal.
        Lte = "lte",
        /// More.
        Gt = "gt",
        /// More or equal.
        Gte = "gte",
    }
}

/// When to tell the owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// A measure of the question, by name.
    pub measure: String,
    /// How it is compared.
    pub op: AlertOp,
    /// With what, in the measure's unit.
    pub value: Decimal,
}

impl Alert {
    /// Whether a number is beyond the value.
    pub fn is_beyond(&self, number: Decimal) -> bool {
        match self.op {
            AlertOp::Lt => number < self.value,
            AlertOp::Lte => number <= self.value,
            AlertOp::Gt => number > self.value,
            AlertOp::Gte => number >= self.value,
        }
    }
}

impl Questions<'_> {
    /// Has the alert of a question looked at, at once and from then on.
    pub(super) async fn watch(&mut self, saved: &SavedQuestion) -> Result<(), StoreError> {
        if saved.alert().is_none() {
            return Ok(());
        }
        let job = NewJob::new(ALERT_JOB, saved.id.to_string());
        self.0.jobs().enqueue(&job).await
    }

    /// Keeps what a look at the alert found, tells the owner's feed and the webhooks when the number has gone beyond the
    /// value since the last look, and comes back later. For the job alone. A question that was changed meanwhile has a job of its own.
    pub async fn looked(
        &mut self,
        seen: &SavedQuestion,
        is_beyond: Option<bool>,
    ) -> Result<bool, StoreError> {
        let now = self.0.now();
        let kept = sqlx::query(
            "UPDATE saved_questions SET alert_is_beyond = COALESCE($3, alert_is_beyond), alert_looked_at = $4 \
             WHERE id = $1 AND version = $2",
        )
        .bind(seen.id)
        .bind(seen.version)
        .bind(is_beyond)
        .bind(now)
        .execute(self.0.conn())
        .await?;
        if kept.rows_affected() == 0 {
            return Ok(false);
        }
        let crossed = is_beyond == Some(true) && seen.alert_is_beyond != Some(true);
        if crossed {
            let event = FeedEvent {
                fields: seen.alert_measure.clone().into_iter().collect(),
                version: Some(seen.version),
                owner: Some(seen.owner_id),
                refs: json!({"owner_id": seen.owner_id}),
                ..FeedEvent::new(ALERTS, "alert", seen.id)
            };
            feed::publish(self.0, &[event]).await?;
        }
        let again = NewJob {
            run_at: Some(now + EVERY),
            ..NewJob::new(ALERT_JOB, seen.id.to_string())
        };
        self.0.jobs().enqueue(&again).await?;
        Ok(crossed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_beyond_on_its_own_side_of_the_value() {
        let alert = |op| Alert {
            measure: "count".to_owned(),
            op,
            value: Decimal::TEN,
        };
        let beyond = |op| [9, 10, 11].map(|number| alert(op).is_beyond(Decimal::from(number)));
        assert_eq!(beyond(AlertOp::Lt), [true, false, false]);
        assert_eq!(beyond(AlertOp::Lte), [true, true, false]);
        assert_eq!(beyond(AlertOp::Gt), [false, false, true]);
        assert_eq!(beyond(AlertOp::Gte), [false, true, true]);
    }
}
