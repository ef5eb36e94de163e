//! How a tenant counts what leads do, and from where on a lead is warm or hot.

use std::{collections::BTreeMap, ops::RangeInclusive};

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    FieldError, StoreError, TenantTx,
    catalog::{ENGAGEMENT_EVENT, FieldType},
    leads::{Band, Measure},
    models::ModelKind,
};

/// Who was warm or hot stays so until the score is below this share of the line, so that nobody is told twice of a score
/// that wavers about it.
const STAYS: f64 = 0.9;
/// Within how many days a lead may have to be converted: shorter ones say nothing of what takes a meeting, longer ones
/// cannot be learned from for years.
const CONVERSION_DAYS: RangeInclusive<u16> = 7..=365;

/// How a tenant counts what leads do, and from where on a lead is warm or hot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LeadScoring {
    /// Points by type of engagement event; types that are not named count nothing.
    pub points: BTreeMap<String, f64>,
    /// After so many days an event counts half.
    pub half_life_days: f64,
    /// The most points that a lead can have.
    pub cap: f64,
    /// From where on a lead is warm.
    pub warm: Line,
    /// From where on a lead is hot.
    pub hot: Line,
    /// A lead counts as good when it is converted within so many days of the moment at which it is looked at.
    pub conversion_days: u16,
}

/// A line that scores cross.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// For probabilities, while a model speaks.
    pub probability: f64,
    /// For points, while none does.
    pub points: f64,
}

impl Default for LeadScoring {
    fn default() -> Self {
        let points = [
            ("email_opened", 1.0),
            ("email_clicked", 3.0),
            ("email_replied", 10.0),
            ("page_visited", 1.0),
            ("content_downloaded", 5.0),
            ("event_attended", 12.0),
            ("form_submitted", 15.0),
            ("email_bounced", -5.0),
            ("email_unsubscribed", -20.0),
        ];
        Self {
            points: points.map(|(kind, of)| (kind.to_owned(), of)).into(),
            half_life_days: 30.0,
            cap: 100.0,
            warm: Line {
                probability: 0.25,
                points: 15.0,
            },
            hot: Line {
                probability: 0.5,
                points: 40.0,
            },
            conversion_days: 90,
        }
    }
}

/// The types of engagement events.
fn kinds() -> &'static [&'static str] {
    match ENGAGEMENT_EVENT.field("type").map(|field| &field.kind) {
        Some(FieldType::Enum(words)) => words,
        _ => &[],
    }
}

impl LeadScoring {
    /// The line of a band by a measure; none below all lines.
    pub const fn line(&self, band: Band, measure: Measure) -> Option<f64> {
        let line = match band {
            Band::Hot => self.hot,
            Band::Warm => self.warm,
            Band::Cold => return None,
        };
        Some(match measure {
            Measure::Probability => line.probability,
            Measure::Points => line.points,
        })
    }

    /// The band of a score. Who is in a band already leaves it a tenth below its line.
    pub fn band(&self, measure: Measure, value: f64, before: Option<Band>) -> Band {
        let is_in = |band: Band| {
            let line = self.line(band, measure).unwrap_or(f64::INFINITY);
            let was = before.is_some_and(|before| before.is_at_least(band));
            value >= if was { line * STAYS } else { line }
        };
        [Band::Hot, Band::Warm]
            .into_iter()
            .find(|band| is_in(*band))
            .unwrap_or(Band::Cold)
    }

    /// Within which time of a moment a lead has to be converted to count as good.
    pub fn conversion_window(&self) -> TimeDelta {
        TimeDelta::days(self.conversion_days.into())
    }

    /// The rules in words, one sentence each.
    pub fn words(&self) -> Vec<String> {
        let mut words: Vec<String> = self
            .points
            .iter()
            .map(|(kind, points)| format!("{}: {points:+} points.", spoken(kind)))
            .collect();
        words.push(format!(
            "An event counts half after {} days; a lead has 0 to {} points.",
            self.half_life_days, self.cap
        ));
        for (word, line) in [("warm", self.warm), ("hot", self.hot)] {
            words.push(format!(
                "A lead is {word} from {} points on, and from a probability of {:.0} % on once a model speaks; it stays so \
                 until it is a tenth below.",
                line.points,
                line.probability * 100.0
            ));
        }
        words.push(format!(
            "A probability is that of being converted within {} days.",
            self.conversion_days
        ));
        words
    }

    /// Says what is wrong with the rules.
    fn check(&self) -> Result<(), StoreError> {
        let mut wrong: Vec<FieldError> = Vec::new();
        let mut is_right = |right: bool, pointer: String, message: &str| {
            if !right {
                wrong.push(FieldError {
                    pointer,
                    message: message.to_owned(),
                });
            }
        };
        for (kind, points) in &self.points {
            is_right(
                kinds().contains(&kind.as_str()),
                format!("/points/{kind}"),
                &format!("is no type of engagement event; there are {}", kinds().join(", ")),
            );
            is_right(
                (-100.0..=100.0).contains(points),
                format!("/points/{kind}"),
                "must be between -100 and 100",
            );
        }
        is_right(
            (1.0..=3650.0).contains(&self.half_life_days),
            "/half_life_days".to_owned(),
            "must be between 1 and 3650",
        );
        is_right(
            (1.0..=10_000.0).contains(&self.cap),
            "/cap".to_owned(),
            "must be between 1 and 10000",
        );
        for (name, line) in [("warm", self.warm), ("hot", self.hot)] {
            is_right(
                line.probability > 0.0 && line.probability <= 1.0,
                format!("/{name}/probability"),
                "must be above 0 and at most 1",
            );
            is_right(
                line.points > 0.0 && line.points <= self.cap,
                format!("/{name}/points"),
                "must be above 0 and at most the cap",
            );
        }
        is_right(
            CONVERSION_DAYS.contains(&self.conversion_days),
            "/conversion_days".to_owned(),
            "must be between 7 and 365",
        );
        is_right(
            self.warm.probability < self.hot.probability,
            "/hot/probability".to_owned(),
            "must be above that of warm",
        );
        is_right(
            self.warm.points < self.hot.points,
            "/hot/points".to_owned(),
            "must be above those of warm",
        );
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(StoreError::InvalidMany(wrong))
        }
    }
}

