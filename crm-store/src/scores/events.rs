//! Telling feed and webhooks that a score fell or crossed a line.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value as Json, json};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{Band, Fall, FallOf, Last, Place, Row, Score, Scores, Written, falls::tell_falls, health};
use crate::{StoreError, feed::FeedEvent, models::ModelKind};

/// The setting of how far a probability to win falls before somebody is told, and what it is unless set.
const DROP: (&str, f64) = ("win_drop", 0.15);
/// A fall within so many days is one fall, in however many steps it came.
const WINDOW: TimeDelta = TimeDelta::days(14);

/// A score that fell or crossed a line, and the change that caused it.
#[derive(Debug, Clone, PartialEq)]
pub struct Crossing {
    /// The score.
    pub written: Written,
    /// Where the probability came from.
    pub from: f64,
    /// The score that it came from.
    pub since: Box<Score>,
    /// What moved most since then.
    pub cause: Option<Fall>,
    /// What a customer's health was called before, and is now.
    pub bands: Option<(Band, Band)>,
}

impl Crossing {
    pub(super) fn new(written: Written, since: Score) -> Self {
        Self {
            written,
            from: since.probability,
            since: Box::new(since),
            cause: None,
            bands: None,
        }
    }
}

impl Scores<'_> {
    /// Those of the scores just written that somebody wants to hear of: the probability to win fell by more than the
    /// tenant's setting `win_drop` since its highest of two weeks or since it was told last; the health of a customer is
    /// called by another word. `latest` are the scores before. A new model speaks in other numbers, which is no fall. Where no
    /// model speaks nothing falls: the prior of a deal is how deals at its stage end, which is estimated anew each night, and
    /// no change of the deal could be named. Of leads, see [`crate::leads::Leads::stand`].
    pub async fn crossings(
        &mut self,
        written: &[Written],
        latest: &HashMap<Uuid, Last>,
        model: Option<Uuid>,
    ) -> Result<Vec<Crossing>, StoreError> {
        match self.kind {
            ModelKind::Win => {}
            // Leads stand somewhere, customers are put in words.
            ModelKind::Lead => return Ok(Vec::new()),
            ModelKind::Churn => return self.put_in_words(written, latest, model).await,
        }
        let Some(model) = model else {
            return Ok(Vec::new());
        };
        let comparable: Vec<Written> = written
            .iter()
            .copied()
            .filter(|score| {
                latest
                    .get(&score.record)
                    .is_some_and(|before| before.model_id == Some(model))
            })
            .collect();
        if comparable.is_empty() {
            return Ok(Vec::new());
        }
        let thresholds = self.tx.settings().await?.0.thresholds;
        let set = |(name, default): (&str, f64)| thresholds.get(name).copied().unwrap_or(default);
        let least = set(DROP);
        let fallen: Vec<Written> = comparable
            .into_iter()
            .filter(|score| score.before.is_some_and(|before| before > score.after))
            .collect();
        let highest = self.highest(&fallen, model).await?;
        let far: Vec<(Written, Uuid)> = fallen
            .into_iter()
            .filter_map(|score| {
                let (id, from) = highest.get(&score.record).copied()?;
                (from - score.after >= least && least > 0.0).then_some((score, id))
            })
            .collect();
        let ids: Vec<Uuid> = far.iter().map(|(_, since)| *since).collect();
        let mut from = self.these(&ids).await?;
        Ok(far
            .into_iter()
            .filter_map(|(score, since)| Some(Crossing::new(score, from.remove(&since)?)))
            .collect())
    }

    /// The highest probability of each record that a model said within the window, since somebody was told last, and the score
    /// that said it.
    async fn highest(
        &mut self,
        written: &[Written],
        model: Uuid,
    ) -> Result<HashMap<Uuid, (Uuid, f64)>, StoreError> {
        let Place { table, column, .. } = self.place;
        let since = self.tx.now() - WINDOW;
        let sql = format!(
            "SELECT DISTINCT ON (w.record) w.record, s.id, s.probability \
             FROM unnest($1::uuid[]) AS w (record) JOIN {table} s ON s.{column} = w.record \
             WHERE s.scored_at > $2 AND s.model_id = $3 AND s.scored_at >= COALESCE((\
                 SELECT max(t.scored_at) FROM {table} t WHERE t.{column} = w.record AND t.scored_at > $2 AND t.cause ? 'told'), $2) \
             ORDER BY w.record, s.probability DESC, s.scored_at DESC, s.id DESC"
        );
        let rows: Vec<(Uuid, Uuid, f64)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(written.iter().map(|score| score.record).collect::<Vec<_>>())
            .bind(since)
            .bind(model)
            .fetch_all(self.tx.conn())
            .await?;
        Ok(rows
            .into_iter()
            .map(|(record, id, highest)| (record, (id, highest)))
            .collect())
    }

    /// These scores, by their ids.
    pub(super) async fn these(&mut self, ids: &[Uuid]) -> Result<HashMap<Uuid, Score>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(self.select("WHERE id = ANY ($1)"))
            .bind(ids)
            .fetch_all(self.tx.conn())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, row.into())).collect())
    }

    /// Tells feed and webhooks, in this transaction: the score, from where to where, what moved it as far as everybody may
    /// know it, and the fields of the record that changed since. What else is known of it is kept with the score.
    pub async fn tell(&mut self, crossings: &[Crossing]) -> Result<(), StoreError> {
        if crossings.is_empty() {
            return Ok(());
        }
        let falls: Vec<(Uuid, Option<&Fall>)> = crossings
            .iter()
            .map(|crossing| (crossing.written.id, crossing.cause.as_ref()))
            .collect();
        self.keep_falls(FallOf::Told, &falls).await?;
        let records: Vec<Uuid> = crossings.iter().map(|crossing| crossing.written.record).collect();
        let since: Vec<Option<DateTime<Utc>>> = crossings
            .iter()
            .map(|crossing| Some(crossing.since.as_of))
            .collect();
        let changed = self.changed_since(&records, &since).await?;
        let owners = self.owners(crossings).await?;
        let (object, action) = match self.kind {
            ModelKind::Win => ("opportunity", "win_dropped"),
            ModelKind::Lead => ("lead", "score_crossed"),
            ModelKind::Churn => ("account", "health_crossed"),
        };
        let told = crossings.iter().map(|crossing| {
            let record = crossing.written.record;
            let event = FeedEvent {
                fields: changed.get(&record).cloned().unwrap_or_default(),
                owner: owners.get(&record).copied().flatten(),
                refs: refs(crossing),
                ..FeedEvent::new(object, action, record)
            };
            (event, crossing.cause.as_ref())
        });
        let told: Vec<(FeedEvent, Option<&Fall>)> = told.collect();
        tell_falls(self.tx, self.kind.object(), told).await
    }

    async fn owners(&mut self, crossings: &[Crossing]) -> Result<HashMap<Uuid, Option<Uuid>>, StoreError> {
        let sql = format!(
            "SELECT id, owner_id FROM {} WHERE id = ANY ($1)",
            self.kind.object().table
        );
        let rows: Vec<(Uuid, Option<Uuid>)> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(
                crossings
                    .iter()
                    .map(|crossing| crossing.written.record)
                    .collect::<Vec<_>>(),
            )
            .fetch_all(self.tx.conn())
            .await?;
        Ok(rows.into_iter().collect())
    }
}

/// What a reader wants to know of a crossing: a customer's health, or the probabilities.
fn refs(crossing: &Crossing) -> Json {
    let mut refs = json!({
        "score_id": crossing.written.id,
        "from": rounded(crossing.from),
        "to": rounded(crossing.written.after),
    });
    if let (Some((before, now)), Some(refs)) = (crossing.bands, refs.as_object_mut()) {
        refs.insert("health_from".to_owned(), health(crossing.from).into());
        refs.insert("health_to".to_owned(), health(crossing.written.after).into());
        refs.insert("band_from".to_owned(), before.as_str().into());
        refs.insert("band_to".to_owned(), now.as_str().into());
    }
    refs
}

/// A probability as readers see it.
fn rounded(probability: f64) -> f64 {
    (probability * 1000.0).round() / 1000.0
}
