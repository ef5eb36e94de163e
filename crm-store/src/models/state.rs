//! From candidate to active, and back.

use uuid::Uuid;

use super::{Models, PredictiveModel, columns};
use crate::StoreError;

impl Models<'_> {
    /// Makes a model the active one of its kind, and retires the one that was. Also goes back to an earlier model. Needs
    /// the area `models`.
    pub async fn activate(&mut self, id: Uuid, why: &str) -> Result<PredictiveModel, StoreError> {
        self.0.access().await?.require_area("models")?;
        let model = self.get(id).await?.ok_or(StoreError::NotFound {
            what: "predictive model",
        })?;
        self.lock(model.kind).await?;
        let now = self.0.now();
        // The model may have changed while we waited, so what it is now is read by the statements.
        sqlx::query(
            "UPDATE predictive_models SET state = 'retired', retired_at = $3, updated_at = $3, \
                 why = 'Model ' || (SELECT number FROM predictive_models WHERE id = $2) || ' took its place.' \
             WHERE kind = $1 AND state = 'active' AND id <> $2 \
               AND EXISTS (SELECT FROM predictive_models WHERE id = $2 AND artifact IS NOT NULL)",
        )
        .bind(model.kind)
        .bind(id)
        .bind(now)
        .execute(self.0.conn())
        .await?;
        let active: Option<PredictiveModel> = sqlx::query_as(concat!(
            "UPDATE predictive_models SET state = 'active', \
                 activated_at = CASE WHEN state = 'active' THEN activated_at ELSE $2 END, \
                 why = CASE WHEN state = 'active' THEN why ELSE $3 END, updated_at = $2 \
             WHERE id = $1 AND artifact IS NOT NULL RETURNING ",
            columns!()
        ))
        .bind(id)
        .bind(now)
        .bind(why)
        .fetch_optional(self.0.conn())
        .await?;
        let active = active.ok_or_else(|| StoreError::Conflict {
            what: format!(
                "the bytes of model {} are not kept any more; train a new one",
                model.number
            ),
            constraint: "predictive_models_artifact_check".to_owned(),
        })?;
        self.note("activate", id).await?;
        Ok(active)
    }

    /// Keeps a candidate out, and says why. Needs the area `models`.
    pub async fn reject(&mut self, id: Uuid, why: &str) -> Result<PredictiveModel, StoreError> {
        self.0.access().await?.require_area("models")?;
        let now = self.0.now();
        let rejected: Option<PredictiveModel> = sqlx::query_as(concat!(
            "UPDATE predictive_models SET state = 'rejected', why = $2, updated_at = $3 \
             WHERE id = $1 AND state = 'candidate' RETURNING ",
            columns!()
        ))
        .bind(id)
        .bind(why)
        .bind(now)
        .fetch_optional(self.0.conn())
        .await?;
        let rejected = rejected.ok_or(StoreError::NotFound {
            what: "candidate among the predictive models",
        })?;
        self.note("reject", id).await?;
        Ok(rejected)
    }

    /// Keeps how a model did lately, beside its figures, and how its scores were spread the first time (`first`, which stays as
    /// it was noted first). Needs the area `models`.
    pub async fn note_recent(
        &mut self,
        id: Uuid,
        recent: &serde_json::Value,
        first: &[usize],
    ) -> Result<(), StoreError> {
        let now = self.0.now();
        sqlx::query(
            "UPDATE predictive_models SET metrics = metrics || jsonb_build_object('recent', $2::jsonb, \
                 'first', COALESCE(metrics -> 'first', $4::jsonb)), updated_at = $3 \
             WHERE id = $1",
        )
        .bind(id)
        .bind(recent)
        .bind(now)
        .bind(serde_json::json!(first))
        .execute(self.0.conn())
        .await?;
        Ok(())
    }

    async fn note(&mut self, action: &str, id: Uuid) -> Result<(), StoreError> {
        self.0
            .audit()
            .record(action, "predictive_model", Some(id), &["state"])
            .await
    }
}
