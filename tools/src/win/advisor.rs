//! Everything that is said of a deal, put together for a reader.

use std::sync::Arc;

use crm_predict::features::DEAL_FEATURES;
use crm_rag::Retriever;
use crm_store::{StoreError, TenantStore, models::ModelKind, scores::ScorePart};
use uuid::Uuid;

use super::{
    beside::Beside,
    card::{WinCard, WinKind},
    seen::{Seen, seen},
    words::{sentence, with_similar, with_steps},
};
use crate::{
    ToolError,
    predictions::{
        PredictError, Predictor, Why,
        book::{Books, Facts},
        reasons::reasons,
        score_one,
        sight::Sight,
        spoken::moves,
    },
};

/// What every card of a probability says.
const HONEST: &str = "What was seen in past deals; not a promise.";

/// What of a card is worked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    changes: bool,
    similar: bool,
    steps: bool,
}

impl Parts {
    /// The probability and its reasons.
    pub const SCORE: Self = Self {
        changes: false,
        similar: false,
        steps: false,
    };
    /// The same, and what would change it.
    pub const REASONS: Self = Self {
        changes: true,
        ..Self::SCORE
    };
    /// The probability, and what was like it.
    pub const SIMILAR: Self = Self {
        similar: true,
        ..Self::SCORE
    };
    /// The probability, and what to do.
    pub const STEPS: Self = Self {
        steps: true,
        ..Self::SCORE
    };
    /// Everything.
    pub const ALL: Self = Self {
        changes: true,
        similar: true,
        steps: true,
    };
}

/// Puts cards together. One serves a whole process: it remembers what ended deals were like.
#[derive(Debug)]
pub struct Advisor {
    books: Books,
}

impl Advisor {
    /// An advisor that shares decoded models with those who score.
    pub fn new(predictor: Arc<Predictor>) -> Self {
        Self {
            books: Books::new(predictor),
        }
    }

    /// What is said of a deal to the actor of `store`; `None` when there is no such deal that they may see.
    pub async fn card(
        &self,
        store: &TenantStore,
        retriever: Option<&dyn Retriever>,
        id: Uuid,
        parts: Parts,
    ) -> Result<Option<WinCard>, ToolError> {
        let Some(mut known) = seen(store, id).await? else {
            return Ok(None);
        };
        if known.card.kind == WinKind::Win && known.score.is_none() {
            // Nobody has asked yet and no job came by: it is scored now, as the service.
            let all = store.predicting();
            let scored = score_one(self.books.predictor(), &all, ModelKind::Win, id, Why::Asked).await;
            if scored.map_err(broken)?.is_some() {
                let Some(again) = seen(store, id).await? else {
                    return Ok(None);
                };
                known = again;
            }
        }
        let Seen {
            score,
            before,
            mut card,
        } = known;
        if card.kind == WinKind::Ended {
            return Ok(Some(card));
        }
        // What the numbers rest on is read as the service; what of it is shown, is decided as the reader.
        let compared = if parts == Parts::SCORE {
            None
        } else {
            let as_of = score
                .as_ref()
                .map_or_else(|| store.clock().now(), |score| score.as_of);
            let book = self.books.of(store).await.map_err(broken)?;
            let facts = Facts::of(store, &book, id, as_of).await?;
            facts.map(|facts| (book, facts))
        };
        let terms = score.iter().chain(&before).flat_map(|score| &score.terms);
        let told = compared.iter().flat_map(|(_, facts)| facts.parts());
        let sight = sight(store, terms.chain(told).collect()).await?;
        if let Some(score) = &score {
            let told = reasons(&score.terms, score.log_odds, &sight);
            card.moved = before
                .as_ref()
                .map(|before| moves(before.into(), score.into(), &sight));
            let few = card
                .model
                .as_ref()
                .and_then(|model| model.rests_on_few.as_deref());
            card.sentence = sentence(score, card.missing.as_deref(), few, &told);
            card.reasons = Some(told);
        }
        if let Some((book, facts)) = &compared {
            let shown = Beside {
                store,
                deal: id,
                book,
                facts,
                sight: &sight,
            };
            if parts.changes {
                shown.changes(&mut card, score.as_ref());
            }
            if parts.similar {
                shown.similar(&mut card, retriever).await?;
            }
            if parts.steps {
                card.next_steps = shown.steps().await?;
            }
            if parts == Parts::SIMILAR {
                card.sentence = with_similar(&card);
            } else if parts == Parts::STEPS {
                card.sentence = with_steps(&card);
            }
        }
        card.notes.push(HONEST.to_owned());
        Ok(Some(card))
    }
}

/// What could not be worked out.
pub(super) fn broken(error: PredictError) -> ToolError {
    match error {
        PredictError::Store(error) => error.into(),
        other => ToolError::Fatal(Box::new(other)),
    }
}

/// What the actor of `store` may see of what these parts, and the features of deals, rest on.
pub(super) async fn sight(store: &TenantStore, parts: Vec<&ScorePart>) -> Result<Sight, StoreError> {
    let mut tx = store.begin().await?;
    let mut sight = Sight::of(&mut tx, parts).await?;
    let access = tx.access().await?;
    sight.close(
        &access,
        DEAL_FEATURES
            .iter()
            .flat_map(|feature| feature.rests_on.iter().copied()),
    );
    tx.commit().await?;
    Ok(sight)
}
