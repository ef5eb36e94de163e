//! Whether people agree with what a model says, and who was nearer once it was known.
//!
//! Of deals people say that a probability is right, too high or too low ([`crate::opinions`]); of leads they say another
//! probability in its place ([`crate::leads`]). Both are words beside a number, so one piece counts them.

use chrono::TimeDelta;
use serde::Serialize;
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{StoreError, TenantTx, models::ModelKind};

/// With fewer records whose end is known, nothing is said of who is nearer.
pub const ENOUGH_TO_TELL: i64 = 20;

/// How people agree with a model.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow)]
pub struct Agreement {
    /// The model; none for the prior.
    pub model_id: Option<Uuid>,
    /// Its number.
    pub number: Option<i32>,
    /// Words that agree; another probability agrees when it is within five points.
    pub agreed: i64,
    /// Words that do not.
    pub disagreed: i64,
    /// Of those: thought too high.
    pub too_high: i64,
    /// Of those: thought too low.
    pub too_low: i64,
    /// Records that were disagreed about and whose end is known by now.
    pub ended: i64,
    /// Those of them that ended as the person thought: badly when it was too high, well when it was too low. The person
    /// was nearer.
    pub people_were_right: i64,
    /// Those of them about which the person gave a probability of their own.
    pub compared: i64,
    /// The Brier score of the model on those.
    pub brier_model: Option<f64>,
    /// The Brier score of people on those.
    pub brier_people: Option<f64>,
}

/// Who was nearer to what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Nearer {
    /// The model.
    Model,
    /// People.
    People,
    /// Neither.
    Neither,
    /// Too few to tell.
    TooFew,
}

impl Nearer {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::People => "people",
            Self::Neither => "neither",
            Self::TooFew => "too_few",
        }
    }
}

impl Agreement {
    /// Who was nearer: by the Brier score where people gave probabilities, else by whom the end proved right more often.
    pub fn nearer(&self) -> Nearer {
        let compare = |people: f64, model: f64| {
            if people < model {
                Nearer::People
            } else if people > model {
                Nearer::Model
            } else {
                Nearer::Neither
            }
        };
        match (self.brier_people, self.brier_model) {
            (Some(people), Some(model)) if self.compared >= ENOUGH_TO_TELL => compare(people, model),
            (None, _) if self.ended >= ENOUGH_TO_TELL => {
                let model = self.ended - self.people_were_right;
                match self.people_were_right.cmp(&model) {
                    std::cmp::Ordering::Greater => Nearer::People,
                    std::cmp::Ordering::Less => Nearer::Model,
                    std::cmp::Ordering::Equal => Nearer::Neither,
                }
            }
            _ => Nearer::TooFew,
        }
    }
}

/// Words about deals: what was said, which way the person differs, the probability that they give, and how it ended.
const DEALS: &str = "SELECT w.model_id, w.probability AS said, w.direction, w.verdict = 'good' AS agrees, \
        NULL::float8 AS judged, CASE WHEN o.is_closed THEN o.is_won END AS good \
    FROM win_opinions w JOIN opportunities o ON o.tenant_id = w.tenant_id AND o.id = w.opportunity_id";

/// Words about leads; of several by one person on one lead the last, of those that nobody took back. A lead ended well when
/// it was converted within the time that its model speaks of, badly when that time is over.
const LEADS: &str = "SELECT e.model_id, e.said, CASE WHEN e.judged < e.said THEN 'too_high' ELSE 'too_low' END AS direction, \
        abs(e.judged - e.said) < 0.05 AS agrees, e.judged, \
        CASE WHEN l.converted_at <= e.until THEN true WHEN e.until <= $1 AND l.deleted_at IS NULL THEN false END AS good \
    FROM (SELECT DISTINCT ON (x.lead_id, x.model_id, x.actor_kind, x.actor_id) x.*, \
            x.created_at + COALESCE((k.card ->> 'window_days')::float8 * interval '1 day', $2) AS until \
        FROM training_examples x LEFT JOIN predictive_models k ON k.tenant_id = x.tenant_id AND k.id = x.model_id \
        WHERE x.said IS NOT NULL AND x.withdrawn_at IS NULL \
        ORDER BY x.lead_id, x.model_id, x.actor_kind, x.actor_id, x.created_at DESC, x.id DESC) e \
    JOIN leads l ON l.tenant_id = e.tenant_id AND l.id = e.lead_id";

