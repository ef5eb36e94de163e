//! The passages to show: the best, not five times the same.

use std::collections::HashMap;

use crate::embed::dot;
use crate::fuse::Ranked;

/// Passages whose embeddings are nearer than this say the same.
const SAME: f32 = 0.985;

/// The best `limit` of `ranked`, which is sorted. Passages that repeat a better one are
/// left out, and an article has at most half of the places unless nothing else is left.
pub(super) fn best(ranked: Vec<Ranked>, limit: usize) -> Vec<Ranked> {
    let each = limit.div_ceil(2).max(1);
    let mut places: HashMap<_, usize> = HashMap::new();
    let mut chosen: Vec<Ranked> = Vec::with_capacity(limit);
    let mut spare = Vec::new();
    for passage in ranked {
        if chosen.len() == limit {
            break;
        }
        let repeats = chosen
            .iter()
            .any(|better| dot(&better.candidate.dense, &passage.candidate.dense) > SAME);
        if repeats {
            continue;
        }
        let taken = places.entry(passage.candidate.payload.document).or_default();
        if *taken < each {
            *taken += 1;
            chosen.push(passage);
        } else {
            spare.push(passage);
        }
    }
    let left = limit - chosen.len();
    chosen.extend(spare.into_iter().take(left));
    chosen.sort_by(|left, right| right.score.total_cmp(&left.score));
    chosen
}
