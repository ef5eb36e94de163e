//! What earlier rows foretold of later ones: what a line is calibrated on.

use chrono::{DateTime, Utc};

use crate::{
    Dataset, Split, TrainError, TrainOptions,
    calibrate::Affine,
    encode::Profile,
    fit::{Recipe, Weighted, priors_of, refits},
    metrics::told::Told,
    model::sigmoid,
    split,
};

/// Where the rows to learn from are cut in the order of time, as shares of them: what lies between two cuts is foretold by
/// what was seen before the first. Nothing is foretold from less than half of the rows, which would make for another model.
const WINDOWS: [(f64, f64); 2] = [(0.5, 0.75), (0.75, 1.0)];

/// Log-odds of rows by refits that had not seen them, with how they ended, what they weigh and what was believed of them.
#[derive(Debug, Default)]
pub(crate) struct Foretold {
    pub(crate) said: Vec<f64>,
    pub(crate) labels: Vec<bool>,
    pub(crate) weights: Vec<f64>,
    pub(crate) priors: Vec<f64>,
}

impl Foretold {
    /// The line that makes what is said in the end most likely, from the line that is believed before looking.
    pub(crate) fn calibrate(&self, before: Affine, prior_share: f64) -> Affine {
        before.refit(&self.said, &self.labels, &self.weights, prior_share, &self.priors)
    }

    /// What is said of these rows in the end.
    pub(crate) fn told(&self, calibration: Affine, prior_share: f64) -> Vec<Told> {
        self.said
            .iter()
            .zip(&self.priors)
            .zip(self.labels.iter().zip(&self.weights))
            .enumerate()
            .map(|(group, ((said, prior), (label, weight)))| {
                let own = calibration.apply(*said);
                Told {
                    probability: sigmoid(own + prior_share * (prior - own)),
                    label: *label,
                    weight: *weight,
                    group,
                }
            })
            .collect()
    }
}

/// Foretells later ones of the rows to learn from by refits of earlier ones; nothing where rows have no time.
///
/// With a rolling origin (forward chaining): Tashman, "Out-of-sample tests of forecasting accuracy", International Journal of
/// Forecasting 16, 2000. A record that was seen before a cut is not foretold from it on, so none is on both sides. Outcomes of
/// earlier rows may have become known after the cut: all are known by the time of training.
pub(crate) fn foretold(
    data: &Dataset,
    profile: &Profile,
    weighted: &Weighted,
    recipe: Recipe,
    prior: f64,
    options: &TrainOptions,
) -> Result<Foretold, TrainError> {
    if !matches!(options.split, Split::Time { .. }) {
        return Ok(Foretold::default());
    }
    let groups = split::groups(data);
    let mut moments: Vec<DateTime<Utc>> = weighted
        .rows
        .iter()
        .filter_map(|at| data.rows.get(*at)?.at)
        .collect();
    moments.sort_unstable();
    let moment = |share: f64| moments.get(split::share(moments.len(), share)).copied();
    let (mut rows, mut said) = (Vec::new(), Vec::new());
    for (from, to) in WINDOWS {
        let Some(cut) = moment(from) else { continue };
        let parts = split::seen_before(data, &weighted.rows, &groups, cut, moment(to));
        let have = split::tally(data, &parts.train, &groups);
        if parts.test.is_empty() || !have.reach(options.minimum) {
            continue;
        }
        let earlier = Weighted::of(data, &parts.train, &groups, options.half_life_days);
        let (encoder, examples) = earlier.examples(data, profile, options.seed);
        let refits = refits(&encoder, &examples, &earlier, recipe, options, &|_| ())?;
        let matrix = encoder.encode_all(data, &parts.test);
        said.extend((0..matrix.rows).map(|at| {
            let row = matrix.row(at);
            let sum: f64 = refits.iter().map(|refit| refit.learner.log_odds(&row)).sum();
            sum / crate::metrics::count(refits.len().max(1))
        }));
        rows.extend(parts.test);
    }
    Ok(Foretold {
        said,
        labels: rows
            .iter()
            .map(|at| data.rows.get(*at).is_some_and(|row| row.label))
            .collect(),
        weights: Weighted::of(data, &rows, &groups, options.half_life_days).weights,
        priors: priors_of(data, &rows, prior),
    })
}

#[cfg(test)]
mod tests;
