//! Everything that is said of a deal, put together for a reader.

use std::sync::Arc;

use crm_predict::{features::DEAL_FEATURES, metrics::Bin};
use crm_rag::Retriever;
use crm_store::{
    StoreError, TenantStore, TenantTx,
    access::{FieldRule, Verb},
    catalog::{ACTIVITY, OPPORTUNITY},
    models::ModelKind,
    query::{Condition, Op},
    records::{ListQuery, MAX_LIMIT, Record, Select, Value as FieldValue},
    scores::{Score, ScorePart, ScoreState},
};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{
    card::{Ended, ShownModel, ShownScore, WinCard, WinKind, WinState},
    find::deal,
    take_step::STEP_MARK,
};
use crate::{
    ToolError,
    predictions::{
        PredictError, Predictor, Why,
        book::{Book, Books, Facts},
        change::changes,
        levers::Lever,
        next_steps::{Gap, Step, steps},
        playbook::Precedent,
        reasons::{Reasons, reasons},
        score_one,
        sight::Sight,
        similar::{ASKED, similar},
        spoken::moves,
        terms::percent,
    },
};

/// Statuses of tasks that are still to be done.
const OPEN: [&str; 3] = ["planned", "in_progress", "waiting"];
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

/// What is read as the reader, before anything is worked out.
struct Seen {
    score: Option<Score>,
    /// The score before the latest.
    before: Option<Score>,
    card: WinCard,
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
        let Some(mut seen) = self::seen(store, id).await? else {
            return Ok(None);
        };
        if seen.card.kind == WinKind::Win && seen.score.is_none() {
            // Nobody has asked yet and no job came by: it is scored now, as the service.
            let all = store.predicting();
            let scored = score_one(self.books.predictor(), &all, ModelKind::Win, id, Why::Asked).await;
            if scored.map_err(broken)?.is_some() {
                let Some(again) = self::seen(store, id).await? else {
                    return Ok(None);
                };
                seen = again;
            }
        }
        let Seen {
            score,
            before,
            mut card,
        } = seen;
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
            card.sentence = sentence(score, &told);
            card.reasons = Some(told);
        }
        if let Some((book, facts)) = &compared {
            let shown = Shown {
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
pub(super) async fn sight<'p>(store: &TenantStore, parts: Vec<&'p ScorePart>) -> Result<Sight, StoreError> {
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

/// An open deal beside ended ones, for a reader.
struct Shown<'a> {
    store: &'a TenantStore,
    deal: Uuid,
    book: &'a Book,
    facts: &'a Facts,
    sight: &'a Sight,
}

impl Shown<'_> {
    /// The ended deals that were at the same stage.
    fn precedents(&self) -> &[Precedent] {
        let stage = self.facts.stage.as_deref();
        stage.map_or(&[], |stage| self.book.playbook.at(stage))
    }

    /// What would move the probability most; nothing while the prior speaks, or another model than the score's.
    fn changes(&self, card: &mut WinCard, score: Option<&Score>) {
        let active = self.book.model().map(|active| active.id);
        let Some(said) = self.book.predictor(self.facts.prior) else {
            return;
        };
        if score.is_none_or(|score| score.model_id != active) {
            return;
        }
        let levers: Vec<Lever> = self.facts.levers(self.sight).map(|(lever, _)| lever).collect();
        card.changes = changes(&self.facts.row, &levers, self.precedents(), said);
        if card.changes.is_empty() {
            card.notes.push(
                "No single change that won deals of this stage show would move it by a point.".to_owned(),
            );
        }
    }

    async fn similar(&self, card: &mut WinCard, retriever: Option<&dyn Retriever>) -> Result<(), StoreError> {
        let near = self.facts.stage.as_deref().map_or_else(Vec::new, |stage| {
            self.book.playbook.nearest(stage, &self.facts.row, ASKED)
        });
        let (found, note) = similar(self.store, retriever, self.deal, &near).await?;
        card.similar = Some(found);
        card.notes.extend(note);
        Ok(())
    }

    /// The steps, with the tasks that were made of them.
    async fn steps(&self) -> Result<Vec<Step>, StoreError> {
        let gaps = self.facts.levers(self.sight).map(|(lever, now)| Gap {
            lever,
            now: now.map(str::to_owned),
        });
        let gaps: Vec<Gap> = gaps.collect();
        let mut found = steps(&self.facts.row, &gaps, self.precedents());
        if found.is_empty() {
            return Ok(found);
        }
        let taken = taken(self.store, self.deal).await?;
        for step in &mut found {
            let mark = format!("{STEP_MARK}{}:", step.key);
            step.task_id = taken
                .iter()
                .find(|(external, _)| external.starts_with(&mark))
                .map(|(_, task)| *task);
        }
        Ok(found)
    }
}

