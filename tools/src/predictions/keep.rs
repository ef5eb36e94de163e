//! Keeping what is said of records: a page is compared with what was said before while the one before it is written.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use crm_store::{
    TenantStore,
    models::{ModelKind, Task},
    scores::{Last, NewScore, Scores, public_cause},
};
use tokio::task::{JoinError, JoinSet};
use uuid::Uuid;

use super::{
    PredictError,
    cause::{cause, explain},
    leads::{JustSaid, Points, stand},
    score::{Scoring, Why},
};

/// What is said of a page of records.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) scores: Vec<NewScore>,
    /// Of leads, in the same order; of others none.
    pub(super) points: Vec<Points>,
}

/// How far scoring all is, with a page.
#[derive(Debug, Clone, Copy)]
pub(super) struct At {
    pub(super) done: usize,
    pub(super) total: usize,
    pub(super) after: Uuid,
}

/// A page on its way into the store.
#[derive(Debug)]
pub(super) struct Page {
    said: Said,
    at: Option<At>,
    /// The scores before that those of these records have their causes from; none where there was none.
    compared: HashMap<Uuid, Option<Uuid>>,
}

impl Page {
    /// What is said of records by themselves.
    pub(super) fn alone(said: Said) -> Self {
        Self {
            said,
            at: None,
            compared: HashMap::new(),
        }
    }
}

/// What keeping came to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Kept {
    /// Scores that were news.
    pub(super) written: usize,
    /// Scores that fell or crossed a line.
    pub(super) told: usize,
}

/// Keeps page after page, in their order, so that a job that is broken off goes on behind the last one. At most one is
/// written, and one more compared, at a time.
#[derive(Debug)]
pub(super) struct Keeping<'s> {
    store: &'s TenantStore,
    kind: ModelKind,
    scoring: &'s Scoring,
    comparing: JoinSet<Result<Page, PredictError>>,
    writing: JoinSet<Result<Kept, PredictError>>,
    sum: Kept,
}

impl<'s> Keeping<'s> {
    pub(super) fn new(store: &'s TenantStore, kind: ModelKind, scoring: &'s Scoring) -> Self {
        Self {
            store,
            kind,
            scoring,
            comparing: JoinSet::new(),
            writing: JoinSet::new(),
            sum: Kept::default(),
        }
    }

    /// Takes the next page, as soon as there is room for it.
    pub(super) async fn put(&mut self, said: Said, at: At) -> Result<(), PredictError> {
        self.go_on().await?;
        let page = Page {
            at: Some(at),
            ..Page::alone(said)
        };
        self.comparing
            .spawn(compare(self.store.clone(), self.kind, page, self.scoring.why));
        Ok(())
    }

    /// Waits until all pages are written.
    pub(super) async fn end(mut self) -> Result<Kept, PredictError> {
        self.go_on().await?;
        self.wait().await?;
        Ok(self.sum)
    }

    /// Has the page that was compared written, after the one before it.
    async fn go_on(&mut self) -> Result<(), PredictError> {
        let Some(page) = self.comparing.join_next().await else {
            return Ok(());
        };
        let page = page.map_err(broken)??;
        self.wait().await?;
        self.writing
            .spawn(keep(self.store.clone(), self.kind, page, self.scoring.clone()));
        Ok(())
    }

