//! Cases: which way they may go, what happened to them, and the promises about time.

mod clocks;
mod events;
mod status;

pub use clocks::{CASE_CLOCK, Clocks, clock_job};
pub use status::CaseStatus;

use crate::{
    StoreError, TenantTx,
    records::{Action, Value, Write},
};

/// Checks moves, notes when they happened, and sets the clocks.
pub(super) async fn before(tx: &mut TenantTx, writes: &mut [Write]) -> Result<(), StoreError> {
    let now = tx.now();
    let mut clocks = clocks::Setter::read(tx, writes).await?;
    for write in writes.iter_mut() {
        if matches!(write.action, Action::Delete | Action::Restore) {
            continue;
        }
        status::step(write, now);
        clocks.set(write, now);
        if write.action == Action::Create {
            status::mood_of(write);
        }
    }
    Ok(())
}

/// Writes down what happened, and wakes the clocks when they run out.
pub(super) async fn after(tx: &mut TenantTx, writes: &[Write]) -> Result<(), StoreError> {
    events::write(tx, writes).await?;
    clocks::wake(tx, writes).await
}

/// The status that a write leaves a case in.
fn status_of(value: &Value) -> Option<CaseStatus> {
    value.as_text()?.parse().ok()
}