impl TenantTx {
    /// How people agree with each model of a kind, the latest model first; of the records that the actor sees. Empty of
    /// kinds about which nobody is asked.
    pub async fn agreement(&mut self, kind: ModelKind) -> Result<Vec<Agreement>, StoreError> {
        let words = match kind {
            ModelKind::Win => DEALS,
            ModelKind::Lead => LEADS,
            ModelKind::Churn => return Ok(Vec::new()),
        };
        let (now, window) = (self.now(), self.conversion_window(kind).await?);
        let sql = format!(
            "WITH words AS ({words}) \
             SELECT w.model_id, m.number, count(*) FILTER (WHERE w.agrees) AS agreed, \
                 count(*) FILTER (WHERE NOT w.agrees) AS disagreed, \
                 count(*) FILTER (WHERE NOT w.agrees AND w.direction = 'too_high') AS too_high, \
                 count(*) FILTER (WHERE NOT w.agrees AND w.direction = 'too_low') AS too_low, \
                 count(*) FILTER (WHERE NOT w.agrees AND w.good IS NOT NULL) AS ended, \
                 count(*) FILTER (WHERE NOT w.agrees AND w.direction = CASE WHEN w.good THEN 'too_low' ELSE 'too_high' END \
                     AND w.good IS NOT NULL) AS people_were_right, \
                 count(*) FILTER (WHERE NOT w.agrees AND w.good IS NOT NULL AND w.judged IS NOT NULL) AS compared, \
                 avg((w.said - w.good::int) ^ 2) FILTER (WHERE NOT w.agrees AND w.judged IS NOT NULL) AS brier_model, \
                 avg((w.judged - w.good::int) ^ 2) FILTER (WHERE NOT w.agrees) AS brier_people \
             FROM words w LEFT JOIN predictive_models m ON m.id = w.model_id \
             WHERE $1::timestamptz IS NOT NULL AND $2::interval IS NOT NULL \
             GROUP BY w.model_id, m.number ORDER BY m.number DESC NULLS LAST"
        );
        // Words of ours, out of a fixed list.
        Ok(sqlx::query_as(AssertSqlSafe(sql))
            .bind(now)
            .bind(window)
            .fetch_all(self.conn())
            .await?)
    }

    /// Within which time a lead has to be converted where its model does not say so; no time of what is not a lead.
    async fn conversion_window(&mut self, kind: ModelKind) -> Result<TimeDelta, StoreError> {
        Ok(match kind {
            ModelKind::Lead => self.lead_scoring().await?.conversion_window(),
            ModelKind::Win | ModelKind::Churn => TimeDelta::zero(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ended: i64, right: i64, brier: Option<(f64, f64)>) -> Nearer {
        Agreement {
            model_id: None,
            number: None,
            agreed: 0,
            disagreed: ended,
            too_high: ended,
            too_low: 0,
            ended,
            people_were_right: right,
            compared: if brier.is_some() { ended } else { 0 },
            brier_model: brier.map(|(model, _)| model),
            brier_people: brier.map(|(_, people)| people),
        }
        .nearer()
    }

    #[test]
    fn who_was_nearer_is_told_from_twenty_records_on() {
        assert_eq!(of(19, 19, None), Nearer::TooFew);
        assert_eq!(of(20, 11, None), Nearer::People);
        assert_eq!(of(20, 10, None), Nearer::Neither);
        assert_eq!(of(20, 9, None), Nearer::Model);
        assert_eq!(of(19, 0, Some((0.3, 0.1))), Nearer::TooFew);
        // Who is right more often may be further off on the whole.
        assert_eq!(of(20, 15, Some((0.1, 0.3))), Nearer::Model);
        assert_eq!(of(20, 5, Some((0.3, 0.1))), Nearer::People);
    }
}
