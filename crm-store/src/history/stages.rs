//! The tenant's pipeline, as it was, whatever its stages were called.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{parts::Life, past::Past};

/// A step on the way to a closed deal.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    pub(super) id: Uuid,
    /// What it is called now.
    pub(super) name: String,
    pub(super) kind: StageKind,
    pub(super) life: Life,
    pub(super) position: i64,
    /// Percent.
    pub(super) probability: i64,
    pub(super) forecast_category: String,
    pub(super) past: Past,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StageKind {
    Open,
    Won,
    Lost,
}

impl Stage {
    fn position(&self, moment: DateTime<Utc>) -> Option<i64> {
        self.past.whole("position", Some(self.position), moment)
    }

    /// What it was called.
    pub(super) fn name(&self, moment: DateTime<Utc>) -> Option<&str> {
        self.past.text("name", Some(&self.name), moment)
    }

    /// The probability that the tenant gave it, in percent.
    pub(super) fn probability(&self, moment: DateTime<Utc>) -> Option<i64> {
        self.past.whole("probability", Some(self.probability), moment)
    }

    /// The forecast category that the tenant gave it.
    pub(super) fn forecast_category(&self, moment: DateTime<Utc>) -> Option<&str> {
        self.past
            .text("forecast_category", Some(&self.forecast_category), moment)
    }

    /// What it was ever called, oldest first, each with when it was given another name.
    fn names(&self) -> Vec<(Option<DateTime<Utc>>, &str)> {
        let earlier = self.past.until("name", DateTime::<Utc>::MAX_UTC);
        let mut names: Vec<(Option<DateTime<Utc>>, &str)> = earlier
            .filter_map(|step| Some((Some(step.known), step.old.as_ref()?.as_str()?)))
            .collect();
        names.push((None, &self.name));
        names
    }
}

/// Which stage bore a name.
#[derive(Debug, Clone)]
struct Bearer {
    /// Until when; none for the one that bears it now.
    until: Option<DateTime<Utc>>,
    key: String,
}

/// The tenant's pipeline. What kind of stage one is counts as it is now.
///
/// Deals name their stage, and a stage can be given another name. So stages go by keys here: the first name that is known of
/// each. What was learned of a stage stays with it through every change of names, and nothing is another word where no stage
/// was ever renamed.
#[derive(Debug, Clone, Default)]
pub(super) struct Stages {
    /// By key.
    stages: HashMap<String, Stage>,
    /// By name, in the order in which they gave it up.
    bearers: HashMap<String, Vec<Bearer>>,
}

impl Stages {
    pub(super) fn new(mut stages: Vec<Stage>) -> Self {
        // Of stages that had the same name first, one after the other, the earliest is called by it.
        stages.sort_by_cached_key(|stage| {
            let until = stage.names().first().and_then(|(until, _)| *until);
            (until.unwrap_or(DateTime::<Utc>::MAX_UTC), stage.id)
        });
        let mut bearers: HashMap<String, Vec<Bearer>> = HashMap::new();
        let mut taken: HashSet<String> = HashSet::new();
        let mut by_key = HashMap::with_capacity(stages.len());
        for stage in stages {
            let names = stage.names();
            let first = names.first().map_or(stage.name.as_str(), |(_, name)| *name);
            let key = if taken.insert(first.to_owned()) {
                first.to_owned()
            } else {
                format!("{first} ({})", stage.id)
            };
            for (until, name) in names {
                let key = key.clone();
                bearers
                    .entry(name.to_owned())
                    .or_default()
                    .push(Bearer { until, key });
            }
            by_key.insert(key, stage);
        }
        for of_name in bearers.values_mut() {
            of_name.sort_by_key(|bearer| bearer.until.unwrap_or(DateTime::<Utc>::MAX_UTC));
        }
        Self {
            stages: by_key,
            bearers,
        }
    }

    /// The key of the stage that bore a name at a moment, or bears it now: the one that bore it last if none did then. The
    /// name itself if none ever did.
    pub(super) fn key<'n>(&'n self, name: &'n str, moment: Option<DateTime<Utc>>) -> &'n str {
        let bearers = self.bearers.get(name).map_or(&[][..], Vec::as_slice);
        let bore = bearers.iter().find(|bearer| match (bearer.until, moment) {
            (None, _) => true,
            (Some(until), Some(moment)) => moment < until,
            (Some(_), None) => false,
        });
        bore.or(bearers.last()).map_or(name, |bearer| &bearer.key)
    }

    /// The past of a deal, with keys where it names stages.
    pub(super) fn keyed(&self, mut past: Past) -> Past {
        past.reword("stage", |name, known| self.key(name, Some(known)).to_owned());
        past
    }

    pub(super) fn get(&self, key: &str) -> Option<&Stage> {
        self.stages.get(key)
    }

    fn open(&self, key: &str) -> Option<&Stage> {
        self.get(key).filter(|stage| stage.kind == StageKind::Open)
    }

    /// The moment, or when the pipeline began: before there was one, it was as it was at first.
    fn began(&self, moment: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let first = self.stages.values().map(|stage| stage.life.created).min()?;
        Some(first.max(moment))
    }

    /// The position of an open stage, by which it stands before or after others, also once it is deleted; none for one that is
    /// closed or unknown.
    pub(super) fn position(&self, key: &str, moment: DateTime<Utc>) -> Option<i64> {
        self.open(key)?.position(self.began(moment)?)
    }

