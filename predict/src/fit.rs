//! An ensemble of bootstrap refits, calibrated on what earlier ones foretold of later rows.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{
    Algorithm, Dataset, Prior, Step, TrainError, TrainOptions,
    calibrate::{Affine, effective},
    encode::{Encoder, Profile},
    later::{Foretold, foretold},
    learn::{Boosting, Examples, Learner, boost, logistic},
    metrics::told::Told,
    model::{Model, logit},
};

/// What was chosen: an algorithm and how it is fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Recipe {
    Boosting { rounds: usize },
    Logistic { penalty: f64 },
}

impl Recipe {
    pub(crate) const fn algorithm(self) -> Algorithm {
        match self {
            Self::Boosting { .. } => Algorithm::Boosting,
            Self::Logistic { .. } => Algorithm::Logistic,
        }
    }
}

/// Rows to learn from, with what they weigh.
#[derive(Debug, Clone)]
pub(crate) struct Weighted {
    pub(crate) rows: Vec<usize>,
    /// Sums up to `effective`.
    pub(crate) weights: Vec<f64>,
    /// The group of each row.
    pub(crate) groups: Vec<usize>,
    /// How many examples of equal weight say as much; a group is one example.
    pub(crate) effective: f64,
    /// The share that ended well.
    pub(crate) rate: f64,
}

impl Weighted {
    /// Weighs rows: what the row says, halved for every half-life before the newest. Together they count as many examples as
    /// there are groups, so to speak: rows of a group say much the same.
    pub(crate) fn of(data: &Dataset, rows: &[usize], groups: &[usize], half_life_days: Option<f64>) -> Self {
        let own: Vec<usize> = rows.iter().filter_map(|at| groups.get(*at).copied()).collect();
        let known = |at: &usize| data.rows.get(*at).and_then(|row| row.ended.or(row.at));
        let newest = rows.iter().filter_map(known).max();
        let mut weights: Vec<f64> = rows
            .iter()
            .map(|at| {
                let weight = data.rows.get(*at).map_or(0.0, |row| row.weight);
                let age = match (known(at), newest) {
                    (Some(known), Some(newest)) => (newest - known).as_seconds_f64() / 86_400.0,
                    // From no known time: as old as can be told, which is not at all.
                    _ => 0.0,
                };
                let decay = half_life_days.map_or(1.0, |half| 0.5_f64.powf((age / half).min(40.0)));
                weight.min(1e6) * decay
            })
            .collect();
        let mut of_group = BTreeMap::<usize, f64>::new();
        for (weight, group) in weights.iter().zip(&own) {
            *of_group.entry(*group).or_default() += weight;
        }
        let effective = effective(of_group.values().copied());
        let sum: f64 = weights.iter().sum();
        for weight in &mut weights {
            *weight *= effective / sum.max(f64::MIN_POSITIVE);
        }
        let good: f64 = rows
            .iter()
            .zip(&weights)
            .filter(|(at, _)| data.rows.get(**at).is_some_and(|row| row.label))
            .map(|(_, weight)| weight)
            .sum();
        Self {
            rows: rows.to_vec(),
            weights,
            groups: own,
            effective,
            rate: ((good + 0.5) / (effective + 1.0)).clamp(1e-6, 1.0 - 1e-6),
        }
    }

    /// The fold of each row: that of its group, drawn by the seed.
    pub(crate) fn folds(&self, seed: u64) -> Vec<usize> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(1);
        let mut drawn = BTreeMap::new();
        self.groups
            .iter()
            .map(|group| {
                *drawn
                    .entry(*group)
                    .or_insert_with(|| random.random_range(0..crate::encode::FOLDS))
            })
            .collect()
    }

    /// The rows encoded, with how to encode others.
    pub(crate) fn examples(&self, data: &Dataset, profile: &Profile, seed: u64) -> (Encoder, Examples) {
        let (encoder, matrix) = Encoder::fit(data, profile, &self.rows, &self.weights, &self.folds(seed));
        let labels = self
            .rows
            .iter()
            .map(|at| data.rows.get(*at).is_some_and(|row| row.label))
            .collect();
        (
            encoder,
            Examples {
                matrix,
                labels,
                weights: self.weights.clone(),
            },
        )
    }
}

