//! Alerts: when the number of a question goes beyond a value, its owner is told; and when it cannot be read any more.

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
/// A question that takes too long may be quicker when less is going on: its owner is told after so long.
const PATIENCE: TimeDelta = TimeDelta::hours(1);

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

text_enum! {
    /// Why the number of an alert cannot be read.
    pub enum AlertFailure {
        /// The owner may not see it any more.
        Rights = "rights",
        /// The query cannot be asked any more, such as when a field or a stage that it names is gone.
        Query = "query",
        /// The question reads more than can be read in its time.
        TooMuch = "too_much",
        /// No member owns it: questions that a key saved are not looked at.
        Owner = "owner",
    }
}

/// What a look at an alert found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// A number, and whether it is beyond the value.
    Number {
        /// Whether it is.
        beyond: bool,
    },
    /// That there is no number at the time, such as a mean of nothing: that is not beyond any value.
    Nothing,
    /// That the number cannot be read.
    Failed(AlertFailure),
}

impl Look {
    const fn beyond(self) -> Option<bool> {
        match self {
            Self::Number { beyond } => Some(beyond),
            Self::Nothing => Some(false),
            Self::Failed(_) => None,
        }
    }

    const fn failure(self) -> Option<AlertFailure> {
        match self {
            Self::Number { .. } | Self::Nothing => None,
            Self::Failed(failure) => Some(failure),
        }
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
    /// value since the last look or cannot be read any more, and comes back later. Says whether the owner was told. For the
    /// job alone. A question that was changed meanwhile has a job of its own.
    pub async fn looked(&mut self, seen: &SavedQuestion, look: Look) -> Result<bool, StoreError> {
        let now = self.0.now();
        let failure = look.failure();
        let since = failure.map(|_| seen.alert_failed_at.unwrap_or(now));
        let fails_anew = match failure {
            None => false,
            Some(_) if seen.alert_failure_told => false,
            Some(AlertFailure::TooMuch) => since.is_some_and(|since| now - since >= PATIENCE),
            Some(AlertFailure::Rights | AlertFailure::Query | AlertFailure::Owner) => true,
        };
        let kept = sqlx::query(
            "UPDATE saved_questions SET alert_is_beyond = COALESCE($3, alert_is_beyond), \
                 alert_looked_at = CASE WHEN $4::text IS NULL THEN $5 ELSE alert_looked_at END, \
                 alert_failure = $4, alert_failed_at = $6, \
                 alert_failure_told = $4::text IS NOT NULL AND (alert_failure_told OR $7) \
             WHERE id = $1 AND version = $2",
        )
        .bind(seen.id)
        .bind(seen.version)
        .bind(look.beyond())
        .bind(failure)
        .bind(now)
        .bind(since)
        .bind(fails_anew)
        .execute(self.0.conn())
        .await?;
        if kept.rows_affected() == 0 {
            return Ok(false);
        }
        let crossed = look.beyond() == Some(true) && seen.alert_is_beyond != Some(true);
        let told = match (crossed, fails_anew) {
            (true, _) => Some("alert"),
            (false, true) => Some("alert_failed"),
            (false, false) => None,
        };
        if let Some(what) = told {
            let event = FeedEvent {
                fields: seen.alert_measure.clone().into_iter().collect(),
                version: Some(seen.version),
                owner: Some(seen.owner_id),
                refs: json!({"owner_id": seen.owner_id}),
                ..FeedEvent::new(ALERTS, what, seen.id)
            };
            feed::publish(self.0, &[event]).await?;
        }
        let again = NewJob {
            run_at: Some(now + EVERY),
            ..NewJob::new(ALERT_JOB, seen.id.to_string())
        };
        self.0.jobs().enqueue(&again).await?;
        Ok(told.is_some())
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