    /// Where an open stage stood on the way: 0 the first, 1 the last; none for one that is closed or unknown, or was deleted by
    /// then.
    pub(super) fn place(&self, key: &str, moment: DateTime<Utc>) -> Option<f64> {
        let moment = self.began(moment)?;
        // A deal says of its own stage that it was there, whenever that was made.
        let is_left = |stage: &&Stage| stage.life.deleted.is_none_or(|deleted| deleted > moment);
        let own = self.open(key).filter(is_left)?.position(moment)?;
        let open = self
            .stages
            .values()
            .filter(|other| other.kind == StageKind::Open && other.life.at(moment));
        let (first, last) = open
            .filter_map(|other| other.position(moment))
            .fold((own, own), |(first, last), at| (first.min(at), last.max(at)));
        let share = |part: i64| i32::try_from(part).ok().map(f64::from);
        Some(share(own.saturating_sub(first))? / share(last.saturating_sub(first).max(1))?)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::history::past::Step;

    fn on(day: u32) -> DateTime<Utc> {
        format!("2026-03-{day:02}T09:00:00Z").parse().unwrap()
    }

    /// A stage with its names, each with the day on which it was given up.
    fn stage(id: u128, before: &[(&str, u32)], name: &str) -> Stage {
        let after = before.iter().skip(1).map(|(name, _)| *name).chain([name]);
        let steps = before.iter().zip(after).map(|((old, day), new)| Step {
            field: "name".to_owned(),
            known: on(*day),
            old: Some(json!(old)),
            new: Some(json!(new)),
        });
        Stage {
            id: Uuid::from_u128(id),
            name: name.to_owned(),
            kind: StageKind::Open,
            life: Life {
                created: on(1),
                deleted: None,
            },
            position: 1,
            probability: 50,
            forecast_category: "pipeline".to_owned(),
            past: Past::new(steps.collect()),
        }
    }

    #[test]
    fn a_stage_keeps_its_key_through_new_names_and_back() {
        let renamed = Stages::new(vec![stage(1, &[("Offer", 5)], "Proposal")]);
        let back = Stages::new(vec![stage(1, &[("Offer", 5), ("Proposal", 9)], "Offer")]);
        for (stages, now) in [(&renamed, "Proposal"), (&back, "Offer")] {
            assert_eq!(stages.key("Offer", Some(on(3))), "Offer");
            assert_eq!(stages.key("Proposal", Some(on(6))), "Offer");
            assert_eq!(stages.key(now, None), "Offer");
            assert_eq!(stages.get("Offer").unwrap().name(on(20)), Some(now));
        }
        // A deal that was read a moment before the stage was renamed, and a word that no stage ever had.
        assert_eq!(renamed.key("Offer", None), "Offer");
        assert_eq!(renamed.key("Forgotten", Some(on(3))), "Forgotten");
    }

    #[test]
    fn stages_that_swap_their_names_keep_their_pasts_apart() {
        let stages = Stages::new(vec![
            stage(1, &[("Offer", 5), ("Between", 7)], "Review"),
            stage(2, &[("Review", 6)], "Offer"),
        ]);
        assert_eq!(
            [Some(on(3)), Some(on(8)), None].map(|at| (stages.key("Offer", at), stages.key("Review", at))),
            [("Offer", "Review"), ("Review", "Offer"), ("Review", "Offer")]
        );
    }

    #[test]
    fn a_new_stage_under_a_name_that_was_given_up_is_another_one() {
        let stages = Stages::new(vec![
            stage(2, &[], "Offer"),
            stage(1, &[("Offer", 5)], "Proposal"),
        ]);
        assert_eq!(stages.key("Offer", Some(on(3))), "Offer");
        assert_eq!(stages.key("Proposal", None), "Offer");
        let new = stages.key("Offer", None);
        assert_ne!(new, "Offer");
        assert_eq!(stages.get(new).unwrap().id, Uuid::from_u128(2));
        // It stays what it was when it is renamed too.
        let later = Stages::new(vec![
            stage(2, &[("Offer", 9)], "Quote"),
            stage(1, &[("Offer", 5)], "Proposal"),
        ]);
        assert_eq!(later.key("Quote", None), new);
    }

    #[test]
    fn a_stage_has_a_place_from_when_it_is_made_until_it_is_deleted() {
        let placed = |id, name, position, created, deleted: Option<u32>| Stage {
            position,
            life: Life {
                created: on(created),
                deleted: deleted.map(on),
            },
            ..stage(id, &[], name)
        };
        let stages = Stages::new(vec![
            placed(1, "Offer", 1, 2, None),
            placed(2, "Review", 2, 2, None),
            placed(3, "Quote", 3, 2, Some(5)),
            placed(4, "Order", 5, 7, None),
        ]);
        let on_day = |day| ["Offer", "Review", "Quote"].map(|key| stages.place(key, on(day)));
        for day in [1, 4] {
            assert_eq!(on_day(day), [Some(0.0), Some(0.5), Some(1.0)]);
        }
        assert_eq!(on_day(5), [Some(0.0), Some(1.0), None]);
        assert_eq!(on_day(7), [Some(0.0), Some(0.25), None]);
        // It still comes after the others.
        assert_eq!(stages.position("Quote", on(9)), Some(3));
    }
}