/// What came of fitting.
#[derive(Debug)]
pub(crate) struct Fitted {
    pub(crate) model: Model,
    /// Calibrated probabilities of the rows that the line was fitted on, with their outcomes and weights.
    pub(crate) unseen: Vec<Told>,
    /// Whether these rows were later than what was learned from to foretell them.
    pub(crate) is_later: bool,
}

/// Fits refits on bootstrap samples of the groups, says how far their mean leans on the prior, and calibrates what is said
/// in the end: on rows that they had not drawn first, and from there on what earlier rows foretold of later ones.
///
/// Breiman, "Bagging predictors", Machine Learning 24, 1996, and "Out-of-bag estimation", 1996; the spread of refits as
/// doubt: Efron, "Bootstrap methods", Annals of Statistics 7, 1979.
pub(crate) fn fit(
    data: &Dataset,
    profile: &Profile,
    weighted: &Weighted,
    recipe: Recipe,
    options: &TrainOptions,
    progress: &(dyn Fn(Step) + Sync),
) -> Result<Fitted, TrainError> {
    let (encoder, examples) = weighted.examples(data, profile, options.seed);
    let refits = refits(&encoder, &examples, weighted, recipe, options, progress)?;
    let (prior_share, prior_variance) = lean(options.prior, weighted);
    let rate = logit(weighted.rate);
    let prior = options
        .prior
        .and_then(|prior| prior.log_odds)
        .filter(|prior| prior.is_finite())
        .unwrap_or(rate);
    let not_drawn = unseen(data, weighted, &examples, &refits, prior);
    let first = not_drawn.calibrate(Affine::IDENTITY, prior_share);
    let later = foretold(data, profile, weighted, recipe, prior, options)?;
    let is_later = !later.said.is_empty();
    let (calibration, rows) = if is_later {
        (later.calibrate(first.moved(), prior_share), later)
    } else {
        (first, not_drawn)
    };
    let unseen = rows.told(calibration, prior_share);
    Ok(Fitted {
        model: Model {
            algorithm: recipe.algorithm(),
            columns: data.columns.clone(),
            encoder,
            members: refits.into_iter().map(|refit| refit.learner).collect(),
            calibration,
            prior_share,
            prior_variance,
            prior,
            rate,
        },
        unseen,
        is_later,
    })
}

/// What is believed of rows.
pub(crate) fn priors_of(data: &Dataset, rows: &[usize], prior: f64) -> Vec<f64> {
    rows.iter()
        .map(|at| {
            let own = data.rows.get(*at).and_then(|row| row.prior);
            own.filter(|own| own.is_finite()).unwrap_or(prior)
        })
        .collect()
}

/// The share of the prior, and the variance of its log-odds.
///
/// Examples count by what they say of a rate: as many of an even mix. A prior worth `strength` of them is as unsure as a rate
/// that was seen in as many.
fn lean(prior: Option<Prior>, weighted: &Weighted) -> (f64, f64) {
    let Some(prior) = prior.filter(|prior| prior.strength > 0.0 && prior.strength.is_finite()) else {
        return (0.0, 0.0);
    };
    let even = 4.0 * weighted.rate * (1.0 - weighted.rate) * weighted.effective;
    (prior.strength / (prior.strength + even), 4.0 / prior.strength)
}

/// A learner and how often its sample had each row.
pub(crate) struct Refit {
    pub(crate) learner: Learner,
    drawn: Vec<u8>,
}

