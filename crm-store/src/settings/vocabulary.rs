//! What a tenant adds to the words in which its numbers can be asked for.

use serde_json::{Value, json};

use crate::{StoreError, TenantTx};

/// The largest document, in bytes of JSON.
const MOST: usize = 64 * 1024;

impl TenantTx {
    /// The tenant's own words, dimensions and measures for questions; null when it has none.
    ///
    /// The semantic layer says what they mean and refuses what they may not be.
    pub async fn vocabulary(&mut self) -> Result<Value, StoreError> {
        let read = sqlx::query_scalar("SELECT settings -> 'vocabulary' FROM tenants")
            .fetch_one(self.timely().await?)
            .await;
        let found: Option<Value> = read.map_err(|error| self.late(error))?;
        Ok(found.unwrap_or_default())
    }

    /// The tenant's own words as [`TenantTx::vocabulary`] has them, and the version of the settings that they are part of.
    pub async fn vocabulary_with_version(&mut self) -> Result<(Value, i64), StoreError> {
        let (found, version): (Option<Value>, i64) =
            sqlx::query_as("SELECT settings -> 'vocabulary', version FROM tenants")
                .fetch_one(self.conn())
                .await?;
        Ok((found.unwrap_or_default(), version))
    }

    /// Replaces the tenant's own words, which the caller has checked, if nobody changed the settings since `expected`; null
    /// or an empty document takes them away. The new version comes back. Needs the area `settings`.
    pub async fn set_vocabulary(&mut self, vocabulary: &Value, expected: i64) -> Result<i64, StoreError> {
        self.access().await?.require_area("settings")?;
        if vocabulary.to_string().len() > MOST {
            return Err(StoreError::invalid(
                "vocabulary",
                format!("must be at most {MOST} bytes of JSON"),
            ));
        }
        let vocabulary = if is_empty(vocabulary) {
            &Value::Null
        } else {
            vocabulary
        };
        let now = self.now();
        let version: Option<i64> = sqlx::query_scalar(
            "UPDATE tenants SET settings = CASE WHEN $2::jsonb -> 'vocabulary' = 'null'::jsonb THEN settings - 'vocabulary' ELSE settings || $2 END, \
             version = version + 1, updated_at = $3 \
             WHERE version = $1 RETURNING version",
        )
        .bind(expected)
        .bind(json!({"vocabulary": vocabulary}))
        .bind(now)
        .fetch_optional(self.conn())
        .await?;
        let Some(version) = version else {
            let current = self.vocabulary_with_version().await?.1;
            return Err(StoreError::Stale { current });
        };
        let id = self.grant().tenant().uuid();
        self.audit()
            .record("update", "settings", Some(id), &["vocabulary"])
            .await?;
        Ok(version)
    }
}

/// Whether a document adds nothing.
fn is_empty(vocabulary: &Value) -> bool {
    match vocabulary {
        Value::Null => true,
        Value::Object(parts) => parts.values().all(is_empty),
        _ => false,
    }
}
