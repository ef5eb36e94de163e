//! The people of the system that records come from.

use super::{Imports, links};
use crate::StoreError;

/// A person of the other system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The other system's id.
    pub external_id: String,
    /// The address, by which a member of the tenant is found.
    pub email: String,
}

impl Imports<'_> {
    /// Remembers who is who, and gives records that waited for their owners those of them that are members.
    ///
    /// Nobody becomes a member by that. Returns how many people are new or have another address, and how many
    /// references lead somewhere now.
    pub async fn people(&mut self, people: &[Person]) -> Result<(u64, u64), StoreError> {
        let tenant = self.0.grant().tenant();
        let ids: Vec<String> = people.iter().map(|person| person.external_id.clone()).collect();
        let emails: Vec<String> = people
            .iter()
            .map(|person| person.email.trim().to_lowercase())
            .collect();
        let written = sqlx::query(
            "INSERT INTO import_people AS p (tenant_id, external_id, email) \
             SELECT DISTINCT ON (said.id) $1::uuid, said.id, said.email FROM unnest($2::text[], $3::text[]) AS said (id, email) \
             ON CONFLICT (tenant_id, external_id) DO UPDATE SET email = excluded.email WHERE p.email <> excluded.email",
        )
        .bind(tenant)
        .bind(&ids)
        .bind(&emails)
        .execute(self.0.conn())
        .await?
        .rows_affected();
        let resolved = links::follow(self.0, &crate::catalog::USER, &ids).await?
            + links::follow(self.0, &crate::catalog::USER, &emails).await?;
        Ok((written, resolved))
    }
}
