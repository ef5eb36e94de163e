//! Whether people agree with the probabilities of winning that they are shown.
//!
//! Everybody has one verdict on each score; a second one replaces the first. What was thought of a score stays when the
//! score itself is forgotten, with the probability that was shown, so that one can see later who was right.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    Cursor, Page, StoreError, TenantTx, catalog::OPPORTUNITY, feedback::Verdict, models::ModelKind,
    page::read_limit, records::Select, text_enum::text_enum,
};

text_enum! {
    /// How a probability is thought to be wrong.
    pub enum Direction {
        /// The deal is less likely to be won.
        TooHigh = "too_high",
        /// It is more likely.
        TooLow = "too_low",
    }
}

/// What somebody thinks of a probability.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow)]
pub struct Opinion {
    /// The opinion.
    pub id: Uuid,
    /// The deal.
    pub opportunity_id: Uuid,
    /// The score; none when it is forgotten.
    pub score_id: Option<Uuid>,
    /// The model that gave it; none where the prior spoke.
    pub model_id: Option<Uuid>,
    /// The probability as it was shown.
    pub probability: f64,
    /// Whether they agree.
    pub verdict: Verdict,
    /// How it is thought to be wrong.
    pub direction: Option<Direction>,
    /// Why, in their own words.
    pub reason: Option<String>,
    /// What kind of actor they are.
    pub actor_kind: String,
    /// Who they are.
    pub actor_id: Uuid,
    /// When it was given first.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
}

/// An opinion to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewOpinion<'a> {
    /// The deal.
    pub opportunity: Uuid,
    /// The score of it that was looked at; the latest when `None`.
    pub score: Option<Uuid>,
    /// Whether they agree.
    pub verdict: Verdict,
    /// How it is thought to be wrong.
    pub direction: Option<Direction>,
    /// Why, in their own words.
    pub reason: Option<&'a str>,
}

/// Which opinions to list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OpinionFilter {
    /// Only on this deal.
    pub opportunity: Option<Uuid>,
    /// Only on scores of this model.
    pub model: Option<Uuid>,
    /// Only this verdict.
    pub verdict: Option<Verdict>,
}

/// The opinions of the tenant, as far as the actor may see their deals.
#[derive(Debug)]
pub struct Opinions<'t>(&'t mut TenantTx);

impl TenantTx {
    /// What people think of probabilities of winning.
    pub fn opinions(&mut self) -> Opinions<'_> {
        Opinions(self)
    }
}

macro_rules! columns {
    () => {
        "id, opportunity_id, score_id, model_id, probability, verdict, direction, reason, actor_kind, actor_id, \
         created_at, updated_at"
    };
}

impl Opinions<'_> {
    /// Keeps the actor's opinion of a score that they see; a second one replaces the first.
    pub async fn put(&mut self, new: &NewOpinion<'_>) -> Result<Opinion, StoreError> {
        let (grant, now) = (*self.0.grant(), self.0.now());
        let only_id = Select {
            fields: Some(Vec::new()),
            ..Select::default()
        };
        if self
            .0
            .records(&OPPORTUNITY)
            .get(new.opportunity, &only_id)
            .await?
            .is_none()
        {
            return Err(StoreError::NotFound { what: "opportunity" });
        }
        let mut scores = self.0.scores(ModelKind::Win);
        let score = match new.score {
            Some(id) => scores
                .get(id)
                .await?
                .filter(|score| score.record_id == new.opportunity),
            None => scores.latest(&[new.opportunity]).await?.remove(&new.opportunity),
        };
        let score = score.ok_or(StoreError::NotFound { what: "score" })?;
        Ok(sqlx::query_as(concat!(
            "INSERT INTO win_opinions (tenant_id, id, opportunity_id, score_id, model_id, probability, verdict, \
                 direction, reason, actor_kind, actor_id, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12) \
             ON CONFLICT (tenant_id, score_id, actor_kind, actor_id) DO UPDATE \
                 SET verdict = EXCLUDED.verdict, direction = EXCLUDED.direction, reason = EXCLUDED.reason, \
                     updated_at = EXCLUDED.updated_at \
             RETURNING ",
            columns!()
        ))
        .bind(grant.tenant())
        .bind(Uuid::now_v7())
        .bind(new.opportunity)
        .bind(score.id)
        .bind(score.model_id)
        .bind(score.probability)
        .bind(new.verdict)
        .bind(new.direction)
        .bind(new.reason)
        .bind(grant.actor().kind())
        .bind(grant.actor().id())
        .bind(now)
        .fetch_one(self.0.conn())
        .await?)
    }

    /// A page of opinions on deals that the actor sees, latest first.
    pub async fn list(
        &mut self,
        filter: &OpinionFilter,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Page<Opinion>, StoreError> {
        let rows: Vec<Opinion> = sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM win_opinions WHERE ($1::uuid IS NULL OR opportunity_id = $1) AND ($2::uuid IS NULL OR model_id = $2) \
               AND ($3::text IS NULL OR verdict = $3) \
               AND ($4::timestamptz IS NULL OR (updated_at, id) < ($4, $5)) \
             ORDER BY updated_at DESC, id DESC LIMIT $6"
        ))
        .bind(filter.opportunity)
        .bind(filter.model)
        .bind(filter.verdict)
        .bind(after.map(|after| after.at))
        .bind(after.map(|after| after.id))
        .bind(read_limit(limit))
        .fetch_all(self.0.conn())
        .await?;
        Ok(Page::cut(rows, limit, |opinion| Cursor {
            at: opinion.updated_at,
            id: opinion.id,
        }))
    }

    /// The actor's own opinion of a score, if they have one.
    pub async fn own(&mut self, score: Uuid) -> Result<Option<Opinion>, StoreError> {
        let actor = self.0.grant().actor();
        Ok(sqlx::query_as(concat!(
            "SELECT ",
            columns!(),
            " FROM win_opinions WHERE score_id = $1 AND actor_kind = $2 AND actor_id = $3"
        ))
        .bind(score)
        .bind(actor.kind())
        .bind(actor.id())
        .fetch_optional(self.0.conn())
        .await?)
    }
}
