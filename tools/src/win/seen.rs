//! A deal, its scores and its model, as the reader may see them.

use std::fmt::Write as _;

use crm_predict::metrics::Bin;
use crm_store::{
    StoreError, TenantStore, TenantTx,
    access::FieldRule,
    catalog::OPPORTUNITY,
    models::ModelKind,
    records::{Record, Select, Value as FieldValue},
    scores::{Score, ScoreState},
};
use uuid::Uuid;

use super::{
    card::{Ended, ShownModel, ShownScore, WinCard, WinKind, WinState},
    find::deal,
};
use crate::predictions::{rests_on_few, terms::percent, unspoken};

/// What is read as the reader, before anything is worked out.
pub(super) struct Seen {
    pub(super) score: Option<Score>,
    /// The score before the latest.
    pub(super) before: Option<Score>,
    pub(super) card: WinCard,
}

/// Reads the deal, its scores and its model as the reader.
#[expect(clippy::similar_names, reason = "a score is no store")]
pub(super) async fn seen(store: &TenantStore, id: Uuid) -> Result<Option<Seen>, StoreError> {
    let mut tx = store.begin().await?;
    let access = tx.access().await?;
    if !access.asks(&OPPORTUNITY) {
        return Ok(None);
    }
    let Some(record) = tx.records(&OPPORTUNITY).get(id, &Select::default()).await? else {
        return Ok(None);
    };
    let page = tx.scores(ModelKind::Win).history(id, None, 2).await?;
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
        ended(&record, score.as_ref(), hides)
    } else {
        unscored()
    };
    if card.kind == WinKind::Win
        && let Some(score) = &score
    {
        card.score = Some(shown(score));
        card.state = Some(match score.state {
            ScoreState::Model => WinState::Model,
            ScoreState::Prior | ScoreState::Points => WinState::Prior,
        });
        card.model = model(&mut tx, score).await?;
        card.missing = unspoken(&mut tx, ModelKind::Win, score.state).await?;
    }
    card.opportunity = Some(deal(&record, &access));
    tx.commit().await?;
    Ok(Some(Seen { score, before, card }))
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

/// How a deal ended, as far as the reader's role shows it, and what was said before.
fn ended(record: &Record, last: Option<&Score>, hides: impl Fn(&str) -> bool) -> WinCard {
    let won = *record.get("is_won") == FieldValue::Boolean(true);
    let at = match record.get("closed_at") {
        FieldValue::Time(at) if !hides("closed_at") => Some(*at),
        _ => None,
    };
    let reason = record
        .text("closed_reason")
        .filter(|_| !hides("closed_reason"))
        .map(str::to_owned);
    let mut sentence = format!("This deal was {}", if won { "won" } else { "lost" });
    if let Some(at) = at {
        let _ = write!(sentence, " on {}", at.date_naive());
    }
    match &reason {
        Some(reason) => {
            let _ = write!(sentence, " ({reason}).");
        }
        None => sentence.push('.'),
    }
    match last {
        Some(last) => {
            let given = percent(last.probability);
            let _ = write!(sentence, " The last probability before that was {given}.");
        }
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
    let learned = card.get("groups_train").and_then(serde_json::Value::as_u64);
    Ok(Some(ShownModel {
        id,
        number: known.number,
        trained_at: known.trained_at,
        sentence: holds(&bins, score.probability),
        rests_on_few: rests_on_few(
            ModelKind::Win,
            learned.and_then(|learned| usize::try_from(learned).ok()),
        ),
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
