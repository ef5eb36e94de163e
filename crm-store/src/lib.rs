//! Postgres for crm-ai: the only SQL in the project.
//!
//! [`Store`] is the database. A [`Grant`], minted by [`Store::authenticate`] or by claiming a job, opens a
//! [`TenantStore`]: one tenant, as one actor. Its transactions, [`TenantTx`], see and change what that actor may and
//! nothing else, because Postgres itself hides the rest; [`SystemTx`] is for the few things that cross tenants.
//!
//! ```no_run
//! # async fn example(store: crm_store::Store, key: &str) -> Result<(), crm_store::StoreError> {
//! use crm_store::articles::ArticleFilter;
//!
//! let Some(caller) = store.authenticate(key).await? else { return Ok(()) };
//! let tenant = store.open(&caller.grant);
//! let mut tx = tenant.begin().await?;
//! let page = tx.articles().list(&ArticleFilter::default(), None, 20).await?;
//! for article in page.items {
//!     tx.articles().publish(article.id, Some(article.version)).await?;
//! }
//! tx.commit().await?;
//! # Ok(()) }
//! ```
//!
//! # Adding a table
//!
//! 1. A migration: `migrations/README.md` has one to copy, with its policies and rights.
//! 2. A file here with the row struct, a handle such as `Notes<'t>(&'t mut TenantTx)`, a method `notes()` on
//!    [`TenantTx`] that returns it, and the queries as methods of the handle. Queries bind `tx.grant().tenant()` where
//!    they insert and leave filtering by tenant to Postgres; times come from `tx.now()`.
//! 3. Constraints that a caller can run into get their words in `error/constraints.rs`.
//! 4. An object in [`catalog`], or a line with the reason in `tests/it/store_catalog.rs`.
//! 5. A test of each query in `tests/it/`. The isolation tests find the table by themselves.
//!
//! Things to note:
//! - After an error a transaction can only be dropped.
//! - Absence is `Ok(None)`; what an actor may not see is absent.
//! - No transaction stays open across a call to a model or another service.

pub mod access;
pub mod agreement;
pub mod analytics;
pub mod answers;
pub mod api_keys;
pub mod approvals;
pub mod articles;
pub mod audit;
pub mod auth;
pub mod backup;
pub mod behaviour;
pub mod budgets;
pub mod case_volume;
pub mod catalog;
pub mod changes;
pub mod clock;
pub mod cluster;
pub mod conversations;
pub mod custom;
mod deadline;
pub mod defaults;
mod error;
pub mod export;
pub mod feed;
pub mod feedback;
pub mod forecast;
pub mod forecast_snapshots;
pub mod grant;
pub mod history;
pub mod idempotency;
pub mod ids;
pub mod import;
pub mod inbound;
pub mod jobs;
pub mod leads;
pub mod ledger;
mod listen;
pub mod mail;
pub mod members;
pub mod messages;
pub mod models;
pub mod movers;
pub mod numbers;
pub mod opinions;
pub mod page;
pub mod prices;
pub mod privacy;
mod probe;
pub mod query;
pub mod questions;
pub mod rate;
pub mod records;
mod replica;
pub mod retention;
pub mod roles;
pub mod run_events;
pub mod run_leases;
pub mod runs;
pub mod scores;
pub mod secrets;
pub mod security;
pub mod seed;
pub mod settings;
pub mod sites;
mod store;
mod system_tx;
mod tenant_tx;
pub mod tenants;
pub mod terms;
mod text_enum;
pub mod texts;
mod tx;
mod upkeep;
pub mod usage;
pub mod users;
pub mod views;
pub mod webhooks;

pub use clock::{Clock, FixedClock, SystemClock};
pub use deadline::Deadline;
pub use error::{FieldError, StoreError};
pub use grant::{Actor, Grant};
pub use listen::{Heard, Listener};
pub use page::{Cursor, Page};
pub use probe::Attempt;
pub use replica::ReplicaCheck;
pub use secrets::Secrets;
pub use store::{MIGRATOR, Migrated, PoolStatus, Store, StoreConfig};
pub use system_tx::SystemTx;
pub use tenant_tx::{TenantStore, TenantTx};
