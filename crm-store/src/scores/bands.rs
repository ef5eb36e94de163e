//! The health of customers: their risk of leaving as a number from 0 to 100, and in words.
//!
//! The number is derived from the risk and from nothing else: of a hundred such customers so many would still be there in
//! a year, if the risk stayed as it is. The words change only when the number is clearly beyond a line, so that nobody is
//! told twice of a number that wavers around it.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Crossing, Last, Scores, Written};
use crate::{StoreError, models::ModelKind, text_enum::text_enum};

/// How many days ahead the risk of leaving looks.
pub const RISK_DAYS: i64 = 90;
/// The setting below which a customer is to be watched, and what it is unless set: a share of those who stay a year.
const WATCH: (&str, f64) = ("health_watch", 0.80);
/// The setting below which a customer is at risk, and what it is unless set.
const AT_RISK: (&str, f64) = ("health_at_risk", 0.60);
/// How far beyond a line the share has to be before the words change.
const BEYOND: f64 = 0.03;

text_enum! {
    /// The health of a customer in words.
    pub enum Band {
        /// Nothing to be seen.
        Healthy = "healthy",
        /// Worth a look.
        Watch = "watch",
        /// Likely to leave, compared with others.
        AtRisk = "at_risk",
    }
}

/// The share of such customers who would still be there in a year, if the risk of leaving within [`RISK_DAYS`] stayed.
pub fn stays(risk: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a number of days")]
    let times = 365.0 / RISK_DAYS as f64;
    (1.0 - risk.clamp(0.0, 1.0)).powf(times)
}

/// The number for people, 0 to 100.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and 100"
)]
pub fn health(risk: f64) -> u8 {
    (stays(risk) * 100.0).round() as u8
}

/// Where the lines between the words are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lines {
    /// Below it a customer is to be watched.
    pub watch: f64,
    /// Below it a customer is at risk.
    pub at_risk: f64,
}

impl Default for Lines {
    fn default() -> Self {
        Self {
            watch: WATCH.1,
            at_risk: AT_RISK.1,
        }
    }
}

impl Lines {
    /// The words for a share of those who stay, after what was said before: beyond a line by a little only, they stay.
    pub fn band(self, stays: f64, before: Option<Band>) -> Band {
        // Lines that cross are one line.
        let low = self.at_risk.min(self.watch);
        let by = |share: f64| match share {
            share if share < low => Band::AtRisk,
            share if share < self.watch => Band::Watch,
            _ => Band::Healthy,
        };
        let now = by(stays);
        let Some(before) = before else { return now };
        // The words of before stay as long as they would hold a little to either side.
        if by(stays - BEYOND) == before || by(stays + BEYOND) == before {
            return before;
        }
        now
    }
}