/// `form_submitted` as `Form submitted`.
fn spoken(kind: &str) -> String {
    let words = kind.replace('_', " ");
    let mut letters = words.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

impl TenantTx {
    /// The tenant's rules for scores of leads; the defaults where it has none.
    pub async fn lead_scoring(&mut self) -> Result<LeadScoring, StoreError> {
        Ok(self.lead_scoring_with_version().await?.0)
    }

    /// The rules and the version of the settings that they are part of.
    pub async fn lead_scoring_with_version(&mut self) -> Result<(LeadScoring, i64), StoreError> {
        let (found, version): (Option<Value>, i64) =
            sqlx::query_as("SELECT settings -> 'lead_scoring', version FROM tenants")
                .fetch_one(self.conn())
                .await?;
        // Rules that another version of the program wrote and this one cannot read are no reason to score nothing.
        let rules = found.and_then(|found| serde_json::from_value(found).ok());
        Ok((rules.unwrap_or_default(), version))
    }

    /// Replaces the rules if nobody changed the settings since `expected`, and returns the new version. All leads are scored
    /// anew soon; a model is learned anew when another time to be converted counts. Needs the area `settings`.
    pub async fn set_lead_scoring(&mut self, rules: &LeadScoring, expected: i64) -> Result<i64, StoreError> {
        self.access().await?.require_area("settings")?;
        rules.check()?;
        let now = self.now();
        let before = self.lead_scoring().await?;
        let version: Option<i64> = sqlx::query_scalar(
            "UPDATE tenants SET settings = settings || $2, version = version + 1, updated_at = $3 WHERE version = $1 \
             RETURNING version",
        )
        .bind(expected)
        .bind(json!({ "lead_scoring": rules }))
        .bind(now)
        .fetch_optional(self.conn())
        .await?;
        let Some(version) = version else {
            let current = self.lead_scoring_with_version().await?.1;
            return Err(StoreError::Stale { current });
        };
        let id = self.grant().tenant().uuid();
        self.audit()
            .record("update", "settings", Some(id), &["lead_scoring"])
            .await?;
        self.models().score_at(ModelKind::Lead, now).await?;
        if before.conversion_days != rules.conversion_days {
            self.models().train_at(ModelKind::Lead, now).await?;
        }
        Ok(version)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_defaults_are_valid_and_said_in_words() {
        let rules = LeadScoring::default();
        rules.check().unwrap();
        let words = rules.words();
        assert!(
            words.contains(&"Form submitted: +15 points.".to_owned()),
            "{words:?}"
        );
        assert_eq!(words.len(), rules.points.len() + 4);
    }

    #[test]
    fn rules_that_make_no_sense_are_refused_all_at_once() {
        let mut rules = LeadScoring {
            half_life_days: 0.0,
            cap: f64::NAN,
            conversion_days: 366,
            ..LeadScoring::default()
        };
        rules.points.insert("smiled".to_owned(), 1.0);
        rules.points.insert("page_visited".to_owned(), f64::INFINITY);
        rules.hot.probability = 0.1;
        let Err(StoreError::InvalidMany(wrong)) = rules.check() else {
            panic!("it must be refused")
        };
        let pointers: Vec<&str> = wrong.iter().map(|error| error.pointer.as_str()).collect();
        for pointer in [
            "/points/smiled",
            "/points/page_visited",
            "/half_life_days",
            "/cap",
            "/conversion_days",
            "/hot/probability",
        ] {
            assert!(pointers.contains(&pointer), "{pointers:?}");
        }
    }

    proptest! {
        #[test]
        fn a_score_that_wavers_about_a_line_crosses_it_once(
            steps in prop::collection::vec(-0.045..0.045f64, 1..40), at in 0usize..2
        ) {
            let rules = LeadScoring::default();
            let line = [rules.warm, rules.hot][at].probability;
            let mut band = rules.band(Measure::Probability, line * 1.001, None);
            let first = band;
            for step in steps {
                band = rules.band(Measure::Probability, line * (1.0 + 2.0 * step), Some(band));
                prop_assert_eq!(band, first);
            }
            prop_assert_ne!(rules.band(Measure::Probability, line * 0.89, Some(band)), first);
        }

        #[test]
        fn a_higher_score_is_never_in_a_lower_band(one in 0.0..1.0f64, more in 0.0..1.0f64, before in 0usize..4) {
            let rules = LeadScoring::default();
            let before = [None, Some(Band::Cold), Some(Band::Warm), Some(Band::Hot)][before];
            let (low, high) = (one.min(more), one.max(more));
            let of = |value| rules.band(Measure::Probability, value, before);
            prop_assert!(of(high).is_at_least(of(low)));
        }
    }
}
