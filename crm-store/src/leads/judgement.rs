//! What people and agents say of a lead beside the model.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::Leads;
use crate::{
    StoreError,
    models::ModelKind,
    scores::{PartKind, Score},
    text_enum::text_enum,
};

/// The most characters of a reason.
const REASON: usize = 4_000;
/// The most bytes of the parts of a qualification, as JSON.
const PARTS: usize = 32 * 1024;

text_enum! {
    /// Whose word it is.
    pub enum JudgementKind {
        /// A person's, in the place of the model's: a probability.
        Override = "override",
        /// What was found out by asking: 0 to 100.
        Qualification = "qualification",
    }
}

/// A judgement to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJudgement<'a> {
    /// Whose word it is.
    pub kind: JudgementKind,
    /// An override is a probability, a qualification is 0 to 100.
    pub value: f64,
    /// Why.
    pub reason: Option<&'a str>,
    /// Of a qualification: what was asked and said, a list.
    pub parts: Json,
}

/// What somebody says of a lead.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow)]
pub struct Judgement {
    /// The judgement.
    pub id: Uuid,
    /// The lead.
    pub lead_id: Uuid,
    /// Whose word it is.
    pub kind: JudgementKind,
    /// An override is a probability, a qualification is 0 to 100.
    pub value: f64,
    /// Why.
    pub reason: Option<String>,
    /// Of a qualification: what was asked and said.
    pub parts: Json,
    /// `user`, `api_key` or `job`.
    pub actor_kind: String,
    /// Who says it.
    pub actor_id: Uuid,
    /// The person's name, where a member says it.
    pub actor_name: Option<String>,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

impl NewJudgement<'_> {
    fn check(&self) -> Result<(), StoreError> {
        let (field, most) = match self.kind {
            JudgementKind::Override => ("probability", 1.0),
            JudgementKind::Qualification => ("score", 100.0),
        };
        if !(0.0..=most).contains(&self.value) {
            return Err(StoreError::invalid(
                field,
                format!("must be between 0 and {most}"),
            ));
        }
        let reason = self.reason.map(str::trim);
        if self.kind == JudgementKind::Override && reason.is_none_or(str::is_empty) {
            return Err(StoreError::invalid("reason", "must say why, in a few words"));
        }
        if reason.is_some_and(|reason| reason.chars().count() > REASON || reason.contains('\0')) {
            return Err(StoreError::invalid(
                "reason",
                format!("must have at most {REASON} characters and no NUL"),
            ));
        }
        if !self.parts.is_array() || self.parts.to_string().len() > PARTS {
            return Err(StoreError::invalid(
                "parts",
                format!("must be a list of at most {PARTS} bytes"),
            ));
        }
        Ok(())
    }
}

