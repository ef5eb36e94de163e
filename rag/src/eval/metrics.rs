//! Measures of a ranking.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use uuid::Uuid;

use crate::fuse::Ranked;

/// Means over questions, each by its documents in the order of their best passages.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Metrics {
    /// Normalised discounted cumulative gain of the first ten.
    pub ndcg_at_10: f64,
    /// The share of the relevant documents among the first five.
    pub recall_at_5: f64,
    /// The share of the relevant documents among the first ten.
    pub recall_at_10: f64,
    /// The reciprocal of the first relevant document's rank, if among the first ten.
    pub mrr_at_10: f64,
    #[serde(skip)]
    count: usize,
}

impl Metrics {
    /// Adds one question; until [`Metrics::mean`] the fields are sums.
    pub(super) fn add(&mut self, order: &[&str], relevant: &HashSet<&str>) {
        self.count += 1;
        if relevant.is_empty() {
            return;
        }
        let hits: Vec<bool> = order.iter().take(10).map(|id| relevant.contains(id)).collect();
        let gain = |rank: usize| 1.0 / (ratio(rank, 1) + 2.0).log2();
        let ideal: f64 = (0..relevant.len().min(10)).map(gain).sum();
        let reached: f64 = hits
            .iter()
            .enumerate()
            .filter(|(_, hit)| **hit)
            .map(|(rank, _)| gain(rank))
            .sum();
        let among = |first: usize| hits.iter().take(first).filter(|hit| **hit).count();
        self.ndcg_at_10 += reached / ideal;
        self.recall_at_5 += ratio(among(5), relevant.len());
        self.recall_at_10 += ratio(among(10), relevant.len());
        self.mrr_at_10 += hits
            .iter()
            .position(|hit| *hit)
            .map_or(0.0, |rank| ratio(1, rank + 1));
    }

    pub(super) fn mean(self) -> Self {
        let mean = |sum: f64| sum / ratio(self.count.max(1), 1);
        Self {
            ndcg_at_10: mean(self.ndcg_at_10),
            recall_at_5: mean(self.recall_at_5),
            recall_at_10: mean(self.recall_at_10),
            mrr_at_10: mean(self.mrr_at_10),
            count: self.count,
        }
    }
}

/// Two orders into one by the reciprocals of their ranks, with the usual 60.
pub(super) fn reciprocal_ranks<'a>(left: &[&'a Ranked], right: &[&'a Ranked]) -> Vec<&'a Ranked> {
    let mut scores: HashMap<Uuid, f64> = HashMap::new();
    for order in [left, right] {
        for (rank, ranked) in order.iter().enumerate() {
            *scores.entry(ranked.candidate.id).or_default() += 1.0 / (61.0 + ratio(rank, 1));
        }
    }
    let score = |ranked: &Ranked| scores.get(&ranked.candidate.id).copied().unwrap_or_default();
    let mut fused = left.to_vec();
    fused.sort_by(|left, right| {
        score(right)
            .total_cmp(&score(left))
            .then(left.candidate.id.cmp(&right.candidate.id))
    });
    fused
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of documents and ranks are small"
)]
pub(super) fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_ranking_has_the_known_measures() {
        let mut metrics = Metrics::default();
        metrics.add(&["x", "a", "b"], &HashSet::from(["a", "b", "c"]));
        metrics.add(&["a"], &HashSet::from(["a"]));
        let mean = metrics.mean();
        let first = (1.0 / 3f64.log2() + 0.5) / (1.0 + 1.0 / 3f64.log2() + 0.5);
        assert!((mean.ndcg_at_10 - f64::midpoint(first, 1.0)).abs() < 1e-9);
        assert!((mean.mrr_at_10 - 0.75).abs() < 1e-9);
        assert!((mean.recall_at_5 - f64::midpoint(2.0 / 3.0, 1.0)).abs() < 1e-9);
    }
}
