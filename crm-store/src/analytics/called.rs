//! The people and records that a name may mean, as the actor sees them.

use sqlx::Row;
use uuid::Uuid;

use super::{Path, cost};
use crate::{
    StoreError, TenantTx,
    query::analytics::{CalledPlan, Sought},
};

/// A person or record that is called something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    /// The person or record.
    pub id: Uuid,
    /// The name; of a person without one the address.
    pub name: String,
    /// What tells it apart from others of its name, where the actor may see it: a person's address, the day on which a
    /// record was made.
    pub apart: Option<String>,
}

impl TenantTx {
    /// Who may be called `said`, among the people or records that a field names and the actor sees: at most `limit`.
    ///
    /// `words` are its words in small letters and without signs. Who is called just so comes first, then those with all
    /// words in their names. Of people come those too with a word that begins like one of them, so that the caller can look for a
    /// slip of the pen; of records those alone that have all words somewhere in their names.
    pub async fn called(
        &mut self,
        path: &Path,
        said: &str,
        words: &[&str],
        limit: u32,
    ) -> Result<Vec<Called>, StoreError> {
        self.sought(path, Sought::Name { said, words }, limit).await
    }

    /// The people or records with these ids that a field can name, those that the actor sees.
    pub async fn called_by_id(&mut self, path: &Path, ids: &[Uuid]) -> Result<Vec<Called>, StoreError> {
        let limit = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        self.sought(path, Sought::Ids(ids), limit).await
    }

    async fn sought(
        &mut self,
        path: &Path,
        sought: Sought<'_>,
        limit: u32,
    ) -> Result<Vec<Called>, StoreError> {
        let access = self.access().await?;
        let plan = CalledPlan {
            access: &access,
            path,
            sought,
            limit: u64::from(limit),
        };
        let rows = plan.compile()?.rows(self.timely().await?).await;
        let rows = rows.map_err(cost::explained)?;
        let read = |row: &sqlx::postgres::PgRow| {
            Ok(Called {
                id: row.try_get("id")?,
                name: row.try_get("name")?,
                apart: row.try_get("apart")?,
            })
        };
        rows.iter().map(read).collect()
    }
}
