//! From rows to a model and what is known about it.

use crate::{
    Algorithm, Card, Dataset, Measures, Model, Step, TrainError, TrainOptions, card::is_better,
    metrics::count, model::logit, split,
};

/// What came of training.
#[derive(Debug, Clone, PartialEq)]
pub struct Trained {
    /// The model, learned from the rows that were not set aside.
    pub model: Model,
    /// How good it is.
    pub card: Card,
    /// The rows it was measured on, by their places in the dataset: an active model is compared on the same ones.
    pub test: Vec<usize>,
}

/// Learns from the rows and measures on those set aside.
///
/// Takes as many threads as the options say and returns when all have ended: call it where blocking is allowed.
pub fn train(
    data: &Dataset,
    options: &TrainOptions,
    progress: &(dyn Fn(Step) + Sync),
) -> Result<Trained, TrainError> {
    let groups = split::groups(data);
    let rows = split::counted(data);
    let have = split::tally(data, &rows, &groups);
    let need = options.minimum;
    if have.closed < need.closed || have.won < need.won || have.lost < need.lost {
        return Err(TrainError::NotEnough { have, need });
    }
    let parts = split::split(data, &rows, &groups, options.split, options.seed)?;
    let won = parts
        .train
        .iter()
        .filter(|at| data.rows.get(**at).is_some_and(|row| row.label))
        .count();
    let rate = logit(count(won) / count(parts.train.len()));
    let model = Model {
        algorithm: Algorithm::BaseRate,
        columns: data.columns.clone(),
        prior: options.prior.and_then(|prior| prior.log_odds).unwrap_or(rate),
    };
    progress(Step::Measuring);
    let measures = model.measure(data, &parts.test);
    let counts = split::tally(data, &parts.train, &groups);
    let span = |rows: &[usize]| {
        let mut moments = rows.iter().filter_map(|at| data.rows.get(*at)?.at);
        let first = moments.next()?;
        Some(moments.fold((first, first), |(low, high), at| (low.min(at), high.max(at))))
    };
    let card = Card {
        algorithm: model.algorithm,
        verdict: is_better(&measures, None),
        n_train: parts.train.len(),
        groups_train: counts.closed,
        n_calibrate: 0,
        effective_examples: count(counts.closed),
        prior_share: 1.0,
        trained_on: span(&parts.train),
        tested_on: span(&parts.test),
        comparison: Vec::new(),
        backtest: Vec::new(),
        drift: Vec::new(),
        factors: Vec::new(),
        unusable: Vec::new(),
        warnings: Vec::new(),
        measures,
    };
    Ok(Trained {
        model,
        card,
        test: parts.test,
    })
}

impl Model {
    /// Measures this model on rows of a dataset with its columns, by their places.
    pub fn measure(&self, data: &Dataset, rows: &[usize]) -> Measures {
        let groups = split::groups(data);
        let (mut said, mut base, mut labels, mut of) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for at in rows {
            let (Some(row), Some(group)) = (data.rows.get(*at), groups.get(*at)) else {
                continue;
            };
            said.push(self.predict(&row.values, row.prior).probability);
            base.push(crate::model::sigmoid(row.prior.unwrap_or(self.prior)));
            labels.push(row.label);
            of.push(*group);
        }
        Measures::of(&said, &base, &labels, &of)
    }
}
