//! The way of a deal: the stages that it left, and what was offered on it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    deal::{DealAt, StageTime, days},
    parts::Quote,
};

impl<'h> DealAt<'h> {
    /// The stages that it had passed or left, oldest first, without the one that it was in.
    pub fn stages_before(&self) -> Vec<StageTime<'h>> {
        let mut since = self.deal.life.created;
        let mut stages = Vec::new();
        for step in self.stage_steps() {
            if let Some(stage) = step.old.as_ref().and_then(serde_json::Value::as_str) {
                stages.push(StageTime { stage, since });
            }
            since = step.known;
        }
        stages
    }

    /// The stages that it had left, oldest first, and how many days it was in each, together where it was there more than
    /// once.
    pub fn stages_left(&self) -> Vec<(&'h str, f64)> {
        let before = self.stages_before();
        let until = before
            .iter()
            .skip(1)
            .map(|next| next.since)
            .chain(self.stage_since());
        let mut left: Vec<(&'h str, f64)> = Vec::with_capacity(before.len());
        for (stage, until) in before.iter().zip(until) {
            let spent = days(stage.since, until).max(0.0);
            match left.iter_mut().find(|(known, _)| *known == stage.stage) {
                Some((_, together)) => *together += spent,
                None => left.push((stage.stage, spent)),
            }
        }
        left
    }

    /// The different products of the latest quote, as its lines were then; none without one.
    pub fn offered(&self) -> Vec<Uuid> {
        let mut quotes = self.deal.quotes.iter();
        let latest = quotes.rfind(|quote| quote.life.at(self.moment));
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