    async fn wait(&mut self) -> Result<(), PredictError> {
        while let Some(kept) = self.writing.join_next().await {
            let kept = kept.map_err(broken)??;
            self.sum.written += kept.written;
            self.sum.told += kept.told;
        }
        Ok(())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
pub(super) fn broken(error: JoinError) -> PredictError {
    PredictError::Broken(error.to_string())
}

/// Compares a page with what was said before, while others may still write: whoever writes the page sees whether that is still
/// the latest.
async fn compare(
    store: TenantStore,
    kind: ModelKind,
    mut page: Page,
    why: Why,
) -> Result<Page, PredictError> {
    let records = page.said.records();
    let mut tx = store.begin_by_key().await?;
    let now = tx.now();
    let mut kept = tx.scores(kind);
    let latest = kept.last(&records).await?;
    page.compare(&mut kept, &latest, why, now).await?;
    tx.commit().await?;
    Ok(page)
}

impl Said {
    fn records(&self) -> Vec<Uuid> {
        self.scores.iter().map(|score| score.record).collect()
    }
}

impl Page {
    /// Says of each score what moved it since the latest one before, unless that was said already. What did not move at all is
    /// neither written nor crosses a line: nobody asks for its cause, and what the one before was made of is not read.
    async fn compare(
        &mut self,
        kept: &mut Scores<'_>,
        latest: &HashMap<Uuid, Last>,
        why: Why,
        now: DateTime<Utc>,
    ) -> Result<(), PredictError> {
        let id = |score: &NewScore| latest.get(&score.record).map(|last| last.id);
        let compared = &self.compared;
        let new: Vec<&mut NewScore> = self
            .said
            .scores
            .iter_mut()
            .filter(|score| compared.get(&score.record) != Some(&id(score)))
            .collect();
        let moved: Vec<Uuid> = new
            .iter()
            .filter_map(|score| before(latest, score).filter(|last| moves(score, last, now)))
            .map(|last| last.id)
            .collect();
        let shares = kept.shares(&moved).await?;
        let mut done = Vec::with_capacity(new.len());
        for score in new {
            let shares = before(latest, score).and_then(|last| shares.get(&last.id));
            // The first round of a model is told as what it is, whoever does it.
            let is_new_voice = latest
                .get(&score.record)
                .is_some_and(|last| last.model_id != score.model);
            let why = if is_new_voice && why == Why::Night {
                Why::Model
            } else {
                why
            };
            score.cause = cause(score, shares.map(Vec::as_slice), why);
            done.push((score.record, id(score)));
        }
        self.compared.extend(done);
        Ok(())
    }
}

/// The score before, if the same model said it.
fn before<'l>(latest: &'l HashMap<Uuid, Last>, score: &NewScore) -> Option<&'l Last> {
    latest
        .get(&score.record)
        .filter(|last| last.model_id == score.model)
}

/// Whether a score says another number than the one before, or is written again for the day.
fn moves(score: &NewScore, last: &Last, now: DateTime<Utc>) -> bool {
    score.probability.to_bits() != last.probability.to_bits() || score.is_news(Some(last), now)
}

/// Writes what is news, with what moved, and tells of falls.
pub(super) async fn keep(
    store: TenantStore,
    kind: ModelKind,
    mut page: Page,
    scoring: Scoring,
) -> Result<Kept, PredictError> {
    let (model, why) = (scoring.scale.model(), scoring.why);
    let records = page.said.records();
    let mut tx = store.begin_by_key().await?;
    let now = tx.now();
    let mut kept = tx.scores(kind);
    kept.lock().await?;
    let latest = kept.last(&records).await?;
    page.compare(&mut kept, &latest, why, now).await?;
    let Page {
        said: Said { scores, points },
        at,
        ..
    } = page;
    let written = kept.write(&scores, &latest).await?;
    let mut crossings = kept.crossings(&written, &latest, model).await?;
    explain(&mut tx, kind, &mut crossings, &scores, why).await?;
    tx.scores(kind).tell(&crossings).await?;
    let mut told = crossings.len();
    if let Some(rules) = &scoring.rules {
        let said = JustSaid {
            scores: &scores,
            points: &points,
            written: &written,
            latest: &latest,
        };
        // The first night of a tenant tells of nobody.
        let tells_first = matches!(why, Why::Changed | Why::Asked);
        told += stand(&mut tx, said, rules, tells_first, |score| {
            public_cause(&score.cause, &score.terms, kind.object())
        })
        .await?;
    }
    if let Some(at) = at {
        tx.models()
            .advance(kind, Task::Score, "scoring", (at.done, at.total), Some(at.after))
            .await?;
    }
    tx.commit().await?;
    Ok(Kept {
        written: written.len(),
        told,
    })
}
