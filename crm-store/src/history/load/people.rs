//! What the people of accounts said, with whom they were then.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    account::of_these,
    around::{self, OF_PEOPLE},
    by,
    changes::{Changes, Origin},
};
use crate::{
    StoreError, TenantTx, catalog,
    history::parts::{Contact, Life, Message},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    imported: bool,
    account_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
}

/// The messages of contacts that are or were with these accounts, by account: each counts for one while its contact is there.
/// `moved` are records that have left one of them; where a moment is given, those that were said since then.
pub(super) async fn messages(
    tx: &mut TenantTx,
    accounts: &[Uuid],
    moved: &[Uuid],
    since: Option<DateTime<Utc>>,
) -> Result<HashMap<Uuid, Vec<Message>>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT id, external_id IS NOT NULL AS imported, account_id, created_at, deleted_at FROM contacts \
         WHERE account_id = ANY ($1) OR id = ANY ($2)",
    )
    .bind(accounts)
    .bind(moved)
    .fetch_all(tx.conn())
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut changes = Changes::of(tx, &ids, &["account_id"]).await?;
    let contacts: HashMap<Uuid, Arc<Contact>> = rows
        .into_iter()
        .map(|row| {
            let life = Life {
                created: row.created_at,
                deleted: row.deleted_at,
            };
            let origin = Origin {
                object: &catalog::CONTACT,
                imported: row.imported,
                ended: None,
            };
            let contact = Contact {
                created: row.created_at,
                account: row.account_id,
                past: changes.take_from(row.id, life, origin),
            };
            (row.id, Arc::new(contact))
        })
        .collect();
    let said = around::messages(tx, OF_PEOPLE, &ids, since).await?;
    let asked: HashSet<Uuid> = accounts.iter().copied().collect();
    let mut messages = Vec::with_capacity(said.len());
    for (contact, message) in said {
        let Some(contact) = contacts.get(&contact) else {
            continue;
        };
        for account in of_these(&asked, contact.account, &contact.past) {
            let message = Message {
                with: Some((Arc::clone(contact), account)),
                ..message.clone()
            };
            messages.push((account, message));
        }
    }
    Ok(by(messages))
}
