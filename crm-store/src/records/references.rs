//! References must lead to records that the writer may see.

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;

use super::{Value, Write};
use crate::{
    StoreError, TenantTx,
    catalog::{self, Link, Object},
    query,
    records::read::target,
};

/// Notes references to nothing in the drafts: one statement for each object that is referred to.
pub(super) async fn check(
    tx: &mut TenantTx,
    object: &'static Object,
    writes: &mut [Write],
) -> Result<(), StoreError> {
    let mut wanted: BTreeMap<&'static str, HashSet<Uuid>> = BTreeMap::new();
    for (field, target) in references(object) {
        for write in writes.iter() {
            if let Some(id) = changed(write, field) {
                wanted.entry(target).or_default().insert(id);
            }
        }
    }
    // A batch may refer to what it creates itself.
    let own: HashSet<Uuid> = writes
        .iter()
        .filter(|write| write.before.is_none())
        .map(|write| write.id)
        .collect();
    let mut known: BTreeMap<&'static str, HashSet<Uuid>> = BTreeMap::new();
    for (name, ids) in wanted {
        let ids: Vec<Uuid> = ids.into_iter().collect();
        known.insert(name, existing(tx, name, &ids).await?);
    }
    for (field, target) in references(object) {
        for write in writes.iter_mut() {
            let Some(id) = changed(write, field) else { continue };
            let found = known.get(target).is_some_and(|ids| ids.contains(&id));
            if target == object.name && id == write.id {
                write.draft.refuse(field, "must be another record");
            } else if !(found || target == object.name && own.contains(&id)) {
                let what = target.replace('_', " ");
                write
                    .draft
                    .refuse(field, format!("there is no {what} {id}, or you may not see it"));
            }
        }
    }
    Ok(())
}

/// The fields that refer to other objects, and to which.
fn references(object: &'static Object) -> impl Iterator<Item = (&'static str, &'static str)> {
    object.relations.iter().filter_map(|relation| match relation.by {
        Link::Field(field) => Some((field, relation.target)),
        Link::TheirField(_) => None,
    })
}

/// The reference that a write sets anew.
fn changed(write: &Write, field: &str) -> Option<Uuid> {
    let id = write.draft.get(field).and_then(Value::as_id)?;
    let had = write.before.as_ref().and_then(|record| record.reference(field));
    (had != Some(id)).then_some(id)
}

async fn existing(tx: &mut TenantTx, name: &str, ids: &[Uuid]) -> Result<HashSet<Uuid>, StoreError> {
    if name == catalog::USER.name {
        let members: Vec<Uuid> = sqlx::query_scalar(
            "SELECT user_id FROM memberships WHERE user_id = ANY($1) AND status = 'active'",
        )
        .bind(ids)
        .fetch_all(tx.conn())
        .await?;
        return Ok(members.into_iter().collect());
    }
    let Some(target) = target(name) else {
        return Ok(HashSet::new());
    };
    query::visible(target, ids).ids(tx.conn()).await
}
