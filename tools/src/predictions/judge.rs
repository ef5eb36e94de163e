//! Whether a new model is better than the active one, and whether it may take its place by itself.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use crm_predict::{Card, Dataset, Measures, Trained, Verdict, is_better};
use crm_store::models::{ModelKind, PredictiveModel};
use serde_json::json;

use super::{Active, train::MINIMUM};

/// A candidate that was compared.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    pub(super) why: String,
    pub(super) metrics: serde_json::Value,
    pub(super) card: Card,
}

/// Compares a new model with the active one on the same later records, which neither learned from.
pub(super) fn judge(active: Option<&Active>, data: &Dataset, trained: &Trained, kind: ModelKind) -> Judged {
    let candidate = &trained.card.measures;
    // Records that ended before the active model was trained may be among those that it learned from: it is compared on
    // the same rows all the same, which can only flatter it.
    let other = active.map(|active| measure(active, data, &trained.test));
    let verdict = is_better(candidate, other.as_ref());
    let gain = (1.0 - candidate.brier / candidate.brier_base.max(f64::MIN_POSITIVE)) * 100.0;
    let things = things(kind);
    let measured = format!(
        "on {} later {things} its log loss is {:.4}",
        candidate.groups_test, candidate.log_loss
    );
    let why = match (verdict, &other) {
        (Verdict::Better, None) => format!(
            "It is the first that is better than the base rate: {measured}, the base rate's {:.4}; the Brier score is \
             {gain:.0} % lower.",
            candidate.log_loss_base
        ),
        (Verdict::Better, Some(other)) => format!(
            "It is better than the model before: {measured}, the other's {:.4}.",
            other.log_loss
        ),
        (Verdict::NotBetterThanBaseRate, _) => format!(
            "It is not {}better than the base rate: {measured}, the base rate's {:.4}, that of what is said without a model {:.4} \
             (give or take {:.4}); {:.1} % of outcomes dealt out at random fit it as well.",
            if candidate.log_loss < candidate.log_loss_base {
                "surely "
            } else {
                ""
            },
            candidate.log_loss_base,
            candidate.log_loss_prior,
            candidate.log_loss_gain_error,
            candidate.by_chance * 100.0
        ),
        (Verdict::NotBetterThanActive, other) => format!(
            "It is not better than the active model: {measured}, the active one's {:.4}.",
            other.as_ref().map_or(f64::NAN, |other| other.log_loss)
        ),
    };
    let metrics = json!({
        "algorithm": trained.card.algorithm,
        "auc": candidate.auc,
        "brier": candidate.brier,
        "brier_base": candidate.brier_base,
        "log_loss": candidate.log_loss,
        "log_loss_base": candidate.log_loss_base,
        "log_loss_prior": candidate.log_loss_prior,
        "by_chance": candidate.by_chance,
        "ece": candidate.ece,
        "base_rate": candidate.base_rate,
        "n_test": candidate.n_test,
        "groups_test": candidate.groups_test,
        "compared_with": active.zip(other.as_ref()).map(|(active, other)| json!({
            "number": active.number, "log_loss": other.log_loss, "auc": other.auc, "brier": other.brier,
        })),
    });
    let mut card = trained.card.clone();
    card.verdict = verdict;
    Judged {
        verdict,
        why,
        metrics,
        card,
    }
}

/// What is counted of a kind, in words: customers do not end, so it is looks at them.
const fn things(kind: ModelKind) -> &'static str {
    match kind {
        ModelKind::Win => "deals",
        ModelKind::Lead => "leads",
        ModelKind::Churn => "looks at customers",
    }
}

/// Measures the active model on rows of a dataset whose columns may be others.
fn measure(active: &Active, data: &Dataset, rows: &[usize]) -> Measures {
    if active.model.columns() == data.columns.as_slice() {
        return active.model.measure(data, rows);
    }
    let places: Vec<Option<usize>> = active
        .model
        .columns()
        .iter()
        .map(|column| data.columns.iter().position(|known| known == column))
        .collect();
    let mut own = Dataset {
        columns: active.model.columns().to_vec(),
        rows: data.rows.clone(),
    };
    for row in &mut own.rows {
        row.values = places
            .iter()
            .map(|place| {
                place
                    .and_then(|place| row.values.get(place).cloned())
                    .unwrap_or_default()
            })
            .collect();
    }
    active.model.measure(&own, rows)
}

/// Why a model that somebody chose stays for now although a better one was learned; none where nobody chose it, or where
/// enough has ended since. The records that it was chosen over would else only bring back what was there before.
pub(super) fn chosen(stands: &PredictiveModel, kind: ModelKind, data: &Dataset) -> Option<String> {
    let since = stands.chosen_at()?;
    let ended = ended_since(data, since);
    let things = things(kind);
    (ended < MINIMUM.closed).then(|| {
        format!(
            "But somebody chose model {} on {}, and {ended} {things} have ended since: from {} on, or when somebody asks, a \
             better one takes its place.",
            stands.number,
            since.date_naive(),
            MINIMUM.closed
        )
    })
}

/// How many records ended after a moment.
fn ended_since(data: &Dataset, since: DateTime<Utc>) -> usize {
    let late = data
        .rows
        .iter()
        .filter(|row| row.ended.is_some_and(|ended| ended > since));
    late.map(|row| &row.group).collect::<BTreeSet<_>>().len()
}
