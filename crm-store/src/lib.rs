//! Postgres for crm-ai: the only SQL in the project.

pub mod clock;
mod error;
pub mod grant;
pub mod ids;
mod listen;
mod store;
mod system_tx;
mod tenant_tx;
mod tx;

pub use clock::{Clock, FixedClock, SystemClock};
pub use error::StoreError;
pub use grant::{Actor, Grant};
pub use listen::{Heard, Listener};
pub use store::{MIGRATOR, Migrated, PoolStatus, Store, StoreConfig};
pub use system_tx::SystemTx;
pub use tenant_tx::{TenantStore, TenantTx};
