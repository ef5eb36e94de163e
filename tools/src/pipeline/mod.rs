//! Questions about the numbers, from words to a card: for pages that ask at once, and as tools of an agent.
//!
//! [`ask`] reads a question with the parser and answers it. The tools do the same in steps, for a model that writes the
//! typed query itself. Either way code writes every word and number that the asker sees.

mod ask;
mod ask_back;
mod cards;
mod chart;
mod decline;
mod describe;
mod read_question;
mod refused;
mod run_query;
mod visible;

pub use ask::{Question, Understood, answer_to, ask, too_much, understand};
pub use ask_back::{AskBack, AskBackArgs};
pub use chart::{Chart, ChartArgs, Mark};
pub use decline::{Decline, DeclineArgs, NoAnswer};
pub use describe::{DescribeMetrics, DescribeMetricsArgs, DescribeMetricsOutput};
pub use read_question::{ReadQuestion, ReadQuestionArgs, ReadQuestionOutput};
pub use run_query::{RunQuery, RunQueryArgs};
pub use visible::{query_schema, visible};

use crate::{
    Settled,
    card::{AnswerCard, CardKind},
};

/// A card as the end of a run.
fn settle(card: &AnswerCard) -> Settled {
    Settled {
        text: card.sentence.clone(),
        card: serde_json::to_value(card).unwrap_or_default(),
        abstained: card.kind == CardKind::Declined,
    }
}