/// Fits learners on bootstrap samples, in the order of their numbers.
pub(crate) fn refits(
    encoder: &Encoder,
    examples: &Examples,
    weighted: &Weighted,
    recipe: Recipe,
    options: &TrainOptions,
    progress: &(dyn Fn(Step) + Sync),
) -> Result<Vec<Refit>, TrainError> {
    let of = options.refits;
    let threads = match options.threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        threads => threads,
    };
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let found: Mutex<BTreeMap<usize, Result<Refit, String>>> = Mutex::default();
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= of || options.stop.is_asked() {
                return;
            }
            let refit = refit(encoder, examples, weighted, recipe, options.seed, at);
            if let Ok(mut found) = found.lock() {
                found.insert(at, refit);
            }
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            progress(Step::Refit { done, of });
        }
    };
    let failed = |reason: String| TrainError::Algorithm {
        algorithm: recipe.algorithm().name(),
        reason,
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.clamp(1, of.max(1)))
            .map(|_| scope.spawn(work))
            .collect();
        let ends: Vec<_> = workers
            .into_iter()
            .map(std::thread::ScopedJoinHandle::join)
            .collect();
        ends.into_iter()
            .collect::<Result<(), _>>()
            .map_err(|_| failed("it broke off".to_owned()))
    })?;
    options.stop.check()?;
    let found = found
        .into_inner()
        .map_err(|_| failed("it broke off".to_owned()))?;
    found
        .into_values()
        .collect::<Result<Vec<Refit>, String>>()
        .map_err(failed)
}

fn refit(
    encoder: &Encoder,
    examples: &Examples,
    weighted: &Weighted,
    recipe: Recipe,
    seed: u64,
    at: usize,
) -> Result<Refit, String> {
    let drawn = draw(&examples.labels, &weighted.groups, seed, at);
    let rows: Vec<usize> = (0..drawn.len())
        .filter(|row| drawn.get(*row).is_some_and(|times| *times > 0))
        .collect();
    let mut sample = examples.take(&rows);
    for (weight, row) in sample.weights.iter_mut().zip(&rows) {
        *weight *= f64::from(drawn.get(*row).copied().unwrap_or(0));
    }
    let learner = match recipe {
        Recipe::Boosting { rounds } => {
            let how = Boosting::for_examples(weighted.effective).rounds(rounds);
            Learner::Forest(boost(&sample, &how, seed.wrapping_add(at as u64))?)
        }
        Recipe::Logistic { penalty } => Learner::Linear(logistic(&sample, encoder, penalty)?),
    };
    Ok(Refit { learner, drawn })
}

/// How often each row is in a bootstrap sample of the groups, at least one row of either outcome.
///
/// Each group is drawn a Poisson-distributed number of times, which is the bootstrap as samples grow: Oza and Russell,
/// "Online bagging and boosting", 2001.
fn draw(labels: &[bool], groups: &[usize], seed: u64, at: usize) -> Vec<u8> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(2 + at as u64);
    loop {
        let mut times = BTreeMap::new();
        let drawn: Vec<u8> = groups
            .iter()
            .map(|group| *times.entry(*group).or_insert_with(|| poisson(&mut random)))
            .collect();
        let has = |outcome: bool| {
            let mut rows = drawn.iter().zip(labels);
            rows.any(|(times, label)| *times > 0 && *label == outcome)
        };
        if has(true) && has(false) {
            return drawn;
        }
    }
}

/// A Poisson number of mean 1, by Knuth's product of uniforms.
fn poisson(random: &mut ChaCha8Rng) -> u8 {
    let (mut product, mut times) = (random.random::<f64>(), 0_u8);
    while product > (-1.0_f64).exp() && times < 20 {
        product *= random.random::<f64>();
        times += 1;
    }
    times
}

/// The mean log-odds of each row that some refits had not drawn, by those.
fn unseen(
    data: &Dataset,
    weighted: &Weighted,
    examples: &Examples,
    refits: &[Refit],
    prior: f64,
) -> Foretold {
    let mut found = Foretold::default();
    let mut rows = Vec::new();
    for at in 0..examples.matrix.rows {
        let strangers = refits
            .iter()
            .filter(|refit| refit.drawn.get(at).is_some_and(|times| *times == 0));
        let row = examples.matrix.row(at);
        let (sum, n) = strangers.fold((0.0, 0_u32), |(sum, n), refit| {
            (sum + refit.learner.log_odds(&row), n + 1)
        });
        let (Some(place), Some(label), Some(weight)) = (
            weighted.rows.get(at),
            examples.labels.get(at),
            examples.weights.get(at),
        ) else {
            continue;
        };
        if n > 0 {
            rows.push(*place);
            found.said.push(sum / f64::from(n));
            found.labels.push(*label);
            found.weights.push(*weight);
        }
    }
    found.priors = priors_of(data, &rows, prior);
    found
}
