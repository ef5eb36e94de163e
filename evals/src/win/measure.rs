//! Trains, scores, shuffles and measures.

use std::collections::BTreeMap;

use crm_predict::{Dataset, TrainError, Verdict, is_better};
use crm_store::{
    TenantStore,
    models::{ModelKind, ModelState},
};
use crm_tools::{
    forecast::{CaseQuery, ForecastError, case_forecast},
    predictions::{self, Occasion, Outcome, PredictError, Predictor, Why},
};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore as _, SeedableRng as _},
};

use super::WinFigure;
use crate::EvalError;

/// Where the shuffle begins; any number does.
const SEED: u64 = 5;
/// Scores that are read at once.
const PAGE: i64 = 500;

/// What was found of one kind in one company; figures that cannot be had are missing.
pub type Figures = BTreeMap<WinFigure, f64>;

/// Trains a model as a job would, scores everything with it, and does the same with shuffled outcomes.
pub async fn measure(tenant: &TenantStore, kind: ModelKind) -> Result<Figures, EvalError> {
    let predictor = Predictor::default();
    let mut figures = Figures::new();
    if kind == ModelKind::Churn {
        case_volume(tenant, &mut figures).await?;
    }
    let outcome = predictions::train(&predictor, tenant, kind, Occasion::Turn)
        .await
        .map_err(failed)?;
    let (Outcome::Activated(model) | Outcome::Rejected(model)) = outcome else {
        return Ok(figures);
    };
    let number = |name: &str| model.metrics.get(name).and_then(serde_json::Value::as_f64);
    for (figure, name) in [(WinFigure::Auc, "auc"), (WinFigure::Ece, "ece")] {
        if let Some(found) = number(name) {
            figures.insert(figure, found);
        }
    }
    if let (Some(brier), Some(base)) = (number("brier"), number("brier_base")) {
        figures.insert(WinFigure::BrierGain, 1.0 - brier / base);
    }
    // Asked a second time, an equal model is no better than the first one and the first one stays.
    let activated = model.state == ModelState::Active
        || model
            .metrics
            .get("compared_with")
            .is_some_and(serde_json::Value::is_object);
    figures.insert(WinFigure::Activated, f64::from(u8::from(activated)));
    predictions::score_all(&predictor, tenant, kind, Why::Model)
        .await
        .map_err(failed)?;
    figures.insert(WinFigure::SumError, sum_error(tenant, kind).await?);
    shuffled(tenant, kind, &mut figures).await?;
    Ok(figures)
}

/// How well the volume of cases is foretold, as the service would.
async fn case_volume(tenant: &TenantStore, figures: &mut Figures) -> Result<(), EvalError> {
    let query = CaseQuery {
        weeks: 4,
        queue: None,
    };
    let made = case_forecast(tenant, query).await.map_err(|error| match error {
        ForecastError::Store(error) => error.into(),
        broken @ ForecastError::Broken(_) => EvalError::Broken(broken.to_string()),
    })?;
    let told = made.total.accuracy;
    let found = [
        (WinFigure::CaseMase, told.mase),
        (WinFigure::CaseCoverage, told.coverage),
    ];
    figures.extend(
        found
            .into_iter()
            .filter_map(|(figure, value)| Some((figure, value?))),
    );
    Ok(())
}

/// The largest distance between the log-odds of a latest score and the sum of its parts; infinite when there is none.
async fn sum_error(tenant: &TenantStore, kind: ModelKind) -> Result<f64, EvalError> {
    let (mut after, mut worst, mut any) = (None, 0.0_f64, false);
    loop {
        let mut tx = tenant.begin().await?;
        let page = tx.scores(kind).page(after, PAGE).await?;
        tx.commit().await?;
        let Some(last) = page.last() else {
            return Ok(if any { worst } else { f64::INFINITY });
        };
        after = Some(last.record_id);
        any = true;
        for score in &page {
            let sum: f64 = score.terms.iter().map(|part| part.log_odds).sum();
            let said = (score.probability / (1.0 - score.probability)).ln();
            worst = worst
                .max((sum - score.log_odds).abs())
                .max((said - score.log_odds).abs());
        }
    }
}

/// Trains on outcomes that are dealt out at random among the records.
async fn shuffled(tenant: &TenantStore, kind: ModelKind, figures: &mut Figures) -> Result<(), EvalError> {
    let mut examples = predictions::examples(tenant, kind).await.map_err(failed)?;
    deal_out(&mut examples.data);
    let options = predictions::options();
    let trained = tokio::task::spawn_blocking(move || crm_predict::train(&examples.data, &options, &|_| {}))
        .await
        .map_err(|error| EvalError::Broken(error.to_string()))?;
    match trained {
        Ok(trained) => {
            let measures = &trained.card.measures;
            if let Some(auc) = measures.auc {
                figures.insert(WinFigure::ShuffledAuc, auc);
            }
            let activated = is_better(measures, None) == Verdict::Better;
            figures.insert(WinFigure::ShuffledActivated, f64::from(u8::from(activated)));
        }
        // Nothing to learn from is not activated either, nor are outcomes that were all dealt to one side of a split.
        Err(TrainError::NoUsableColumn(_) | TrainError::OneSided { .. }) => {
            figures.insert(WinFigure::ShuffledActivated, 0.0);
        }
        Err(error) => return Err(EvalError::Broken(error.to_string())),
    }
    Ok(())
}

/// Deals the outcomes out anew: all rows of a record keep one outcome.
fn deal_out(data: &mut Dataset) {
    let mut outcomes: BTreeMap<String, bool> = BTreeMap::new();
    for row in &data.rows {
        outcomes.insert(row.group.clone().unwrap_or_default(), row.label);
    }
    let mut labels: Vec<bool> = outcomes.values().copied().collect();
    let mut draw = ChaCha8Rng::seed_from_u64(SEED);
    for end in (1..labels.len()).rev() {
        let other = usize::try_from(draw.next_u64() % (end as u64 + 1)).unwrap_or_default();
        labels.swap(end, other);
    }
    for (label, outcome) in labels.into_iter().zip(outcomes.values_mut()) {
        *outcome = label;
    }
    for row in &mut data.rows {
        if let Some(label) = outcomes.get(row.group.as_deref().unwrap_or_default()) {
            row.label = *label;
        }
    }
}

fn failed(error: PredictError) -> EvalError {
    match error {
        PredictError::Store(error) => error.into(),
        other => EvalError::Broken(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use crm_predict::{Column, Row, Value};

    use super::*;

    #[test]
    fn outcomes_dealt_out_are_as_many_and_one_a_record() {
        let mut data = Dataset {
            columns: vec![Column::number("n")],
            rows: (0..300)
                .map(|n| Row {
                    group: Some(format!("{}", n / 3)),
                    ..Row::new(vec![Value::Number(f64::from(n))], n < 90)
                })
                .collect(),
        };
        let before: Vec<bool> = data.rows.iter().map(|row| row.label).collect();
        deal_out(&mut data);
        let after: Vec<bool> = data.rows.iter().map(|row| row.label).collect();
        let count = |labels: &[bool]| labels.iter().filter(|label| **label).count();
        assert_eq!(count(&before), count(&after));
        assert_ne!(before, after);
        assert!(
            after
                .chunks(3)
                .all(|record| record.iter().all(|label| *label == record[0]))
        );
    }
}