/// Reads the deal, its scores and its model as the reader.
async fn seen(store: &TenantStore, id: Uuid) -> Result<Option<Seen>, StoreError> {
    let mut tx = store.begin().await?;
    let access = tx.access().await?;
    if !access.can(&OPPORTUNITY, Verb::Read) {
        return Ok(None);
    }
    let Some(record) = tx.records(&OPPORTUNITY).get(id, &Select::default()).await? else {
        return Ok(None);
    };
    let page = tx.scores(ModelKind::Win)?.history(id, None, 2).await?;
    let mut latest = page.items.into_iter();
    let (score, before) = (latest.next(), latest.next());
    let is_closed = *record.get("is_closed") == FieldValue::Boolean(true);
    let hides = |field: &str| {
        matches!(
            access.field_rule(&OPPORTUNITY, field),
            Some(FieldRule::Hidden | FieldRule::Masked)
        )
    };
    let mut card = if is_closed && !hides("is_closed") && !hides("is_won") {
        ended(&record, score.as_ref(), hides("closed_reason"))
    } else {
        unscored()
    };
    if card.kind == WinKind::Win
        && let Some(score) = &score
    {
        card.score = Some(shown(score));
        card.state = Some(match score.state {
            ScoreState::Model => WinState::Model,
            ScoreState::Prior => WinState::Prior,
        });
        card.model = model(&mut tx, score).await?;
    }
    card.opportunity = Some(deal(&record, &access));
    tx.commit().await?;
    Ok(Some(Seen { score, before, card }))
}

/// The open tasks of a deal that steps became, as the reader may see them.
async fn taken(store: &TenantStore, id: Uuid) -> Result<Vec<(String, Uuid)>, StoreError> {
    let mut tx = store.begin().await?;
    let access = tx.access().await?;
    let hides = |field: &str| {
        matches!(
            access.field_rule(&ACTIVITY, field),
            Some(FieldRule::Hidden | FieldRule::Masked)
        )
    };
    if !access.can(&ACTIVITY, Verb::Read)
        || ["external_id", "opportunity_id", "type", "status"]
            .into_iter()
            .any(hides)
    {
        return Ok(Vec::new());
    }
    let list = ListQuery {
        filters: vec![
            Condition::new("opportunity_id", Op::Eq, id.to_string()),
            Condition::new("type", Op::Eq, "task"),
            Condition::new("status", Op::In, Json::from(OPEN.to_vec())),
        ],
        limit: Some(MAX_LIMIT),
        select: Select {
            fields: Some(vec!["external_id".to_owned()]),
            ..Select::default()
        },
        ..ListQuery::default()
    };
    let tasks = tx.records(&ACTIVITY).list(&list).await?.records;
    tx.commit().await?;
    Ok(tasks
        .iter()
        .filter_map(|task| Some((task.text("external_id")?.to_owned(), task.id)))
        .collect())
}

fn shown(score: &Score) -> ShownScore {
    ShownScore {
        id: score.id,
        probability: score.probability,
        low: score.low,
        high: score.high,
        log_odds: score.log_odds,
        prior: score.prior,
        as_of: score.as_of,
        scored_at: score.scored_at,
    }
}

fn unscored() -> WinCard {
    WinCard {
        state: Some(WinState::Unscored),
        ..WinCard::saying(
            WinKind::Win,
            "This deal has not been scored yet; that happens in the background, soon after it is made or changed.",
        )
    }
}

