//! Finds the account and the contact that a lead is already.

use uuid::Uuid;

use super::Conversion;
use crate::{
    StoreError, TenantTx,
    behaviour::{
        account::{domain, of_address},
        duplicates::name_keys,
    },
    catalog::{self, Object},
    records::{Record, Select},
};

/// The contact that was named, else the oldest one with the lead's address.
pub(super) async fn contact(
    tx: &mut TenantTx,
    lead: &Record,
    how: &Conversion,
) -> Result<Option<Record>, StoreError> {
    if let Some(id) = how.contact_id {
        return named(tx, &catalog::CONTACT, id, "contact_id").await.map(Some);
    }
    let Some(email) = lead.text("email") else {
        return Ok(None);
    };
    let found: Option<Uuid> = sqlx::query_scalar(
        "SELECT id FROM contacts WHERE email = $1 AND deleted_at IS NULL \
         ORDER BY account_id IS NOT DISTINCT FROM $2 DESC, id LIMIT 1",
    )
    .bind(email)
    .bind(how.account_id)
    .fetch_optional(tx.conn())
    .await?;
    seen(tx, &catalog::CONTACT, found).await
}

/// The account that was named, else that of the contact, else the oldest one with the lead's domain or company.
pub(super) async fn account(
    tx: &mut TenantTx,
    lead: &Record,
    how: &Conversion,
    contact: Option<&Record>,
) -> Result<Option<Record>, StoreError> {
    if let Some(id) = how.account_id {
        return named(tx, &catalog::ACCOUNT, id, "account_id").await.map(Some);
    }
    if how.new_account {
        return Ok(None);
    }
    let employer = contact.and_then(|contact| contact.reference("account_id"));
    if let Some(account) = seen(tx, &catalog::ACCOUNT, employer).await? {
        return Ok(Some(account));
    }
    let domain = lead
        .text("website")
        .and_then(domain)
        .or_else(|| lead.text("email").and_then(of_address));
    let keys = lead.text("company").map(name_keys).unwrap_or_default();
    let found: Option<Uuid> = sqlx::query_scalar(
        "SELECT id FROM accounts WHERE (domain = $1 OR name_key IN (SELECT lower(k) FROM unnest($2::text[]) k)) \
             AND deleted_at IS NULL ORDER BY domain IS NOT DISTINCT FROM $1 DESC, id LIMIT 1",
    )
    .bind(domain)
    .bind(keys)
    .fetch_optional(tx.conn())
    .await?;
    seen(tx, &catalog::ACCOUNT, found).await
}

async fn named(
    tx: &mut TenantTx,
    object: &'static Object,
    id: Uuid,
    field: &str,
) -> Result<Record, StoreError> {
    seen(tx, object, Some(id)).await?.ok_or_else(|| {
        StoreError::invalid(
            field,
            format!("there is no {} {id}, or you may not see it", object.name),
        )
    })
}

async fn seen(
    tx: &mut TenantTx,
    object: &'static Object,
    id: Option<Uuid>,
) -> Result<Option<Record>, StoreError> {
    match id {
        Some(id) => tx.records(object).get(id, &Select::default()).await,
        None => Ok(None),
    }
}
