//! Everything that names a record, found through the catalogue's relations.

use std::collections::HashSet;

use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    catalog::{Link, OBJECTS, Object},
    changes, query,
};

/// Pairs that exist once: the object, and what stands beside the reference that moves.
const ONCE: &[(&str, &str, &[&str])] = &[
    ("campaign_member", "lead_id", &["campaign_id"]),
    ("campaign_member", "contact_id", &["campaign_id"]),
    ("account_contact_role", "account_id", &["contact_id", "role"]),
    ("account_contact_role", "contact_id", &["account_id", "role"]),
    (
        "opportunity_contact_role",
        "contact_id",
        &["opportunity_id", "role"],
    ),
];

/// The fields that refer to records of an object.
fn referring(target: &'static Object) -> impl Iterator<Item = (&'static Object, &'static str)> {
    OBJECTS.iter().flat_map(move |object| {
        object
            .relations
            .iter()
            .filter(move |relation| relation.target == target.name)
            .filter_map(move |relation| match relation.by {
                Link::Field(field) => Some((*object, field)),
                Link::TheirField(_) => None,
            })
    })
}

/// Writes down what one field of these records was and is; of a tracked one in their histories too.
pub(super) async fn note(
    tx: &mut TenantTx,
    object: &'static Object,
    field: &str,
    ids: HashSet<Uuid>,
    (old, new): (Json, Json),
) -> Result<(), StoreError> {
    let mut ids: Vec<Uuid> = ids.into_iter().collect();
    ids.sort_unstable();
    if object.field(field).is_some_and(|field| field.tracked) {
        changes::turned(tx, object, field, &ids, (&old, &new)).await?;
    }
    tx.audit()
        .record_change(object.name, &ids, field, (&old, &new))
        .await
}

/// Lets everything that names `from` name `to`, as far as the actor may change it, and writes that down. What `to` has
/// already is put away instead.
pub(crate) async fn repoint(
    tx: &mut TenantTx,
    target: &'static Object,
    from: Uuid,
    to: Uuid,
) -> Result<(), StoreError> {
    let now = tx.now();
    for (object, field) in referring(target) {
        let once = ONCE
            .iter()
            .find(|(name, by, _)| *name == object.name && *by == field);
        let beside = once.map_or(&[] as &[&str], |(_, _, beside)| beside);
        let moved = query::repoint(object, field, beside, from, to, now)
            .ids(tx.conn())
            .await?;
        note(tx, object, field, moved, (json!(from), json!(to))).await?;
        if once.is_some() {
            let away = query::put_away(object, field, from, now).ids(tx.conn()).await?;
            note(tx, object, "deleted_at", away, (Json::Null, json!(now))).await?;
        }
    }
    Ok(())
}