/// How a deal ended, and what was said before.
fn ended(record: &Record, last: Option<&Score>, hides_reason: bool) -> WinCard {
    let won = *record.get("is_won") == FieldValue::Boolean(true);
    let at = match record.get("closed_at") {
        FieldValue::Time(at) => Some(*at),
        _ => None,
    };
    let reason = record
        .text("closed_reason")
        .filter(|_| !hides_reason)
        .map(str::to_owned);
    let mut sentence = format!("This deal was {}", if won { "won" } else { "lost" });
    if let Some(at) = at {
        sentence.push_str(&format!(" on {}", at.date_naive()));
    }
    match &reason {
        Some(reason) => sentence.push_str(&format!(" ({reason}).")),
        None => sentence.push('.'),
    }
    match last {
        Some(last) => sentence.push_str(&format!(
            " The last probability before that was {}.",
            percent(last.probability)
        )),
        None => sentence.push_str(" No probability had been given before."),
    }
    WinCard {
        ended: Some(Ended {
            won,
            at,
            reason,
            said_before: last.map(|last| last.probability),
            said_at: last.map(|last| last.scored_at),
        }),
        ..WinCard::saying(WinKind::Ended, sentence)
    }
}

/// The model that gave a score, with how well such a probability holds.
async fn model(tx: &mut TenantTx, score: &Score) -> Result<Option<ShownModel>, StoreError> {
    let Some(id) = score.model_id else { return Ok(None) };
    let Some(known) = tx.models().get(id).await? else {
        return Ok(None);
    };
    let card = tx.models().card(id).await?.unwrap_or_default();
    let bins: Vec<Bin> = card
        .get("reliability")
        .and_then(|bins| serde_json::from_value(bins.clone()).ok())
        .unwrap_or_default();
    Ok(Some(ShownModel {
        id,
        number: known.number,
        trained_at: known.trained_at,
        sentence: holds(&bins, score.probability),
    }))
}

/// How often what was given about this probability happened, on later deals that the model had not seen.
fn holds(bins: &[Bin], probability: f64) -> String {
    let away = |bin: &Bin| {
        if probability < bin.low {
            bin.low - probability
        } else {
            (probability - bin.high).max(0.0)
        }
    };
    let Some(bin) = bins
        .iter()
        .min_by(|left, right| away(left).total_cmp(&away(right)))
    else {
        return "It has not been tried on later deals yet.".to_owned();
    };
    format!(
        "Of {} times that it gave {} to {} on later deals, {} were won.",
        bin.n,
        percent(bin.low),
        percent(bin.high),
        percent(bin.observed)
    )
}

/// The answer in words: the probability, and the strongest reason each way.
fn sentence(score: &Score, told: &Reasons) -> String {
    let mut words = match score.state {
        ScoreState::Model => format!(
            "The chance that this deal is won is {} (between {} and {}).",
            percent(score.probability),
            percent(score.low),
            percent(score.high)
        ),
        ScoreState::Prior => format!(
            "There is not enough data yet to say more than how deals at this stage usually end: {}.",
            percent(score.probability)
        ),
    };
    if let Some(up) = told.up.first() {
        words.push_str(&format!(" For it speaks most: {}", up.sentence));
    }
    if let Some(down) = told.down.first() {
        words.push_str(&format!(" Against it speaks most: {}", down.sentence));
    }
    words
}

/// The chance in one sentence, before something else.
fn chance(card: &WinCard) -> String {
    card.score.as_ref().map_or_else(String::new, |score| {
        format!(
            "The chance that this deal is won is {}. ",
            percent(score.probability)
        )
    })
}

fn with_similar(card: &WinCard) -> String {
    let similar = card
        .similar
        .as_ref()
        .map_or("", |similar| similar.sentence.as_str());
    format!("{}{similar}", chance(card))
}

fn with_steps(card: &WinCard) -> String {
    match card.next_steps.as_slice() {
        [] => format!(
            "{}Nothing is missing that won deals had at this stage.",
            chance(card)
        ),
        [one] => format!("{}Next: {}.", chance(card), one.task),
        [first, rest @ ..] => {
            let rest: Vec<&str> = rest.iter().map(|step| step.task.as_str()).collect();
            format!("{}Next: {}. Then: {}.", chance(card), first.task, rest.join("; "))
        }
    }
}
