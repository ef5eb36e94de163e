//! How people agree with models, as clients see it.

use crm_store::agreement::Agreement;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// How people agree with a model.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AgreementView {
    /// The model; null for the prior.
    model_id: Option<Uuid>,
    /// Its number.
    number: Option<i32>,
    /// Words of people that agree; of leads another probability within five points.
    agreed: i64,
    /// Words that do not,
    disagreed: i64,
    /// because it was thought too high,
    too_high: i64,
    /// or too low.
    too_low: i64,
    /// Disagreements about records whose end is known by now.
    ended: i64,
    /// Of those, how many ended as the person thought: they were nearer.
    people_were_right: i64,
    /// Of those about which the person gave a probability of their own, such as an override of a lead's score:
    compared: i64,
    /// the Brier score of the model,
    brier_model: Option<f64>,
    /// and that of people. Lower is nearer.
    brier_people: Option<f64>,
    /// Who was nearer: `model`, `people`, `neither`, or `too_few` below 20.
    #[schema(example = "too_few")]
    nearer: &'static str,
}

impl From<Agreement> for AgreementView {
    fn from(agreement: Agreement) -> Self {
        Self {
            nearer: agreement.nearer().as_str(),
            model_id: agreement.model_id,
            number: agreement.number,
            agreed: agreement.agreed,
            disagreed: agreement.disagreed,
            too_high: agreement.too_high,
            too_low: agreement.too_low,
            ended: agreement.ended,
            people_were_right: agreement.people_were_right,
            compared: agreement.compared,
            brier_model: agreement.brier_model,
            brier_people: agreement.brier_people,
        }
    }
}
