//! From rows to a model and what is known about it.

use crate::{
    Card, Dataset, Measures, Model, Split, Step, TrainError, TrainOptions, Verdict,
    calibrate::isotonic_gain,
    card::Subjects,
    choose::choose,
    encode::Profile,
    fit::{Fitted, Weighted, fit},
    judge::is_better,
    metrics::told::Told,
    model::sigmoid,
    report,
    split::{self, Parts},
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
    check(options)?;
    let groups = split::groups(data);
    let rows = split::counted(data);
    let have = split::tally(data, &rows, &groups);
    let need = options.minimum;
    if !have.reach(need) {
        return Err(TrainError::NotEnough { have, need });
    }
    let parts = split::split(data, &rows, &groups, options.split, options.seed)?;
    let profile = Profile::of(data, &parts.train);
    if profile.used.is_empty() {
        let reasons = profile.unusable.iter().take(3);
        let reasons: Vec<String> = reasons
            .map(|column| format!("{} {}", column.column, column.reason))
            .collect();
        return Err(TrainError::NoUsableColumn(reasons.join("; ")));
    }
    progress(Step::Comparing);
    let (recipe, comparison) = choose(data, &profile, &parts.train, &groups, options)?;
    let weighted = Weighted::of(data, &parts.train, &groups, options.half_life_days);
    let fitted = fit(data, &profile, &weighted, recipe, options, progress)?;
    progress(Step::Measuring);
    options.stop.check()?;
    let measures = fitted.model.measure(data, &parts.test);
    let card = Card {
        algorithm: recipe.algorithm(),
        verdict: is_better(&measures, None),
        n_train: parts.train.len(),
        groups_train: split::tally(data, &parts.train, &groups).closed,
        subjects: Subjects::of(data, &parts),
        n_calibrate: fitted.unseen.len(),
        calibrated_later: fitted.is_later,
        effective_examples: weighted.effective,
        prior_share: fitted.model.prior_share,
        isotonic_gain: steps(data, &fitted, &parts),
        left_out: 0,
        window_days: None,
        trained_on: span(data, &parts.train),
        tested_on: span(data, &parts.test),
        comparison,
        backtest: report::backtest(data, &profile, &rows, &groups, recipe, options),
        drift: report::drift(data, &profile, &parts.train, &parts.test),
        factors: report::factors(data, &fitted.model, &parts.test),
        unusable: profile.unusable.clone(),
        warnings: Vec::new(),
        measures,
    };
    // What was asked to stop meanwhile is not whole.
    options.stop.check()?;
    Ok(Trained {
        card: Card {
            warnings: warnings(&card, &profile, options),
            ..card
        },
        model: fitted.model,
        test: parts.test,
    })
}

fn check(options: &TrainOptions) -> Result<(), TrainError> {
    if options.refits < 5 {
        return Err(TrainError::Option(format!(
            "an interval needs at least 5 refits, not {}",
            options.refits
        )));
    }
    match options.half_life_days {
        Some(days) if !(days > 0.0 && days.is_finite()) => Err(TrainError::Option(format!(
            "the half-life has to be above 0 days, not {days}"
        ))),
        _ => Ok(()),
    }
}

type Span = Option<(chrono::DateTime<chrono::Utc>, chrono::DateTime<chrono::Utc>)>;

fn span(data: &Dataset, rows: &[usize]) -> Span {
    let moments = || rows.iter().filter_map(|at| data.rows.get(*at)?.at);
    Some((moments().min()?, moments().max()?))
}

/// What rising steps would gain over the line, on the rows set aside.
fn steps(data: &Dataset, fitted: &Fitted, parts: &Parts) -> f64 {
    isotonic_gain(&fitted.unseen, &fitted.model.tell(data, &parts.test))
}

fn warnings(card: &Card, profile: &Profile, options: &TrainOptions) -> Vec<String> {
    let mut warnings = profile.warnings.clone();
    match card.verdict {
        Verdict::Better => {}
        Verdict::NotBetterThanBaseRate | Verdict::NotBetterThanActive => warnings.push(format!(
            "not better than the base rate: log loss {:.4}, of the base rate {:.4}, of the prior {:.4}; as good by chance in \
             {:.1} % of cases; do not use it",
            card.measures.log_loss,
            card.measures.log_loss_base,
            card.measures.log_loss_prior,
            100.0 * card.measures.by_chance
        )),
    }
    if card.groups_train < Card::FEW {
        warnings.push(format!(
            "rests on few examples: {}; the intervals are wide for a reason",
            card.groups_train
        ));
    }
    let drifted: Vec<&str> = card
        .drift
        .iter()
        .filter(|drift| drift.psi > 0.25)
        .map(|drift| drift.name.as_str())
        .take(5)
        .collect();
    if !drifted.is_empty() {
        let measured = match options.split {
            Split::Time { .. } => "later rows",
            Split::Random { .. } => "the rows measured on",
        };
        warnings.push(format!(
            "in {measured} these columns look different from those learned from: {}",
            drifted.join(", ")
        ));
    }
    warnings
}

impl Model {
    /// Measures this model on rows of a dataset with its columns, by their places.
    ///
    /// Rows count by their weights. Without it, each row's own prior would be said, or the rate of the rows that it learned from.
    pub fn measure(&self, data: &Dataset, rows: &[usize]) -> Measures {
        let told = self.tell(data, rows);
        let without: Vec<f64> = rows
            .iter()
            .filter_map(|at| data.rows.get(*at))
            .map(|row| {
                let prior = row.prior.filter(|prior| prior.is_finite());
                sigmoid(prior.unwrap_or(self.rate))
            })
            .collect();
        Measures::of(&told, &without)
    }

    /// What it says of rows of a dataset, with what happened.
    pub(crate) fn tell(&self, data: &Dataset, rows: &[usize]) -> Vec<Told> {
        let groups = split::groups(data);
        rows.iter()
            .filter_map(|at| Some((data.rows.get(*at)?, groups.get(*at)?)))
            .map(|(row, group)| Told {
                probability: self.probability(&row.values, row.prior),
                label: row.label,
                // As in training.
                weight: if row.weight.is_nan() {
                    0.0
                } else {
                    row.weight.clamp(0.0, 1e6)
                },
                group: *group,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
