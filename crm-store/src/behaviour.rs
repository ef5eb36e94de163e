//! What an object does by itself when its records change: defaults, derived fields, things that happen with it.
//!
//! `records/write.rs` calls `before_write` once the values of the drafts are typed and before they are checked and
//! stored, and `after_write` when they are stored, in the same transaction. Both get every record of the statement at
//! once, so that a thousand records cost no more statements than one.
//!
//! What takes more than one record, such as converting a lead or merging two accounts, is a method here on
//! [`TenantTx`]; each is one transaction of its caller's.

mod account;
mod activity;
pub mod calendar;
pub mod case;
pub mod convert;
pub mod duplicates;
pub mod handover;
mod lead;
pub mod merge;
pub(crate) mod message;
pub mod mood;
mod opportunity;
pub mod overview;
mod quote;
mod refer;
pub mod timeline;

use crate::{StoreError, TenantTx, catalog::Object, records::Write};

/// Completes or refuses drafts: `write.draft.set(..)`, `write.draft.refuse(field, words)`.
pub(crate) async fn before_write(
    tx: &mut TenantTx,
    object: &'static Object,
    writes: &mut [Write],
) -> Result<(), StoreError> {
    if matches!(object.name, "account" | "contact" | "lead") {
        duplicates::block(tx, object, writes).await?;
    }
    match object.name {
        "account" => account::before(tx, writes).await?,
        "lead" => lead::before(writes),
        "opportunity" => opportunity::before(tx, writes).await?,
        "case" => case::before(tx, writes).await?,
        "quote" => quote::before(tx, writes).await?,
        "quote_line" => quote::before_lines(tx, writes).await?,
        _ => {}
    }
    Ok(())
}

/// Whether [`after_write`] reads the records of an object as they were stored.
pub(crate) fn reads_stored(object: &'static Object) -> bool {
    matches!(object.name, "case" | "quote_line" | "activity")
}

/// Does what follows from records that were stored: each has `write.after`, unless it was refused.
pub(crate) async fn after_write(
    tx: &mut TenantTx,
    object: &'static Object,
    writes: &[Write],
) -> Result<(), StoreError> {
    match object.name {
        "case" => case::after(tx, writes).await,
        "quote_line" => quote::after_lines(tx, writes).await,
        "activity" => activity::after(tx, writes).await,
        _ => Ok(()),
    }
}
