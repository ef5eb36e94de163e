//! A plain logistic regression and what it is judged by: nothing that the service would use.

/// Weights by gradient descent on standardised columns; the first one is the intercept.
pub(super) fn logistic(rows: &[(Vec<f64>, bool)]) -> Model {
    let width = rows[0].0.len();
    let count = rows.len() as f64;
    let mean: Vec<f64> = (0..width)
        .map(|at| rows.iter().map(|row| row.0[at]).sum::<f64>() / count)
        .collect();
    let spread: Vec<f64> = (0..width)
        .map(|at| {
            let squares = rows.iter().map(|row| (row.0[at] - mean[at]).powi(2)).sum::<f64>();
            (squares / count).sqrt().max(1e-9)
        })
        .collect();
    let mut model = Model {
        weights: vec![0.0; width + 1],
        mean,
        spread,
    };
    for _ in 0..250 {
        let mut slope = vec![0.0; width + 1];
        for (row, outcome) in rows {
            let scaled = model.scaled(row);
            let miss = model.of(&scaled) - f64::from(u8::from(*outcome));
            for (slope, value) in slope.iter_mut().zip(&scaled) {
                *slope += miss * value;
            }
        }
        for (weight, slope) in model.weights.iter_mut().zip(&slope) {
            *weight -= 0.8 * (slope / count + 0.002 * *weight);
        }
    }
    model
}

pub(super) struct Model {
    weights: Vec<f64>,
    mean: Vec<f64>,
    spread: Vec<f64>,
}

impl Model {
    fn scaled(&self, row: &[f64]) -> Vec<f64> {
        let columns = row.iter().zip(self.mean.iter().zip(&self.spread));
        std::iter::once(1.0)
            .chain(columns.map(|(value, (mean, spread))| (value - mean) / spread))
            .collect()
    }

    fn of(&self, scaled: &[f64]) -> f64 {
        let odds: f64 = scaled
            .iter()
            .zip(&self.weights)
            .map(|(value, weight)| value * weight)
            .sum();
        1.0 / (1.0 + (-odds).exp())
    }

    pub(super) fn score(&self, row: &[f64]) -> f64 {
        self.of(&self.scaled(row))
    }
}

/// How often a winner is ranked before a loser.
pub(super) fn auc(scored: &[(f64, bool)]) -> f64 {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut losers, mut pairs, mut winners) = (0.0, 0.0, 0.0);
    for (_, outcome) in sorted {
        if outcome {
            winners += 1.0;
            pairs += losers;
        } else {
            losers += 1.0;
        }
    }
    pairs / (winners * losers)
}

/// Trains on three quarters of the groups and judges the fourth, each in turn. Rows of one group stay together.
pub(super) fn auc_across(rows: &[(usize, Vec<f64>, bool)]) -> f64 {
    let folds = (0..4).map(|fold| {
        let (test, train): (Vec<_>, Vec<_>) = rows.iter().partition(|(group, ..)| group % 4 == fold);
        let train: Vec<(Vec<f64>, bool)> = train
            .into_iter()
            .map(|(_, row, outcome)| (row.clone(), *outcome))
            .collect();
        let model = logistic(&train);
        let scored: Vec<(f64, bool)> = test
            .iter()
            .map(|(_, row, outcome)| (model.score(row), *outcome))
            .collect();
        auc(&scored)
    });
    folds.sum::<f64>() / 4.0
}
