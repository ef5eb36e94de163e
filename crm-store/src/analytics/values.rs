//! The values that a question can name.

use serde_json::Value as Json;
use sqlx::Row;

use super::{Path, cost, rates};
use crate::{
    StoreError, TenantTx,
    query::analytics::{ByAccount, Frame, Named, ValuesPlan},
};

/// So many values that are called one of some names are read: each may be written in several ways.
const MOST_NAMED: u32 = 2_000;

impl TenantTx {
    /// The values of a field that the actor may see, by name: each with what it is called, at most `limit`.
    ///
    /// Of a field that names records these are the records, by id. With `like` those whose name has it in it, in capital
    /// letters or small ones. Where the path goes over references, the values are those of the last object.
    pub async fn values_of(
        &mut self,
        path: &Path,
        like: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(Json, String)>, StoreError> {
        self.values(path, like.map_or(Named::All, Named::Like), limit)
            .await
    }

    /// The values of a field that the actor may see and that are called one of `names`, in capital letters or small ones: all
    /// of them with one look.
    pub async fn values_named(
        &mut self,
        path: &Path,
        names: &[&str],
    ) -> Result<Vec<(Json, String)>, StoreError> {
        let mut names: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
        names.sort_unstable();
        names.dedup();
        self.values(path, Named::OneOf(&names), MOST_NAMED).await
    }

    async fn values(
        &mut self,
        path: &Path,
        named: Named<'_>,
        limit: u32,
    ) -> Result<Vec<(Json, String)>, StoreError> {
        let path = Path {
            steps: Vec::new(),
            ..path.clone()
        };
        let access = self.access().await?;
        let reporting = self.reporting().await?;
        // No value of these is an amount.
        let rates = rates::none(&reporting)?;
        let question = ValuesPlan {
            frame: Frame {
                access: &access,
                rates: &rates,
                reporting: &reporting,
                tenant: self.grant().tenant().uuid(),
                sums: false,
                accounts: ByAccount::Records,
                beside: None,
            },
            path: &path,
            named,
            limit: u64::from(limit),
        };
        let rows = question
            .compile()?
            .rows(self.timely().await?)
            .await
            .map_err(cost::explained)?;
        let mut values = Vec::with_capacity(rows.len());
        for row in rows {
            let value: String = row.try_get("value")?;
            values.push((Json::String(value), row.try_get("name")?));
        }
        Ok(values)
    }
}
