//! Postgres for crm-ai: the only SQL in the project.

pub mod answers;
pub mod api_keys;
pub mod approvals;
pub mod audit;
pub mod budgets;
pub mod clock;
pub mod cluster;
mod error;
pub mod feedback;
pub mod grant;
pub mod ids;
pub mod ledger;
mod listen;
pub mod page;
pub mod prices;
pub mod run_events;
pub mod run_leases;
pub mod runs;
pub mod sites;
mod store;
mod system_tx;
mod tenant_tx;
pub mod tenants;
mod text_enum;
mod tx;
pub mod usage;
pub mod users;

pub use clock::{Clock, FixedClock, SystemClock};
pub use error::StoreError;
pub use grant::{Actor, Grant};
pub use listen::{Heard, Listener};
pub use page::{Cursor, Page};
pub use store::{MIGRATOR, Migrated, PoolStatus, Store, StoreConfig};
pub use system_tx::SystemTx;
pub use tenant_tx::{TenantStore, TenantTx};
