//! The way of a deal: the stages that it was in and left, and what was offered on it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    deal::{DealAt, days},
    parts::{Quote, Standing},
    past::{Past, Step},
    stages::{StageKind, Stages},
};

/// A stage that a deal was in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StageTime<'h> {
    /// Its key: see [`DealAt::stage`].
    pub stage: &'h str,
    /// When the deal came to it; none where that is not known.
    pub since: Option<DateTime<Utc>>,
    /// From when on it is known to have been in it.
    pub seen: DateTime<Utc>,
}

impl<'h> DealAt<'h> {
    /// The key of its stage, by which stages are told apart: the first name that is known of it, whatever it is called now.
    /// None where no history goes back that far.
    pub fn stage(&self) -> Option<&'h str> {
        let deal = self.deal;
        let stage = deal.past.told("stage", Some(&deal.stage), self.moment)?;
        let is_closed = self.kind_of(stage).is_some_and(|kind| kind != StageKind::Open);
        // A deal that came closed from elsewhere was in some other stage before.
        (!is_closed || self.standing() != Standing::Open).then_some(stage)
    }

    /// What its stage was called, for people.
    pub fn stage_name(&self) -> Option<&'h str> {
        let key = self.stage()?;
        let stage = self.deal.stages.get(key);
        let name = stage.and_then(|stage| stage.name(self.deal.past.here(self.moment)));
        Some(name.unwrap_or(key))
    }

    fn kind_of(&self, stage: &str) -> Option<StageKind> {
        self.deal.stages.get(stage).map(|stage| stage.kind)
    }

    pub(super) fn stage_steps(&self) -> impl DoubleEndedIterator<Item = &'h Step> {
        self.deal.past.until("stage", self.moment)
    }

    /// Whether it was open, or since when it was won or lost.
    pub fn standing(&self) -> Standing {
        let deal = self.deal;
        standing(
            &deal.past,
            &deal.stage,
            (deal.life.created, deal.closed.map(|closed| closed.at)),
            &deal.stages,
            self.moment,
        )
    }

    /// Where its stage stands on the way: 0 the first open stage, 1 the last; none for a stage that is closed or unknown, or is
    /// no longer part of the pipeline.
    pub fn stage_place(&self) -> Option<f64> {
        // Of a deal that came along with an import, the pipeline counts as it was when the deal arrived.
        let moment = self.deal.past.here(self.moment);
        self.deal.stages.place(self.stage()?, moment)
    }

    /// The probability that the tenant gave its stage, 0 to 1; none for a stage that is unknown.
    pub fn stage_probability(&self) -> Option<f64> {
        let stage = self.deal.stages.get(self.stage()?)?;
        let percent = stage.probability(self.deal.past.here(self.moment))?;
        Some(f64::from(i32::try_from(percent).ok()?) / 100.0)
    }

    /// The forecast category that the tenant gave its stage; none for a stage that is unknown.
    pub fn stage_category(&self) -> Option<&'h str> {
        let stage = self.deal.stages.get(self.stage()?)?;
        stage.forecast_category(self.deal.past.here(self.moment))
    }

    /// Since when it was in its stage; none where that is not known, as of a deal that came along with an import and has not
    /// moved since.
    pub fn stage_since(&self) -> Option<DateTime<Utc>> {
        self.stage_time()?.since
    }

    /// The stage that it was in.
    pub fn stage_time(&self) -> Option<StageTime<'h>> {
        let stage = self.stage()?;
        let Some(last) = self.stage_steps().next_back() else {
            return Some(self.first_time(stage));
        };
        Some(StageTime {
            stage,
            since: Some(last.known),
            seen: last.known,
        })
    }

    /// The first stage that is known of it.
    pub(super) fn first_time(&self, stage: &'h str) -> StageTime<'h> {
        let deal = self.deal;
        // Nothing says when it came there but the record itself, and that only of the last stage. A moment of the import
        // is none: whatever does not say when it came to its stage gets that.
        let entered = Some(deal.entered).filter(|entered| {
            !deal.past.changed("stage") && deal.past.was_elsewhere(*entered) && *entered <= self.moment
        });
        let since = if deal.past.begins("stage", self.moment) {
            Some(deal.life.created)
        } else {
            entered
        };
        StageTime {
            stage,
            since,
            seen: since.unwrap_or_else(|| deal.past.told_from("stage", deal.life.created)),
        }
    }

    /// How often it had gone back to an earlier stage.
    pub fn regressions(&self) -> usize {
        let (stages, moment) = (&self.deal.stages, self.deal.past.here(self.moment));
        // A move back stays one when a stage of it is deleted.
        let position = |value: &Option<serde_json::Value>| stages.position(value.as_ref()?.as_str()?, moment);
        self.stage_steps()
            .filter(|step| {
                position(&step.old)
                    .zip(position(&step.new))
                    .is_some_and(|(old, new)| new < old)
            })
            .count()
    }

    /// The stages that it had passed or left, oldest first, without the one that it was in.
    pub fn stages_before(&self) -> Vec<StageTime<'h>> {
        self.stays().into_iter().map(|(stay, _)| stay).collect()
    }

    /// The stages that it had left, oldest first, and how many days it was in each, together where it was there more than
    /// once: those of which it is known.
    pub fn stages_left(&self) -> Vec<(&'h str, f64)> {
        let stays = self.stays();
        let mut left: Vec<(&'h str, f64)> = Vec::with_capacity(stays.len());
        for (stay, until) in stays {
            let Some(since) = stay.since else { continue };
            let spent = days(since, until).max(0.0);
            match left.iter_mut().find(|(known, _)| *known == stay.stage) {
                Some((_, together)) => *together += spent,
                None => left.push((stay.stage, spent)),
            }
        }
        left
    }

    /// The stages that it had left, oldest first, each with when it left it.
    fn stays(&self) -> Vec<(StageTime<'h>, DateTime<Utc>)> {
        let mut before: Option<DateTime<Utc>> = None;
        let mut stays = Vec::new();
        for step in self.stage_steps() {
            if let Some(stage) = step.old.as_ref().and_then(serde_json::Value::as_str) {
                let stay = before.map_or_else(
                    || self.first_time(stage),
                    |since| StageTime {
                        stage,
                        since: Some(since),
                        seen: since,
                    },
                );
                stays.push((stay, step.known));
            }
            before = Some(step.known);
        }
        stays
    }

    /// The different products of the latest quote, as its lines were then; none without one.
    pub fn offered(&self) -> Vec<Uuid> {
        let mut quotes = self.deal.quotes.iter();
        let latest = quotes.rfind(|quote| quote.there.at(self.moment));
        latest
            .map(|quote| quote.products(self.moment))
            .unwrap_or_default()
    }
}

