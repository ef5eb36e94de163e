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
        let found: Option<Value> = sqlx::query_scalar("SELECT settings -> 'vocabulary' FROM tenants")
            .fetch_one(self.conn())
            .await?;
        Ok(found.unwrap_or_default())
    }

    /// Replaces the tenant's own words, which the caller has checked. Needs the area `settings`.
    pub async fn set_vocabulary(&mut self, vocabulary: &Value) -> Result<(), StoreError> {
        self.access().await?.require_area("settings")?;
        if vocabulary.to_string().len() > MOST {
            return Err(StoreError::invalid(
                "vocabulary",
                format!("must be at most {MOST} bytes of JSON"),
            ));
        }
        let now = self.now();
        sqlx::query("UPDATE tenants SET settings = settings || $1, version = version + 1, updated_at = $2")
            .bind(json!({"vocabulary": vocabulary}))
            .bind(now)
            .execute(self.conn())
            .await?;
        let id = self.grant().tenant().uuid();
        self.audit()
            .record("update", "settings", Some(id), &["vocabulary"])
            .await?;
        Ok(())
    }
}
