//! Everything that names a record, found through the catalogue's relations.

use uuid::Uuid;

use crate::{
    StoreError, TenantTx,
    catalog::{Link, OBJECTS, Object},
    query,
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
        let moved: Vec<Option<Uuid>> = moved.into_iter().map(Some).collect();
        if !moved.is_empty() {
            tx.audit()
                .record_all("update", object.name, &moved, &[field])
                .await?;
        }
        if once.is_some() {
            query::put_away(object, field, from, now).ids(tx.conn()).await?;
        }
    }
    Ok(())
}
