//! Which algorithm, and how strongly it is held back, by what it says of later rows.

use chrono::{DateTime, Utc};

use crate::{
    Algorithm, Candidate, Dataset, Split, TrainError, TrainOptions,
    encode::Profile,
    fit::{Recipe, Weighted},
    learn::{Boosting, Learner, best_rounds, logistic},
    metrics,
    model::sigmoid,
    split::{self, Parts},
};

/// Penalties that the linear model is tried with.
const PENALTIES: [f64; 3] = [1.0, 10.0, 100.0];

/// With fewer rows the choice is made on three splits, not one.
const FEW: usize = 5_000;

/// What a way of fitting said of rows that it had not seen.
#[derive(Debug, Default, Clone)]
struct Tried {
    said: Vec<f64>,
    labels: Vec<bool>,
    rounds: Vec<usize>,
}

impl Tried {
    fn add(&mut self, log_odds: impl Iterator<Item = f64>, labels: &[bool]) {
        self.said.extend(log_odds.map(sigmoid));
        self.labels.extend_from_slice(labels);
    }

    fn loss(&self) -> f64 {
        metrics::log_loss(&self.said, &self.labels)
    }

    fn candidate(&self, algorithm: Algorithm) -> Candidate {
        Candidate {
            algorithm,
            log_loss: self.loss(),
            brier: metrics::brier(&self.said, &self.labels),
            auc: metrics::auc(&self.said, &self.labels),
            chosen: false,
        }
    }
}

/// Tries the algorithms on splits of the rows to learn from, and takes the one with the lower log loss.
pub(crate) fn choose(
    data: &Dataset,
    profile: &Profile,
    rows: &[usize],
    groups: &[usize],
    options: &TrainOptions,
) -> Result<(Recipe, Vec<Candidate>), TrainError> {
    let mut base = Tried::default();
    let mut linear = vec![Tried::default(); PENALTIES.len()];
    let mut boosted = Tried::default();
    let wanted = |algorithm| options.algorithm.is_none_or(|only| only == algorithm);
    for parts in splits(data, rows, groups, options) {
        options.stop.check()?;
        let earlier = Weighted::of(data, &parts.train, groups, options.half_life_days);
        let (encoder, examples) = earlier.examples(data, profile, options.seed);
        let later = crate::learn::Examples {
            matrix: encoder.encode_all(data, &parts.test),
            labels: parts
                .test
                .iter()
                .map(|at| data.rows.get(*at).is_some_and(|row| row.label))
                .collect(),
            weights: vec![1.0; parts.test.len()],
        };
        let ask = |learner: &Learner| -> Vec<f64> {
            (0..later.matrix.rows)
                .map(|at| learner.log_odds(&later.matrix.row(at)))
                .collect()
        };
        let rate = crate::model::logit(earlier.rate);
        base.add(std::iter::repeat_n(rate, later.labels.len()), &later.labels);
        if wanted(Algorithm::Logistic) {
            for (tried, penalty) in linear.iter_mut().zip(PENALTIES) {
                let learner = Learner::Linear(
                    logistic(&examples, &encoder, penalty).map_err(failed(Algorithm::Logistic))?,
                );
                tried.add(ask(&learner).into_iter(), &later.labels);
            }
        }
        if wanted(Algorithm::Boosting) {
            let how = Boosting::for_examples(earlier.effective);
            let (forest, rounds) =
                best_rounds(&examples, &later, &how, options.seed).map_err(failed(Algorithm::Boosting))?;
            boosted.add(ask(&Learner::Forest(forest)).into_iter(), &later.labels);
            boosted.rounds.push(rounds);
        }
    }
    let (tried, penalty) = linear
        .iter()
        .zip(PENALTIES)
        .min_by(|a, b| a.0.loss().total_cmp(&b.0.loss()))
        .ok_or_else(|| failed(Algorithm::Logistic)("nothing was tried".to_owned()))?;
    let rounds = boosted.rounds.iter().sum::<usize>() / boosted.rounds.len().max(1);
    let recipes = [
        (wanted(Algorithm::Logistic), tried, Recipe::Logistic { penalty }),
        (
            wanted(Algorithm::Boosting),
            &boosted,
            Recipe::Boosting {
                rounds: rounds.max(5),
            },
        ),
    ];
    let mut candidates = vec![base.candidate(Algorithm::BaseRate)];
    let mut best: Option<(f64, Recipe)> = None;
    for (wanted, tried, recipe) in recipes {
        if !wanted {
            continue;
        }
        candidates.push(tried.candidate(recipe.algorithm()));
        if best.is_none_or(|(loss, _)| tried.loss() < loss) {
            best = Some((tried.loss(), recipe));
        }
    }
    let (_, recipe) = best.ok_or_else(|| {
        TrainError::Option("the base rate is not learned; choose boosting or logistic".to_owned())
    })?;
    for candidate in &mut candidates {
        candidate.chosen = candidate.algorithm == recipe.algorithm();
    }
    Ok((recipe, candidates))
}

fn failed(algorithm: Algorithm) -> impl Fn(String) -> TrainError {
    move |reason| TrainError::Algorithm {
        algorithm: algorithm.name(),
        reason,
    }
}

/// Splits of the rows to learn from, later rows to be foretold by earlier ones where the rows have moments.
fn splits(data: &Dataset, rows: &[usize], groups: &[usize], options: &TrainOptions) -> Vec<Parts> {
    let mut found = Vec::new();
    if matches!(options.split, Split::Time { .. }) {
        let windows: &[(f64, f64)] = if rows.len() < FEW {
            &[(0.55, 0.7), (0.7, 0.85), (0.85, 1.0)]
        } else {
            &[(0.75, 1.0)]
        };
        let mut moments: Vec<DateTime<Utc>> = rows.iter().filter_map(|at| data.rows.get(*at)?.at).collect();
        moments.sort_unstable();
        let moment = |share: f64| moments.get(split::share(moments.len(), share)).copied();
        for (from, to) in windows {
            let Some(cut) = moment(*from) else { continue };
            let mut parts = split::cut_at(data, rows, groups, cut);
            if let Some(end) = moment(*to) {
                parts
                    .test
                    .retain(|at| data.rows.get(*at).is_some_and(|row| row.at < Some(end)));
            }
            found.push(parts);
        }
        found.retain(|parts| is_mixed(data, &parts.train, 8) && is_mixed(data, &parts.test, 3));
    }
    if found.is_empty() {
        let repeats = if rows.len() < FEW { 3 } else { 1 };
        found = (1..=repeats)
            .map(|repeat| split::random(data, rows, groups, 0.25, options.seed.wrapping_add(repeat)))
            .filter(|parts| is_mixed(data, &parts.train, 1) && is_mixed(data, &parts.test, 1))
            .collect();
    }
    found
}

/// Whether there are so many rows of either outcome.
pub(crate) fn is_mixed(data: &Dataset, rows: &[usize], least: usize) -> bool {
    let good = rows
        .iter()
        .filter(|at| data.rows.get(**at).is_some_and(|row| row.label))
        .count();
    good.min(rows.len() - good) >= least
}
