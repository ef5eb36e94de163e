//! What people thought of an answer.

use crate::{
    StoreError, TenantTx,
    ids::{AnswerId, FeedbackId},
    text_enum::text_enum,
};

text_enum! {
    /// Whether an answer helped.
    pub enum Verdict {
        /// It did.
        Good = "good",
        /// It did not.
        Bad = "bad",
    }
}

/// The verdicts of one tenant.
pub struct Feedbacks<'t> {
    tx: &'t mut TenantTx,
}

impl TenantTx {
    /// What people thought of answers.
    pub fn feedback(&mut self) -> Feedbacks<'_> {
        Feedbacks { tx: self }
    }
}

impl Feedbacks<'_> {
    /// Keeps the actor's verdict on an answer; a second one replaces the first.
    pub async fn put(
        &mut self,
        answer: AnswerId,
        verdict: Verdict,
        comment: Option<&str>,
    ) -> Result<FeedbackId, StoreError> {
        let (grant, now) = (*self.tx.grant(), self.tx.now());
        // A foreign key sees every answer; whoever gives a verdict must see it too.
        if self.tx.answers().get(answer).await?.is_none() {
            return Err(StoreError::NotFound { what: "answer" });
        }
        Ok(sqlx::query_scalar(
            "INSERT INTO feedback (tenant_id, id, answer_id, verdict, comment, actor_kind, actor_id, created_at,
                updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
            ON CONFLICT (tenant_id, answer_id, actor_kind, actor_id) DO UPDATE
                SET verdict = EXCLUDED.verdict, comment = EXCLUDED.comment, updated_at = EXCLUDED.updated_at
            RETURNING id",
        )
        .bind(grant.tenant())
        .bind(FeedbackId::new())
        .bind(answer)
        .bind(verdict)
        .bind(comment)
        .bind(grant.actor().kind())
        .bind(grant.actor().id())
        .bind(now)
        .fetch_one(self.tx.conn())
        .await?)
    }
}