impl Scores<'_> {
    /// Where the tenant has the lines between the words.
    pub async fn lines(&mut self) -> Result<Lines, StoreError> {
        let thresholds = self.tx.settings().await?.0.thresholds;
        let set = |(name, default): (&str, f64)| thresholds.get(name).copied().unwrap_or(default);
        Ok(Lines {
            watch: set(WATCH),
            at_risk: set(AT_RISK),
        })
    }

    /// Puts the scores of customers just written in words, and returns those whose words changed. `latest` are the scores
    /// before; what another model said is not compared.
    pub(super) async fn put_in_words(
        &mut self,
        written: &[Written],
        latest: &HashMap<Uuid, Last>,
        model: Option<Uuid>,
    ) -> Result<Vec<Crossing>, StoreError> {
        let lines = self.lines().await?;
        let before: Vec<Uuid> = written
            .iter()
            .filter_map(|score| latest.get(&score.record))
            .filter(|before| before.model_id == model)
            .map(|before| before.id)
            .collect();
        let known = self.bands(&before).await?;
        let (mut ids, mut bands, mut changed) = (Vec::new(), Vec::new(), Vec::new());
        for score in written {
            let said = latest
                .get(&score.record)
                .and_then(|before| Some((before, *known.get(&before.id)?)));
            let band = lines.band(stays(score.after), said.map(|(_, band)| band));
            ids.push(score.id);
            bands.push(band.as_str());
            if let Some((before, was)) = said.filter(|(_, was)| *was != band) {
                changed.push((*score, before.id, (was, band)));
            }
        }
        sqlx::query(
            "UPDATE account_scores s SET band = n.band FROM unnest($1::uuid[], $2::text[]) AS n (id, band) WHERE s.id = n.id",
        )
        .bind(ids)
        .bind(bands)
        .execute(self.tx.conn())
        .await?;
        // Without a model everybody has the same number: that is no news of anybody.
        if model.is_none() || changed.is_empty() {
            return Ok(Vec::new());
        }
        let before: Vec<Uuid> = changed.iter().map(|(_, before, _)| *before).collect();
        let mut from = self.these(&before).await?;
        let crossings = changed.into_iter().filter_map(|(score, before, bands)| {
            Some(Crossing {
                bands: Some(bands),
                ..Crossing::new(score, from.remove(&before)?)
            })
        });
        Ok(crossings.collect())
    }

    /// The words of scores of customers; those without are left out.
    pub async fn bands(&mut self, scores: &[Uuid]) -> Result<HashMap<Uuid, Band>, StoreError> {
        if self.kind != ModelKind::Churn {
            return Ok(HashMap::new());
        }
        let rows: Vec<(Uuid, Band)> =
            sqlx::query_as("SELECT id, band FROM account_scores WHERE id = ANY ($1) AND band IS NOT NULL")
                .bind(scores)
                .fetch_all(self.tx.conn())
                .await?;
        Ok(rows.into_iter().collect())
    }

    /// Notes that nothing is said of these records any more: they have ended. What was said before stays.
    pub async fn fall_silent(&mut self, records: &[Uuid]) -> Result<(), StoreError> {
        if self.kind != ModelKind::Churn || records.is_empty() {
            return Ok(());
        }
        sqlx::query("UPDATE account_scores SET is_latest = false WHERE is_latest AND account_id = ANY ($1)")
            .bind(records)
            .execute(self.tx.conn())
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_number_is_the_share_that_is_left_after_a_year() {
        assert_eq!([0.0, 0.02, 0.05, 0.2, 1.0].map(health), [100, 92, 81, 40, 0]);
    }

    #[test]
    fn words_change_only_beyond_a_line() {
        let lines = Lines::default();
        assert_eq!(lines.band(0.79, None), Band::Watch);
        assert_eq!(lines.band(0.79, Some(Band::Healthy)), Band::Healthy);
        assert_eq!(lines.band(0.76, Some(Band::Healthy)), Band::Watch);
        assert_eq!(lines.band(0.81, Some(Band::Watch)), Band::Watch);
        assert_eq!(lines.band(0.84, Some(Band::Watch)), Band::Healthy);
        assert_eq!(lines.band(0.2, Some(Band::Healthy)), Band::AtRisk);
    }

    proptest! {
        #[test]
        fn a_number_that_wavers_less_than_the_margin_changes_its_words_once(
            start in 0.0..1.0_f64, steps in prop::collection::vec(-0.029..0.029_f64, 1..40)
        ) {
            let lines = Lines::default();
            let (mut said, mut changes) = (lines.band(start, None), 0);
            for step in steps {
                let now = lines.band((start + step).clamp(0.0, 1.0), Some(said));
                changes += usize::from(now != said);
                said = now;
            }
            prop_assert!(changes <= 1, "{changes}");
        }

        #[test]
        fn more_risk_is_never_more_health(one in 0.0..1.0_f64, other in 0.0..1.0_f64) {
            prop_assert!((one <= other) == (stays(one) >= stays(other)) || health(one) == health(other));
        }
    }
}