impl Quote {
    /// The different products that its lines named at a moment.
    pub(super) fn products(&self, moment: DateTime<Utc>) -> Vec<Uuid> {
        let lines = self.lines.iter().filter(|line| line.life.at(moment));
        let mut products: Vec<Uuid> = lines.filter_map(|line| line.product(moment)).collect();
        products.sort_unstable();
        products.dedup();
        products
    }
}

/// Whether a deal was open at a moment, from its stages. `of` is when it began, and when it closed if it is closed now.
pub(super) fn standing(
    past: &Past,
    stage: &str,
    of: (DateTime<Utc>, Option<DateTime<Utc>>),
    stages: &Stages,
    moment: DateTime<Utc>,
) -> Standing {
    let (created, closed) = of;
    let key = past.told("stage", Some(stage), moment);
    let since = match past.until("stage", moment).next_back() {
        Some(last) => Some(last.known),
        // What the record says of its end is about a later one.
        None if past.changed("stage") => Some(past.told_from("stage", created)),
        // Without a change that says when, a deal is closed from the moment that the record says.
        None => closed,
    };
    let since = since.filter(|since| *since <= moment);
    let kind = key.and_then(|key| stages.get(key)).map(|stage| stage.kind);
    match (kind, since) {
        (Some(StageKind::Won), Some(since)) => Standing::Won(since),
        (Some(StageKind::Lost), Some(since)) => Standing::Lost(since),
        _ => Standing::Open,
    }
}