impl Leads<'_> {
    /// What is said of these leads now, in one statement.
    pub async fn judgements(
        &mut self,
        leads: &[Uuid],
    ) -> Result<HashMap<(Uuid, JudgementKind), Judgement>, StoreError> {
        let rows: Vec<Judgement> = sqlx::query_as(
            "SELECT j.id, j.lead_id, j.kind, j.value, j.reason, j.parts, j.actor_kind, j.actor_id, u.name AS actor_name, \
                 j.created_at FROM lead_judgements j LEFT JOIN users u ON j.actor_kind = 'user' AND u.id = j.actor_id \
             WHERE j.lead_id = ANY ($1) AND j.ended_at IS NULL",
        )
        .bind(leads)
        .fetch_all(self.0.conn())
        .await?;
        Ok(rows
            .into_iter()
            .map(|judgement| ((judgement.lead_id, judgement.kind), judgement))
            .collect())
    }

    /// Keeps what the actor says of a lead in the place of what was said before. An override is also kept as a training
    /// example: what the model said, what the person says, and what was known of the lead then.
    pub async fn judge(&mut self, lead: Uuid, new: &NewJudgement<'_>) -> Result<(), StoreError> {
        new.check()?;
        self.hold(lead).await?;
        self.end(lead, new.kind, false).await?;
        let (grant, now) = (*self.0.grant(), self.0.now());
        let id = Uuid::now_v7();
        let reason = new.reason.map(str::trim).filter(|reason| !reason.is_empty());
        sqlx::query(
            "INSERT INTO lead_judgements (tenant_id, id, lead_id, kind, value, reason, parts, actor_kind, actor_id, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(grant.tenant())
        .bind(id)
        .bind(lead)
        .bind(new.kind)
        .bind(new.value)
        .bind(reason)
        .bind(&new.parts)
        .bind(grant.actor().kind())
        .bind(grant.actor().id())
        .bind(now)
        .execute(self.0.conn())
        .await?;
        if new.kind == JudgementKind::Override {
            let said = self
                .0
                .scores(ModelKind::Lead)
                .latest(&[lead])
                .await?
                .remove(&lead);
            self.teach(id, lead, new.value, reason, said).await?;
        }
        self.0
            .audit()
            .record("judge", "lead", Some(lead), &[new.kind.as_str()])
            .await
    }

    async fn teach(
        &mut self,
        judgement: Uuid,
        lead: Uuid,
        judged: f64,
        reason: Option<&str>,
        said: Option<Score>,
    ) -> Result<(), StoreError> {
        let (grant, now) = (*self.0.grant(), self.0.now());
        sqlx::query(
            "INSERT INTO training_examples (tenant_id, id, kind, lead_id, judgement_id, model_id, said, judged, features, \
                 reason, actor_kind, actor_id, created_at) \
             VALUES ($1, $2, 'lead_score', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(grant.tenant())
        .bind(Uuid::now_v7())
        .bind(lead)
        .bind(judgement)
        .bind(said.as_ref().and_then(|said| said.model_id))
        .bind(said.as_ref().map(|said| said.probability))
        .bind(judged)
        .bind(said.as_ref().map_or_else(|| Json::Object(Map::new()), features))
        .bind(reason)
        .bind(grant.actor().kind())
        .bind(grant.actor().id())
        .bind(now)
        .execute(self.0.conn())
        .await?;
        Ok(())
    }

    /// Takes back what is said of a lead; whether anything was said.
    pub async fn take_back(&mut self, lead: Uuid, kind: JudgementKind) -> Result<bool, StoreError> {
        self.hold(lead).await?;
        let ended = self.end(lead, kind, true).await?;
        if ended {
            self.0
                .audit()
                .record("take_back", "lead", Some(lead), &[kind.as_str()])
                .await?;
        }
        Ok(ended)
    }

    async fn end(&mut self, lead: Uuid, kind: JudgementKind, withdrawn: bool) -> Result<bool, StoreError> {
        let now = self.0.now();
        let ended: Option<Uuid> = sqlx::query_scalar(
            "UPDATE lead_judgements SET ended_at = $3 WHERE lead_id = $1 AND kind = $2 AND ended_at IS NULL RETURNING id",
        )
        .bind(lead)
        .bind(kind)
        .bind(now)
        .fetch_optional(self.0.conn())
        .await?;
        if withdrawn && let Some(ended) = ended {
            sqlx::query(
                "UPDATE training_examples SET withdrawn_at = $2 WHERE judgement_id = $1 AND withdrawn_at IS NULL",
            )
            .bind(ended)
            .bind(now)
            .execute(self.0.conn())
            .await?;
        }
        Ok(ended.is_some())
    }
}

/// What was known of the lead, as far as the score told it: values by feature.
fn features(score: &Score) -> Json {
    let told = score
        .terms
        .iter()
        .filter(|part| part.kind == PartKind::Feature && !part.value.is_null())
        .filter_map(|part| Some((part.feature.clone()?, part.value.clone())));
    Json::Object(told.collect())
}
