//! What an object does by itself when its records change: defaults, derived fields, things that happen with it.
//!
//! `records/write.rs` calls [`before_write`] once the values of the drafts are typed and before they are checked and
//! stored, and [`after_write`] when they are stored, in the same transaction. Both get every record of the statement at
//! once, so that a thousand records cost no more statements than one.

use crate::{StoreError, TenantTx, catalog::Object, records::Write};

/// Completes or refuses drafts: `write.draft.set(..)`, `write.draft.refuse(field, words)`.
pub(crate) async fn before_write(
    _tx: &mut TenantTx,
    _object: &'static Object,
    _writes: &mut [Write],
) -> Result<(), StoreError> {
    Ok(())
}

/// Does what follows from records that were stored: each has `write.after`, unless it was refused.
pub(crate) async fn after_write(
    _tx: &mut TenantTx,
    _object: &'static Object,
    _writes: &[Write],
) -> Result<(), StoreError> {
    Ok(())
}
