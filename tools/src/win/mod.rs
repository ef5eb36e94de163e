//! How likely a deal is won, why, and what to do: as tools of an agent, and for pages that ask at once.
//!
//! [`Advisor::card`] puts everything together for a reader. The tools each show a part of it and end the run: a model
//! chooses what is looked at and may word the tasks, code writes every number and every other word.

mod advisor;
mod beside;
mod card;
mod explain_score;
mod find;
mod no_answer;
mod open_tasks;
mod past;
mod ranked;
mod score_opportunity;
mod seen;
mod similar_deals;
mod suggest_next_steps;
mod take_step;
mod words;

pub use advisor::{Advisor, Parts};
pub use card::{Deal, Ended, ShownModel, ShownScore, WinCard, WinKind, WinState};
pub use explain_score::ExplainScore;
pub use find::{Found, find, find_in};
pub use no_answer::{NoWinAnswer, NoWinAnswerArgs, WhyNot};
pub use past::{MovedDeal, PastScore};
pub use ranked::{Change, DealOrder, OpenDeals, RankedDeal};
pub use score_opportunity::{DealArgs, ScoreOpportunity};
pub use similar_deals::FindSimilarDeals;
pub use suggest_next_steps::{StepWords, SuggestNextSteps, SuggestNextStepsArgs, SuggestNextStepsOutput};
pub use take_step::{TakeStep, Taken, take_step};

use crate::{Settled, ToolCtx, ToolError};

/// What cannot be found, in words.
const NOT_FOUND: &str =
    "There is no such deal that you may see. Name the deal as it is called, or open it and ask there.";
/// What a question without a deal is answered with.
const WHICH: &str = "Which deal? Name it as it is called, or open it and ask there.";
/// What is said of other records.
const NO_DEAL: &str = "Only deals have a win probability; this is something else.";

/// A card as the end of a run.
fn settle(card: &WinCard) -> Settled {
    Settled {
        text: card.sentence.clone(),
        card: serde_json::to_value(card).unwrap_or_default(),
        abstained: card.kind == WinKind::Declined,
    }
}

/// The card of the deal that is meant, with these parts; or a card that says why there is none.
async fn looked(
    advisor: &Advisor,
    ctx: &ToolCtx,
    said: Option<&str>,
    parts: Parts,
) -> Result<WinCard, ToolError> {
    let found = match said {
        Some(said) => find(&ctx.store, said).await,
        None => find_in(&ctx.store, &ctx.question).await,
    };
    let found = match found {
        // A role that may read no deals is told the same as one that sees none.
        Err(crm_store::StoreError::Refused { .. } | crm_store::StoreError::Forbidden) => Found::None,
        other => other?,
    };
    Ok(match found {
        Found::One(id) => match advisor
            .card(&ctx.store, Some(ctx.retriever.as_ref()), id, parts)
            .await?
        {
            Some(card) => card,
            None => WinCard::saying(WinKind::Declined, NOT_FOUND),
        },
        Found::Several(choices) => WinCard {
            choices,
            ..WinCard::saying(
                WinKind::Clarification,
                "More than one deal can be meant. Which one?",
            )
        },
        Found::None if said.is_none() => WinCard::saying(WinKind::Declined, WHICH),
        Found::None => WinCard::saying(WinKind::Declined, NOT_FOUND),
        Found::Other(_) => WinCard::saying(WinKind::Declined, NO_DEAL),
    })
}

/// One line on what a card shows.
fn summary(card: &WinCard) -> String {
    match (&card.kind, &card.score) {
        (WinKind::Win, Some(score)) => crate::predictions::terms::percent(score.probability),
        (WinKind::Win, None) => "not scored yet".to_owned(),
        (WinKind::Ended, _) => "has ended".to_owned(),
        (WinKind::Clarification, _) => format!("{} deals", card.choices.len()),
        (WinKind::Declined, _) => "no answer".to_owned(),
    }
}
