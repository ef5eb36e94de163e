//! Whether a model may be used: it has to be better than what is said without it, and not by chance.

use std::collections::BTreeMap;

use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Measures,
    metrics::{count, told::Told},
    model::logit,
};

/// How much lower the log loss has to be than the active model's, as a share of it.
const MARGIN: f64 = 0.001;

/// How many standard errors of the gain a model has to be better than the prior: 95 % sure, on one side.
const SURE: f64 = 1.645;

/// How often, at most, something that knows nothing may rank later rows as well.
const BY_CHANCE: f64 = 0.01;

/// How often outcomes are dealt out anew to find that.
const DEALS: u32 = 999;

/// Whether a model may be activated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ModelVerdict)]
pub enum Verdict {
    /// It may.
    Better,
    /// It is not better than the base rate, or what is said without it.
    NotBetterThanBaseRate,
    /// It is not better than the active model.
    NotBetterThanActive,
}

/// Whether a candidate may take the place of the active model, if there is one, by what it said of later rows, which
/// neither learned from ([`crate::Model::measure`]).
///
/// It may when all of these hold:
/// - its log loss is below the prior's, which is what would be said without it, by 1.645 standard errors over groups: a
///   one-sided test of paired differences at 95 % (Diebold and Mariano, "Comparing predictive accuracy", Journal of
///   Business and Economic Statistics 13, 1995; clusters: Cameron and Miller, Journal of Human Resources 50, 2015);
/// - it is below that of the best single number, the rate of the same rows. The prior alone is not enough to compare with:
///   its rate may be off by chance or because the rate moved, and whatever leans the other way then looks better without
///   telling any two records apart;
/// - of 1,000 ways to deal the outcomes out among the groups, at most 10 fit what it said as well: a permutation test at
///   99 % (Fisher 1935; Phipson and Smyth 2010), which holds for any number of records;
/// - its log loss is below the active model's by a thousandth.
pub fn is_better(candidate: &Measures, active: Option<&Measures>) -> Verdict {
    let gain = candidate.log_loss_prior - candidate.log_loss;
    let is_sure = gain > 0.0 && gain > SURE * candidate.log_loss_gain_error;
    if !(is_sure && candidate.log_loss < candidate.log_loss_base && candidate.by_chance <= BY_CHANCE) {
        return Verdict::NotBetterThanBaseRate;
    }
    match active {
        Some(active) if candidate.log_loss > active.log_loss * (1.0 - MARGIN) => Verdict::NotBetterThanActive,
        _ => Verdict::Better,
    }
}

/// How often outcomes that are dealt out anew among the groups fit the probabilities at least as well: the share of
/// permutations, the real one among them, with as large a sum of log-odds over what ended well.
///
/// A group has its mean log-odds and its mean outcome, so that its rows are never torn apart. Monte Carlo: Phipson and
/// Smyth, "Permutation p-values should never be zero", Statistical Applications in Genetics and Molecular Biology 9, 2010.
/// Always the same deals, so that the same model is judged alike each time. 1 of fewer than two groups.
pub(crate) fn by_chance(rows: &[Told]) -> f64 {
    let mut sums = BTreeMap::<usize, (f64, f64, f64)>::new();
    for row in rows {
        let (said, good, n) = sums.entry(row.group).or_default();
        *said += logit(row.probability);
        *good += f64::from(u8::from(row.label));
        *n += 1.0;
    }
    if sums.len() < 2 {
        return 1.0;
    }
    let (said, mut ended): (Vec<f64>, Vec<f64>) = sums
        .into_values()
        .map(|(said, good, n)| (said / n, good / n))
        .unzip();
    let mean = said.iter().sum::<f64>() / count(said.len());
    let fit = |ended: &[f64]| -> f64 {
        said.iter()
            .zip(ended)
            .map(|(said, ended)| (said - mean) * ended)
            .sum()
    };
    let real = fit(&ended);
    // Equal sums come out a little apart, by the order in which they are added.
    let near = 1e-9 * said.iter().map(|said| (said - mean).abs()).sum::<f64>();
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let mut as_good = 1_u32;
    for _ in 0..DEALS {
        ended.shuffle(&mut random);
        as_good += u32::from(fit(&ended) >= real - near);
    }
    f64::from(as_good) / f64::from(DEALS + 1)
}

#[cfg(test)]
mod tests;
